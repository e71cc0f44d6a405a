from __future__ import annotations

from dataclasses import replace

import pytest

from framing.dataset.contrast import ContrastPair
from framing.errors import InputError
from framing.evaluation.contrast import (
    PairCounts,
    evaluate_contrast,
    score_contrast,
)
from framing.inference.classifier import Classifier
from framing.schema import Document, Prediction, Sentence, Span


def pair(name: str, flips: str = "rain", swapped: bool = False) -> ContrastPair:
    with_label = Sentence("It rained.", 0, 10, (Span(flips, 3, 9, "rained"),), (flips,))
    without = Sentence("It shone.", 0, 9)
    a, b = (without, with_label) if swapped else (with_label, without)
    return ContrastPair(name, ("Day broke.",), a, b, flips, "weather or sun")


def document(*labels: str) -> Document:
    rows = (
        Prediction("c", 0, 1, ("rain",), {}, ()),  # the context is never scored
        Prediction("x", 2, 3, labels, {}, ()),
    )
    return Document("c\nx", rows)


def test_counts() -> None:
    pairs = [pair("1"), pair("2"), pair("3", swapped=True), pair("4")]
    found = [
        *(document("rain", "heat"), document("heat")),  # right, whatever the other label
        *(document("rain"), document("rain")),
        *(document(), document("rain")),
        *(document(), document()),
    ]
    scores = score_contrast(pairs, found, ["rain", "heat"])
    assert scores.labels == {"rain": PairCounts(4, 2, 3, 3), "heat": PairCounts()}
    assert scores.kinds == {"weather or sun": PairCounts(4, 2, 3, 3)}
    assert scores.total.share == 0.5
    assert scores.to_dict()["labels"]["heat"]["share"] is None  # type: ignore[index]


def test_the_interval_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for both, n in ((0, 5), (3, 7), (92, 100), (4, 4)):
        reference = stats.binomtest(both, n).proportion_ci(method="wilson")
        assert PairCounts(n, both).interval == pytest.approx(tuple(reference), abs=1e-6)


def test_what_cannot_be_scored() -> None:
    with pytest.raises(InputError, match="no contrast pair"):
        score_contrast([], [], ["rain"])
    with pytest.raises(InputError, match="1 pairs need 2 documents, got 1"):
        score_contrast([pair("1")], [document()], ["rain"])
    with pytest.raises(InputError, match="pair '1': the label 'rain' is unknown to the model"):
        score_contrast([pair("1")], [document(), document()], ["snow"])


def test_a_model_reads_the_pairs(model: Classifier) -> None:
    pairs = [pair("1", "threat"), replace(pair("2", "threat"), context=())]
    scores = evaluate_contrast(model, pairs)
    assert scores.total.pairs == 2
    alone = [
        model.predict(p.article(s).text, split_sentences=False) for p in pairs[1:] for s in "ab"
    ]
    given = ["threat" in d.predictions[0].labels for d in alone]
    counts = score_contrast(pairs[1:], alone, model.labels).total
    assert (counts.present, counts.absent) == (given[0], not given[1])
    assert scores.total.present >= counts.present
