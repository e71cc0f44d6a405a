"""Intervals of a share that stay honest where the label is rare."""

from __future__ import annotations

import math

from framing.errors import MissingExtraError


def quantile(level: float, df: float) -> float:
    """Return the two-sided quantile of Student's t; of the normal for infinite `df`.

    Raises
    ------
    MissingExtraError
        If scipy is not installed.
    """
    try:
        from scipy.stats import norm, t
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "intervals need the package 'scipy'; install it with: pip install 'framing[estimate]'"
        ) from error

    tail = 0.5 + level / 2
    return float(norm.ppf(tail) if math.isinf(df) else t.ppf(tail, df))


def share_interval(
    share: float, variance: float, df: float, units: float, level: float
) -> tuple[float, float] | None:
    """Return the limits of a share.

    Wilson's interval with the effective sample size ``share (1 - share) / variance`` and a quantile
    of Student's t, as for complex surveys (Korn and Graubard 1998, Survey Methodology 24; Dean and
    Pagano 2015, Journal of Survey Statistics and Methodology 3). It is not symmetrical: a rare
    label has more room above than below. An estimate nearer to 0 or 1 than its margin takes the
    size that goes with the margin.

    Parameters
    ----------
    share : float
        The estimate.
    variance : float
        Of the estimate; nan gives no interval.
    df : float
        Degrees of freedom of `variance`.
    units : float
        Number of independent units, used where the variance is 0 because all codes agree.
    level : float
        0.95 for the 95 % interval.

    Returns
    -------
    (float, float) or None
        Within 0 to 1.
    """
    if not math.isfinite(variance) or df < 1:
        return None
    t = quantile(level, df if variance > 0 else math.inf)  # no spread was estimated
    p = min(max(share, 0.0), 1.0)
    if variance > 0:
        margin = min(t * math.sqrt(variance), 0.5)
        held = min(max(p, margin), 1 - margin)
        size = held * (1 - held) / variance
    else:
        size = units
    centre = (p + t * t / (2 * size)) / (1 + t * t / size)
    half = t / (1 + t * t / size) * math.sqrt(p * (1 - p) / size + (t / (2 * size)) ** 2)
    return max(0.0, centre - half), min(1.0, centre + half)
