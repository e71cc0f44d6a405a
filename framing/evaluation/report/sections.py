"""The sections of the page that stand without a script: tables and charts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from framing.evaluation.agreement import Agreement
from framing.evaluation.assess import Assessment
from framing.evaluation.bootstrap import Figure
from framing.evaluation.curves import Curves
from framing.evaluation.report import charts
from framing.evaluation.slices import Slice
from framing.evaluation.tables import UNDEFINED

Row = Sequence[str]


def number(value: Figure, digits: int = 2) -> str:
    """Return a figure with its interval in small print; ``–`` where it is undefined."""
    if not value.defined:
        return f'<span class="none">{UNDEFINED}</span>'
    text = f"{value.value:.3f}"
    if not value.has_interval:
        return text
    interval = f"{value.low:.{digits}f}–{value.high:.{digits}f}"
    return f'{text} <span class="ci">{interval}</span>'


def table(caption: str, header: Row, rows: Sequence[Row]) -> str:
    """Return a table that scrolls by itself on a narrow screen; cells are HTML."""
    head = "".join(f'<th scope="col">{cell}</th>' for cell in header)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{c}</td>" for c in row[1:])}</tr>'
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def label_name(name: str, index: int) -> str:
    """Return a label with its colour."""
    return f'<span class="key c{index % 7}"></span>{_breakable(name)}'


def _breakable(name: str) -> str:
    """Escape a name, and let a narrow screen break it after an underscore."""
    return escape(name).replace("_", "_<wbr>")


def summary(a: Assessment, second: Agreement | None) -> str:
    """Return the figures of sentences, spans and probabilities."""
    names = {label: label_name(label, k) for k, label in enumerate(a.labels)}
    rows, spans, probabilities = [], [], []
    for row in (*a.labels, "macro", "micro"):
        style = f"c{a.labels.index(row) % 7}" if row in a.labels else ""
        ceiling = None if second is None else second.second[row, "f1"].value
        counts = (
            (str(a.gold[row]), str(a.predicted[row]))
            if row in a.labels
            else (str(sum(a.gold.values())), str(sum(a.predicted.values())))
        )
        if row == "macro":
            counts = ("", "")
        name = names.get(row, f"<b>{row}</b>")
        values = [number(a[row, part]) for part in ("precision", "recall", "f1")]
        rows.append((name, charts.whisker(a[row, "f1"], style, ceiling), *values[::-1], *counts))
        span_ceiling = None if second is None else second.second[row, "character_f1"].value
        spans.append(
            (
                name,
                charts.whisker(a[row, "character_f1"], style, span_ceiling),
                *(number(a[row, f"{kind}_f1"]) for kind in ("character", "token", "exact")),
            )
        )
        if row != "micro":
            columns = ("pr_auc", "ece", "brier")
            probabilities.append((name, *(number(a[row, c], 3) for c in columns)))
    header = ("label", "F1, 0 to 1", "F1", "recall", "precision", "gold", "predicted")
    span_header = ("label", "character F1, 0 to 1", "character F1", "token F1", "exact F1")
    return (
        table("Does the sentence carry the label?", header, rows)
        + table("Are the words that carry it the same?", span_header, spans)
        + table("Probabilities", ("label", "PR-AUC", "ECE", "Brier"), probabilities)
    )


def curve_charts(a: Assessment, found: Sequence[Curves], thresholds: Sequence[float | None]) -> str:
    """Return three charts for each label."""
    parts = []
    for k, (label, curve) in enumerate(zip(a.labels, found, strict=True)):
        head = f"<h3>{label_name(label, k)}</h3>"
        if not len(curve.thresholds):
            parts.append(f"<div>{head}<p>The predictions carry no scores.</p></div>")
            continue
        if not len(curve.recall):
            parts.append(f"<div>{head}<p>No gold sentence carries the label.</p></div>")
            continue
        point = (a[label, "recall"].value, a[label, "precision"].value)
        share = a.gold[label] / a.n_sentences
        parts.append(
            f"<div>{head}{charts.precision_recall(curve, k, label, share, point)}"
            f"{charts.reliability(curve, k, label)}"
            f"{charts.thresholds(curve, k, label, thresholds[k])}</div>"
        )
    return f'<div class="curves">{"".join(parts)}</div>'


def confusion(a: Assessment) -> str:
    """Return the confusion table, shaded by the share of its row."""
    names = [*(label_name(label, k) for k, label in enumerate(a.labels)), "none"]
    rows = []
    for i, line in enumerate(a.confusion.tolist()):
        total = max(1, sum(line))
        cells = [
            f'<span class="cell{" right" if i == j else ""}" '
            f'style="--share:{100 * count / total:.0f}%">{count:,}</span>'
            for j, count in enumerate(line)
        ]
        rows.append((names[i], *cells))
    caption = "Rows: gold label. Columns: predicted label. Cells: sentences."
    return f'<div class="confusion">{table(caption, ("", *names), rows)}</div>'


def slice_tables(found: dict[str, list[Slice]]) -> str:
    """Return a table for each kind of group; many small groups are folded away."""
    parts = []
    for by, groups in found.items():
        large = [s for s in groups if not s.small]
        small = [s for s in groups if s.small]
        caption = f"By {by}"
        if len(groups) <= 12:
            parts.append(_slice_table(caption, groups))
            continue
        if large:
            parts.append(_slice_table(caption, large))
        parts.append(
            f"<details><summary>By {escape(by)}: {len(small)} small groups</summary>"
            f"{_slice_table(f'{caption}, small groups', small)}</details>"
        )
    return "".join(parts)


def _slice_table(caption: str, groups: Sequence[Slice]) -> str:
    rows = [
        (
            _breakable(s.value) + (' <span class="small">small</span>' if s.small else ""),
            charts.whisker(s.assessment["micro", "f1"]),
            number(s.assessment["micro", "f1"]),
            number(s.assessment["macro", "f1"]),
            number(s.assessment["all", "exact_set"]),
            f"{s.assessment.n_articles:,}",
            f"{s.assessment.n_sentences:,}",
            f"{s.positives:,}",
        )
        for s in groups
    ]
    header = (
        *("group", "micro F1, 0 to 1", "micro F1", "macro F1", "all labels right"),
        *("articles", "sentences", "gold labels"),
    )
    return table(caption, header, rows)


def agreement(found: Agreement) -> str:
    """Return agreement of two annotators beside the model on the same articles."""
    second, model = found.second, found.model
    rows = []
    for k, label in enumerate(second.labels):
        coefficients = (number(found.alpha[label]), number(found.kappa[label]))
        rows.append((label_name(label, k), *_both(found, label), *coefficients))
    rows.append(("<b>macro</b>", *_both(found, "macro"), "", ""))
    header = (
        *("label", "F1 second", "F1 model", "span F1 second", "span F1 model"),
        *("Krippendorff’s α", "Cohen’s κ"),
    )
    caption = (
        f"Second annotator against the first, model against the gold labels: "
        f"{second.n_articles} articles, {second.n_sentences:,} sentences"
    )
    note = f"<p>{escape(found.note)}</p>" if found.note else ""
    if model.n_articles != second.n_articles:
        note += f"<p>The model was scored on {model.n_articles} of them.</p>"
    return table(caption, header, rows) + note


def _both(found: Agreement, row: str) -> list[str]:
    columns = ("f1", "character_f1")
    return [number(a[row, c]) for c in columns for a in (found.second, found.model)]
