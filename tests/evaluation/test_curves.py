from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from made_up import LABELS, Sample
from sklearn.calibration import calibration_curve
from sklearn.metrics import f1_score, precision_recall_curve

from framing.evaluation.curves import all_curves
from framing.evaluation.measures import BINS
from framing.evaluation.pairs import Pairs


def test_the_precision_recall_curve_is_that_of_scikit_learn(pairs: Pairs) -> None:
    for k, curve in enumerate(all_curves(pairs, resamples=100)):
        precision, recall, _ = precision_recall_curve(pairs.gold[:, k], pairs.scores[:, k])
        expected = set(zip(recall.round(9), precision.round(9), strict=True))
        found = list(zip(curve.recall.round(9), curve.precision.round(9), strict=True))
        assert set(found) <= expected
        assert found[-1][0] == 1.0
        assert len(found) >= pairs.gold[:, k].sum()


def test_the_reliability_curve_is_that_of_scikit_learn(pairs: Pairs) -> None:
    for k, curve in enumerate(all_curves(pairs, resamples=100)):
        share, mean = calibration_curve(pairs.gold[:, k], pairs.scores[:, k], n_bins=BINS)
        assert [b.mean for b in curve.bins] == pytest.approx(mean)
        assert [b.share.value for b in curve.bins] == pytest.approx(share)
        assert sum(b.n for b in curve.bins) == pairs.n_sentences


@pytest.mark.parametrize("threshold", [0.0, 0.25, 0.5, 0.87])
def test_figures_over_the_threshold_are_those_of_scikit_learn(
    threshold: float, pairs: Pairs
) -> None:
    for k, curve in enumerate(all_curves(pairs, resamples=100)):
        place = round(threshold * 100)
        assert curve.thresholds[place] == threshold
        expected = f1_score(pairs.gold[:, k], pairs.scores[:, k] >= threshold)
        assert curve.by_threshold["f1"][place] == pytest.approx(expected)
        low, high = curve.by_threshold["low"][place], curve.by_threshold["high"][place]
        assert not low > expected
        assert not high < expected


def test_curves_that_are_undefined(pairs: Pairs, sample: Sample) -> None:
    bare = np.full_like(pairs.scores, np.nan)
    for curve in all_curves(dataclasses.replace(pairs, scores=bare), resamples=100):
        assert (len(curve.recall), curve.bins, len(curve.thresholds)) == (0, (), 0)
    none = dataclasses.replace(pairs, gold=np.zeros_like(pairs.gold))
    for curve in all_curves(none, resamples=100):
        assert len(curve.recall) == 0
        assert np.isnan(curve.by_threshold["f1"]).all()
        json.dumps(curve.to_dict(), allow_nan=False)


def test_as_json(pairs: Pairs) -> None:
    plain = all_curves(pairs, resamples=100)[0].to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert len(plain["thresholds"]["f1"]) == 100
    assert len(LABELS) == len(all_curves(pairs, resamples=100))
