"""Two models on the same articles: differences with intervals and p-values, resampled in pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from framing.errors import InputError
from framing.evaluation.assess import FEW_ARTICLES
from framing.evaluation.bootstrap import (
    LEVEL,
    Figure,
    article_weights,
    figure,
    plain,
    two_sided_p,
)
from framing.evaluation.measures import measure
from framing.evaluation.pairs import Pairs, pair
from framing.evaluation.predictions import Predictions
from framing.schema import Article

RESAMPLES = 10_000  # p-values need more than intervals do


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of two models.

    Parameters
    ----------
    first, second : Figure
        Of either model.
    difference : Figure
        Second minus first, with the interval of the difference.
    p : float
        Two-sided; nan where there is no interval.
    """

    first: Figure
    second: Figure
    difference: Figure
    p: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, ready for JSON."""
        return {
            "first": self.first.to_dict(),
            "second": self.second.to_dict(),
            "difference": self.difference.to_dict(),
            "p": plain(self.p),
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """What :func:`compare` found.

    Parameters
    ----------
    names : (str, str)
        The models.
    labels : tuple of str
        In codebook order.
    differences : dict of (row, column) to Difference
        Rows and columns as in :func:`framing.evaluation.measures.measure`.
    n_articles, n_sentences : int
        What the figures rest on.
    notes : tuple of str
        What limits them.
    resamples, seed : int
        Of the bootstrap.
    """

    names: tuple[str, str]
    labels: tuple[str, ...]
    differences: dict[tuple[str, str], Difference]
    n_articles: int
    n_sentences: int
    notes: tuple[str, ...]
    resamples: int
    seed: int

    def __getitem__(self, key: tuple[str, str]) -> Difference:
        return self.differences[key]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, ready for JSON."""
        rows: dict[str, dict[str, Any]] = {}
        for (row, column), value in self.differences.items():
            rows.setdefault(row, {})[column] = value.to_dict()
        return {
            "first": self.names[0],
            "second": self.names[1],
            "n_articles": self.n_articles,
            "n_sentences": self.n_sentences,
            "interval": {
                "level": LEVEL,
                "method": "paired article-clustered bootstrap, percentiles",
                "resamples": self.resamples,
                "seed": self.seed,
            },
            "notes": list(self.notes),
            "macro": rows["macro"],
            "micro": rows["micro"],
            "exact_set": rows["all"]["exact_set"],
            "labels": {label: rows[label] for label in self.labels},
        }


def compare(
    articles: Sequence[Article],
    first: Predictions,
    second: Predictions,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Compare two models: the same resamples of articles for both.

    Drawing the articles once for both takes out what makes an article hard for either, so that a
    difference can be clear although the models' own intervals overlap.

    Parameters
    ----------
    articles : sequence of Article
        With gold labels.
    first, second : Predictions
        On these articles.
    resamples, seed : int
        Of the bootstrap.

    Raises
    ------
    InputError
        If the models have different labels, or the predictions are of other texts.
    """
    labels = _common_labels(first, second)
    pairs = [pair(articles, predictions.documents, labels) for predictions in (first, second)]
    found = differences(*pairs, resamples=resamples, seed=seed)
    n_articles = pairs[0].n_articles
    notes = ["p-values stand each for itself: decide beforehand which figure counts"]
    if n_articles == 1:
        notes = ["one article only: neither intervals nor p-values can be given"]
    elif n_articles < FEW_ARTICLES:
        notes.append(f"only {n_articles} articles: p-values are likely too small")
    lacking = [label for label, n in zip(labels, pairs[0].gold.sum(axis=0), strict=True) if not n]
    if lacking:
        notes.append(f"no gold sentence carries {', '.join(lacking)}; macro leaves it out")
    return Comparison(
        (first.name, second.name),
        labels,
        found,
        n_articles,
        pairs[0].n_sentences,
        tuple(notes),
        resamples,
        seed,
    )


def differences(
    first: Pairs, second: Pairs, *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[tuple[str, str], Difference]:
    """Compare two sets of predictions on the same sentences, or on two copies of them.

    Parameters
    ----------
    first, second : Pairs
        With the same articles, labels and gold labels, sentence by sentence. The texts may differ,
        as in a clean and a noisy copy.
    resamples, seed : int
        Of the bootstrap; the same resamples of articles for both.

    Returns
    -------
    dict of (row, column) to Difference
        Rows and columns as in :func:`framing.evaluation.measures.measure`.

    Raises
    ------
    InputError
        If articles or gold labels differ.
    """
    same = first.names == second.names and first.labels == second.labels
    same = same and np.array_equal(first.article, second.article)
    if not same or not np.array_equal(first.gold, second.gold):
        raise InputError(
            f"two sets of predictions on different sentences: {first.n_articles} articles, "
            f"{first.n_sentences} sentences and {second.n_articles} articles, "
            f"{second.n_sentences} sentences; a paired comparison needs the same articles with the "
            "same gold labels in the same order"
        )
    weights = article_weights(first.n_articles, resamples, seed)
    one, other = (measure(part, weights) for part in (first, second))
    return {
        key: Difference(
            figure(one[key]),
            figure(other[key]),
            figure(other[key] - one[key], flat=True),
            two_sided_p(other[key] - one[key]),
        )
        for key in one
    }


def _common_labels(first: Predictions, second: Predictions) -> tuple[str, ...]:
    """Return the labels; a file without scores may lack those that it never gives."""
    for one, other in ((first, second), (second, first)):
        if set(one.labels) == set(other.labels):
            return first.labels
        if set(other.labels) < set(one.labels) and not _scored(other):
            return one.labels
    raise InputError(
        f"the models have different labels: {first.name} has {', '.join(first.labels)}; "
        f"{second.name} has {', '.join(second.labels)}; compare models of one codebook"
    )


def _scored(predictions: Predictions) -> bool:
    return any(p.scores for document in predictions.documents for p in document.predictions)
