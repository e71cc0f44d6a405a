"""A corpus of invented predictions with known truth, as files."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

LABELS = ("threat", "concession")


def prediction_rows(articles: int = 12, seed: int = 0) -> list[dict[str, Any]]:
    """Rows of `framing predict --keep outlet --keep date`; `gold` is the truth beside them."""
    generator = np.random.default_rng(seed)
    rows = []
    for article in range(articles):
        position = 0
        for sentence in range(int(generator.integers(4, 9))):
            text = f"Sentence {sentence} of article {article}."
            gold = [label for label in LABELS if generator.random() < 0.3]
            scores = {
                label: round(
                    float(np.clip(0.7 * (label in gold) + 0.3 * generator.random(), 0, 1)), 4
                )
                for label in LABELS
            }
            rows.append(
                {
                    "document": f"a{article}",
                    "sentence": sentence,
                    "start": position,
                    "end": position + len(text),
                    "text": text,
                    "labels": [label for label in LABELS if scores[label] >= 0.25],
                    "scores": scores,
                    "spans": [],
                    "outlet": "Daily" if article % 3 else "Wire, late",
                    "date": f"20{10 + article % 2}-0{1 + article % 4}-15",
                    "gold": gold,
                }
            )
            position += len(text) + 1
    return rows


def without_gold(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "gold"}


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(without_gold(row)) + "\n" for row in rows))
    return path


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return prediction_rows()


@pytest.fixture
def predictions(rows: list[dict[str, Any]], tmp_path: Path) -> Path:
    return write_rows(tmp_path / "predictions.jsonl", rows)


@pytest.fixture
def fill(rows: list[dict[str, Any]]) -> Callable[..., Path]:
    """Fill a sheet as a coder would; leaves out the first `skip` rows."""
    gold = {(row["document"], row["sentence"]): row["gold"] for row in rows}

    def filled(sheet: Path, skip: int = 0) -> Path:
        with sheet.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file))
        for line in lines[skip:]:
            for label in LABELS:
                carries = label in gold[line["document"], int(line["sentence"])]
                line[label] = "x" if carries else ""
            line["coder"] = "AB"
        with sheet.open("w", newline="") as file:
            writer = csv.DictWriter(file, lines[0].keys())
            writer.writeheader()
            writer.writerows(lines)
        return sheet

    return filled
