"""Gold and predicted labels side by side, one row a sentence, with the article it stands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framing.errors import InputError
from framing.evaluation.spans import SPAN_KINDS, span_counts
from framing.schema import Article, Document, Prediction, Sentence

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """What every figure is computed from.

    Parameters
    ----------
    labels : tuple of str
        The labels of the model, in codebook order.
    names : tuple of str
        The articles; passages of one document are one article.
    article : int array, shape (n_sentences,)
        Position in `names` of the article that the sentence stands in.
    gold, found : bool array, shape (n_sentences, n_labels)
        Whether the sentence carries the label; whether it was predicted to.
    scores : float array, shape (n_sentences, n_labels)
        Predicted probabilities; nan where the prediction gives none.
    spans : int array, shape (n_sentences, n_labels, 3, 3)
        For each kind of span match (exact, character, token) true positives, false positives and
        false negatives.
    """

    labels: tuple[str, ...]
    names: tuple[str, ...]
    article: Ints
    gold: Bools
    found: Bools
    scores: Floats
    spans: Ints

    @property
    def n_articles(self) -> int:
        """Number of articles that have a sentence here."""
        return len(self.names)

    @property
    def n_sentences(self) -> int:
        """Number of sentences."""
        return len(self.article)

    def select(self, mask: Bools) -> Pairs:
        """Return the sentences where `mask` (n_sentences,) is true, with their articles only."""
        kept, article = np.unique(self.article[mask], return_inverse=True)
        return Pairs(
            self.labels,
            tuple(self.names[i] for i in kept),
            article.astype(np.int64),
            self.gold[mask],
            self.found[mask],
            self.scores[mask],
            self.spans[mask],
        )

    def per_article(self, values: NDArray[np.generic]) -> Floats:
        """Sum `values` (n_sentences, ...) over the sentences of each article (n_articles, ...)."""
        total = np.zeros((self.n_articles, *values.shape[1:]), dtype=np.float64)
        np.add.at(total, self.article, values)
        return total


def pair(
    articles: Sequence[Article], documents: Sequence[Document], label_names: Sequence[str]
) -> Pairs:
    """Lay gold articles and predicted documents side by side.

    Parameters
    ----------
    articles : sequence of Article
        With gold labels.
    documents : sequence of Document
        Predictions on the articles' own sentences, in the same order.
    label_names : sequence of str
        The labels that the model knows.

    Raises
    ------
    InputError
        If they are not the same texts with the same sentences, there is none, or a gold label is
        not among `label_names`.
    """
    rows = matched(articles, documents, label_names)
    clusters = [cluster(article) for article in articles for _ in article.sentences]
    names = tuple(dict.fromkeys(clusters))
    position = {name: i for i, name in enumerate(names)}
    shape = (len(rows), len(label_names))
    gold = np.array([[n in s.labels for n in label_names] for s, _ in rows], dtype=np.bool_)
    found = np.array([[n in p.labels for n in label_names] for _, p in rows], dtype=np.bool_)
    nan = float("nan")
    scores = np.array([[p.scores.get(n, nan) for n in label_names] for _, p in rows], dtype=float)
    spans = np.zeros((*shape, len(SPAN_KINDS), 3), dtype=np.int64)
    for i, (sentence, prediction) in enumerate(rows):
        if sentence.spans or prediction.spans:
            for k, name in enumerate(label_names):
                spans[i, k] = span_counts(sentence, prediction, name)
    return Pairs(
        tuple(label_names),
        names,
        np.array([position[name] for name in clusters], dtype=np.int64),
        gold.reshape(shape),
        found.reshape(shape),
        scores.reshape(shape),
        spans,
    )


def cluster(article: Article) -> str:
    """Return the name of what is resampled as a whole: the article, or the document of a passage.

    :func:`framing.dataset.records.read_records` gives each unbroken passage of a document an id
    ``document#k``; passages of one document are no independent observations.
    """
    return article.group if article.id.startswith(article.group + "#") else article.id


def matched(
    articles: Sequence[Article], documents: Sequence[Document], label_names: Sequence[str]
) -> list[tuple[Sentence, Prediction]]:
    """Return gold and predicted sentences in pairs; see :func:`pair` for what is refused."""
    if not articles:
        raise InputError("no article to evaluate on; expected at least one")
    if len(articles) != len(documents):
        raise InputError(f"{len(articles)} gold articles, but {len(documents)} predicted documents")
    pairs: list[tuple[Sentence, Prediction]] = []
    for article, document in zip(articles, documents, strict=True):
        gold = [(s.start, s.end) for s in article.sentences]
        found = [(p.start, p.end) for p in document.predictions]
        if article.text != document.text or gold != found:
            raise InputError(
                f"article {article.id!r}: gold and predictions are of different texts or "
                "sentences; predict with model.predict_articles(articles)"
            )
        unknown = {label for s in article.sentences for label in s.labels} - set(label_names)
        if unknown:
            raise InputError(
                f"article {article.id!r}: gold label {sorted(unknown)[0]!r} is unknown to the "
                f"model, which has {', '.join(label_names)}; use a model trained on that codebook, "
                "or take the label out of the data"
            )
        pairs.extend(zip(article.sentences, document.predictions, strict=True))
    if not pairs:
        raise InputError("no sentence to evaluate on: the articles are empty")
    return pairs
