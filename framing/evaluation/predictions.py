"""Predictions of labelled articles: by a model, or from a file that ``framing predict`` wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from framing.errors import DataError, InputError
from framing.schema import Article, Document, Prediction, Sentence, Span


@dataclass(frozen=True, slots=True)
class Predictions:
    """What one model says of some articles.

    Parameters
    ----------
    name : str
        Of the model, as the user gave it.
    labels : tuple of str
        In the order of the model's codebook.
    documents : tuple of Document
        One for each article.
    thresholds : mapping of str to float
        The probability from which on a sentence carries each label; empty if it is not known.
    """

    name: str
    labels: tuple[str, ...]
    documents: tuple[Document, ...]
    thresholds: Mapping[str, float] = field(default_factory=dict)


def predictions_of(
    source: str | Path | None,
    articles: Sequence[Article],
    *,
    context: bool = True,
    allow_pickle: bool = False,
) -> Predictions:
    """Predict articles with a model, or read the predictions from a file.

    Parameters
    ----------
    source : str or Path, optional
        A model folder, or a ``.jsonl`` file; the packaged model by default.
    articles : sequence of Article
        What to predict.
    context, allow_pickle : bool
        Of a model folder: see :func:`framing.load`.

    Raises
    ------
    InputError
        If a file's sentences are not those of the articles.
    ModelError, ModelNotFoundError
        See :func:`framing.load`.
    """
    if source is not None and Path(source).suffix == ".jsonl":
        return read_predictions(source, articles)
    from framing.api import load

    model = load(source, context=context, allow_pickle=allow_pickle)
    documents = tuple(model.predict_articles(articles))
    name = "packaged model" if source is None else str(source)
    return Predictions(name, model.labels, documents, model.thresholds)


def read_predictions(path: str | Path, articles: Sequence[Article]) -> Predictions:
    """Read predictions on the sentences of `articles`, which must stand there in the same order.

    Parameters
    ----------
    path : str or Path
        JSON lines, one sentence a line, with ``text``, ``labels``, and optionally ``scores`` and
        ``spans``: what ``framing predict -o FILE.jsonl`` and ``framing evaluate --predictions``
        write.
    articles : sequence of Article
        The gold articles.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DataError
        If a line is not of that form.
    InputError
        If a sentence differs from the gold one in its place, or there are more or fewer.
    """
    path = Path(path)
    rows = _rows(path)
    total = sum(len(article) for article in articles)
    labels = _labels(rows, articles)
    documents = []
    position = 0
    for article in articles:
        found = []
        for i, sentence in enumerate(article.sentences):
            if position >= len(rows):
                raise InputError(
                    f"{path}: ends after {len(rows)} sentences; the gold data has {total}. "
                    + _REMEDY
                )
            where, row = rows[position]
            if row["text"].strip() != sentence.text.strip():
                raise InputError(
                    f"{where}: predictions and gold are of different texts: "
                    f"{row['text'].strip()[:50]!r} stands where sentence {i} of article "
                    f"{article.id!r} is {sentence.text.strip()[:50]!r}. " + _REMEDY
                )
            found.append(_prediction(row, sentence, labels, where))
            position += 1
        documents.append(Document(article.text, tuple(found), article.title, labels))
    if position < len(rows):
        raise InputError(f"{path}: has {len(rows)} sentences; the gold data has {total}. {_REMEDY}")
    return Predictions(str(path), labels, tuple(documents))


_REMEDY = (
    "Predict the gold sentences themselves, in their order: framing evaluate --predictions "
    "FILE.jsonl, or, each read by itself, framing predict DATA.jsonl --no-split"
)


def _rows(path: Path) -> list[tuple[str, dict[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 at byte {error.start}; convert the file") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{where}: not a JSON object: {error}") from error
        if not isinstance(row, dict):
            raise DataError(f"{where}: expected a JSON object, got {type(row).__name__}")
        if not isinstance(row.get("text"), str):
            raise DataError(f"{where}: 'text' must be a string, got {row.get('text')!r:.40}")
        labels = row.get("labels")
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            raise DataError(f"{where}: 'labels' must be a list of labels, got {labels!r:.40}")
        if not isinstance(row.get("scores", {}), dict):
            raise DataError(f"{where}: 'scores' must map labels to probabilities")
        rows.append((where, row))
    if not rows:
        raise DataError(f"{path}: holds no prediction; expected one JSON object a line")
    return rows


def _labels(
    rows: Sequence[tuple[str, dict[str, Any]]], articles: Sequence[Article]
) -> tuple[str, ...]:
    """Return the labels in the order of the scores; without scores also those of the gold data."""
    names: dict[str, None] = {}
    for _, row in rows:
        names |= dict.fromkeys(row.get("scores", {}))
    for _, row in rows:
        names |= dict.fromkeys(row["labels"])
    if not any(row.get("scores") for _, row in rows):
        # Such a file does not say which labels it knows; what it never gives it has missed.
        gold = {label: None for a in articles for s in a.sentences for label in s.labels}
        names = gold | names
    return tuple(names)


def _prediction(
    row: dict[str, Any], gold: Sentence, labels: Sequence[str], where: str
) -> Prediction:
    scores = row.get("scores", {})
    for label, value in scores.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
            raise DataError(f"{where}: score of {label} must be in 0 to 1, got {value!r:.40}")
    lead = len(gold.text) - len(gold.text.lstrip())
    offset = gold.start + lead - int(row.get("start", 0))
    spans = []
    for span in row.get("spans", []):
        try:
            start, end = int(span["start"]) + offset, int(span["end"]) + offset
            label = str(span["label"])
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"{where}: a span needs 'label', 'start' and 'end', got {span!r:.60}"
            ) from error
        if not gold.start <= start < end <= gold.end:
            raise DataError(f"{where}: the span {span!r:.60} lies outside its sentence")
        words = gold.text[start - gold.start : end - gold.start]
        spans.append(Span(label, start, end, words, span.get("score")))
    chosen = tuple(label for label in labels if label in row["labels"])
    known = {label: float(value) for label, value in scores.items()}
    return Prediction(gold.text, gold.start, gold.end, chosen, known, tuple(spans))
