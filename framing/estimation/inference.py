"""Prediction-powered inference for a share: the formulas, on arrays.

The corpus holds N units (sentences or articles) with a prediction ``f`` each; a random sample of
them is coded by hand with the result ``y``. The corrected share is

    theta = lam * mean(f over the corpus) + sum(w * (y - lam * f)) / sum(w)    over the sample

with the weights ``w = 1 / probability``: PPI++ (Angelopoulos, Duchi and Zrnic 2023, "PPI++:
Efficient Prediction-Powered Inference", arXiv:2311.01453) with Hajek weights for unequal
probabilities. With ``lam = 1`` it is the estimator of design-based supervised learning (Egami,
Hinck, Stewart and Wei 2023, NeurIPS); with ``lam = 0`` the hand codes alone. It is right however
wrong the predictions are; good ones make it precise.

The variance is linearised (Binder 1983, International Statistical Review 51) and sums whole
clusters, each set right for its own leverage as in the jackknife (Bell and McCaffrey 2002, Survey
Methodology 28), so that a few large clusters do not make it too small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_NOTHING = 1e-20  # variances below it are rounding: all residuals are equal
_MOST_LEVERAGE = 0.75  # of one cluster; beyond it the correction would only add noise


@dataclass(frozen=True, slots=True)
class Sample:
    """Which units were coded by hand, and how they were drawn.

    Parameters
    ----------
    rows : int array, shape (n,)
        Their positions in the corpus.
    weights : float array, shape (n,)
        One over the probability with which each was drawn.
    strata : int array, shape (n,)
        The stratum in which each was drawn.
    drawn : int array, shape (n,)
        What was drawn: the unit itself, or the article that it came with.
    sizes : float array, shape (n,)
        How many such there are to draw from in the stratum; nan where that is not known.
    """

    rows: Ints
    weights: Floats
    strata: Ints
    drawn: Ints
    sizes: Floats

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Moments:
    """An estimated share with its variance.

    Parameters
    ----------
    share : float
        The estimate; may lie a little outside 0 to 1.
    variance : float
        Of the estimate; nan when it cannot be known (a single cluster).
    df : float
        Degrees of freedom of `variance`.
    coding : float
        The part of the variance that more hand codes make smaller: that of the drawn sample
        without a correction for its finite corpus.
    kept : float
        The part of `coding` that coding the same number again would leave, 1 - n / N.
    """

    share: float
    variance: float
    df: float
    coding: float
    kept: float


def power(f: Floats, y: Floats, sample: Sample) -> float:
    """Return the weight of the predictions that gives the smallest variance, between 0 and 1.

    It is ``cov(y, f) / var(f)``: the formula of PPI++ for a mean (arXiv:2311.01453, section 6),
    written for coded units that are a part of the corpus. Where they are not, as in the paper, the
    mean of ``f`` leaves them out, and the weight is divided by ``1 + n / N``: the same estimate.

    Parameters
    ----------
    f : float array, shape (N,)
        Predictions of the whole corpus.
    y : float array, shape (n,)
        Hand codes of the sample.
    sample : Sample
        The coded units.
    """
    spread = float(f.var(ddof=1)) if len(f) > 1 else 0.0
    if spread <= 0:
        return 0.0
    w = sample.weights / sample.weights.sum()
    coded = f[sample.rows]
    covariance = float(w @ ((y - w @ y) * (coded - w @ coded)))
    return float(np.clip(covariance / spread, 0.0, 1.0))


def corrected(
    f: Floats,
    y: Floats,
    sample: Sample,
    articles: Ints,
    *,
    lam: float,
    inside: Bools,
    population: bool,
) -> Moments:
    """Estimate the share among the units `inside`.

    Parameters
    ----------
    f : float array, shape (N,)
        Predictions of the whole corpus.
    y : float array, shape (n,)
        Hand codes of the sample.
    sample : Sample
        The coded units, of which at least one is inside.
    articles : int array, shape (N,)
        The article of each unit.
    lam : float
        Weight of the predictions, see :func:`power`.
    inside : bool array, shape (N,)
        The group whose share is asked for.
    population : bool
        True counts the articles as drawn from a wider stream, whose share is meant; False means
        the share in exactly these units.
    """
    coded = inside[sample.rows]
    w = np.where(coded, sample.weights, 0.0)
    w = w / w.sum()
    residual = y - lam * f[sample.rows]
    rectifier = float(w @ residual)
    mean = float(f[inside].mean())
    # What each coded unit adds to the error of the estimate, and its pull on the fit.
    z = w * (residual - rectifier)
    leverage = _slope_leverage(f, sample) if lam > 0 else np.zeros(len(sample))
    drawn = _by_design(z, leverage, sample, w > 0)
    if not population:
        variance, df = drawn.variance, drawn.df
    else:
        spread = np.where(inside, lam * (f - mean), 0.0) / inside.sum()
        variance, df = _by_article(spread, z, leverage + w, sample, articles, inside, w > 0)
    kept = drawn.variance / drawn.coding if drawn.coding > 0 else 1.0
    return Moments(lam * mean + rectifier, variance, df, drawn.coding, kept)


def predicted(f: Floats, articles: Ints, *, inside: Bools, population: bool) -> Moments:
    """Return the mean of the predictions among the units `inside`, without any correction."""
    mean = float(f[inside].mean())
    if not population:
        return Moments(mean, 0.0, float("inf"), 0.0, 0.0)
    spread = np.where(inside, f - mean, 0.0) / inside.sum()
    empty = Sample(*(np.zeros(0, dtype=kind) for kind in (int, float, int, int, float)))
    none = np.zeros(0)
    variance, df = _by_article(spread, none, none, empty, articles, inside, none > 0)
    return Moments(mean, variance, df, 0.0, 0.0)


def _slope_leverage(f: Floats, sample: Sample) -> Floats:
    """Return the pull of each coded unit on `lam`, which matters as far as units are uncoded."""
    w = sample.weights / sample.weights.sum()
    coded = f[sample.rows]
    centred = coded - w @ coded
    spread = float(w @ centred**2)
    open_part = 1 - len(sample) / len(f)
    return open_part * w * centred**2 / spread if spread > 0 else np.zeros(len(w))


@dataclass(frozen=True, slots=True)
class _Drawn:
    variance: float
    df: float
    coding: float


def _by_design(z: Floats, leverage: Floats, sample: Sample, inside: Bools) -> _Drawn:
    """Variance over the draws: clusters as drawn within strata, finite corpus corrected."""
    keys, place = np.unique(
        np.stack([sample.strata, sample.drawn], axis=1), axis=0, return_inverse=True
    )
    place = place.reshape(-1)
    totals = np.bincount(place, z, minlength=len(keys))
    pull = np.minimum(np.bincount(place, leverage, minlength=len(keys)), _MOST_LEVERAGE)
    size = np.zeros(len(keys))
    size[place] = sample.sizes
    variance = coding = fourth = second = 0.0
    for stratum in np.unique(keys[:, 0]):
        member = keys[:, 0] == stratum
        n = int(member.sum())
        # A stratum with one draw cannot show its spread: its whole deviation counts.
        centre, factor = (totals[member].mean(), n / (n - 1)) if n > 1 else (0.0, 1.0)
        parts = factor * ((totals[member] - centre) / (1 - pull[member])) ** 2
        known = size[member][0]
        left = 1.0 if np.isnan(known) else max(0.0, 1 - n / known)
        coding += float(parts.sum())
        variance += left * float(parts.sum())
        second += float(parts.sum())
        fourth += float((parts**2).sum())
    n_inside = len(np.unique(place[inside]))
    if n_inside < 2:
        return _Drawn(float("nan"), 0.0, float("nan"))
    if second < _NOTHING:
        variance = coding = 0.0
    return _Drawn(variance, _df(second, fourth, len(keys), n_inside - 1), coding)


def _by_article(
    spread: Floats,
    z: Floats,
    leverage: Floats,
    sample: Sample,
    articles: Ints,
    inside: Bools,
    coded: Bools,
) -> tuple[float, float]:
    """Variance over articles, each with all that it adds to the estimate."""
    count = int(articles.max()) + 1
    pull = np.bincount(articles[inside], minlength=count) / inside.sum()
    whole = len(np.unique(articles[inside]))
    if whole < 2:
        return float("nan"), 0.0
    parts = np.bincount(articles, spread, minlength=count)
    limit = whole - 1
    if len(sample):
        mine = articles[sample.rows]
        with_codes = len(np.unique(mine[coded]))
        if with_codes < 2:
            return float("nan"), 0.0
        parts += np.bincount(mine, z, minlength=count)
        pull = np.maximum(pull, np.bincount(mine, leverage, minlength=count))
        limit = with_codes - 1
    parts = parts / (1 - np.minimum(pull, _MOST_LEVERAGE))
    second, fourth = float((parts**2).sum()), float((parts**4).sum())
    return (second if second >= _NOTHING else 0.0), _df(second, fourth, whole, limit)


def _df(second: float, fourth: float, count: int, limit: int) -> float:
    """Return Satterthwaite's degrees of freedom of a sum of squares, from its fourth moment.

    With few positives a handful of units carries the whole variance; it is then known no better
    than so many degrees allow, however many units were coded.
    """
    if second < _NOTHING:
        return float(limit)
    excess = fourth / second**2 - 1 / count
    return float(np.clip(2 / excess if excess > 0 else limit, 1.0, limit))
