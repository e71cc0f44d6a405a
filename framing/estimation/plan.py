"""How many more hand codes buy which width of the interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.errors import InputError
from framing.estimation.corpus import Corpus, read_corpus
from framing.estimation.estimate import check_question, independent, join, signal
from framing.estimation.inference import Moments, corrected, power
from framing.estimation.intervals import share_interval
from framing.estimation.match import Coded
from framing.estimation.results import Share, aligned
from framing.estimation.unseen import errs, guarded, says

if TYPE_CHECKING:
    from framing.schema import Article

FACTORS = (1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """Expected widths for one label.

    Parameters
    ----------
    label : str
        The label.
    share : float
        Its corrected share as it is now known.
    widths : tuple of float or None
        Of the interval, for each number of codes of the plan; None where none can be foretold.
    needed : int or None
        Codes for the width that was asked for; None if no number of codes gives it.
    """

    label: str
    share: float
    widths: tuple[float | None, ...]
    needed: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What more hand codes would buy.

    Parameters
    ----------
    counts : tuple of int
        Numbers of hand-coded units, the first being those there are.
    rows : tuple of LabelPlan
        One for each label.
    unit, target, level
        As for :func:`framing.estimate`.
    width : float or None
        The width that was asked for.
    n_units : int
        Units of the corpus.
    """

    counts: tuple[int, ...]
    rows: tuple[LabelPlan, ...]
    unit: str
    target: str
    level: float
    width: float | None
    n_units: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, ready for JSON."""
        return {
            "unit": self.unit,
            "target": self.target,
            "level": self.level,
            "n_units": self.n_units,
            "counts": list(self.counts),
            "width": self.width,
            "labels": [
                {
                    "label": row.label,
                    "share": row.share,
                    "widths": list(row.widths),
                    "needed": row.needed,
                }
                for row in self.rows
            ],
        }

    def to_csv(self) -> str:
        """Return one line for each label and number of codes."""
        lines = ["label,codes,width"]
        for row in self.rows:
            lines += [
                f"{row.label},{count},{'' if width is None else round(width, 6)}"
                for count, width in zip(self.counts, row.widths, strict=True)
            ]
        return "\n".join(lines) + "\n"

    def __str__(self) -> str:
        header = ["label", "share", *map(str, self.counts)]
        if self.width is not None:
            header.append(f"for {100 * self.width:.1f}")
        lines = [header]
        for row in self.rows:
            line = [row.label, f"{100 * row.share:.1f}"]
            line += ["-" if width is None else f"{100 * width:.1f}" for width in row.widths]
            if self.width is not None:
                line.append("never" if row.needed is None else str(row.needed))
            lines.append(line)
        head = (
            f"expected width of the {self.level:.0%} interval, in points of per cent, by number of "
            f"hand-coded {self.unit}s"
        )
        kind = (
            "" if self.target == "corpus" else "; what the articles differ stays, so it levels off"
        )
        return "\n".join([head + kind, "", *aligned(lines, left=1)])


def plan(
    predictions: Corpus | str | Path,
    coded: Sequence[Article] | str | Path,
    *,
    design: str | Path | None = None,
    equal_probabilities: bool = False,
    unit: str = "sentence",
    target: str = "population",
    use: str = "score",
    level: float = 0.95,
    width: float | None = None,
) -> Plan:
    """Foretell the width of the intervals for more codes, drawn as the present ones were.

    The variance has a part that shrinks with the number of codes and, for ``target="population"``,
    one that the number of articles sets; both are taken from the present sample, so that the
    forecast is as rough as that is small.

    Parameters
    ----------
    predictions, coded, design, equal_probabilities, unit, target, use, level
        As for :func:`framing.estimate`.
    width : float, optional
        A width to reach, such as 0.02 for two points of per cent.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        If `width` is not between 0 and 1; and as :func:`framing.estimate`.
    """
    corpus = predictions if isinstance(predictions, Corpus) else read_corpus(predictions)
    found = join(corpus, coded, design, equal_probabilities=equal_probabilities)
    return plan_coded(corpus, found, unit=unit, target=target, use=use, level=level, width=width)


def plan_coded(
    corpus: Corpus,
    found: Coded,
    *,
    unit: str = "sentence",
    target: str = "population",
    use: str = "score",
    level: float = 0.95,
    width: float | None = None,
) -> Plan:
    """Foretell from hand codes that are joined with the corpus; see :func:`plan`."""
    if width is not None and not 0 < width < 1:
        raise InputError(f"width is {width}; expected a share between 0 and 1, such as 0.02")
    units = check_question(corpus, found, unit=unit, target=target, use=use, level=level)
    n, total = len(units.sample), len(units.predicted)
    counts = tuple(dict.fromkeys(min(total, round(n * factor)) for factor in FACTORS))
    population = target == "population"
    inside = np.ones(total, dtype=np.bool_)
    kish = independent(units, inside, population)
    rows = []
    for j, label in enumerate(found.labels):
        f, y = signal(units, j, use), units.gold[:, j].astype(np.float64)
        hand, best = (
            corrected(
                f,
                y,
                units.sample,
                units.articles,
                lam=lam,
                inside=inside,
                population=population,
            )
            for lam in (0.0, power(f, y, units.sample))
        )
        said = None if errs(f[units.sample.rows], y) else says(f, inside)
        forecast = _Forecast(hand, best, said, n, total, kish, level, population)
        usable = 0 < y.sum() < n
        rows.append(
            LabelPlan(
                label,
                min(max(best.share, 0.0), 1.0),
                tuple(forecast.width(count) if usable else None for count in counts),
                forecast.needed(width, total) if usable and width is not None else None,
            )
        )
    return Plan(counts, tuple(rows), unit, target, level, width, total)


@dataclass(frozen=True, slots=True)
class _Forecast:
    hand: Moments
    best: Moments
    said: float | None  # see `says`; None if the codes show errors of the classifier
    n: int
    total: int
    units: float
    level: float
    population: bool

    def width(self, count: int) -> float | None:
        """Return the width with `count` codes."""
        if count == self.total and not self.population:
            return 0.0
        share = self._share(self.best, count)
        if self.said is not None:
            share = guarded(
                share,
                self._share(self.hand, count),
                said=self.said,
                units=self.units * count / self.n,
                left=1.0 if self.population else self._left(self.best, count),
                level=self.level,
            )
        return None if share.interval is None else share.interval[1] - share.interval[0]

    def _left(self, m: Moments, count: int) -> float:
        return max(0.0, 1 - count / self.n * (1 - m.kept))

    def _share(self, m: Moments, count: int) -> Share:
        times = count / self.n
        lasting = max(0.0, m.variance - m.coding * m.kept) if self.population else 0.0
        variance = lasting + m.coding / times * self._left(m, count)
        limits = share_interval(m.share, variance, m.df * times, self.units * times, self.level)
        return Share(min(max(m.share, 0.0), 1.0), limits)

    def needed(self, width: float, total: int) -> int | None:
        """Return the smallest number of codes with at most that width."""
        low, high = 1, total
        widest = self.width(total)
        if widest is None or math.isnan(widest) or widest > width:
            return None
        while low < high:
            middle = (low + high) // 2
            found = self.width(middle)
            low, high = (
                (low, middle) if found is not None and found <= width else (middle + 1, high)
            )
        return low
