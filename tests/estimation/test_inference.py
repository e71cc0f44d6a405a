from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.estimation.inference import (
    Bools,
    Floats,
    Ints,
    Sample,
    corrected,
    power,
    predicted,
)


def simple(rows: Ints, total: int) -> Sample:
    """A simple random sample of units."""
    n = len(rows)
    nothing = np.zeros(n, dtype=np.int64)
    return Sample(rows, np.full(n, total / n), nothing, rows, np.full(n, float(total)))


def everywhere(f: Floats) -> Bools:
    return np.ones(len(f), dtype=np.bool_)


def wave(total: int) -> tuple[Floats, Floats]:
    """Predictions and codes made without a generator, so that anyone can make them again."""
    i = np.arange(total)
    f = (np.sin(i * 1.7) + 1) / 2 * 0.8 + 0.1 * ((i * 7) % 11) / 10
    y = ((np.sin(i * 1.7 + 0.4) + 0.3 * np.cos(i * 0.9)) > 0.35).astype(float)
    return f, y


# Printed by ppi-python 0.2.3, ppi_mean_pointestimate(y[rows], f[rows], f[other rows], lam=...) and
# ppi_mean_ci(..., alpha=0.05); there the mean of f leaves the coded units out.
@pytest.mark.parametrize(
    ("total", "step", "lam", "expected", "limits"),
    [
        (400, 7, 0.3, 0.47374636139833803, (0.3614354533394302, 0.5860572694572459)),
        (200_000, 1009, None, 0.1151536625022827, (0.08216090431215434, 0.14814642069241107)),
    ],
)
def test_parity_with_ppi_python(
    total: int, step: int, lam: float | None, expected: float, limits: tuple[float, float]
) -> None:
    f, y = wave(total)
    rows = np.arange(0, total, step)[: 57 if total == 400 else None]
    sample = simple(rows, total)
    rest = len(rows) / (total - len(rows))
    weight = power(f, y[rows], sample) if lam is None else lam * (1 + rest)
    found = corrected(
        f,
        y[rows],
        sample,
        np.arange(total),
        lam=weight,
        inside=everywhere(f),
        population=True,
    )
    assert found.share == pytest.approx(expected, rel=1e-12)
    theirs = (limits[1] - limits[0]) / 2 / 1.959963984540054
    # Ours corrects for the leverage of each unit, theirs divides by n: about 1 / n apart.
    assert math.sqrt(found.variance) == pytest.approx(theirs, rel=2.5 / math.sqrt(len(rows)) / 5)
    assert math.sqrt(found.variance) > theirs


def test_parity_with_ppi_python_weighted() -> None:
    f, y = wave(400)
    i = np.arange(400)
    rows = i[::7][:57]
    weights = 1 + ((i * 13) % 5) / 2.0
    sample = Sample(rows, weights[rows], np.zeros(57, dtype=int), rows, np.full(57, np.nan))
    shares = [
        corrected(f, y[rows], sample, i, lam=lam, inside=everywhere(f), population=True).share
        for lam in (0.0, 0.5, 1.0)
    ]
    # ppi_mean_pointestimate(y[rows], f[rows], f, lam=..., w=weights[rows])
    assert shares == pytest.approx([0.4666666666666667, 0.46690924266884176, 0.4671518186710168])


@given(
    st.lists(st.floats(0, 1), min_size=6, max_size=6),
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.floats(0, 1),
)
def test_unbiased_over_all_samples(scores: list[float], truth: list[bool], lam: float) -> None:
    f, y = np.array(scores), np.array(truth, dtype=float)
    articles = np.array([0, 0, 1, 1, 2, 2])
    shares = []
    for chosen in itertools.combinations(range(6), 3):
        rows = np.array(chosen)
        shares.append(
            corrected(
                f,
                y[rows],
                simple(rows, 6),
                articles,
                lam=lam,
                inside=everywhere(f),
                population=False,
            ).share
        )
    assert np.mean(shares) == pytest.approx(y.mean(), abs=1e-12)


@given(st.lists(st.booleans(), min_size=3, max_size=30), st.integers(2, 20))
def test_without_predictions_it_is_the_textbook(codes: list[bool], times: int) -> None:
    y = np.array(codes, dtype=float)
    n, total = len(y), len(y) * times
    rows = np.arange(n) * times
    f = np.zeros(total)
    assert power(f, y, simple(rows, total)) == 0
    found = corrected(
        f,
        y,
        simple(rows, total),
        np.arange(total),
        lam=0.0,
        inside=everywhere(f),
        population=False,
    )
    assert found.share == pytest.approx(y.mean())
    assert found.variance == pytest.approx((1 - n / total) * y.var(ddof=1) / n)
    if y.var() > 0:
        assert found.kept == pytest.approx(1 - n / total)


def test_strata_are_weighted_by_their_size() -> None:
    # 4 of 100 and 5 of 20; Cochran (1977), equations 5.1 and 5.6 by hand.
    y = np.array([0.0, 0, 0, 1, 1, 1, 0, 1, 1])
    rows = np.array([0, 1, 2, 3, 100, 101, 102, 103, 104])
    strata = np.array([0] * 4 + [1] * 5)
    sizes = np.array([100.0] * 4 + [20.0] * 5)
    weights = np.array([25.0] * 4 + [4.0] * 5)
    f = np.zeros(120)
    found = corrected(
        f,
        y,
        Sample(rows, weights, strata, rows, sizes),
        np.arange(120),
        lam=0.0,
        inside=everywhere(f),
        population=False,
    )
    first, second = y[:4].var(ddof=1) / 4 * (1 - 4 / 100), y[4:].var(ddof=1) / 5 * (1 - 5 / 20)
    assert found.share == pytest.approx((100 * 0.25 + 20 * 0.8) / 120)
    assert found.variance == pytest.approx((100 / 120) ** 2 * first + (20 / 120) ** 2 * second)


@given(st.integers(2, 5), st.data())
def test_a_sentence_repeated_in_its_article_adds_nothing(times: int, data: st.DataObject) -> None:
    """Clusters of equal sentences tell as much as one of each: the variance must not shrink."""
    y = np.array(data.draw(st.lists(st.booleans(), min_size=4, max_size=12)), dtype=float)
    f = np.array(data.draw(st.lists(st.floats(0, 1), min_size=len(y), max_size=len(y))))
    found = []
    for k in (1, times):
        rows = np.arange(len(y) * k)
        articles = np.repeat(np.arange(len(y)), k)
        n = len(rows)
        sample = Sample(rows, np.ones(n), np.zeros(n, dtype=int), articles, np.full(n, np.nan))
        whole = np.repeat(f, k)
        found.append(
            corrected(
                whole,
                np.repeat(y, k),
                sample,
                articles,
                lam=0.5,
                inside=everywhere(whole),
                population=True,
            )
        )
    assert found[1].share == pytest.approx(found[0].share)
    assert found[1].variance == pytest.approx(found[0].variance)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=4, max_size=20))
def test_when_all_is_coded_the_predictions_do_not_matter(pairs: list[tuple[float, bool]]) -> None:
    f = np.array([score for score, _ in pairs])
    y = np.array([code for _, code in pairs], dtype=float)
    rows = np.arange(len(y))
    with_them, without = (
        corrected(
            f,
            y,
            simple(rows, len(y)),
            rows,
            lam=lam,
            inside=everywhere(f),
            population=True,
        )
        for lam in (0.7, 0.0)
    )
    assert with_them.share == pytest.approx(y.mean())
    assert with_them.variance == pytest.approx(without.variance)


def test_a_perfect_classifier_is_trusted_and_a_contrary_one_is_not() -> None:
    y = np.tile([0.0, 0.0, 0.0, 1.0], 50)
    rows = np.arange(0, 200, 3)
    assert power(y, y[rows], simple(rows, 200)) == pytest.approx(1, abs=0.1)
    assert power(1 - y, y[rows], simple(rows, 200)) == 0


def test_a_group_uses_its_own_codes_only() -> None:
    f = np.zeros(40)
    y = np.array([0.0, 1, 1, 0, 1, 1])
    rows = np.array([0, 5, 10, 20, 25, 30])
    inside = np.arange(40) < 15
    found = corrected(
        f, y, simple(rows, 40), np.arange(40), lam=0.0, inside=inside, population=True
    )
    assert found.share == pytest.approx(2 / 3)
    assert found.df <= 2


def test_one_article_gives_no_variance() -> None:
    f = np.array([0.1, 0.9, 0.2, 0.8])
    rows = np.array([0, 1])
    articles = np.array([0, 0, 1, 1])
    found = corrected(
        f,
        np.array([0.0, 1.0]),
        simple(rows, 4),
        articles,
        lam=0.0,
        inside=everywhere(f),
        population=True,
    )
    assert math.isnan(found.variance)
    alone = predicted(f, np.zeros(4, dtype=int), inside=everywhere(f), population=True)
    assert math.isnan(alone.variance)


def test_few_positives_leave_few_degrees_of_freedom() -> None:
    f = np.zeros(3000)
    rows = np.arange(0, 3000, 10)
    limits = []
    for positives in (3, 30, 150):
        y = np.zeros(300)
        y[:positives] = 1
        found = corrected(
            f,
            y,
            simple(rows, 3000),
            np.arange(3000),
            lam=0.0,
            inside=everywhere(f),
            population=True,
        )
        limits.append(found.df)
    assert limits[0] < 8 < limits[1] < 299 == limits[2]
