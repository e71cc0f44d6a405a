"""An evaluation as tables for a terminal or in Markdown; ``–`` stands for what is undefined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framing.evaluation.agreement import Agreement
from framing.evaluation.assess import Assessment
from framing.evaluation.bootstrap import Figure
from framing.evaluation.compare import Comparison
from framing.evaluation.metrics import Scores
from framing.evaluation.slices import Slice

UNDEFINED = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """A heading, a header and rows of text; the first column is on the left, numbers right."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def to_text(self) -> str:
        """Return the table with aligned columns."""
        lines = [self.header, *self.rows]
        widths = [max(len(line[k]) for line in lines) for k in range(len(self.header))]
        body = [
            "  ".join(
                cell.ljust(width) if k == 0 else cell.rjust(width)
                for k, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ]
        return "\n".join([self.title, *body] if self.title else body)

    def to_markdown(self) -> str:
        """Return the table in Markdown."""
        cells = [[cell.replace("|", "\\|") for cell in line] for line in (self.header, *self.rows)]
        lines = [f"| {' | '.join(line)} |" for line in cells]
        lines.insert(1, "|" + "---|" + "---:|" * (len(self.header) - 1))
        return "\n".join([f"**{self.title}**", "", *lines] if self.title else lines)


def show(value: Figure, digits: int = 2) -> str:
    """Return ``0.676 [0.62, 0.73]``; without an interval the value alone, undefined ``–``.

    `digits` is of the interval.
    """
    if not value.defined:
        return UNDEFINED
    text = f"{value.value:.3f}"
    if not value.has_interval:
        return text
    return f"{text} [{value.low:.{digits}f}, {value.high:.{digits}f}]"


def render(
    head: Sequence[str], tables: Sequence[Table], notes: Sequence[str], *, markdown: bool
) -> str:
    """Return lines, tables and notes as one text."""
    if markdown:
        parts = ["\n".join(head), *(t.to_markdown() for t in tables)]
        parts += ["\n".join(f"- Note: {note}" for note in notes)] if notes else []
    else:
        parts = ["\n".join(head), *(t.to_text() for t in tables)]
        parts += ["\n".join(f"note: {note}" for note in notes)] if notes else []
    return "\n\n".join(parts)


def head_of(assessment: Assessment) -> list[str]:
    """Say what the figures rest on."""
    articles = "1 article" if assessment.n_articles == 1 else f"{assessment.n_articles} articles"
    sentences = f"{assessment.n_sentences} sentence{'s' * (assessment.n_sentences != 1)}"
    if assessment.n_articles == 1:
        return [f"{articles}, {sentences}"]
    return [
        f"{articles}, {sentences}; in brackets 95 % intervals from {assessment.resamples} "
        "resamples of whole articles"
    ]


def assessment_tables(a: Assessment) -> list[Table]:
    """Return the tables of an evaluation: sentences, spans, probabilities, confusion."""

    def block(title: str, columns: dict[str, str], rows: Sequence[str], digits: int = 2) -> Table:
        body = [
            (row, *(show(a[row, c], digits) if (row, c) in a.figures else "" for c in columns))
            for row in rows
        ]
        return Table(title, ("label", *columns.values()), tuple(body))

    rows = [*a.labels, "macro", "micro"]
    sentences = block("Sentences", {"precision": "precision", "recall": "recall", "f1": "F1"}, rows)
    sentences = Table(
        sentences.title,
        (*sentences.header, "gold", "predicted"),
        tuple((*row, *_counts(a, name)) for row, name in zip(sentences.rows, rows, strict=True)),
    )
    span_columns = {
        "exact_f1": "exact F1",
        "character_f1": "character F1",
        "token_f1": "token F1",
    }
    probabilities = {"pr_auc": "PR-AUC", "ece": "ECE", "brier": "Brier"}
    return [
        sentences,
        block("Spans", span_columns, rows),
        block("Probabilities", probabilities, rows[:-1], 3),
        Table(
            "Sets of labels",
            ("", "share of sentences"),
            (("all right", show(a["all", "exact_set"])),),
        ),
        confusion_table(a),
    ]


def _counts(a: Assessment, row: str) -> tuple[str, str]:
    if row in a.gold:
        return str(a.gold[row]), str(a.predicted[row])
    if row == "micro":
        return str(sum(a.gold.values())), str(sum(a.predicted.values()))
    return "", ""


def confusion_table(a: Assessment) -> Table:
    """Return the confusion between labels; rows gold, columns predicted."""
    names = [*a.labels, "none"]
    rows = tuple(
        (name, *(str(count) for count in line))
        for name, line in zip(names, a.confusion.tolist(), strict=True)
    )
    return Table("Confusion, in sentences (rows gold, columns predicted)", ("", *names), rows)


def agreement_table(found: Agreement) -> Table:
    """Return agreement of two annotators beside the model on the same articles."""
    rows = [
        (
            label,
            show(found.alpha[label]),
            show(found.kappa[label]),
            show(found.second[label, "f1"]),
            show(found.model[label, "f1"]),
            show(found.second[label, "character_f1"]),
            show(found.model[label, "character_f1"]),
        )
        for label in found.second.labels
    ]
    rows.append(
        (
            "macro",
            "",
            "",
            show(found.second["macro", "f1"]),
            show(found.model["macro", "f1"]),
            show(found.second["macro", "character_f1"]),
            show(found.model["macro", "character_f1"]),
        )
    )
    title = (
        f"Second annotator ({found.second.n_articles} articles, "
        f"{found.second.n_sentences} sentences)"
    )
    header = ("label", "alpha", "kappa", "F1 second", "F1 model", "spans second", "spans model")
    return Table(title, header, tuple(rows))


def _short(name: str, width: int = 48) -> str:
    return name if len(name) <= width else name[: width - 1] + "…"


def slice_table(found: Sequence[Slice]) -> Table:
    """Return the figures of each group; small groups are marked."""
    rows = tuple(
        (
            _short(s.value) + (" (small)" if s.small else ""),
            str(s.assessment.n_articles),
            str(s.assessment.n_sentences),
            str(s.positives),
            show(s.assessment["macro", "f1"]),
            show(s.assessment["micro", "f1"]),
            show(s.assessment["all", "exact_set"]),
        )
        for s in found
    )
    header = ("group", "articles", "sentences", "gold", "macro F1", "micro F1", "all labels right")
    return Table(f"By {found[0].by}", header, rows)


def format_scores(scores: Scores) -> str:
    """Return plain scores as a table that says on how many articles and sentences it rests."""

    def cell(value: float) -> str:
        return f"{value:.3f}" if value == value else UNDEFINED

    rows = [
        (
            name,
            cell(counts.precision),
            cell(counts.recall),
            cell(counts.f1),
            str(counts.support),
            cell(scores.spans[name].f1),
        )
        for name, counts in scores.labels.items()
    ]
    rows.append(("macro", "", "", cell(scores.macro_f1), "", cell(scores.span_f1)))
    header = ("label", "precision", "recall", "F1", "gold", "span F1")
    head = f"{scores.n_articles} articles, {scores.n_sentences} sentences"
    return f"{head}\n\n{Table('', header, tuple(rows)).to_text()}"


def comparison_tables(found: Comparison) -> list[Table]:
    """Return the differences that matter, one a row."""
    wanted = [
        ("macro", "f1", "macro F1"),
        ("micro", "f1", "micro F1"),
        *((label, "f1", f"F1 {label}") for label in found.labels),
        ("macro", "pr_auc", "macro PR-AUC"),
        ("all", "exact_set", "all labels right"),
        ("macro", "character_f1", "spans, character F1"),
        ("macro", "exact_f1", "spans, exact F1"),
        ("macro", "brier", "Brier (less is better)"),
        ("macro", "ece", "ECE (less is better)"),
    ]
    rows = []
    for row, column, name in wanted:
        entry = found[row, column]
        p = "<0.001" if entry.p < 0.001 else f"{entry.p:.3f}" if entry.p == entry.p else UNDEFINED
        cells = (show(entry.first), show(entry.second), _signed(entry.difference), p)
        rows.append((name, *cells))
    return [Table("", ("", "A", "B", "B - A", "p"), tuple(rows))]


def _signed(value: Figure) -> str:
    if not value.defined:
        return UNDEFINED
    text = f"{value.value:+.3f}"
    return f"{text} [{value.low:+.3f}, {value.high:+.3f}]" if value.has_interval else text
