from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framing.errors import InputError
from framing.estimation.corpus import Corpus, read_corpus
from framing.estimation.dsl import write_dsl
from framing.estimation.estimate import estimate, join
from framing.estimation.match import Coded
from framing.estimation.sampling import sample

Fill = Callable[..., Path]


def written(
    corpus: Corpus, coded: Coded, draw: Path | None, unit: str = "sentence"
) -> list[dict[str, str]]:
    stream = io.StringIO()
    write_dsl(stream, corpus, coded, unit=unit, draw=draw)
    return list(csv.DictReader(io.StringIO(stream.getvalue())))


@pytest.mark.parametrize("strategy", ["simple", "score", "articles"])
@pytest.mark.parametrize("by", [None, "outlet"])
def test_one_row_a_unit(
    strategy: str, by: str | None, predictions: Path, fill: Fill, tmp_path: Path
) -> None:
    n = 6 if strategy == "articles" else 30
    sample(predictions, n, strategy=strategy, by=by).write(tmp_path / "s")
    sheet = fill(tmp_path / "s" / "sheet.csv")
    corpus = read_corpus(predictions)
    rows = written(
        corpus,
        join(corpus, sheet, sheet.parent / "design.csv", equal_probabilities=False),
        tmp_path / "s" / "draw.json",
        "article" if strategy == "articles" else "sentence",
    )
    assert len(rows) == (12 if strategy == "articles" else len(corpus))
    assert len({row["unit_id"] for row in rows}) == len(rows)
    labelled = [row for row in rows if row["labeled"] == "1"]
    assert len(labelled) == n
    assert {row["threat"] for row in rows if row["labeled"] == "0"} == {"NA"}
    assert {row["threat"] for row in labelled} <= {"0", "1"}
    # What dsl needs of the probabilities: they add up to the sample, their inverses to the corpus.
    assert sum(float(row["sample_prob"]) for row in rows) == pytest.approx(n)
    assert sum(1 / float(row["sample_prob"]) for row in labelled) == pytest.approx(len(rows))
    assert {"outlet", "date", "cluster_id", "threat_score", "threat_predicted"} <= set(rows[0])


def test_dsl_by_hand_agrees(predictions: Path, fill: Fill, tmp_path: Path) -> None:
    """The mean of the design-adjusted outcome of the paper is the estimate with weight 1."""
    sample(predictions, 30).write(tmp_path / "s")
    sheet = fill(tmp_path / "s" / "sheet.csv")
    corpus = read_corpus(predictions)
    coded = join(corpus, sheet, sheet.parent / "design.csv", equal_probabilities=False)
    adjusted = []
    for row in written(corpus, coded, None):
        score = float(row["threat_score"])
        error = float(row["threat"]) - score if row["labeled"] == "1" else 0.0
        adjusted.append(score + error / float(row["sample_prob"]))
    found = estimate(predictions, sheet).rows[0]
    assert found.corrected is not None
    assert found.weight == pytest.approx(1, abs=0.15)
    assert np.mean(adjusted) == pytest.approx(found.corrected.share, abs=0.02)


def test_other_predictions_than_those_drawn_from(
    predictions: Path, fill: Fill, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    sample(predictions, 30, strategy="score").write(tmp_path / "s")
    sheet = fill(tmp_path / "s" / "sheet.csv")
    text = predictions.read_text()
    predictions.write_text(text.replace('"threat": 0.', '"threat": 0.0'))
    corpus = read_corpus(predictions)
    coded = join(corpus, sheet, sheet.parent / "design.csv", equal_probabilities=False)
    with pytest.raises(InputError, match="the strata of these predictions are not those of the"):
        written(corpus, coded, tmp_path / "s" / "draw.json")
    with pytest.raises(InputError, match="drawn with unequal probabilities, and without"):
        written(corpus, coded, None)


def test_a_column_of_the_same_name(predictions: Path, fill: Fill, tmp_path: Path) -> None:
    predictions.write_text(predictions.read_text().replace('"outlet"', '"cluster_id"'))
    sample(predictions, 30).write(tmp_path / "s")
    sheet = fill(tmp_path / "s" / "sheet.csv")
    corpus = read_corpus(predictions)
    coded = join(corpus, sheet, sheet.parent / "design.csv", equal_probabilities=False)
    with pytest.raises(InputError, match="the column 'cluster_id' of the predictions has the name"):
        written(corpus, coded, None)
