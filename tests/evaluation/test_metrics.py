from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_fscore_support as reference

from framing.evaluation.metrics import Counts, Scores, character_counts, label_counts

NAMES = ("a", "b", "c", "d")


def matrices(seed: int, n: int, rate: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    return rng.random((n, 4)) < rate, rng.random((n, 4)) < rng.random(4)


def scores_of(gold: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> Scores:
    return Scores(labels=dict(zip(NAMES, label_counts(gold, predicted), strict=True)))


@pytest.mark.parametrize("rate", [0.02, 0.3, 0.9])
@pytest.mark.parametrize("n", [1, 5, 200])
@pytest.mark.parametrize("seed", range(4))
def test_figures_are_those_of_scikit_learn(seed: int, n: int, rate: float) -> None:
    gold, predicted = matrices(seed, n, rate)
    if seed == 3:
        gold[:, 0] = predicted[:, 0] = False  # a label that does not occur
    scores = scores_of(gold, predicted)
    by_label = reference(gold, predicted, average=None, zero_division=np.nan)
    for k, counts in enumerate(scores.labels.values()):
        np.testing.assert_allclose(counts.precision, by_label[0][k])
        np.testing.assert_allclose(counts.recall, by_label[1][k])
        np.testing.assert_allclose(counts.f1, by_label[2][k])
        assert counts.support == by_label[3][k]
    if np.isfinite(by_label[2]).any():
        macro = reference(gold, predicted, average="macro", zero_division=np.nan)
        np.testing.assert_allclose(scores.macro_f1, macro[2])
    micro = reference(gold, predicted, average="micro", zero_division=np.nan)
    np.testing.assert_allclose(scores.micro_f1, micro[2])


def test_no_sentence() -> None:
    nothing = np.zeros((0, 4), dtype=np.bool_)
    scores = scores_of(nothing, nothing)
    assert list(scores.labels.values()) == [Counts()] * 4
    assert math.isnan(scores.macro_f1)
    assert math.isnan(scores.micro_f1)
    assert math.isnan(scores.span_f1)


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match=r"gold has shape \(2, 4\), predicted \(3, 4\)"):
        label_counts(np.zeros((2, 4), dtype=np.bool_), np.zeros((3, 4), dtype=np.bool_))


@pytest.mark.parametrize(
    ("counts", "precision", "recall", "f1"),
    [
        (Counts(3, 1, 2), 0.75, 0.6, 2 / 3),
        (Counts(0, 1, 0), 0.0, math.nan, 0.0),
        (Counts(0, 0, 1), math.nan, 0.0, 0.0),
        (Counts(), math.nan, math.nan, math.nan),
    ],
)
def test_figures_by_hand(counts: Counts, precision: float, recall: float, f1: float) -> None:
    found = [counts.precision, counts.recall, counts.f1]
    assert found == pytest.approx([precision, recall, f1], nan_ok=True)


COUNTS = st.builds(Counts, st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))


@given(COUNTS, COUNTS)
def test_counts_add_up(one: Counts, other: Counts) -> None:
    total = one + other
    assert (total.tp, total.fp, total.fn) == (
        one.tp + other.tp,
        one.fp + other.fp,
        one.fn + other.fn,
    )
    assert total == other + one
    assert total.support == one.support + other.support


def test_means_leave_out_labels_without_sentences() -> None:
    scores = Scores(
        labels={"a": Counts(1, 0, 0), "b": Counts(0, 0, 1), "c": Counts()},
        spans={"a": Counts(1, 1, 0), "b": Counts(), "c": Counts()},
    )
    assert scores.macro_f1 == 0.5
    assert scores.micro_f1 == pytest.approx(2 / 3)
    assert scores.span_f1 == pytest.approx(2 / 3)


def test_scores_as_dictionary() -> None:
    scores = Scores({"a": Counts(3, 1, 2)}, {"a": Counts(10, 0, 10)}, 2, 7)
    plain = scores.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain == {
        "n_articles": 2,
        "n_sentences": 7,
        "macro_f1": pytest.approx(2 / 3),
        "micro_f1": pytest.approx(2 / 3),
        "span_f1": pytest.approx(2 / 3),
        "labels": {
            "a": {"precision": 0.75, "recall": 0.6, "f1": pytest.approx(2 / 3), "support": 5}
        },
        "spans": {
            "a": {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3), "support": 20}
        },
    }


def test_a_figure_that_is_not_defined_is_valid_json() -> None:
    plain = Scores({"a": Counts()}, {"a": Counts()}).to_dict()
    json.dumps(plain, allow_nan=False)


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ([], [], (0, 0, 0)),
        ([(0, 5)], [], (0, 0, 5)),
        ([], [(2, 4)], (0, 2, 0)),
        ([(0, 5)], [(0, 5)], (5, 0, 0)),
        ([(0, 5)], [(3, 8)], (2, 3, 3)),
        ([(0, 2), (4, 6)], [(0, 6)], (4, 2, 0)),
        ([(0, 4), (2, 6)], [(2, 4)], (2, 0, 4)),
        ([(0, 2)], [(2, 4)], (0, 2, 2)),
    ],
)
def test_characters_by_hand(
    gold: list[tuple[int, int]], predicted: list[tuple[int, int]], expected: tuple[int, int, int]
) -> None:
    assert character_counts(gold, predicted) == Counts(*expected)
    swapped = character_counts(predicted, gold)
    assert (swapped.tp, swapped.fn, swapped.fp) == expected


SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12)), max_size=4).map(
    lambda pairs: [(start, start + length) for start, length in pairs]
)


@given(SPANS, SPANS)
def test_characters_are_those_of_masks(
    gold: list[tuple[int, int]], predicted: list[tuple[int, int]]
) -> None:
    masks = np.zeros((2, 60), dtype=np.bool_)
    for mask, spans in zip(masks, (gold, predicted), strict=True):
        for start, end in spans:
            mask[start:end] = True
    (expected,) = label_counts(masks[0][:, None], masks[1][:, None])
    assert character_counts(gold, predicted) == expected
