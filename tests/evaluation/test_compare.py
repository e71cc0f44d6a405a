from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from made_up import LABELS, Sample, made_up

from framing.errors import DataError, InputError
from framing.evaluation.compare import compare, differences
from framing.evaluation.measures import measure
from framing.evaluation.pairs import pair
from framing.evaluation.predictions import Predictions, read_predictions
from framing.schema import Document


def named(name: str, documents: list[Document]) -> Predictions:
    return Predictions(name, LABELS, tuple(documents))


def without(documents: list[Document], label: str) -> list[Document]:
    """Return the documents as if `label` had never been predicted."""
    return [
        dataclasses.replace(
            d,
            predictions=tuple(
                dataclasses.replace(
                    p,
                    labels=tuple(n for n in p.labels if n != label),
                    spans=tuple(s for s in p.spans if s.label != label),
                )
                for p in d.predictions
            ),
        )
        for d in documents
    ]


def test_differences_by_hand(sample: Sample) -> None:
    articles, documents = sample
    worse = without(documents, "threat")
    found = compare(articles, named("a", worse), named("b", documents), resamples=200)
    weights = np.ones((1, len(articles)))
    one = measure(pair(articles, worse, LABELS), weights)["macro", "f1"][0]
    other = measure(pair(articles, documents, LABELS), weights)["macro", "f1"][0]
    entry = found["macro", "f1"]
    assert (entry.first.value, entry.second.value) == (one, other)
    assert entry.difference.value == pytest.approx(other - one)
    assert entry.difference.low > 0
    assert entry.p < 0.05
    assert found["concession", "f1"].difference.value == 0.0
    assert found["concession", "f1"].p == 1.0


def test_the_order_of_the_models_changes_the_sign_only(sample: Sample) -> None:
    articles, documents = sample
    one, other = named("a", without(documents, "security")), named("b", documents)
    there = compare(articles, one, other, resamples=200)
    back = compare(articles, other, one, resamples=200)
    for key, entry in there.differences.items():
        mirror = back[key]
        if entry.difference.defined:
            assert mirror.difference.value == -entry.difference.value
            assert mirror.difference.low == pytest.approx(-entry.difference.high, nan_ok=True)
            assert mirror.p == pytest.approx(entry.p, nan_ok=True)


def test_models_that_do_not_differ_are_rarely_said_to() -> None:
    """Two models with errors of one kind: p is below 0.05 in about a twentieth of the samples."""
    runs, low = 60, 0
    for run in range(runs):
        articles, documents = made_up(30, seed=1000 + run)
        rng = np.random.default_rng(run)
        halves = rng.random(len(articles)) < 0.5
        first, second = [], []
        for document, swap in zip(documents, halves, strict=True):
            changed = without([document], "threat")[0]
            first.append(changed if swap else document)
            second.append(document if swap else changed)
        found = compare(articles, named("a", first), named("b", second), resamples=200)
        low += found["threat", "recall"].p < 0.05
    assert low / runs < 0.12


def test_as_json(sample: Sample) -> None:
    articles, documents = sample
    found = compare(articles, named("a", documents), named("b", documents), resamples=100)
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert (plain["first"], plain["second"]) == ("a", "b")
    assert plain["macro"]["f1"]["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_one_article_only(sample: Sample) -> None:
    articles, documents = sample[0][:1], sample[1][:1]
    found = compare(articles, named("a", documents), named("b", documents))
    assert found.notes[0] == "one article only: neither intervals nor p-values can be given"
    assert math.isnan(found["micro", "f1"].p)
    assert found.to_dict()["micro"]["f1"]["p"] is None


def test_models_of_different_labels(sample: Sample) -> None:
    articles, documents = sample
    other = Predictions("b", ("threat", "rain"), tuple(documents))
    with pytest.raises(InputError, match=r"different labels: a has threat, .*; b has threat, rain"):
        compare(articles, named("a", documents), other)


# files of predictions


def rows_of(sample: Sample, *, scores: bool = True) -> list[dict[str, object]]:
    rows = []
    for article, document in zip(*sample, strict=True):
        for i, p in enumerate(document):
            row = {"document": article.id, "sentence": i, **p.to_dict()}
            if not scores:
                del row["scores"]
            rows.append(row)
    return rows


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_predictions_read_back(sample: Sample, tmp_path: Path) -> None:
    found = read_predictions(write(tmp_path / "p.jsonl", rows_of(sample)), sample[0])
    assert found.labels == LABELS
    assert list(found.documents) == sample[1]


def test_offsets_may_be_those_of_the_sentence(sample: Sample, tmp_path: Path) -> None:
    """What ``framing predict --no-split`` writes for a record that is one sentence."""
    rows = rows_of(sample)
    for row in rows:
        start = row["start"]
        for span in row["spans"]:
            span["start"] -= start
            span["end"] -= start
        row["start"], row["end"] = 0, row["end"] - start
    found = read_predictions(write(tmp_path / "p.jsonl", rows), sample[0])
    assert list(found.documents) == sample[1]


def test_labels_that_a_file_without_scores_never_gives(sample: Sample, tmp_path: Path) -> None:
    articles, documents = sample
    file = write(
        tmp_path / "p.jsonl", rows_of((articles, without(documents, "threat")), scores=False)
    )
    found = read_predictions(file, articles)
    assert set(found.labels) == set(LABELS)
    compared = compare(articles, found, named("b", documents), resamples=100)
    assert compared["threat", "recall"].first.value == 0.0
    assert not compared["macro", "pr_auc"].difference.defined


def test_predictions_of_other_texts(sample: Sample, tmp_path: Path) -> None:
    articles = sample[0]
    rows = rows_of(sample)
    file = tmp_path / "p.jsonl"
    for bad, message in [
        (rows[:-1], f"ends after {len(rows) - 1} sentences; the gold data has {len(rows)}"),
        ([*rows, rows[0]], f"has {len(rows) + 1} sentences; the gold data has {len(rows)}"),
        (
            rows[1:],
            r"p.jsonl:1: predictions and gold are of different texts: '.*' stands where sen",
        ),
    ]:
        with pytest.raises(InputError, match=message):
            read_predictions(write(file, bad), articles)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text": 3}, "p.jsonl:1: 'text' must be a string, got 3"),
        ({"labels": "threat"}, "p.jsonl:1: 'labels' must be a list of labels"),
        ({"scores": [1]}, "p.jsonl:1: 'scores' must map labels to probabilities"),
        ({"scores": {"threat": 2}}, "score of threat must be in 0 to 1, got 2"),
        ({"spans": [{"label": "threat"}]}, "a span needs 'label', 'start' and 'end'"),
        ({"spans": [{"label": "a", "start": 0, "end": 9999}]}, "lies outside its sentence"),
    ],
)
def test_predictions_that_are_none(
    change: dict[str, object], message: str, sample: Sample, tmp_path: Path
) -> None:
    rows = rows_of(sample)
    rows[0] |= change
    with pytest.raises(DataError, match=message):
        read_predictions(write(tmp_path / "p.jsonl", rows), sample[0])


def test_two_copies_are_compared_in_pairs(sample: Sample) -> None:
    articles, documents = sample
    worse = without(documents, "threat")
    found = compare(articles, named("a", worse), named("b", documents), resamples=200)
    one, other = pair(articles, worse, LABELS), pair(articles, documents, LABELS)
    alone = differences(one, other, resamples=200)
    assert alone["macro", "f1"] == found["macro", "f1"]
    with pytest.raises(InputError, match="two sets of predictions on different sentences"):
        differences(one, pair(articles[:-1], documents[:-1], LABELS))
    changed = dataclasses.replace(other, gold=~other.gold)
    with pytest.raises(InputError, match="the same gold labels in the same order"):
        differences(one, changed)
