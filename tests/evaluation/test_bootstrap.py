from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from framing.errors import InputError
from framing.evaluation.bootstrap import (
    article_weights,
    average_precision,
    figure,
    two_sided_p,
)


def test_weights_draw_as_many_articles_as_there_are() -> None:
    weights = article_weights(7, 500, seed=3)
    assert weights.shape == (501, 7)
    assert (weights[0] == 1).all()
    assert (weights.sum(axis=1) == 7).all()
    assert weights[1:].mean(axis=0) == pytest.approx(np.ones(7), abs=0.15)
    assert (weights == article_weights(7, 500, seed=3)).all()
    assert (weights != article_weights(7, 500, seed=4)).any()


def test_one_article_has_no_interval() -> None:
    values = article_weights(1)[:, 0] * 0.4
    assert figure(values).value == 0.4
    assert not figure(values).has_interval
    assert figure(values).to_dict() == {"value": 0.4, "low": None, "high": None}


def test_too_few_resamples() -> None:
    with pytest.raises(InputError, match="resamples must be at least 100 for a 95 % interval, got"):
        article_weights(5, 50)


def test_an_interval_is_the_percentiles_of_the_resamples() -> None:
    values = np.arange(1001, dtype=np.float64)
    found = figure(values)
    assert found.value == 0.0
    assert (found.low, found.high) == pytest.approx((25.975, 975.025))


@pytest.mark.parametrize(("share", "given"), [(0.04, True), (0.06, False)])
def test_an_interval_needs_a_figure_that_is_defined_in_most_resamples(
    share: float, given: bool
) -> None:
    values = np.linspace(0.2, 0.6, 1001)
    values[1 : 1 + int(1000 * share)] = np.nan
    assert figure(values).has_interval is given
    assert figure(values).value == 0.2


def test_resamples_that_agree_are_no_interval() -> None:
    values = np.zeros(1001)
    assert not figure(values).has_interval
    assert figure(values, flat=True).low == 0.0


def test_an_undefined_figure() -> None:
    found = figure(np.full(1001, np.nan))
    assert not found.defined
    assert found.to_dict() == {"value": None, "low": None, "high": None}


def test_the_interval_of_a_mean_covers_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    n_articles, runs, hits = 60, 200, 0
    for run in range(runs):
        # Sentences of an article are alike: an interval from single sentences would be too narrow.
        size = rng.integers(5, 15, n_articles)
        positives = rng.binomial(size, rng.beta(2, 6, n_articles))
        weights = article_weights(n_articles, 300, seed=run)
        found = figure((weights @ positives) / (weights @ size))
        hits += found.low <= 0.25 <= found.high
    assert 0.89 <= hits / runs <= 0.98


@pytest.mark.parametrize("decimals", [1, 6])
@pytest.mark.parametrize("seed", range(5))
def test_average_precision_is_that_of_scikit_learn_on_the_drawn_sentences(
    seed: int, decimals: int
) -> None:
    rng = np.random.default_rng(seed)
    n_articles, n = 8, 60
    article = np.sort(rng.integers(0, n_articles, n))
    gold = rng.random(n) < 0.3
    scores = np.round(rng.random(n) * 0.7 + gold * 0.3, decimals)  # with ties
    weights = article_weights(n_articles, 100, seed)
    found = average_precision(scores, gold, article, weights)
    for value, draw in zip(found, weights, strict=True):
        repeated = np.repeat(np.arange(n), draw[article].astype(int))
        expected = average_precision_score(gold[repeated], scores[repeated])
        assert value == pytest.approx(expected)


def test_average_precision_that_is_undefined() -> None:
    weights = article_weights(2, 100)
    article = np.array([0, 0, 1])
    scores = np.array([0.1, 0.5, 0.3])
    nothing = np.zeros(3, dtype=np.bool_)
    assert np.isnan(average_precision(scores, nothing, article, weights)).all()
    gold = np.array([True, False, False])
    found = average_precision(scores, gold, article, weights)
    assert (np.isnan(found) == (weights[:, 0] == 0)).all()
    missing = np.array([0.1, np.nan, 0.3])
    assert np.isnan(average_precision(missing, gold, article, weights)).all()


def test_p_values() -> None:
    draws = np.linspace(-1, 3, 1000)  # a quarter below zero
    assert two_sided_p(np.append(1.0, draws)) == pytest.approx(0.5, abs=0.01)
    assert two_sided_p(np.append(2.0, draws + 10)) == pytest.approx(2 / 1001)
    assert two_sided_p(np.zeros(1001)) == 1.0
    assert math.isnan(two_sided_p(np.array([0.3])))


@given(st.floats(-3, 3), st.integers(0, 10_000))
def test_p_values_agree_with_intervals(shift: float, seed: int) -> None:
    draws = np.random.default_rng(seed).normal(shift, 1.0, 1000)
    found, p = figure(np.append(shift, draws)), two_sided_p(np.append(shift, draws))
    outside = found.low > 0 or found.high < 0
    assert outside == (p < 0.05) or abs(p - 0.05) < 0.005


def test_a_thousand_resamples_take_well_under_a_second() -> None:
    rng = np.random.default_rng(0)
    gold = rng.random(5000) < 0.1
    begin = time.perf_counter()
    weights = article_weights(300, 1000)
    average_precision(rng.random(5000), gold, rng.integers(0, 300, 5000), weights)
    assert time.perf_counter() - begin < 1.0  # 0.1 s where nothing else runs
