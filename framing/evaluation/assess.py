"""An evaluation: every figure with its interval, and what a reader must know about the sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from framing.evaluation.bootstrap import (
    LEVEL,
    RESAMPLES,
    Figure,
    Ints,
    article_weights,
    figure,
)
from framing.evaluation.measures import BINS, measure
from framing.evaluation.pairs import Pairs, pair
from framing.schema import Article, Document

FEW_ARTICLES = 20
FEW_POSITIVES = 20


@dataclass(frozen=True, slots=True)
class Assessment:
    """What :func:`assess` found.

    Parameters
    ----------
    labels : tuple of str
        In codebook order.
    figures : dict of (row, column) to Figure
        See :func:`framing.evaluation.measures.measure` for the names; ``assessment["macro", "f1"]``
        takes one.
    gold, predicted : dict of str to int
        Sentences that carry each label; that were predicted to.
    confusion : int array, shape (n_labels + 1, n_labels + 1)
        See :func:`confusion`.
    n_articles, n_sentences : int
        What the figures rest on; passages of one document are one article.
    notes : tuple of str
        What limits the figures, in words.
    resamples, seed : int
        Of the bootstrap.
    """

    labels: tuple[str, ...]
    figures: dict[tuple[str, str], Figure]
    gold: dict[str, int]
    predicted: dict[str, int]
    confusion: Ints
    n_articles: int
    n_sentences: int
    notes: tuple[str, ...] = ()
    resamples: int = RESAMPLES
    seed: int = 0

    def __getitem__(self, key: tuple[str, str]) -> Figure:
        return self.figures[key]

    def to_dict(self) -> dict[str, Any]:
        """Return every figure as plain numbers, ready for JSON; None for what is undefined."""
        rows: dict[str, dict[str, Any]] = {}
        for (row, column), value in self.figures.items():
            rows.setdefault(row, {})[column] = value.to_dict()
        for label in self.labels:
            rows[label] |= {"gold": self.gold[label], "predicted": self.predicted[label]}
        return {
            "n_articles": self.n_articles,
            "n_sentences": self.n_sentences,
            "interval": {
                "level": LEVEL,
                "method": "article-clustered bootstrap, percentiles",
                "resamples": self.resamples,
                "seed": self.seed,
            },
            "calibration_bins": BINS,
            "notes": list(self.notes),
            "macro": rows["macro"],
            "micro": rows["micro"],
            "exact_set": rows["all"]["exact_set"],
            "labels": {label: rows[label] for label in self.labels},
            "confusion": {"rows": [*self.labels, None], "counts": self.confusion.tolist()},
        }


def assess(
    articles: Sequence[Article],
    documents: Sequence[Document],
    label_names: Sequence[str],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Assessment:
    """Compare predictions with gold labels: all figures, with article-clustered intervals.

    Parameters
    ----------
    articles : sequence of Article
        With gold labels.
    documents : sequence of Document
        Predictions on the same sentences, as ``model.predict_articles(articles)`` yields them.
    label_names : sequence of str
        The labels that the model knows.
    resamples, seed : int
        Of the bootstrap.

    Raises
    ------
    InputError
        See :func:`framing.evaluation.pairs.pair`.
    """
    return assess_pairs(pair(articles, documents, label_names), resamples=resamples, seed=seed)


def assess_pairs(pairs: Pairs, *, resamples: int = RESAMPLES, seed: int = 0) -> Assessment:
    """Do what :func:`assess` does on pairs."""
    weights = article_weights(pairs.n_articles, resamples, seed)
    figures = {key: figure(values) for key, values in measure(pairs, weights).items()}
    gold = dict(zip(pairs.labels, pairs.gold.sum(axis=0).tolist(), strict=True))
    predicted = dict(zip(pairs.labels, pairs.found.sum(axis=0).tolist(), strict=True))
    return Assessment(
        pairs.labels,
        figures,
        gold,
        predicted,
        confusion(pairs),
        pairs.n_articles,
        pairs.n_sentences,
        tuple(_notes(pairs, gold)),
        resamples,
        seed,
    )


def confusion(pairs: Pairs) -> Ints:
    """Count which label was predicted in place of which.

    Row: gold label, column: predicted label; the last of each means none. A label that is in both
    sets counts on the diagonal. A missed label counts against every label that was wrongly added to
    the same sentence, or against none; a wrongly added label whose sentence missed nothing counts
    in the last row (after Heydarian, Doyle and Samavi 2022, "MLCM"). Cells count sentences.

    Returns
    -------
    int array, shape (n_labels + 1, n_labels + 1)
    """
    size = len(pairs.labels)
    table = np.zeros((size + 1, size + 1), dtype=np.int64)
    missed, added = pairs.gold & ~pairs.found, pairs.found & ~pairs.gold
    table[:size, :size] = missed.astype(np.int64).T @ added.astype(np.int64)
    table[range(size), range(size)] = (pairs.gold & pairs.found).sum(axis=0)
    table[:size, size] = missed[~added.any(axis=1)].sum(axis=0)
    table[size, :size] = added[~missed.any(axis=1)].sum(axis=0)
    table[size, size] = (~pairs.gold.any(axis=1) & ~pairs.found.any(axis=1)).sum()
    return table


def _notes(pairs: Pairs, gold: dict[str, int]) -> list[str]:
    notes = []
    if pairs.n_articles == 1:
        notes.append("one article only: no interval can be given, it would need several articles")
    elif pairs.n_articles < FEW_ARTICLES:
        notes.append(
            f"only {pairs.n_articles} articles: the intervals are likely too narrow "
            f"(take them seriously from {FEW_ARTICLES} articles on)"
        )
    lacking = [label for label, count in gold.items() if not count]
    if len(lacking) == len(gold):
        notes.append(
            "no sentence carries a gold label: recall, F1 and PR-AUC are undefined; precision is "
            "0 where something was predicted, and says nothing of texts that have the frames"
        )
    elif lacking:
        notes.append(
            f"no gold sentence carries {', '.join(lacking)}: recall, F1 and PR-AUC are undefined "
            f"there, and macro is the mean over the other {len(gold) - len(lacking)} labels"
        )
    few = [f"{label} ({count})" for label, count in gold.items() if 0 < count < FEW_POSITIVES]
    if few:
        notes.append(f"fewer than {FEW_POSITIVES} gold sentences: {', '.join(few)}")
    if np.isnan(pairs.scores).any():
        notes.append("predictions without scores: PR-AUC and calibration are undefined")
    return notes
