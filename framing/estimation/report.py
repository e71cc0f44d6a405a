"""Estimated shares as one self-contained HTML page: a plot over time or by group, and the table."""

from __future__ import annotations

import html
from collections.abc import Sequence

from framing.estimation.results import MARKS, Estimate, Estimates, Share, cell
from framing.schema import check_date

_STYLE = """
:root{color-scheme:light dark;--ink:#1a1a1a;--ground:#fff;--soft:#767676;--line:#dcdcdc;
--best:#0b62a4;--naive:#b4500f;--hand:#6b6b6b}
@media (prefers-color-scheme:dark){:root{--ink:#e8e8e8;--ground:#161616;--soft:#a0a0a0;
--line:#3a3a3a;--best:#6cb6ff;--naive:#ff9f5a;--hand:#a8a8a8}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);
margin:2em auto;max-width:60em;padding:0 1em}
h1{font-size:1.4em}h2{font-size:1.1em;margin:2em 0 .3em}p{max-width:46em}
figure{margin:0;overflow-x:auto}figure svg{width:100%;min-width:36em;height:auto;display:block}
svg text{font:12px system-ui,sans-serif;fill:var(--soft)}
.grid{stroke:var(--line)}.best{stroke:var(--best);fill:var(--best)}
.naive{stroke:var(--naive);fill:var(--ground)}.hand{stroke:var(--hand);fill:var(--hand)}
.path{stroke:var(--best);fill:none;opacity:.35}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.9em;white-space:nowrap}
th,td{padding:.25em .7em;text-align:right;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{text-align:left}th{font-weight:600}
.key span{margin-right:1.4em;white-space:nowrap}
dl{margin-top:2em}dt{float:left;width:1.5em}dd{margin:0 0 .3em 1.5em}
"""
_KEY = (
    ("best", "corrected by the hand codes"),
    ("naive", "classifier alone"),
    ("hand", "hand codes alone"),
)
_WIDTH = 760
_SAYS_LITTLE = 0.5  # width of an interval


def to_html(estimates: Estimates) -> str:
    """Return the page.

    Parameters
    ----------
    estimates : Estimates
        See :func:`framing.estimate`; with groups of dates (year, month, day) the plot runs over
        time, with others it has a line for each.
    """
    kind = (
        "such articles in general: the interval counts the articles as drawn from a wider stream"
        if estimates.target == "population"
        else "exactly these articles"
    )
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Shares of labels</title><style>{_STYLE}</style></head><body>",
        "<h1>Shares of labels, corrected by hand codes</h1>",
        f"<p>{estimates.n_articles:,} articles, {estimates.n_units:,} {estimates.unit}s; "
        f"{estimates.n_coded:,} of them coded by hand, in {estimates.n_coded_articles:,} articles. "
        f"Bars are {estimates.level:.0%} intervals, for {kind}; one that "
        "reaches the edge of a plot goes on beyond it.</p>",
        *(f"<p>Note: {html.escape(note)}.</p>" for note in estimates.notes),
        f'<p class="key">{"".join(_key(name, words) for name, words in _KEY)}</p>',
    ]
    for label in estimates.labels:
        rows = [row for row in estimates if row.label == label]
        parts.append(f"<section><h2>{html.escape(label)}</h2>")
        parts.append(f'<figure tabindex="0">{_plot(rows, estimates.groups)}</figure>')
        parts.append(_table(rows, estimates.by))
        parts.append("</section>")
    used = {note for row in estimates for note in row.notes}
    legend = [f"<dt>{mark}</dt><dd>{note}</dd>" for note, mark in MARKS.items() if note in used]
    parts.append(f"<dl>{''.join(legend)}</dl></body></html>\n")
    return "".join(parts)


def _key(name: str, words: str) -> str:
    mark = _mark(name, 7, 7)
    icon = f'<svg viewBox="0 0 14 14" style="width:14px;display:inline">{mark}</svg>'
    return f"<span>{icon} {words}</span>"


def _mark(name: str, x: float, y: float) -> str:
    if name == "naive":
        return f'<path class="naive" stroke-width="2" d="M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z"/>'
    return f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="{4 if name == "best" else 3}"/>'


def _plot(rows: Sequence[Estimate], groups: Sequence[str]) -> str:
    shown = [row for row in rows if row.group is not None] or list(rows)
    top = max(_reach(row) for row in shown)
    ticks = _ticks(top)
    if len(shown) > 1 and all(check_date(group) for group in groups):
        return _over_time(shown, ticks)
    return _by_group(list(rows), ticks)


def _reach(row: Estimate) -> float:
    found = [row.naive.share]
    for share in (row.corrected, row.hand):
        if share is not None and share.interval is not None:
            low, high = share.interval
            # An interval that says next to nothing must not squeeze the others together.
            found.append(high if high - low < _SAYS_LITTLE else share.share)
    return max(found)


def _ticks(top: float) -> list[float]:
    step = next(
        s for s in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2) if s * 6 >= min(top, 1)
    )
    return [i * step for i in range(int(min(top, 1) / step + 0.999) + 1) if i * step <= 1.0001]


def _title(row: Estimate) -> str:
    name = "all" if row.group is None else row.group
    words = (
        f"{name}: corrected {cell(row.corrected)} %, classifier {cell(row.naive)} %, "
        f"hand codes {cell(row.hand)} %; {row.n_coded} coded, {row.n_positive} carry it"
    )
    return f"<title>{html.escape(words)}</title>"


def _over_time(rows: Sequence[Estimate], ticks: Sequence[float]) -> str:
    height, left, right, above, below = 280, 46, 16, 10, 26
    moments = [_moment(row.group or "") for row in rows]
    first, last = min(moments), max(moments)

    def across(moment: float) -> float:
        return left + 12 + (moment - first) / (last - first) * (_WIDTH - left - right - 24)

    def up(share: float) -> float:
        return height - below - min(share / ticks[-1], 1.0) * (height - above - below)

    parts = [_frame(height, f"Share over time of {rows[0].label}")]
    for tick in ticks:
        y = up(tick)
        parts.append(f'<path class="grid" d="M{left} {y:.1f}H{_WIDTH - right}"/>')
        parts.append(
            f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{_per_cent(tick)}</text>'
        )
    taken = -100.0
    for row, moment in zip(rows, moments, strict=True):
        x = across(moment)
        if x - taken > 64:
            taken = x
            parts.append(
                f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">'
                f"{html.escape(row.group or '')}</text>"
            )
    points = [
        f"{across(m) - 4:.1f} {up(r.corrected.share):.1f}"
        for r, m in zip(rows, moments, strict=True)
        if r.corrected is not None and r.corrected.interval is not None
    ]
    if points:
        parts.append(f'<path class="path" d="M{"L".join(points)}"/>')
    for row, moment in zip(rows, moments, strict=True):
        x = across(moment)
        parts.append(f"<g>{_title(row)}")
        for name, share, aside in _marks(row):
            if share.interval is not None and name != "naive":
                low, high = (up(limit) for limit in share.interval)
                parts.append(
                    f'<path class="{name}" stroke-width="{2 if name == "best" else 1}" '
                    f'd="M{x + aside:.1f} {low:.1f}V{high:.1f}"/>'
                )
            parts.append(_mark(name, x + aside, up(share.share)))
        parts.append("</g>")
    return "".join([*parts, "</svg>"])


def _by_group(rows: Sequence[Estimate], ticks: Sequence[float]) -> str:
    line, left, right, above, below = 26, 200, 20, 8, 26
    height = above + below + line * len(rows)

    def across(share: float) -> float:
        return left + min(share / ticks[-1], 1.0) * (_WIDTH - left - right)

    parts = [_frame(height, f"Share by group of {rows[0].label}")]
    for tick in ticks:
        x = across(tick)
        parts.append(f'<path class="grid" d="M{x:.1f} {above}V{height - below}"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{_per_cent(tick)}</text>'
        )
    for i, row in enumerate(rows):
        y = above + line * (i + 0.5)
        name = "all" if row.group is None else row.group or "(blank)"
        short = name if len(name) <= 26 else name[:25] + "\u2026"
        parts.append(f"<g>{_title(row)}")
        parts.append(
            f'<text x="{left - 10}" y="{y + 4:.1f}" text-anchor="end">{html.escape(short)}</text>'
        )
        for kind, share, aside in _marks(row):
            if share.interval is not None and kind != "naive":
                low, high = (across(limit) for limit in share.interval)
                parts.append(
                    f'<path class="{kind}" stroke-width="{2 if kind == "best" else 1}" '
                    f'd="M{low:.1f} {y + aside:.1f}H{high:.1f}"/>'
                )
            parts.append(_mark(kind, across(share.share), y + aside))
        parts.append("</g>")
    return "".join([*parts, "</svg>"])


def _marks(row: Estimate) -> list[tuple[str, Share, float]]:
    """Return what is drawn of a row: class, share, and how far beside its place.

    A share without an interval is a guess from one article; it stands in the table only.
    """
    found = [("naive", row.naive, 0.0)]
    for name, share, aside in (("hand", row.hand, 4.0), ("best", row.corrected, -4.0)):
        if share is not None and share.interval is not None:
            found.append((name, share, aside))
    return found


def _frame(height: float, words: str) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{html.escape(words)}">'


def _per_cent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _moment(date: str) -> float:
    year, month, day = (int(part) for part in (date + "-01-01")[:10].split("-"))
    return year + (month - 1) / 12 + (day - 1) / 372


def _table(rows: Sequence[Estimate], by: str | None) -> str:
    names = [by or "", "coded", "carry it", "corrected", "classifier", "hand codes", "gain", ""]
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    body = []
    for row in rows:
        cells = [
            "all" if row.group is None else row.group or "(blank)",
            f"{row.n_coded:,}",
            f"{row.n_positive:,}",
            cell(row.corrected),
            cell(row.naive),
            cell(row.hand),
            "-" if row.gain is None else f"{row.gain:.1f}",
        ]
        tds = "".join(f"<td>{html.escape(text)}</td>" for text in cells)
        words = html.escape("; ".join(row.notes))
        marks = html.escape("".join(MARKS[note] for note in row.notes))
        body.append(f'<tr>{tds}<td title="{words}">{marks}</td></tr>')
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )
