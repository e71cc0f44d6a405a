from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from framing.cli import DONE, USAGE, main

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    path = tmp_path / "p.jsonl"
    rows = [
        {
            "document": name,
            "sentence": 0,
            "start": 0,
            "end": len(text),
            "text": text,
            "labels": [],
            "scores": {"threat": score},
            "spans": [],
        }
        for name, text, score in [
            ("sure", "The match was a draw.", 0.01),
            ("unsure", "Duties may follow, " + "the ministry said again, " * 6, 0.5),
            ("other", "Talks may resume on Monday.", 0.3),
        ]
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_formats(predictions: Path, capsys: Capture) -> None:
    command = ["suggest", str(predictions), "-n", "3"]
    assert main(command) == DONE
    table = capsys.readouterr().out
    assert table.startswith("  1. unsure (1 sentences)\n     1.00 bits unsure a sentence")
    assert "\u2026" in table
    assert main([*command, "--format", "jsonl"]) == DONE
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["document"] for line in lines] == ["unsure", "other", "sure"]
    assert main([*command, "--format", "csv"]) == DONE
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["document"] for row in rows] == ["unsure", "other", "sure"]
    assert list(rows[0]) == list(lines[0])


def test_labelled_articles(predictions: Path, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "labelled.jsonl"
    path.write_text(json.dumps({"doc_id": "unsure", "text": "Duties may follow.", "labels": {}}))
    command = ["suggest", str(predictions), "--labelled", str(path)]
    assert main([*command, "-n", "2"]) == DONE
    assert ". unsure (" not in capsys.readouterr().out
    assert main([*command, "-n", "3"]) == USAGE
    assert "cannot suggest 3 articles: 2 are without labels" in capsys.readouterr().err


def test_a_text_in_place_of_predictions(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "article.txt"
    path.write_text("Duties may follow.")
    assert main(["suggest", str(path)]) == USAGE
    assert "expected the output of framing predict -o NAME.jsonl, not a text" in (
        capsys.readouterr().err
    )
