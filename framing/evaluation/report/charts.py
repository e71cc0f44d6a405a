"""Charts as inline SVG: they take their colours from the page's style, light or dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from framing.evaluation.bootstrap import Figure
from framing.evaluation.curves import Curves

Floats = NDArray[np.float64]

_SIZE, _LEFT, _BOTTOM, _TOP, _RIGHT = 180, 36, 32, 8, 10
_WIDTH, _HEIGHT = _LEFT + _SIZE + _RIGHT, _TOP + _SIZE + _BOTTOM


def _x(value: float) -> float:
    return round(_LEFT + _SIZE * float(value), 1)


def _y(value: float) -> float:
    return round(_TOP + _SIZE * (1 - float(value)), 1)


def _path(xs: Sequence[float] | Floats, ys: Sequence[float] | Floats) -> str:
    """Return path data; a gap where a value is nan."""
    pieces, drawing = [], False
    for x, y in zip(xs, ys, strict=True):
        if np.isnan(y):
            drawing = False
            continue
        pieces.append(f"{'L' if drawing else 'M'}{_x(x)} {_y(y)}")
        drawing = True
    return "".join(pieces)


def _frame(body: str, title: str, x_name: str, y_name: str) -> str:
    ticks = []
    for value in (0.0, 0.5, 1.0):
        text = f"{value:g}"
        ticks.append(
            f'<path class="grid" d="M{_x(0)} {_y(value)}H{_x(1)}M{_x(value)} {_y(0)}V{_y(1)}"/>'
            f'<text x="{_LEFT - 5}" y="{_y(value) + 3}" text-anchor="end">{text}</text>'
            f'<text x="{_x(value)}" y="{_y(0) + 13}" text-anchor="middle">{text}</text>'
        )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{''.join(ticks)}{body}"
        f'<text x="{_x(0.5)}" y="{_HEIGHT - 3}" text-anchor="middle">{x_name}</text>'
        f'<text transform="translate(9 {_y(0.5)}) rotate(-90)" text-anchor="middle">{y_name}</text>'
        "</svg>"
    )


def precision_recall(
    curve: Curves, label: int, name: str, share: float, point: tuple[float, float] | None
) -> str:
    """Draw the precision-recall curve, the share of positives, and where the model stands.

    Parameters
    ----------
    curve : Curves
        Of the label.
    label : int
        Its position, for the colour.
    name : str
        Its name, for readers of the alternative text.
    share : float
        Of sentences with the label: the precision of guessing.
    point : (float, float) or None
        Recall and precision at the model's threshold.
    """
    line = _path(curve.recall, curve.precision)
    body = (
        f'<path class="guess" d="M{_x(0)} {_y(share)}H{_x(1)}"/>'
        f'<path class="line c{label % 7}" d="{line}"/>'
    )
    if point is not None and not np.isnan(point).any():
        body += f'<circle class="dot c{label % 7}" cx="{_x(point[0])}" cy="{_y(point[1])}" r="4"/>'
    return _frame(body, f"Precision over recall, {name}", "recall", "precision")


def reliability(curve: Curves, label: int, name: str) -> str:
    """Draw the share of positives over the predicted probability, with intervals."""
    body = [f'<path class="guess" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>']
    largest = max((b.n for b in curve.bins), default=1)
    for b in curve.bins:
        if b.share.has_interval:
            body.append(
                f'<path class="whisker c{label % 7}" d="M{_x(b.mean)} {_y(b.share.low)}'
                f'V{_y(b.share.high)}"/>'
            )
        radius = 2.5 + 4 * (b.n / largest) ** 0.5
        body.append(
            f'<circle class="dot c{label % 7}" cx="{_x(b.mean)}" cy="{_y(b.share.value)}" '
            f'r="{radius:.1f}"><title>{b.n} sentences, mean probability {b.mean:.2f}, '
            f"share {b.share.value:.2f}</title></circle>"
        )
    return _frame(
        "".join(body), f"Reliability, {name}", "predicted probability", "share with the label"
    )


def thresholds(curve: Curves, label: int, name: str, threshold: float | None) -> str:
    """Draw precision, recall and F1 with its band over the threshold."""
    at = curve.by_threshold
    defined = np.flatnonzero(~np.isnan(at["low"]))
    body = ""
    if len(defined):
        xs = curve.thresholds[defined]
        band = [f"{_x(x)} {_y(y)}" for x, y in zip(xs, at["high"][defined], strict=True)]
        back = zip(xs[::-1], at["low"][defined][::-1], strict=True)
        band += [f"{_x(x)} {_y(y)}" for x, y in back]
        body += f'<path class="band c{label % 7}" d="M{"L".join(band)}Z"/>'
    for part, style in (("precision", "dashed"), ("recall", "dotted"), ("f1", "")):
        line = _path(curve.thresholds, at[part])
        body += f'<path class="line {style} c{label % 7}" d="{line}"/>'
    if threshold is not None:
        body += f'<path class="mark" d="M{_x(threshold)} {_y(0)}V{_y(1)}"/>'
    return _frame(body, f"Precision, recall and F1 over the threshold, {name}", "threshold", "")


def whisker(value: Figure, style: str = "", ceiling: float | None = None) -> str:
    """Draw a figure in 0 to 1 with its interval as a dot and a line, for a cell of a table.

    Parameters
    ----------
    value : Figure
        What to draw; nothing is drawn if it is undefined.
    style : str
        Class of the marks.
    ceiling : float, optional
        Drawn as a tick: the second annotator's figure.
    """
    if not value.defined:
        return ""

    def at(number: float) -> float:
        return round(4 + 202 * float(number), 1)

    body = '<path class="grid" d="M4 8H206M4 3V13M105 3V13M206 3V13"/>'
    if ceiling is not None and ceiling == ceiling:
        body += f'<path class="ceiling" d="M{at(ceiling)} 1V15"/>'
    if value.has_interval:
        body += f'<path class="whisker {style}" d="M{at(value.low)} 8H{at(value.high)}"/>'
    body += f'<circle class="dot {style}" cx="{at(value.value)}" cy="8" r="3.5"/>'
    return f'<svg class="whisk" viewBox="0 0 210 16" aria-hidden="true">{body}</svg>'
