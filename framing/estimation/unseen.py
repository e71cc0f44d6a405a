"""Intervals where the sample shows no error of the classifier, or only one kind of code.

The variance of the corrected share is that of the residuals, code minus prediction. If the
classifier contradicts none of the codes they are next to nothing, and the interval would close
around the classifier's opinion; but errors that are rare may only have been missed by the sample.
"""

from __future__ import annotations

import numpy as np

from framing.estimation.inference import Bools, Floats
from framing.estimation.results import Share

_SAYS = 0.5  # a prediction above it says that the unit carries the label


def errs(f: Floats, y: Floats) -> bool:
    """Tell whether the predictions `f` contradict any of the codes `y`, both of shape (n,)."""
    return bool((np.abs(y - f) > _SAYS).any())


def says(f: Floats, inside: Bools) -> float:
    """Return the share of the units `inside` that carry the label by their predictions `f`."""
    return float((f[inside] > _SAYS).mean())


def hidden_errors(judged: float, units: float, level: float) -> float:
    """Return the largest share of errors that a sample without any error leaves open.

    The rule of three (Hanley and Lippman-Hand 1983, JAMA 249): of `m` units that the classifier
    judged alike and that were coded, none was wrong; a share of errors of more than
    ``1 - (1 - level) ** (1 / m)`` among them, about 3 / m, would have shown at least one.

    Parameters
    ----------
    judged : float
        Share of all units that the classifier judges so.
    units : float
        Number of independent units that were coded, however judged.
    level : float
        0.95 for the 95 % interval.

    Returns
    -------
    float
        As a share of all units.
    """
    m = units * judged
    return float(judged * (1 - (1 - level) ** (1 / m))) if m > 0 else 0.0


def guarded(
    best: Share, hand: Share, *, said: float, units: float, left: float, level: float
) -> Share:
    """Stretch an interval by the errors that a sample without any error may hide.

    Labels that the classifier missed would lift the share, labels that it saw in vain would lower
    it. It is not stretched beyond the reach of the interval of the hand codes, which knows nothing
    of the classifier and how the codes of one article resemble each other.

    Parameters
    ----------
    best, hand : Share
        The corrected share and that of the hand codes alone.
    said : float
        Share of the units that carry the label by their predictions, see :func:`says`.
    units : float
        Number of independent units that were coded.
    left : float
        The part of the variance that coding a finite corpus leaves, 1 - n / N; 1 if the population
        is meant.
    level : float
        Of the interval.
    """
    if best.interval is None or hand.interval is None:
        return best
    down, up = (left**0.5 * hidden_errors(part, units, level) for part in (said, 1 - said))
    low = best.share - min(down, hand.share - hand.interval[0])
    high = best.share + min(up, hand.interval[1] - hand.share)
    return Share(
        best.share, (min(best.interval[0], max(0.0, low)), max(best.interval[1], min(1.0, high)))
    )


def widened(best: Share, hand: Share) -> Share:
    """Stretch an interval to that of the hand codes, from which it should have learned.

    If all codes agree, the residuals hold nothing but the scores: they cannot show how often the
    classifier errs, and would give a narrow interval around its own opinion.
    """
    if best.interval is None or hand.interval is None:
        return Share(best.share, None)
    low, high = zip(best.interval, hand.interval, strict=True)
    return Share(best.share, (min(low), max(high)))
