"""Compares predictions with gold labels on the same sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from framing.evaluation.metrics import Counts, Scores, character_counts, label_counts
from framing.evaluation.pairs import matched
from framing.schema import Article, Document, Prediction, Sentence

if TYPE_CHECKING:
    from framing.inference.classifier import Classifier


def evaluate(model: Classifier, articles: Iterable[Article]) -> Scores:
    """Predict labelled articles on their own sentences and score the result.

    Parameters
    ----------
    model : Classifier
        See :func:`framing.load`.
    articles : iterable of Article
        With gold labels.

    Returns
    -------
    Scores
        Counts by label for sentences and span characters; its properties give the figures.

    Raises
    ------
    InputError
        If there is no article, or a gold label that the model does not know.
    """
    articles = list(articles)
    return score(articles, list(model.predict_articles(articles)), model.labels)


def score(
    articles: Sequence[Article], documents: Sequence[Document], label_names: Sequence[str]
) -> Scores:
    """Score predicted documents against gold articles, sentence by sentence.

    Raises
    ------
    InputError
        If they are not the same texts with the same sentences, there is none, or a gold label is
        not among `label_names`.
    """
    pairs = matched(articles, documents, label_names)
    gold_matrix = np.array([[n in s.labels for n in label_names] for s, _ in pairs], dtype=np.bool_)
    found_matrix = np.array(
        [[n in p.labels for n in label_names] for _, p in pairs], dtype=np.bool_
    )
    shape = (len(pairs), len(label_names))
    counts = label_counts(gold_matrix.reshape(shape), found_matrix.reshape(shape))
    return Scores(
        labels=dict(zip(label_names, counts, strict=True)),
        spans={name: _span_counts(pairs, name) for name in label_names},
        n_articles=len(articles),
        n_sentences=len(pairs),
    )


def _span_counts(pairs: Sequence[tuple[Sentence, Prediction]], name: str) -> Counts:
    total = Counts()
    for sentence, prediction in pairs:
        gold = [(span.start, span.end) for span in sentence.spans if span.label == name]
        found = [(span.start, span.end) for span in prediction.spans if span.label == name]
        if gold or found:
            total += character_counts(gold, found)
    return total
