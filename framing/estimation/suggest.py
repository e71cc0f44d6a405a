"""Which articles to annotate next: those that the classifier is unsure of, unlike each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.errors import InputError, MissingExtraError
from framing.estimation.corpus import Corpus, read_corpus
from framing.estimation.inference import Floats, Ints

if TYPE_CHECKING:
    from framing.schema import Article

STRATEGIES = ("both", "uncertainty", "diversity")
_TOPICS = 100  # dimensions in which articles are compared


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article to annotate, and why.

    Parameters
    ----------
    rank : int
        From 1.
    document : str
        Its name.
    n_sentences : int
        How long it is.
    uncertainty : float
        Entropy of its labels in bits a sentence: 0 is sure, 1 for each label is a guess.
    label : str
        The label that is least sure in it.
    sentence : str
        Its least sure sentence.
    like : str or None
        The most similar article among those above it and those labelled; None for the first.
    similarity : float
        Cosine of the two, 0 to 1.
    """

    rank: int
    document: str
    n_sentences: int
    uncertainty: float
    label: str
    sentence: str
    like: str | None
    similarity: float

    @property
    def reason(self) -> str:
        """The reasons in words."""
        unsure = f"{self.uncertainty:.2f} bits unsure a sentence, mostly of {self.label}"
        if self.like is None:
            return unsure
        return f"{unsure}; most like {self.like} (similarity {self.similarity:.2f})"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        names = ("rank", "document", "n_sentences", "uncertainty", "label", "sentence", "like")
        return {name: getattr(self, name) for name in names} | {
            "similarity": self.similarity,
            "reason": self.reason,
        }


def suggest(
    corpus: Corpus | str | Path,
    n: int,
    *,
    strategy: str = "both",
    labelled: Sequence[Article] = (),
) -> list[Suggestion]:
    """Rank the articles of a corpus for annotation.

    An article is worth the more, the less sure the calibrated scores of its sentences are (mean
    entropy over sentences, summed over labels), and the less it resembles what is labelled or
    ranked above it: each next article has the largest product of the two (farthest-first traversal
    as in core-sets, Sener and Savarese 2018, weighted by uncertainty). Articles chosen so are no
    random sample: train on them, but estimate shares from :func:`framing.sample`.

    Parameters
    ----------
    corpus : Corpus, str or Path
        Predictions of unlabelled articles, as written by ``framing predict``.
    n : int
        How many articles.
    strategy : str
        ``"both"``, ``"uncertainty"`` alone or ``"diversity"`` alone.
    labelled : sequence of Article
        Articles that are labelled already; those of the corpus by the same name are left out, and
        the others should not resemble them.

    Returns
    -------
    list of Suggestion
        The first is to be annotated first.

    Raises
    ------
    InputError
        If `n` is more than there are, or the strategy is unknown.
    """
    if not isinstance(corpus, Corpus):
        corpus = read_corpus(corpus)
    known = {article.id for article in labelled} | {article.group for article in labelled}
    open_ones = np.array([i for i, d in enumerate(corpus.documents) if d not in known], dtype=int)
    if not 1 <= n <= len(open_ones):
        raise InputError(f"cannot suggest {n} articles: {len(open_ones)} are without labels")
    entropies = entropy(corpus.scores)
    first = np.searchsorted(corpus.articles, np.arange(len(corpus.documents) + 1))
    unsure = np.add.reduceat(entropies.sum(axis=1), first[:-1]) / np.diff(first)
    texts = [" ".join(corpus.texts[first[i] : first[i + 1]]) for i in open_ones]
    vectors = topics([*texts, *(article.text for article in labelled)])
    order, nearest, similarity = ranking(
        vectors[: len(texts)],
        unsure[open_ones],
        n,
        strategy=strategy,
        labelled=vectors[len(texts) :],
    )
    names = [corpus.documents[i] for i in open_ones] + [article.id for article in labelled]
    return [
        _suggestion(corpus, int(open_ones[i]), rank, entropies, first, names, int(like), close)
        for rank, (i, like, close) in enumerate(
            zip(order, nearest, similarity.tolist(), strict=True), start=1
        )
    ]


def _suggestion(
    corpus: Corpus,
    article: int,
    rank: int,
    entropies: Floats,
    first: Ints,
    names: Sequence[str],
    like: int,
    similarity: float,
) -> Suggestion:
    mine = entropies[first[article] : first[article + 1]]
    return Suggestion(
        rank=rank,
        document=corpus.documents[article],
        n_sentences=len(mine),
        uncertainty=float(mine.sum() / len(mine)),
        label=corpus.labels[int(mine.sum(axis=0).argmax())],
        sentence=corpus.texts[int(first[article] + mine.sum(axis=1).argmax())],
        like=names[like] if like >= 0 else None,
        similarity=similarity,
    )


def entropy(scores: Floats) -> Floats:
    """Return the entropy in bits of each probability, same shape."""
    p = np.clip(scores, 1e-9, 1 - 1e-9)
    result: Floats = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    return result


def topics(texts: Sequence[str]) -> Floats:
    """Return unit vectors of texts, shape (n, dimensions): TF-IDF of words, reduced by an SVD.

    Raises
    ------
    MissingExtraError
        If scikit-learn is not installed.
    """
    try:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.preprocessing import normalize
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "suggest() needs the package 'scikit-learn'; install it with: "
            "pip install 'framing[estimate]'"
        ) from error

    weights = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b").fit_transform(texts)
    if min(weights.shape) <= 2 * _TOPICS:  # too few texts for topics: compare the words themselves
        return np.asarray(weights.todense(), dtype=np.float64)
    reduced = TruncatedSVD(_TOPICS, random_state=0).fit_transform(weights)
    return np.asarray(normalize(reduced), dtype=np.float64)


def ranking(
    vectors: Floats, unsure: Floats, n: int, *, strategy: str, labelled: Floats
) -> tuple[Ints, Ints, Floats]:
    """Choose `n` articles, one after the other.

    Parameters
    ----------
    vectors : float array, shape (n_articles, dimensions)
        Unit vectors of the articles to choose from.
    unsure : float array, shape (n_articles,)
        How unsure the classifier is of each.
    n : int
        How many.
    strategy : str
        See :func:`suggest`.
    labelled : float array, shape (n_labelled, dimensions)
        Unit vectors of the articles that are labelled.

    Returns
    -------
    (int array, int array, float array), each of shape (n,)
        The articles in order; the most similar one chosen before or labelled (labelled ones count
        on from n_articles, -1 is none); the cosine of the two, not below 0.
    """
    if strategy not in STRATEGIES:
        raise InputError(f"strategy {strategy!r} is not one of {', '.join(STRATEGIES)}")
    total = len(vectors)
    worth = np.ones(total) if strategy == "diversity" else unsure
    close, like = np.zeros(total), np.full(total, -1)
    if len(labelled):
        cosines = vectors @ labelled.T
        close, like = cosines.max(axis=1), total + cosines.argmax(axis=1)
    left = np.ones(total, dtype=np.bool_)
    order, nearest, similarity = [], [], []
    for _ in range(n):
        distance = 1.0 if strategy == "uncertainty" else 1 - np.clip(close, 0.0, 1.0)
        best = int(np.where(left, worth * distance, -1.0).argmax())
        order.append(best)
        nearest.append(int(like[best]))
        similarity.append(float(np.clip(close[best], 0.0, 1.0)))
        left[best] = False
        cosine = vectors @ vectors[best]
        like = np.where((cosine > close) | (like < 0), best, like)
        close = np.maximum(cosine, close)
    return np.array(order), np.array(nearest), np.array(similarity)
