"""Parity with nervaluate (the schemes of SemEval 2013, task 9) and with scikit-learn."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nervaluate import Evaluator
from sklearn.metrics import precision_recall_fscore_support

from framing.evaluation.metrics import Counts
from framing.evaluation.spans import exact_counts, span_counts, token_counts
from framing.schema import Prediction, Sentence, Span

Bounds = list[tuple[int, int]]

# The example of nervaluate's own test "compute_metrics_case_1": of six entities and six predictions
# two agree in label and both ends.
GOLD = {
    "PER": [(59, 69)],
    "LOC": [(127, 134), (164, 174), (197, 205), (208, 219)],
    "MISC": [(230, 240)],
}
FOUND = {
    "PER": [(24, 30), (164, 174)],
    "LOC": [(124, 134), (197, 205), (208, 219), (225, 243)],
    "MISC": [],
}


def by_nervaluate(gold: Bounds, found: Bounds) -> Counts:
    def entities(spans: Bounds) -> list[dict[str, object]]:
        return [{"label": "X", "start": a, "end": b} for a, b in spans]

    results = Evaluator([entities(gold)], [entities(found)], tags=["X"], loader="dict").evaluate()
    strict = results["overall"]["strict"]
    return Counts(strict.correct, strict.actual - strict.correct, strict.possible - strict.correct)


def test_a_published_example() -> None:
    total = sum((exact_counts(GOLD[label], FOUND[label]) for label in GOLD), Counts())
    assert (total.tp, total.tp + total.fp, total.tp + total.fn) == (2, 6, 6)
    assert total.f1 == pytest.approx(1 / 3)


def disjoint(seed: int) -> Bounds:
    rng = random.Random(seed)
    edges = sorted(rng.sample(range(1, 40), 2 * rng.randint(1, 4)))
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


@pytest.mark.parametrize("seed", range(40))
def test_exact_match_is_the_strict_scheme_of_nervaluate(seed: int) -> None:
    gold = disjoint(seed)
    found = [span for span in gold if (seed + span[0]) % 3] + [(50, 55)] * (seed % 2)
    found = found or [(60, 62)]
    assert exact_counts(gold, found) == by_nervaluate(gold, found)


TEXT = "The U.S. will raise duties by 25%, officials said; no one asked the steel-makers."


@given(
    st.lists(st.tuples(st.integers(0, 78), st.integers(1, 20)), max_size=3),
    st.lists(st.tuples(st.integers(0, 78), st.integers(1, 20)), max_size=3),
)
def test_tokens_are_those_of_scikit_learn(one: Bounds, other: Bounds) -> None:
    gold = [(a, min(a + n, len(TEXT))) for a, n in one]
    found = [(a, min(a + n, len(TEXT))) for a, n in other]
    words = [m.span() for m in re.finditer(r"\w+", TEXT)]
    masks = [[any(s < b and a < e for s, e in spans) for a, b in words] for spans in (gold, found)]
    counts = token_counts(TEXT, gold, found)
    assert counts.support == sum(masks[0])
    if any(masks[0]) and any(masks[1]):
        expected = precision_recall_fscore_support(*masks, average="binary", zero_division=0.0)
        assert (counts.precision, counts.recall, counts.f1) == pytest.approx(expected[:3])


@pytest.mark.parametrize(
    ("gold", "found", "expected"),
    [
        ([(0, 5)], [(0, 5)], (1, 0, 0)),
        ([(0, 5)], [(0, 6)], (0, 1, 1)),
        ([(0, 5), (0, 5)], [(0, 5)], (1, 0, 1)),
        ([], [(0, 5)], (0, 1, 0)),
    ],
)
def test_exact_by_hand(gold: Bounds, found: Bounds, expected: tuple[int, int, int]) -> None:
    assert exact_counts(gold, found) == Counts(*expected)


def test_tokens_by_hand() -> None:
    assert token_counts("Duties will follow.", [(0, 11)], [(7, 19)]) == Counts(1, 1, 1)
    assert token_counts("Duties, then.", [(6, 7)], []) == Counts()  # a comma is no word


def test_counts_of_a_sentence_by_label() -> None:
    text = "Duties follow."
    sentence = Sentence(text, 10, 24, (Span("a", 10, 16, "Duties"),), ("a",))
    spans = (Span("a", 10, 23, "Duties follow"), Span("b", 17, 23, "follow"))
    prediction = Prediction(text, 10, 24, ("a", "b"), {}, spans)
    assert span_counts(sentence, prediction, "a") == [[0, 1, 1], [6, 7, 0], [1, 1, 0]]
    assert span_counts(sentence, prediction, "b") == [[0, 1, 0], [0, 6, 0], [0, 1, 0]]
    assert span_counts(sentence, prediction, "c") == [[0, 0, 0]] * 3
