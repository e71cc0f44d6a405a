from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from framing.model.calibration import (
    best_threshold,
    calibrate,
    mixing_weight,
    platt,
)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.4, -2.0), (3.0, 1.0)])
def test_platt_recovers_slope_and_intercept(slope: float, intercept: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, 40_000).astype(np.float32)
    gold = rng.random(len(logits)) < expit(slope * logits + intercept)
    found = platt(logits, gold)
    assert found == pytest.approx((slope, intercept), abs=0.1)
    model = LogisticRegression(C=np.inf).fit(logits[:, None], gold)
    assert found == pytest.approx((model.coef_[0, 0], model.intercept_[0]), abs=0.02)


@pytest.mark.parametrize("scale", [0.1, 1.0, 20.0])
def test_the_scale_of_the_logits_does_not_matter(scale: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, 5000)
    gold = rng.random(5000) < expit(2 * logits - 1)
    slope, intercept = platt((logits * scale).astype(np.float32), gold)
    expected = platt(logits.astype(np.float32), gold)
    assert (slope * scale, intercept) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("logits", "gold"),
    [
        ([0.5, 1.0, 2.0], [False] * 3),
        ([0.5, 1.0, 2.0], [True] * 3),
        ([-1.0, 0.0, 1.0, 2.0], [True, True, False, False]),
        ([], []),
    ],
)
def test_nothing_to_fit(logits: list[float], gold: list[bool]) -> None:
    found = platt(np.array(logits, dtype=np.float32), np.array(gold, dtype=np.bool_))
    assert found == (1.0, 0.0)


def test_separated_logits_give_finite_probabilities_short_of_certainty() -> None:
    logits = np.array([-3, -2, -1, 1, 2, 3], dtype=np.float32)
    slope, intercept = platt(logits, logits > 0)
    probabilities = expit(slope * logits + intercept)
    assert np.all((probabilities > 0.01) & (probabilities < 0.99))
    assert np.all((probabilities > 0.5) == (logits > 0))


@given(
    arrays(np.float32, st.integers(1, 40), elements=st.floats(-50, 50, width=32)),
    st.randoms(use_true_random=False),
)
def test_calibration_keeps_the_order(logits: np.ndarray, random: object) -> None:
    gold = np.array([random.random() < 0.4 for _ in logits])  # type: ignore[attr-defined]
    slope, intercept = platt(logits, gold)
    assert slope > 0
    assert np.isfinite([slope, intercept]).all()
    calibrated = expit(slope * np.sort(logits.astype(float)) + intercept)
    assert np.all(np.diff(calibrated) >= 0)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("first", "second"), [(1.0, 0.5), (0.5, 1.5), (2.0, 0.0)])
def test_the_weight_of_a_second_model(first: float, second: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, others = rng.normal(0, 1.5, (2, 40_000)).astype(np.float32)
    gold = rng.random(len(logits)) < expit(first * logits + second * others - 1)
    assert mixing_weight(logits, others, gold) == pytest.approx(second / first, abs=0.1)


def test_a_second_model_that_is_worse_than_none() -> None:
    rng = np.random.default_rng(0)
    logits, others = rng.normal(0, 1, (2, 5000)).astype(np.float32)
    gold = rng.random(5000) < expit(2 * logits - others)
    assert mixing_weight(logits, others, gold) == 0.0
    assert mixing_weight(logits, others, np.zeros(5000, dtype=np.bool_)) == 0.0
    assert mixing_weight(logits, others, np.ones(5000, dtype=np.bool_)) == 0.0
    # The first model tells the contrary of what is so.
    assert mixing_weight(-logits, others, logits + others > 0) == 1.0


@pytest.mark.parametrize("seed", range(20))
def test_the_sum_of_two_models_ranks_as_well_as_either(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 400))
    logits, others = rng.normal(0, rng.random(2)[:, None] * 4, (2, n)).astype(np.float32)
    truth = rng.random(2) * [0.1, 2]
    gold = rng.random(n) < expit(truth[0] * logits + truth[1] * others - 1)
    weight = mixing_weight(logits, others, gold)
    assert 0 <= weight < 1e4  # the network must not drown, whatever the sample
    slope, intercept = platt((logits + weight * others).astype(np.float32), gold)
    assert np.isfinite([slope, intercept]).all()


def f1(predicted: np.ndarray, gold: np.ndarray) -> float:
    return float(2 * (predicted & gold).sum() / (predicted.sum() + gold.sum()))


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.9), (0.02, 0.2)])
def test_a_threshold_between_what_is_apart(low: float, high: float) -> None:
    probabilities = np.array([low] * 50 + [high] * 20, dtype=np.float32)
    threshold = best_threshold(probabilities)
    assert low < threshold <= high


@pytest.mark.parametrize("seed", range(3))
def test_the_threshold_is_nearly_the_best(seed: int) -> None:
    rng = np.random.default_rng(seed)
    probabilities = rng.beta(1, 3, 3000).astype(np.float32)
    gold = rng.random(3000) < probabilities
    threshold = best_threshold(probabilities)
    best = max(f1(probabilities >= t, gold) for t in np.arange(0.05, 0.95, 0.01))
    assert f1(probabilities >= threshold, gold) > best - 0.02


@given(arrays(np.float32, 30, elements=st.floats(0, 1, width=32)))
@example(np.array([0.25, *[1] * 29], dtype=np.float32))  # 0.05 + 20 * 0.01 is not quite 0.25
def test_the_threshold_has_the_greatest_expected_f1(probabilities: np.ndarray) -> None:
    p = probabilities.astype(float)

    def expected(t: float) -> float:
        taken = p >= t
        return float(2 * p[taken].sum() / (taken.sum() + p.sum() + 1e-12))

    threshold = best_threshold(probabilities)
    assert threshold == round(threshold, 2)
    assert 0.05 <= threshold <= 0.95
    best = max(expected(t) for t in np.round(np.arange(0.05, 0.951, 0.01), 2))
    assert expected(threshold) >= best - 1e-9


def test_a_label_without_gold_keeps_the_middle() -> None:
    logits = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    gold = np.column_stack([logits[:, 0] > 0, np.zeros(50, dtype=bool)])
    _, thresholds = calibrate(logits, gold)
    assert thresholds[1] == 0.5
