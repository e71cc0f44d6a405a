"""Curves of one label: precision and recall, reliability, figures over the threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.evaluation.bootstrap import RESAMPLES, Figure, article_weights, figure, plain
from framing.evaluation.measures import BINS, binned, divide, rates
from framing.evaluation.pairs import Pairs

Floats = NDArray[np.float64]

STEPS = 100  # thresholds 0.00, 0.01, ..., 0.99
_STEPS = 160  # of a precision-recall curve at most, enough to draw it


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of a reliability curve.

    Parameters
    ----------
    mean : float
        Mean predicted probability of its sentences.
    share : Figure
        Share of them that carry the label.
    n : int
        Sentences.
    """

    mean: float
    share: Figure
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """The curves of one label; empty arrays and no bins where they are undefined.

    Parameters
    ----------
    recall, precision : float array, shape (n_points,)
        Of the precision-recall curve, from the highest threshold down.
    bins : tuple of Bin
        Of the reliability curve; bins without sentences are left out.
    thresholds : float array, shape (100,)
        0.00 to 0.99.
    by_threshold : dict of str to float array, shape (100,)
        ``precision``, ``recall``, ``f1``, and the interval of F1: ``low``, ``high``.
    """

    recall: Floats
    precision: Floats
    bins: tuple[Bin, ...]
    thresholds: Floats
    by_threshold: dict[str, Floats]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, ready for JSON."""
        return {
            "precision_recall": {
                "recall": self.recall.tolist(),
                "precision": self.precision.tolist(),
            },
            "reliability": [
                {"mean_score": b.mean, "n": b.n, "share": b.share.to_dict()} for b in self.bins
            ],
            "thresholds": {
                "threshold": self.thresholds.tolist(),
                **{k: [plain(v) for v in values] for k, values in self.by_threshold.items()},
            },
        }


def curves(pairs: Pairs, label: int, weights: Floats) -> Curves:
    """Compute the curves of one label.

    Parameters
    ----------
    pairs : Pairs
        Gold and predicted labels.
    label : int
        Its position.
    weights : float array, shape (n_draws, n_articles)
        See :func:`framing.evaluation.bootstrap.article_weights`.
    """
    scores, gold = pairs.scores[:, label], pairs.gold[:, label]
    nothing = np.zeros(0)
    if np.isnan(scores).any():
        return Curves(nothing, nothing, (), nothing, {})
    recall, precision = _precision_recall(scores, gold) if gold.any() else (nothing, nothing)
    return Curves(
        recall,
        precision,
        _reliability(pairs, label, weights),
        np.arange(STEPS) / STEPS,
        _by_threshold(pairs, label, weights),
    )


def all_curves(pairs: Pairs, *, resamples: int = RESAMPLES, seed: int = 0) -> list[Curves]:
    """Compute the curves of every label, in their order; see :func:`curves`."""
    weights = article_weights(pairs.n_articles, resamples, seed)
    return [curves(pairs, k, weights) for k in range(len(pairs.labels))]


def _precision_recall(scores: Floats, gold: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    hits = np.cumsum(gold[order])[last]
    recall, precision = hits / gold.sum(), hits / (last + 1)
    # Recall rises in steps; precision falls between them. Of each step its top and its foot.
    steps = np.flatnonzero(np.diff(hits, prepend=0))
    chosen = steps[np.unique(np.linspace(0, len(steps) - 1, _STEPS).round().astype(int))]
    feet = np.append(chosen[1:] - 1, len(last) - 1)
    kept = np.union1d(chosen, feet)
    return recall[kept].astype(np.float64), precision[kept].astype(np.float64)


def _reliability(pairs: Pairs, label: int, weights: Floats) -> tuple[Bin, ...]:
    sums = binned(pairs, label, weights, BINS)  # (n_draws, bins, 3)
    shares = divide(sums[:, :, 2], sums[:, :, 0])
    return tuple(
        Bin(float(sums[0, b, 1] / sums[0, b, 0]), figure(shares[:, b]), int(sums[0, b, 0]))
        for b in range(BINS)
        if sums[0, b, 0]
    )


def _by_threshold(pairs: Pairs, label: int, weights: Floats) -> dict[str, Floats]:
    """Count from the highest score down: what is predicted at a threshold of k/100."""
    sums = binned(pairs, label, weights, STEPS)
    predicted = np.flip(np.cumsum(np.flip(sums[:, :, 0], 1), axis=1), 1)
    hits = np.flip(np.cumsum(np.flip(sums[:, :, 2], 1), axis=1), 1)
    positives = sums[:, :, 2].sum(axis=1, keepdims=True)
    counts = np.stack([hits, predicted - hits, positives - hits], axis=2)
    precision, recall, f1 = rates(counts)
    bands = [figure(f1[:, t]) for t in range(STEPS)]
    return {
        "precision": precision[0],
        "recall": recall[0],
        "f1": f1[0],
        "low": np.array([b.low for b in bands]),
        "high": np.array([b.high for b in bands]),
    }
