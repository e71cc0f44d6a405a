"""The things everything else passes around: spans, sentences, articles, predictions, documents.

All offsets are half-open character offsets ``[start, end)`` into the text of the article or
document (Python string indices, that is Unicode code points, not bytes).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas


BEFORE = 3  # how many sentences an excerpt brings along as context


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of words that carries one label.

    Parameters
    ----------
    label : str
        Name of the label.
    start, end : int
        Half-open character offsets into the text of the article or document.
    text : str
        The words themselves, equal to ``text[start:end]`` of the article or document.
    score : float or None
        Of a predicted span: mean probability that its words lie in a span, given that the sentence
        has the label. None for a gold span.
    """

    label: str
    start: int
    end: int
    text: str
    score: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the span as a plain dictionary; ``score`` is left out of a gold span."""
        plain: dict[str, Any] = {
            "label": self.label,
            "start": self.start,
            "end": self.end,
            "text": self.text,
        }
        if self.score is not None:
            plain["score"] = self.score
        return plain


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article with its gold labels.

    Parameters
    ----------
    text : str
        The sentence, equal to ``article.text[start:end]``.
    start, end : int
        Half-open character offsets into the article's text.
    spans : tuple of Span
        Gold spans in the order of their start; offsets into the article's text.
    labels : tuple of str
        The labels of the sentence, in codebook order; each has at least one span.
    """

    text: str
    start: int
    end: int
    spans: tuple[Span, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """An article of a dataset: metadata, text, labelled sentences.

    Parameters
    ----------
    id : str
        Unique name within the dataset.
    title : str
        Headline, or the empty string.
    text : str
        The whole text without markup: sentences joined by newlines, paragraphs by blank lines.
    sentences : tuple of Sentence
        The sentences in order; their offsets point into `text`.
    dispute, genre, date, group : str
        What the article is about, what kind of text it is, its date (ISO 8601, possibly
        shortened to year or month), and the name under which related articles are kept in one
        split.
    annotator : str
        Who labelled it, or the empty string.
    chosen : bool
        A model chose its sentences (active learning): to train on, but no sample of any text, so
        that neither thresholds nor figures may rest on them.
    before : tuple of str
        Of an excerpt: the sentences that stand before it in its document, oldest first. They are
        read as context and never scored.
    """

    id: str
    title: str
    text: str
    sentences: tuple[Sentence, ...]
    dispute: str = ""
    genre: str = ""
    date: str = ""
    group: str = ""
    annotator: str = ""
    chosen: bool = False
    before: tuple[str, ...] = ()

    @property
    def context(self) -> tuple[str, ...]:
        """What is read before the first sentence: `before`, else the title if there is one."""
        if self.before:
            return self.before
        return (self.title,) if self.title.strip() else ()

    @property
    def decade(self) -> str:
        """The decade as ``"1980s"``, or the empty string when there is no date."""
        return f"{self.date[:3]}0s" if self.date[:4].isdigit() else ""

    @property
    def year(self) -> int | None:
        """The year of `date`, or None when there is no date."""
        return int(self.date[:4]) if self.date[:4].isdigit() else None

    def __len__(self) -> int:
        return len(self.sentences)

    def __iter__(self) -> Iterator[Sentence]:
        return iter(self.sentences)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the classifier says of one sentence.

    Parameters
    ----------
    text : str
        The sentence, equal to ``document.text[start:end]``.
    start, end : int
        Half-open character offsets into the document.
    labels : tuple of str
        The predicted labels in codebook order, often empty.
    scores : Mapping of str to float
        Calibrated probability of every label, predicted or not.
    spans : tuple of Span
        The words that carry the predicted labels. Every predicted label has at least one span and
        no span has a label that was not predicted.
    """

    text: str
    start: int
    end: int
    labels: tuple[str, ...]
    scores: Mapping[str, float]
    spans: tuple[Span, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the prediction as plain dictionaries and lists, ready for JSON."""
        return {
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "labels": list(self.labels),
            "scores": dict(self.scores),
            "spans": [span.to_dict() for span in self.spans],
        }


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """A tagged text: iterate over it for its predictions, sentence by sentence.

    Parameters
    ----------
    text : str
        The text as it was given, unchanged.
    predictions : tuple of Prediction
        One for each sentence, in order.
    title : str
        The title given as context, or the empty string.
    label_names : tuple of str
        Every label that the model knows, in codebook order.
    """

    text: str
    predictions: tuple[Prediction, ...]
    title: str = ""
    label_names: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.predictions)

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self.predictions)

    def __getitem__(self, index: int) -> Prediction:
        return self.predictions[index]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that occur in the document, in codebook order."""
        found = {label for prediction in self.predictions for label in prediction.labels}
        return tuple(name for name in self.label_names if name in found)

    @property
    def spans(self) -> tuple[Span, ...]:
        """All predicted spans in the order of the sentences."""
        return tuple(span for prediction in self.predictions for span in prediction.spans)

    def to_dict(self) -> dict[str, Any]:
        """Return the document as plain dictionaries and lists, ready for JSON."""
        return {
            "title": self.title,
            "text": self.text,
            "sentences": [prediction.to_dict() for prediction in self.predictions],
        }

    def to_frame(self) -> pandas.DataFrame:
        """Return one row a sentence as a ``pandas.DataFrame``.

        Columns: ``sentence`` (position), ``start``, ``end``, ``text``, one boolean column for each
        label, one ``<label>_score`` column each, and ``spans`` (a list of dictionaries).

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        """
        from framing.render import to_frame

        return to_frame(self)

    def to_html(self) -> str:
        """Return a self-contained HTML fragment with the spans marked; all text is escaped."""
        from framing.render import to_html

        return to_html(self)

    def __repr__(self) -> str:
        labelled = sum(bool(prediction.labels) for prediction in self.predictions)
        return f"Document({len(self)} sentences, {labelled} with a label)"

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))  # what IPython shows in a terminal

    def __str__(self) -> str:
        from framing.render import to_text

        return to_text(self)


def check_date(date: str) -> bool:
    """Tell whether `date` is ISO 8601, whole (2018-05-31) or shortened (2018-05, 2018)."""
    parts = date.split("-")
    if not all(part.isdigit() for part in parts) or len(parts) > 3 or len(parts[0]) != 4:
        return False
    padded = "-".join(parts + ["01"] * (3 - len(parts)))
    try:
        datetime.date.fromisoformat(padded)
    except ValueError:
        return False
    return True
