"""Intervals by resampling whole articles: sentences of one article are no independent draws.

An article-clustered bootstrap (Field and Welsh 2007, "Bootstrapping clustered data"): `n` articles
are drawn with replacement out of `n`, the figure is computed anew, and the interval runs between
the 2.5th and the 97.5th percentile of the figures. A draw is a row of weights over articles, so
that a figure made of counts costs one matrix product for all draws together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framing.errors import InputError

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

RESAMPLES = 1000
LEVEL = 0.95
_DEFINED = 0.95  # an interval is given if the figure is defined in this share of the resamples


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its interval; nan where it is not defined.

    Parameters
    ----------
    value : float
        The figure on the sample.
    low, high : float
        The 95 % interval; nan if there is one article only, if the figure is undefined in more
        than a twentieth of the resamples, or if it is the same in all of them.
    """

    value: float
    low: float = float("nan")
    high: float = float("nan")

    @property
    def defined(self) -> bool:
        """Whether there is a value."""
        return self.value == self.value

    @property
    def has_interval(self) -> bool:
        """Whether there is an interval."""
        return self.low == self.low

    def to_dict(self) -> dict[str, float | None]:
        """Return ``value``, ``low`` and ``high``; None for what is not defined."""
        return {"value": plain(self.value), "low": plain(self.low), "high": plain(self.high)}


def plain(value: float) -> float | None:
    """Return None for nan, which JSON does not know."""
    return float(value) if value == value else None


def article_weights(n_articles: int, resamples: int = RESAMPLES, seed: int = 0) -> Floats:
    """Draw how often each article is in each resample.

    Parameters
    ----------
    n_articles, resamples, seed : int
        The same numbers give the same draws, so that two models can be compared in pairs.

    Returns
    -------
    float array, shape (resamples + 1, n_articles)
        The first row is the sample itself, all ones. With one article there is only that row:
        resampling one article says nothing.

    Raises
    ------
    InputError
        If `resamples` is below 100.
    """
    if resamples < 100:
        raise InputError(f"resamples must be at least 100 for a 95 % interval, got {resamples}")
    sample = np.ones((1, n_articles))
    if n_articles < 2:
        return sample
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(n_articles, np.full(n_articles, 1 / n_articles), size=resamples)
    return np.concatenate([sample, drawn.astype(np.float64)])


def figure(values: Floats, *, flat: bool = False) -> Figure:
    """Make a figure of its value on the sample (first) and on the resamples (the others).

    Parameters
    ----------
    values : float array, shape (resamples + 1,)
        nan where undefined.
    flat : bool
        Give an interval of no width as well. Resamples that all agree, as where nothing at all was
        right, say nothing of how uncertain the figure is; for a difference they do.
    """
    drawn = values[1:]
    defined = drawn[~np.isnan(drawn)]
    if np.isnan(values[0]) or not len(drawn) or len(defined) < _DEFINED * len(drawn):
        return Figure(float(values[0]))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    if low == high and not flat:
        return Figure(float(values[0]))
    return Figure(float(values[0]), float(low), float(high))


def two_sided_p(differences: Floats) -> float:
    """Return the two-sided p-value of a difference, from its resamples.

    Twice the smaller share of resamples on either side of zero, each counted with the sample itself
    (Efron and Tibshirani 1993, ch. 15.4; Davison and Hinkley 1997, ch. 4): it is below 0.05
    about where the 95 % interval leaves out zero.

    Parameters
    ----------
    differences : float array, shape (resamples + 1,)
        The first is the sample's own, which is not counted.

    Returns
    -------
    float
        nan if the difference has no interval.
    """
    if not figure(differences, flat=True).has_interval:
        return float("nan")
    drawn = differences[1:][~np.isnan(differences[1:])]
    below, above = int((drawn <= 0).sum()), int((drawn >= 0).sum())
    return min(1.0, 2 * (min(below, above) + 1) / (len(drawn) + 1))


def average_precision(scores: Floats, gold: Bools, article: Ints, weights: Floats) -> Floats:
    """Return the area under the precision-recall curve, by its step-wise sum, for every resample.

    ``sum over thresholds of (recall step) * precision``, equal scores being one threshold: the
    definition of ``sklearn.metrics.average_precision_score``.

    Parameters
    ----------
    scores : float array, shape (n_sentences,)
        Of one label.
    gold : bool array, shape (n_sentences,)
        Whether the sentence carries it.
    article : int array, shape (n_sentences,)
        Which column of `weights` belongs to the sentence.
    weights : float array, shape (n_draws, n_articles)
        See :func:`article_weights`.

    Returns
    -------
    float array, shape (n_draws,)
        nan where there is no positive sentence, or a score is missing.
    """
    if np.isnan(scores).any() or not gold.any():
        return np.full(len(weights), np.nan)
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))  # of each threshold
    positive = gold[order]
    areas = []
    # Blocks of 2 MB stay in the cache of a core: nine times as quick as all draws at once.
    for block in np.array_split(weights, max(1, len(weights) * len(scores) // 250_000)):
        drawn = block[:, article[order]]  # (n_draws in block, n_sentences)
        total = np.cumsum(drawn, axis=1)[:, last]
        hits = np.cumsum(drawn * positive, axis=1)[:, last]
        step = np.diff(hits, axis=1, prepend=0.0)
        precision = np.divide(hits, total, out=np.zeros_like(hits), where=total > 0)
        with np.errstate(invalid="ignore"):
            areas.append((step * precision).sum(axis=1) / hits[:, -1])
    return np.concatenate(areas)
