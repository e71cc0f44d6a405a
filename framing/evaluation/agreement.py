"""The human ceiling: how well a second annotator's labels agree with the first one's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.dataset.agreement import cohen_kappa, krippendorff_alpha
from framing.errors import DataError, InputError
from framing.evaluation.assess import Assessment, assess_pairs
from framing.evaluation.bootstrap import RESAMPLES, Figure, article_weights, figure
from framing.evaluation.pairs import Pairs, pair
from framing.resources import path_of
from framing.schema import Article, Document, Prediction, Sentence, Span

Floats = NDArray[np.float64]
Marks = dict[str, list[tuple[int, int]]]  # label to offsets into the sentence


@dataclass(frozen=True, slots=True)
class Agreement:
    """Second annotator against first, and the model on the same articles.

    Parameters
    ----------
    second : Assessment
        The second annotator's labels scored as if they were predictions: the ceiling.
    model : Assessment
        The model's predictions on the same articles, against the gold labels.
    alpha, kappa : dict of str to Figure
        Krippendorff's alpha (nominal, two annotators) and Cohen's kappa, by label.
    note : str
        Who the annotators are.
    """

    second: Assessment
    model: Assessment
    alpha: dict[str, Figure]
    kappa: dict[str, Figure]
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return every figure as plain numbers, ready for JSON."""
        return {
            "note": self.note,
            "alpha": {label: value.to_dict() for label, value in self.alpha.items()},
            "kappa": {label: value.to_dict() for label, value in self.kappa.items()},
            "second_annotator": self.second.to_dict(),
            "model_on_the_same_articles": self.model.to_dict(),
        }


def agreement(
    articles: Sequence[Article],
    documents: Sequence[Document],
    labels: Sequence[str],
    layers: tuple[Sequence[Article], Sequence[Article]],
    *,
    note: str = "",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Agreement:
    """Score a second annotator, and the model on the articles that both annotators read.

    Parameters
    ----------
    articles, documents, labels
        Gold articles, predictions and the model's labels, as in
        :func:`framing.evaluation.assess.assess`.
    layers : (sequence of Article, sequence of Article)
        The same articles as labelled by the first and by the second annotator.
    note : str
        Who they are.
    resamples, seed : int
        Of the bootstrap.

    Raises
    ------
    InputError
        If the annotators' articles are of different texts, or none of them is in `articles`.
    """
    first, second = layers
    both = pair(first, [as_document(article, labels) for article in second], labels)
    chosen = {article.id for article in first}
    kept = [i for i, article in enumerate(articles) if article.id in chosen]
    model = pair([articles[i] for i in kept], [documents[i] for i in kept], labels)
    alpha, kappa = {}, {}
    weights = article_weights(both.n_articles, resamples, seed)
    for k, label in enumerate(labels):
        values = _coefficients(both, k, weights)
        alpha[label], kappa[label] = figure(values[0]), figure(values[1])
    return Agreement(
        assess_pairs(both, resamples=resamples, seed=seed),
        assess_pairs(model, resamples=resamples, seed=seed),
        alpha,
        kappa,
        note,
    )


def _coefficients(pairs: Pairs, label: int, weights: Floats) -> tuple[Floats, Floats]:
    """Krippendorff's alpha and Cohen's kappa of one label, every draw."""
    a, b = pairs.gold[:, label], pairs.found[:, label]
    cells = np.stack([a & b, a & ~b, ~a & b, ~a & ~b], axis=1)
    tables = weights @ pairs.per_article(cells)  # (resamples, 4)
    return krippendorff_alpha(tables), cohen_kappa(tables)


def as_document(article: Article, labels: Sequence[str]) -> Document:
    """Return an article's labels as if they were predictions, without scores."""
    predictions = tuple(
        Prediction(s.text, s.start, s.end, s.labels, {}, s.spans) for s in article.sentences
    )
    return Document(article.text, predictions, article.title, tuple(labels))


def second_layer(
    articles: Sequence[Article], second: Sequence[Article]
) -> tuple[list[Article], list[Article]]:
    """Return the articles that a second annotator read as well, in both versions.

    Raises
    ------
    InputError
        If there is none; they are matched by their id.
    """
    read = {article.id: article for article in second}
    first = [article for article in articles if article.id in read]
    if not first:
        raise InputError(
            f"none of the second annotator's {len(second)} articles has the id of one of the "
            f"{len(articles)} gold articles, such as {articles[0].id!r}"
        )
    return first, [read[article.id] for article in first]


PACKAGED_NOTE = (
    "Both annotators are language models that read one codebook, so this is an upper bound on the "
    "agreement of people. The first one's labels are those before the third reading."
)


def packaged_layers(
    articles: Sequence[Article], labels: Sequence[str]
) -> tuple[list[Article], list[Article]] | None:
    """Return the packaged articles as the writer and as the second annotator labelled them.

    Parameters
    ----------
    articles : sequence of Article
        Packaged articles; those that the second annotator did not read are left out.
    labels : sequence of str
        In codebook order.

    Returns
    -------
    (list of Article, list of Article), or None if the second annotator read none of them
    """
    changed = dict(_lines("writer"))
    second: dict[str, dict[int, Marks]] = {}
    for (name, number), marks in _lines("labels"):
        second.setdefault(name, {})[number] = marks
    layers: tuple[list[Article], list[Article]] = ([], [])
    for article in articles:
        marks_of = second.get(article.id)
        if marks_of is None:
            continue
        if set(marks_of) != set(range(len(article))):
            raise DataError(
                f"data/second/labels.jsonl: labels sentences {sorted(marks_of)} of {article.id!r}, "
                f"which has {len(article)}"
            )
        rows = enumerate(article.sentences)
        one = [_relabel(s, changed.get((article.id, i)), labels) for i, s in rows]
        two = [_relabel(s, marks_of[i], labels) for i, s in enumerate(article.sentences)]
        layers[0].append(replace(article, sentences=tuple(one)))
        layers[1].append(replace(article, sentences=tuple(two)))
    return layers if layers[0] else None


def _lines(layer: str) -> list[tuple[tuple[str, int], Marks]]:
    with path_of(f"data/second/{layer}.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [((row["id"], row["sentence"]), row["labels"]) for row in rows]


def _relabel(sentence: Sentence, marks: Marks | None, labels: Sequence[str]) -> Sentence:
    if marks is None:
        return sentence
    spans = [
        Span(label, sentence.start + a, sentence.start + b, sentence.text[a:b])
        for label, places in marks.items()
        for a, b in places
    ]
    spans.sort(key=lambda span: (span.start, span.end))
    names = tuple(label for label in labels if label in marks)
    return replace(sentence, spans=tuple(spans), labels=names)
