"""The units whose share is estimated: sentences as they are, or whole articles."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from framing.errors import InputError
from framing.estimation.corpus import Corpus
from framing.estimation.inference import Bools, Floats, Ints, Sample
from framing.estimation.match import Coded


@dataclass(frozen=True, slots=True)
class Units:
    """Predictions and codes by unit.

    Parameters
    ----------
    predicted : bool array, shape (N, n_labels)
        Whether the classifier gave the label.
    scores : float array, shape (N, n_labels)
        Calibrated probabilities; of an article the highest of its sentences.
    gold : bool array, shape (n, n_labels)
        Hand codes.
    sample : Sample
        Which units were coded.
    articles : int array, shape (N,)
        The article of each unit.
    first : int array, shape (N,)
        A sentence of each unit, to look up the columns of the corpus.
    """

    predicted: Bools
    scores: Floats
    gold: Bools
    sample: Sample
    articles: Ints
    first: Ints


def sentence_units(corpus: Corpus, coded: Coded) -> Units:
    """Return the sentences as units, with the labels that were coded."""
    places = [corpus.labels.index(label) for label in coded.labels]
    return Units(
        corpus.predicted[:, places],
        corpus.scores[:, places],
        coded.gold,
        coded.sample,
        corpus.articles,
        np.arange(len(corpus)),
    )


def article_units(corpus: Corpus, coded: Coded) -> Units:
    """Return the articles as units: one carries a label if any of its sentences does.

    Raises
    ------
    InputError
        If sentences were drawn instead of articles, or an article is coded in part.
    """
    sentences = sentence_units(corpus, coded)
    rows = coded.sample.rows
    mine = corpus.articles[rows]
    held = np.bincount(corpus.articles)
    done = np.bincount(mine, minlength=len(held))
    if not coded.whole:
        raise InputError(
            "the share of articles needs articles that are coded as a whole, but sentences were "
            "drawn; draw with framing sample --strategy articles, or use --unit sentence"
        )
    for article in np.unique(mine):
        if done[article] < held[article]:
            raise InputError(
                f"article {corpus.documents[article]!r}: {done[article]} of {held[article]} "
                "sentences are coded; the share of articles needs all of them"
            )
    first = np.searchsorted(corpus.articles, np.arange(len(held)))
    coded_articles, place = np.unique(mine, return_index=True)
    gold = np.array([coded.gold[mine == article].any(axis=0) for article in coded_articles])
    sample = coded.sample
    chosen = replace(
        sample,
        rows=coded_articles,
        weights=sample.weights[place],
        strata=sample.strata[place],
        drawn=coded_articles,
        sizes=sample.sizes[place],
    )
    return Units(
        np.logical_or.reduceat(sentences.predicted, first),
        np.maximum.reduceat(sentences.scores, first),
        gold.reshape(len(coded_articles), -1),
        chosen,
        np.arange(len(held)),
        first,
    )
