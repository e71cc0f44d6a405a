"""A tagged document as text for a terminal, as HTML, as a table."""

from __future__ import annotations

import html
import itertools
import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from framing.errors import MissingExtraError

if TYPE_CHECKING:
    import pandas

    from framing.schema import Document, Prediction, Span

# One colour for each label, by its position in the codebook: chosen to be told apart by
# colour-blind readers (Okabe and Ito 2008) and readable on light and dark ground.
COLORS = ("#d55e00", "#009e73", "#0072b2", "#cc79a7", "#e69f00", "#56b4e9", "#999999")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")  # would steer the terminal
_ANSI = (31, 32, 34, 35, 33, 36, 37)


def to_text(document: Document, *, color: bool = False, width: int = 100) -> str:
    """Return the sentences one below the other, labels on the left, spans in brackets.

    Parameters
    ----------
    document : Document
        The tagged text.
    color : bool
        Mark labels and spans by ANSI colours.
    width : int
        Columns to wrap at.
    """
    names = document.label_names
    margin = max([len(name) for name in names], default=0) + 7
    lines = []
    for prediction in document:
        marks = [
            _tint(f"{name} {prediction.scores[name]:.2f}", names.index(name), color, margin)
            for name in prediction.labels
        ]
        text = " ".join(_CONTROL.sub("\ufffd", _bracket(prediction)).split())
        body = textwrap.wrap(text, max(30, width - margin - 2), break_on_hyphens=False) or [""]
        for i in range(max(len(marks), len(body))):
            left = marks[i] if i < len(marks) else " " * margin
            lines.append(f"{left}  {body[i] if i < len(body) else ''}".rstrip())
    return "\n".join(lines)


def _tint(text: str, index: int, color: bool, width: int) -> str:
    padded = text.rjust(width)
    return f"\033[{_ANSI[index % len(_ANSI)]}m{padded}\033[0m" if color else padded


def _bracket(prediction: Prediction) -> str:
    """Set square brackets around the spans, several when they are nested or overlap."""
    marks: list[tuple[int, int, str]] = []
    for start, end in {(span.start, span.end) for span in prediction.spans}:
        marks.append((start - prediction.start, 1, "["))
        marks.append((end - prediction.start, 0, "]"))
    pieces, position = [], 0
    for at, _, mark in sorted(marks):
        pieces += [prediction.text[position:at], mark]
        position = at
    return "".join(pieces) + prediction.text[position:]


def to_html(document: Document) -> str:
    """Return a self-contained HTML fragment: the text with its spans marked, and a legend."""
    names = document.label_names
    used = [name for name in names if name in document.labels]
    legend = "".join(
        f'<span style="margin-right:1em;white-space:nowrap">{_swatch(names.index(name))}'
        f"{html.escape(name)}</span>"
        for name in used
    )
    pieces = ['<div style="line-height:1.75;max-width:46em">']
    if legend:
        pieces.append(f'<div style="font-size:85%;margin-bottom:.6em">{legend}</div>')
    if document.title:
        pieces.append(f"<div><strong>{_escape(document.title)}</strong></div>")
    pieces.append('<div style="white-space:pre-wrap">')
    position = 0
    for prediction in document:
        pieces.append(_escape(document.text[position : prediction.start]))
        pieces.append(_sentence_html(prediction, names))
        position = prediction.end
    pieces.append(_escape(document.text[position:]))
    pieces.append("</div></div>")
    return "".join(pieces)


def page_start() -> str:
    """Return the beginning of an HTML page, to be followed by sections."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<title>framing</title><style>:root{color-scheme:light dark}"
        "body{font:16px/1.6 Georgia,serif;margin:2em auto;max-width:48em;padding:0 1em}"
        "h2{font:600 1.05em system-ui,sans-serif;margin-top:2.2em}</style></head><body>\n"
    )


def to_html_section(name: str, document: Document) -> str:
    """Return one document under its name, a section of a page."""
    return f"<section><h2>{_escape(name)}</h2>{to_html(document)}</section>\n"


def page_end() -> str:
    """Return the end of an HTML page."""
    return "</body></html>\n"


def _sentence_html(prediction: Prediction, names: tuple[str, ...]) -> str:
    if not prediction.spans:
        return _escape(prediction.text)
    cuts = {0, len(prediction.text)}
    for span in prediction.spans:
        cuts |= {span.start - prediction.start, span.end - prediction.start}
    edges = sorted(cuts)
    pieces = []
    for start, end in itertools.pairwise(edges):
        covering = [
            span
            for span in prediction.spans
            if span.start - prediction.start <= start and end <= span.end - prediction.start
        ]
        text = _escape(prediction.text[start:end])
        pieces.append(_mark(text, covering, prediction, names) if covering else text)
    return "".join(pieces)


def _mark(text: str, spans: Sequence[Span], prediction: Prediction, names: tuple[str, ...]) -> str:
    labels = [name for name in names if any(span.label == name for span in spans)]
    colors = [COLORS[names.index(name) % len(COLORS)] for name in labels]
    lines = ",".join(f"inset 0 -{3 * (i + 1)}px 0 {color}" for i, color in enumerate(colors))
    title = ", ".join(f"{name} {prediction.scores[name]:.2f}" for name in labels)
    return (
        f'<mark title="{html.escape(title)}" style="color:inherit;background:{colors[0]}26;'
        f'box-shadow:{lines};padding-bottom:{3 * len(colors)}px">{text}</mark>'
    )


def _swatch(index: int) -> str:
    color = COLORS[index % len(COLORS)]
    return (
        f'<span style="display:inline-block;width:.8em;height:.8em;margin-right:.35em;'
        f'background:{color}"></span>'
    )


def _escape(text: str) -> str:
    """Escape for HTML; lone surrogates, which UTF-8 cannot hold, become U+FFFD."""
    return html.escape(text.encode("utf-8", "replace").decode("utf-8") if _lone(text) else text)


def _lone(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def to_frame(document: Document) -> pandas.DataFrame:
    """Return one row a sentence; see :meth:`framing.Document.to_frame`."""
    try:
        import pandas
    except ImportError as error:
        raise MissingExtraError(
            "to_frame() needs pandas; install it with: pip install 'framing[frame]'"
        ) from error
    rows = []
    for i, prediction in enumerate(document):
        row: dict[str, object] = {
            "sentence": i,
            "start": prediction.start,
            "end": prediction.end,
            "text": prediction.text,
        }
        row |= {name: name in prediction.labels for name in document.label_names}
        row |= {f"{name}_score": prediction.scores[name] for name in document.label_names}
        row["spans"] = [span.to_dict() for span in prediction.spans]
        rows.append(row)
    columns = ["sentence", "start", "end", "text", *document.label_names]
    columns += [f"{name}_score" for name in document.label_names] + ["spans"]
    return pandas.DataFrame(rows, columns=columns)
