"""Puts the page together: one file that asks the network for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from framing.evaluation.agreement import Agreement
from framing.evaluation.assess import Assessment
from framing.evaluation.curves import Curves
from framing.evaluation.report import sections
from framing.evaluation.report.records import records
from framing.evaluation.slices import Slice
from framing.schema import Article, Document

_HERE = Path(__file__).parent
# Nothing may be fetched, whatever a text says.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Report:
    """What the page shows.

    Parameters
    ----------
    model, data : str
        What was evaluated on what.
    articles, documents : sequence of Article, sequence of Document
        Gold and predicted, sentence by sentence.
    assessment : Assessment
        All figures.
    curves : sequence of Curves
        One for each label.
    thresholds : mapping of str to float
        Of the model; empty if they are not known.
    slices : dict of str to list of Slice
        By group.
    second : Agreement or None
        The human ceiling, where there is a second annotator.
    """

    model: str
    data: str
    articles: Sequence[Article]
    documents: Sequence[Document]
    assessment: Assessment
    curves: Sequence[Curves]
    thresholds: Mapping[str, float]
    slices: dict[str, list[Slice]]
    second: Agreement | None = None

    def to_html(self) -> str:
        """Return the page."""
        a = self.assessment
        thresholds = [self.thresholds.get(label) for label in a.labels]
        parts = [
            ("figures", "Figures", _FIGURES + sections.summary(a, self.second)),
            ("curves", "Curves", _CURVES + sections.curve_charts(a, self.curves, thresholds)),
            ("confusion", "Confusion", _CONFUSION + sections.confusion(a)),
        ]
        if self.slices:
            parts.append(("groups", "Groups", _GROUPS + sections.slice_tables(self.slices)))
        if self.second is not None:
            ceiling = _AGREEMENT + sections.agreement(self.second)
            parts.append(("agreement", "Agreement", ceiling))
        parts.append(("errors", "Errors", _ERRORS))
        parts.append(("method", "Method", self._method()))
        links = "".join(f'<a href="#{key}">{name}</a>' for key, name, _ in parts)
        body = "".join(
            f'<section id="{key}"><h2>{name}</h2>{content}</section>'
            for key, name, content in parts
        )
        data = records(self.articles, self.documents, a.labels, self.thresholds)
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f"<title>{escape(self.model)} on {escape(self.data)}</title>"
            f"<style>{_read('style.css')}</style></head><body>"
            f"{self._header()}<nav aria-label='Sections'>{links}</nav><main>{body}</main>"
            f'<script type="application/json" id="records">{data}</script>'
            f"<script>{_read('browser.js')}</script></body></html>\n"
        )

    def _header(self) -> str:
        a = self.assessment
        leads = [
            ("macro F1", a["macro", "f1"]),
            ("macro F1 of spans, by characters", a["macro", "character_f1"]),
        ]
        if self.second is not None:
            leads.append(("second annotator’s macro F1", self.second.second["macro", "f1"]))
        lead = "".join(
            f"<div><dt>{name}</dt><dd>{sections.number(value)}</dd></div>" for name, value in leads
        )
        lead = f'<dl class="lead">{lead}</dl>'
        notes = "".join(f"<li>{escape(note)}</li>" for note in a.notes)
        notes = f'<ul class="notes">{notes}</ul>' if notes else ""
        return (
            f"<header><h1>{escape(self.model)}</h1>"
            f"<p>on {escape(self.data)}: {_count(a.n_articles, 'article')}, "
            f"{_count(a.n_sentences, 'sentence')}</p>"
            f"{lead}{notes}</header>"
        )

    def _method(self) -> str:
        a = self.assessment
        return _METHOD.replace("RESAMPLES", f"{a.resamples:,}").replace("SEED", str(a.seed))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_FIGURES = (
    "<p>Small print: 95 % intervals from resampling whole articles. Macro is the mean over the "
    "labels, micro pools their sentences. A tick marks the second annotator’s F1, where there is "
    "one.</p>"
)
_CURVES = (
    "<p><b>Top:</b> precision over recall; the dot is the model at its threshold, the dashed line "
    "guessing. <b>Middle:</b> of the sentences with a predicted probability near <i>x</i>, how "
    "many carry the label; larger dots hold more sentences, the dashed line is perfect "
    "calibration. <b>Bottom:</b> F1 (solid, with its interval), precision (dashed) and recall "
    "(dotted) at every threshold; the vertical line is the model’s.</p>"
)
_CONFUSION = (
    "<p>A missed label counts against each label wrongly added to the same sentence, or against "
    "none. Shading: share of the row.</p>"
)
_GROUPS = (
    "<p>Small: fewer than 10 articles, or fewer than 20 gold labels. Read nothing into those. "
    "Macro is the mean over the labels that occur in the group.</p>"
)
_AGREEMENT = (
    "<p>How well a second annotator’s labels agree with the first one’s: a model can hardly be "
    "asked for more.</p>"
)
_ERRORS = """
<form id="filters" autocomplete="off">
<label>Label <select id="by-label"></select></label>
<label>Kind <select id="by-kind"></select></label>
<label>Order <select id="by-order">
<option value="sure">most confident errors first</option>
<option value="unsure">least confident errors first</option>
<option value="text">as in the articles</option></select></label>
<label>Words <input id="by-words" type="search" placeholder="in the sentence"></label>
</form>
<p class="legend"><span class="g">gold</span> underlined, <span class="p">predicted</span> shaded.
<span class="keys"><kbd>j</kbd> <kbd>k</kbd> next, previous; <kbd>Enter</kbd> the whole article;
<kbd>/</kbd> search</span></p>
<p id="count" role="status"></p>
<noscript><p class="notes">The error browser needs JavaScript; everything else stands without.</p>
</noscript>
<div id="list"></div>
<button id="more" type="button" hidden></button>
"""
_METHOD = """
<dl>
<dt>Intervals</dt><dd>Whole articles are drawn with replacement, RESAMPLES times (seed SEED); the
interval runs from the 2.5th to the 97.5th percentile (Field and Welsh 2007). Sentences of one
article are alike, so resampling single sentences would give intervals that are too narrow. Passages
of one document are one article. No interval stands where a figure is undefined in more than a
twentieth of the draws, or the same in all of them.</dd>
<dt>Precision, recall, F1</dt><dd>Of the positive class. Undefined (–) where there is nothing to
divide by: no prediction, or no gold sentence.</dd>
<dt>PR-AUC</dt><dd>Average precision: the step-wise area under the precision-recall curve. Guessing
gives the share of sentences with the label.</dd>
<dt>Spans</dt><dd>Per label, over all sentences. Character: covered characters. Token: touched
words. Exact: both ends the same (the strict scheme of SemEval 2013, task 9).</dd>
<dt>ECE</dt><dd>Expected calibration error, ten bins of equal width (Naeini and others 2015).
Never quite 0 on a finite sample; its interval is shifted so that resamples centre on the
sample.</dd>
<dt>Brier</dt><dd>Mean squared difference of probability and outcome. Small for rare labels whatever
the model does.</dd>
<dt>All labels right</dt><dd>Share of sentences whose whole set of labels was predicted.</dd>
<dt>Confusion</dt><dd>After Heydarian, Doyle and Samavi 2022.</dd>
</dl>
"""
