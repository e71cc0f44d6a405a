"""How much it helps a learner to have seen the dispute: what is left out at random is varied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from framing.codebook import Codebook
from framing.errors import InputError
from framing.evaluation.crossvalidate import Folds, cross_validate
from framing.evaluation.predictions import Predictions
from framing.schema import BEFORE, Article, Document

UNITS = ("sentence", "dispute")


def left_out(
    articles: Sequence[Article],
    unit: str,
    folds: int,
    *,
    seed: int = 0,
    codebook: Codebook | None = None,
    jobs: int | None = None,
) -> Predictions:
    """Cross-validate the TF-IDF baseline with sentences or whole disputes left out at random.

    With sentences left out, the learner has read other sentences of the same article and dispute;
    with disputes (the split groups) left out it has not.

    Parameters
    ----------
    articles : sequence of Article
        With gold labels.
    unit : str
        One of `UNITS`.
    folds : int
        Number of folds of equal numbers of units, at least 2.
    seed : int
        Of the folds.
    codebook : Codebook, optional
        The labels; the packaged one by default.
    jobs : int, optional
        Processes; one a core by default.

    Returns
    -------
    Predictions
        For the articles as they were given, whatever was left out. What chooses calibration and
        thresholds is held out by the same unit.

    Raises
    ------
    InputError
        If there is no such unit, or there are fewer units than folds.
    """
    if unit not in UNITS:
        raise InputError(f"cannot leave out {unit!r}; there are {', '.join(UNITS)}")
    parts = cut(articles) if unit == "sentence" else list(articles)
    places = draw_folds([part.group for part in parts], folds, seed)
    found = cross_validate(parts, places, codebook=codebook, jobs=jobs)
    if unit == "sentence":
        return replace(found, documents=reassemble(articles, found.documents))
    return found


def draw_folds(units: Sequence[str], folds: int, seed: int) -> Folds:
    """Deal units to folds at random.

    Parameters
    ----------
    units : sequence of str
        The unit of each article; a unit may have several.
    folds, seed : int
        How many, and the seed of the deal.

    Raises
    ------
    InputError
        If there are fewer than 2 folds, or fewer units than folds.
    """
    names = sorted(set(units))
    if not 2 <= folds <= len(names):
        raise InputError(
            f"cannot deal {len(names)} units to {folds} folds; give at least 2 folds and at least "
            "as many units"
        )
    order = np.random.default_rng(seed).permutation(len(names))
    fold_of = {names[i]: k % folds for k, i in enumerate(order.tolist())}
    titles = tuple(f"fold {k + 1}" for k in range(folds))
    return Folds(titles, tuple(fold_of[unit] for unit in units))


def cut(articles: Sequence[Article]) -> list[Article]:
    """Make an article of every sentence, named ``article/position``, in a group of its own."""
    return [
        replace(
            article,
            id=f"{article.id}/{i}",
            text=sentence.text,
            sentences=(_moved(sentence, -sentence.start),),
            group=f"{article.id}/{i}",
            before=tuple(s.text for s in article.sentences[max(0, i - BEFORE) : i])
            if i
            else article.before,
        )
        for article in articles
        for i, sentence in enumerate(article)
    ]


def reassemble(articles: Sequence[Article], documents: Sequence[Document]) -> tuple[Document, ...]:
    """Make documents of articles of documents of their sentences, in the order of :func:`cut`."""
    parts = iter(documents)
    found = []
    for article in articles:
        tagged = []
        names: tuple[str, ...] = ()
        for sentence in article:
            part = next(parts)
            names = part.label_names
            tagged += [_moved(prediction, sentence.start) for prediction in part]
        found.append(Document(article.text, tuple(tagged), article.title, names))
    return tuple(found)


def _moved(piece: Any, by: int) -> Any:
    """Return a sentence or prediction whose offsets, and those of its spans, are moved."""
    spans = tuple(replace(span, start=span.start + by, end=span.end + by) for span in piece.spans)
    return replace(piece, start=piece.start + by, end=piece.end + by, spans=spans)
