from __future__ import annotations

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, f1_score

from framing.codebook import Codebook
from framing.dataset.agreement import (
    Pairing,
    agreement,
    cohen_kappa,
    dice,
    f1,
    format_agreement,
    gwet_ac1,
    krippendorff_alpha,
    raw_agreement,
)
from framing.errors import InputError

ANSWERS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=40)


def table(first: list[bool], second: list[bool]) -> np.ndarray:
    pairs = list(zip(first, second, strict=True))
    kinds = [(True, True), (True, False), (False, True), (False, False)]
    return np.array([pairs.count(kind) for kind in kinds], dtype=float)


def test_published_examples() -> None:
    # Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section A: binary data, two
    # observers, no missing data.
    meg = [bool(int(c)) for c in "0100000010"]
    owen = [bool(int(c)) for c in "1110010000"]
    assert krippendorff_alpha(table(meg, owen)) == pytest.approx(0.095, abs=5e-4)
    # Gwet 2002, "Kappa statistic is not satisfactory", where nearly all answers are yes.
    skewed = np.array([118.0, 5.0, 2.0, 0.0])
    assert cohen_kappa(skewed) == pytest.approx(-0.0234, abs=5e-4)
    assert gwet_ac1(skewed) == pytest.approx(0.9408, abs=5e-4)
    # The example of fifty grant applications read by two readers that textbooks of kappa share.
    assert cohen_kappa(np.array([20.0, 5.0, 10.0, 15.0])) == pytest.approx(0.4)


@given(ANSWERS)
def test_alpha_is_that_of_krippendorff(answers: list[tuple[bool, bool]]) -> None:
    first, second = map(list, zip(*answers, strict=True))
    if len({*first, *second}) < 2:
        assert np.isnan(krippendorff_alpha(table(first, second)))
        return
    reference = krippendorff.alpha(
        reliability_data=np.array([first, second], dtype=float), level_of_measurement="nominal"
    )
    assert krippendorff_alpha(table(first, second)) == pytest.approx(reference, abs=1e-9)


@given(ANSWERS)
def test_kappa_and_f1_are_those_of_scikit_learn(answers: list[tuple[bool, bool]]) -> None:
    first, second = map(list, zip(*answers, strict=True))
    counts = table(first, second)
    if len({*first, *second}) == 2:
        reference = cohen_kappa_score(first, second)
        assert cohen_kappa(counts) == pytest.approx(reference, abs=1e-9)
    if any(first) or any(second):
        assert f1(counts) == pytest.approx(f1_score(first, second))
    assert raw_agreement(counts) == pytest.approx(np.mean(np.array(first) == np.array(second)))


@given(ANSWERS)
def test_ac1_does_not_depend_on_who_is_first_or_what_yes_means(
    answers: list[tuple[bool, bool]],
) -> None:
    first, second = map(list, zip(*answers, strict=True))
    value = gwet_ac1(table(first, second))
    assert value == pytest.approx(gwet_ac1(table(second, first)))
    negated = table([not x for x in first], [not x for x in second])
    assert value == pytest.approx(gwet_ac1(negated))
    assert -1 <= value <= 1


def pairing(article: str, first: dict[str, list[tuple[int, int]]], second: object) -> Pairing:
    return Pairing(article, "test", first, second)  # type: ignore[arg-type]


def test_counts_and_spans(own_codebook: Codebook) -> None:
    pairings = [
        pairing("a", {"rain": [(0, 4)]}, {"rain": [(2, 6)]}),
        pairing("a", {"rain": [(0, 4)]}, {"rain": [(0, 4)], "heat": [(0, 1)]}),
        pairing("b", {"rain": [(0, 4)]}, {}),
        pairing("b", {}, {}),
    ]
    found = agreement(pairings, own_codebook, resamples=50)
    rain, heat = found.labels["rain"], found.labels["heat"]
    assert (found.n_articles, found.n_sentences) == (2, 4)
    assert (rain.first, rain.second, heat.first, heat.second) == (3, 2, 0, 1)
    assert rain.figures["span"].value == pytest.approx(0.75)
    assert rain.figures["raw"].value == 0.75
    assert rain.figures["raw"].low == 0.5  # only of article b
    assert rain.figures["raw"].high == 1.0
    assert heat.figures["span"].to_dict() == {"value": None, "low": None, "high": None}
    text = format_agreement([found])
    assert text.startswith("all: 2 articles, 4 sentences\n")
    assert "0.750 [0.500, 1.000]" in text
    assert "[" not in format_agreement([found], intervals=False)


def test_an_interval_needs_two_articles(own_codebook: Codebook) -> None:
    one = agreement([pairing("a", {}, {"rain": [(0, 1)]})], own_codebook, resamples=10)
    figure = one.labels["rain"].figures["raw"]
    assert figure.value == 0
    assert figure.to_dict()["low"] is None
    with pytest.raises(InputError, match="no sentence of contrast has two answers"):
        agreement([], own_codebook, part="contrast")


def test_the_interval_widens_with_the_articles_not_the_sentences(own_codebook: Codebook) -> None:
    yes: dict[str, list[tuple[int, int]]] = {"rain": [(0, 1)]}
    whole = [pairing(f"{i}", yes, yes if i % 2 else {}) for i in range(40) for _ in range(10)]
    apart = [pairing(f"{i}-{k}", yes, yes if i % 2 else {}) for i in range(40) for k in range(10)]
    clustered = agreement(whole, own_codebook).labels["rain"].figures["raw"]
    independent = agreement(apart, own_codebook).labels["rain"].figures["raw"]
    assert clustered.value == independent.value == 0.5
    ratio = (clustered.high - clustered.low) / (independent.high - independent.low)
    assert ratio == pytest.approx(np.sqrt(10), rel=0.2)


SPAN = st.tuples(st.integers(0, 9), st.integers(1, 9)).map(lambda t: (t[0], t[0] + t[1]))


@given(st.lists(SPAN, min_size=1, max_size=3), st.lists(SPAN, min_size=1, max_size=3))
def test_dice(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    assert dice(first, first) == 1
    assert dice(first, second) == dice(second, first)
    shifted = [(start + 30, end + 30) for start, end in second]
    assert dice(first, shifted) == 0
