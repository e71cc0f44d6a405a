"""Small charts as inline SVG: bars, a histogram, a matrix. They scale with the page they stand in.

Lettering takes the colour of the page (``currentColor``), so that dark mode needs nothing; every
chart carries its title and its numbers as text for screen readers.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 360  # of every chart, in its own units: it stays legible on a telephone
_ROW, _LEFT, _RIGHT = 19, 152, 76


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, its length, what is written behind it, and what it says when touched."""

    name: str
    value: float
    note: str
    hint: str = ""


def bars(
    title: str,
    rows: Sequence[Bar],
    color: str,
    *,
    top: float | None = None,
    left: int = _LEFT,
) -> str:
    """Return horizontal bars, one a row.

    Parameters
    ----------
    title : str
        Stands above the chart.
    rows : sequence of Bar
        From top to bottom.
    color : str
        Of the bars, as CSS has it.
    top : float, optional
        The value that fills the width, for charts to be compared; the greatest one by default.
    left : int
        Room for the names; what is longer is cut short.
    """
    most = max([row.value for row in rows], default=0) if top is None else top
    room = WIDTH - left - _RIGHT
    letters = int((left - 8) / 6.7)
    parts = []
    for i, row in enumerate(rows):
        y = i * _ROW
        length = room * min(1, row.value / most) if most else 0
        name = row.name if len(row.name) <= letters else row.name[: letters - 1].rstrip() + "…"
        parts.append(
            f"<g><title>{_escape(row.hint or f'{row.name}: {row.note}')}</title>"
            f'<text x="{left - 6}" y="{y + 13}" text-anchor="end">{_escape(name)}</text>'
            f'<rect x="{left}" y="{y + 3}" width="{length:.1f}" height="{_ROW - 6}" rx="1.5" '
            f'fill="{color}"/><text class="n" x="{left + length + 5:.1f}" y="{y + 13}">'
            f"{_escape(row.note)}</text></g>"
        )
    return _figure(title, "".join(parts), len(rows) * _ROW + 2)


def histogram(title: str, columns: Sequence[Bar], color: str, *, axis: str) -> str:
    """Return upright columns with a name below each.

    Parameters
    ----------
    title : str
        Stands above the chart.
    columns : sequence of Bar
        From left to right; only every second name is written where they stand close.
    color : str
        Of the columns.
    axis : str
        What the names are.
    """
    height, base = 120, 138
    most = max([column.value for column in columns], default=0)
    step = (WIDTH - 20) / max(1, len(columns))
    every = 1 if step >= 24 else 2
    parts = [f'<line class="axis" x1="10" y1="{base}" x2="{WIDTH - 10}" y2="{base}"/>']
    for i, column in enumerate(columns):
        tall = height * column.value / most if most else 0
        x = 10 + i * step
        parts.append(
            f"<g><title>{_escape(column.hint or f'{column.name}: {column.note}')}</title>"
            f'<rect x="{x + 1:.1f}" y="{base - tall:.1f}" width="{step - 2:.1f}" '
            f'height="{tall:.1f}" fill="{color}"/>'
            f'<text class="n" x="{x + step / 2:.1f}" y="{base - tall - 4:.1f}" '
            f'text-anchor="middle">{_escape(column.note)}</text></g>'
        )
        if i % every == 0:
            parts.append(
                f'<text x="{x + step / 2:.1f}" y="{base + 14}" text-anchor="middle">'
                f"{_escape(column.name)}</text>"
            )
    parts.append(
        f'<text class="n" x="{WIDTH / 2}" y="{base + 30}" text-anchor="middle">'
        f"{_escape(axis)}</text>"
    )
    return _figure(title, "".join(parts), base + 36)


def matrix(
    title: str,
    names: Sequence[str],
    shades: Sequence[Sequence[float]],
    notes: Sequence[Sequence[str]],
    hints: Sequence[Sequence[str]],
    color: str,
) -> str:
    """Return a square of shaded cells, named on the left and, by number, above.

    Parameters
    ----------
    title : str
        Stands above the chart.
    names : sequence of str
        Of rows and columns.
    shades : n rows of n numbers
        From 0 to 1, how strong the shade is.
    notes, hints : n rows of n strings
        What is written in a cell, and what it says when touched.
    color : str
        Of the shade.
    """
    side = (WIDTH - _LEFT) / max(1, len(names))
    tall = min(side, 44)
    parts = []
    for i, name in enumerate(names):
        y = 18 + i * tall
        short = name if len(name) <= 22 else name[:21] + "…"
        parts.append(
            f'<text x="{_LEFT - 6}" y="{y + tall / 2 + 4:.1f}" text-anchor="end">{i + 1} '
            f"{_escape(short)}</text>"
            f'<text x="{_LEFT + (i + 0.5) * side:.1f}" y="12" text-anchor="middle">{i + 1}</text>'
        )
        parts += [
            f"<g><title>{_escape(hints[i][k])}</title>"
            f'<rect class="cell" x="{_LEFT + k * side + 1:.1f}" y="{y + 1:.1f}" '
            f'width="{side - 2:.1f}" height="{tall - 2:.1f}" fill="{color}" '
            f'fill-opacity="{0.06 + 0.64 * shades[i][k]:.2f}"/>'
            f'<text x="{_LEFT + (k + 0.5) * side:.1f}" y="{y + tall / 2 + 4:.1f}" '
            f'text-anchor="middle">{_escape(notes[i][k])}</text></g>'
            for k in range(len(names))
        ]
    return _figure(title, "".join(parts), int(18 + len(names) * tall + 2))


def _figure(title: str, content: str, height: int) -> str:
    return (
        f"<figure><figcaption>{_escape(title)}</figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{_escape(title)}">'
        f"{content}</svg></figure>\n"
    )


def _escape(text: str) -> str:
    return html.escape(text)
