"""Estimated shares: what they hold, and how they print."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Limits = tuple[float, float]

NOTHING_CODED = "nothing of the group is coded: neither a hand-coded nor a corrected share"
ONE_ARTICLE = "the codes are of one article only: no interval"
ALL_AGREE = "all codes agree (none or all carry the label): look at the far end of the interval"
FEW_CODED = "fewer than 10 codes carry (or lack) the label: rough, code more (--plan)"
MARKS = {NOTHING_CODED: "-", ONE_ARTICLE: "1", ALL_AGREE: "!", FEW_CODED: "*"}


@dataclass(frozen=True, slots=True)
class Share:
    """A share and its interval.

    Parameters
    ----------
    share : float
        Between 0 and 1.
    interval : (float, float) or None
        None where there is none to give.
    """

    share: float
    interval: Limits | None

    def to_dict(self) -> dict[str, float | None]:
        """Return ``share``, ``low`` and ``high``."""
        low, high = (None, None) if self.interval is None else self.interval
        return {"share": self.share, "low": low, "high": high}


@dataclass(frozen=True, slots=True)
class Estimate:
    """The share of one label in one group.

    Parameters
    ----------
    label : str
        The label.
    group : str or None
        The group; None is the whole corpus.
    n_units, n_articles : int
        Sentences (or articles) of the corpus in the group, and articles.
    n_coded, n_positive : int
        Units of the group coded by hand, and how many of them carry the label.
    naive : Share
        What the classifier says, uncorrected.
    hand : Share or None
        From the hand codes alone; None if nothing of the group is coded.
    corrected : Share or None
        The classifier corrected by the hand codes.
    weight : float
        How far the predictions were trusted, 0 to 1 (power tuning).
    gain : float or None
        Variance of the hand-coded over that of the corrected share: 2 means that it would have
        taken twice the hand codes without the classifier. Where no code contradicts the
        classifier it promises too much, since the variance knows of no errors.
    notes : tuple of str
        What the reader must know.
    """

    label: str
    group: str | None
    n_units: int
    n_articles: int
    n_coded: int
    n_positive: int
    naive: Share
    hand: Share | None
    corrected: Share | None
    weight: float
    gain: float | None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, ready for JSON."""
        shares = {"naive": self.naive, "hand": self.hand, "corrected": self.corrected}
        return {
            "label": self.label,
            "group": self.group,
            "n_units": self.n_units,
            "n_articles": self.n_articles,
            "n_coded": self.n_coded,
            "n_positive": self.n_positive,
            **{k: None if s is None else s.to_dict() for k, s in shares.items()},
            "weight": self.weight,
            "gain": self.gain,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Estimates:
    """Shares of all labels and groups; iterate over it for its entries.

    Parameters
    ----------
    rows : tuple of Estimate
        The whole corpus first, then the groups in the order of their names.
    labels : tuple of str
        The labels that were coded.
    unit, by, target, level
        As they were asked for.
    n_articles, n_units, n_coded, n_coded_articles : int
        What the figures rest on.
    notes : tuple of str
        What concerns all of them.
    """

    rows: tuple[Estimate, ...]
    labels: tuple[str, ...]
    unit: str
    by: str | None
    target: str
    level: float
    n_articles: int
    n_units: int
    n_coded: int
    n_coded_articles: int
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Estimate]:
        return iter(self.rows)

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups in order."""
        return tuple(dict.fromkeys(row.group for row in self.rows if row.group is not None))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers, ready for JSON."""
        return {
            "unit": self.unit,
            "by": self.by,
            "target": self.target,
            "level": self.level,
            "n_articles": self.n_articles,
            "n_units": self.n_units,
            "n_coded": self.n_coded,
            "n_coded_articles": self.n_coded_articles,
            "notes": list(self.notes),
            "estimates": [row.to_dict() for row in self.rows],
        }

    def to_csv(self) -> str:
        """Return one line for each label and group."""
        stream = io.StringIO()
        shares = ("naive", "hand", "corrected")
        counts = ("n_units", "n_articles", "n_coded", "n_positive")
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(
            ["group", "label", *counts]
            + [f"{s}{suffix}" for s in shares for suffix in ("", "_low", "_high")]
            + ["weight", "gain", "notes"]
        )
        for row in self.rows:
            figures: list[object] = []
            for share in (row.naive, row.hand, row.corrected):
                found = {} if share is None else share.to_dict()
                figures += [_figure(found.get(key)) for key in ("share", "low", "high")]
            writer.writerow(
                [
                    row.group or "",
                    row.label,
                    *(getattr(row, name) for name in counts),
                    *figures,
                    _figure(row.weight),
                    _figure(row.gain),
                    "; ".join(row.notes),
                ]
            )
        return stream.getvalue()

    def __str__(self) -> str:
        units = "" if self.unit == "article" else f", {_many(self.n_units, self.unit)}"
        within = "" if self.unit == "article" else f" of {self.n_coded_articles} articles"
        kind = "such articles in general" if self.target == "population" else "just these articles"
        head = [
            f"{_many(self.n_articles, 'article')}{units}; coded by hand: "
            f"{_many(self.n_coded, self.unit)}{within}",
            f"share of {self.unit}s in % with its {self.level:.0%} interval, for {kind}",
            "",
        ]
        used = {note for row in self.rows for note in row.notes}
        legend = [f"{mark}  {note}" for note, mark in MARKS.items() if note in used]
        tail = [*legend, *(f"note: {note}" for note in self.notes)]
        return "\n".join([*head, *_table(self), *([""] if tail else []), *tail])


def _many(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _figure(value: float | None) -> float | str:
    return "" if value is None else round(value, 6)


def cell(share: Share | None) -> str:
    """Return a share as ``12.3 [10.1, 14.9]``, in per cent."""
    if share is None:
        return "-"
    text = f"{100 * share.share:.1f}"
    if share.interval is None:
        return text
    low, high = share.interval
    return f"{text} [{100 * low:.1f}, {100 * high:.1f}]"


def _table(estimates: Estimates) -> list[str]:
    header = ["label", "coded", "positive", "corrected", "classifier", "hand codes", "gain", ""]
    body = [
        [
            row.label,
            str(row.n_coded),
            str(row.n_positive),
            cell(row.corrected),
            cell(row.naive),
            cell(row.hand),
            "-" if row.gain is None else f"{row.gain:.1f}x",
            "".join(MARKS[note] for note in row.notes),
        ]
        for row in estimates.rows
    ]
    if estimates.by is not None:
        header = [estimates.by, *header]
        names = ["all" if r.group is None else r.group or "(blank)" for r in estimates.rows]
        body = [[name, *line] for name, line in zip(names, body, strict=True)]
    return aligned([header, *body], left=1 if estimates.by is None else 2)


def aligned(lines: list[list[str]], *, left: int) -> list[str]:
    """Return the lines in columns, the first `left` of them flush left."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            text.ljust(width) if i < left else text.rjust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
