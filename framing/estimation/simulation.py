"""How often the intervals hold the truth: clustered articles, a biased classifier, many draws."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from framing.estimation.corpus import Corpus
from framing.estimation.estimate import estimate_coded
from framing.estimation.inference import Bools, Floats, Sample
from framing.estimation.match import Coded
from framing.estimation.sampling import Draw, sample


@dataclass(frozen=True, slots=True)
class Setting:
    """A world to simulate.

    Parameters
    ----------
    share : float
        Of sentences that carry the label, in the population of articles.
    n : int
        Sentences coded by hand, or articles.
    strategy : str
        How they are drawn, see :func:`framing.sample`.
    articles : int
        In the corpus; they have 21 sentences on average, with a long tail.
    spread : float
        Standard deviation of an article's inclination to the label, in logits.
    bias : float
        How far the classifier's logits are off for all sentences; 0.7 makes it see too much.
    errors : (float, float) or None
        Of sentences that carry the label, the share that the classifier misses, and of the others
        the share in which it sees the label; its scores are then near 0 and 1 and tell nothing of
        its errors. None gives soft scores.
    groups : int
        Outlets among which the articles are divided at random; 0 for none.
    unit, target, use
        See :func:`framing.estimate`.
    """

    share: float = 0.1
    n: int = 300
    strategy: str = "simple"
    articles: int = 300
    spread: float = 1.0
    bias: float = 0.7
    errors: tuple[float, float] | None = None
    groups: int = 0
    unit: str = "sentence"
    target: str = "population"
    use: str = "score"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What came out of many replications.

    Parameters
    ----------
    replications : int
        Intervals that were looked at.
    corrected, hand, naive : float
        Share of intervals that hold the truth: corrected, hand codes alone, classifier.
    error : float
        Mean error of the corrected share, as a part of the true share.
    naive_error : float
        The same of the classifier's share.
    width, hand_width : float
        Median widths of the intervals.
    positives : float
        Mean number of coded units that carry the label.
    """

    replications: int
    corrected: float
    hand: float
    naive: float
    error: float
    naive_error: float
    width: float
    hand_width: float
    positives: float


_SIGNAL = 2.5  # how far the text tells the label, in logits per standard deviation
_BESIDE = 0.7  # how far articles inclined to the label also read like it


def coverage(setting: Setting, replications: int, seed: int = 0) -> Coverage:
    """Draw worlds from `setting`, code a sample in each, estimate, and count.

    Parameters
    ----------
    setting : Setting
        The world.
    replications : int
        How many worlds.
    seed : int
        The same seed gives the same worlds.

    Returns
    -------
    Coverage
    """
    generator = np.random.default_rng(seed)
    rows = []
    for _ in range(replications):
        corpus, gold = clustered_corpus(setting, generator)
        draw = sample(
            corpus,
            setting.n,
            strategy=setting.strategy,
            seed=int(generator.integers(2**31)),
        )
        found = estimate_coded(
            corpus,
            coded(draw, gold),
            unit=setting.unit,
            target=setting.target,
            use=setting.use,
            by="group" if setting.groups else None,
        )
        for row in found.rows[1:] if setting.groups else found.rows:
            truth = _truth(setting, corpus, gold, row.group)
            if row.hand is None or row.corrected is None or row.corrected.interval is None:
                continue
            shares = (row.corrected, row.hand, row.naive)
            rows.append(
                [
                    *(s.interval is not None and s.interval[0] <= truth <= s.interval[1]
                      for s in shares),
                    row.corrected.share,
                    row.naive.share,
                    *(s.interval[1] - s.interval[0] if s.interval else np.nan
                      for s in shares[:2]),
                    row.n_positive,
                    truth,
                ]
            )  # fmt: skip
    table = np.array(rows, dtype=np.float64)
    mean, middle = table.mean(axis=0), np.median(table, axis=0)
    return Coverage(
        replications=len(table),
        corrected=mean[0],
        hand=mean[1],
        naive=mean[2],
        error=mean[3] / mean[8] - 1,
        naive_error=mean[4] / mean[8] - 1,
        width=middle[5],
        hand_width=middle[6],
        positives=mean[7],
    )


def clustered_corpus(setting: Setting, generator: np.random.Generator) -> tuple[Corpus, Bools]:
    """Return a corpus with predictions of one label, and the truth of each sentence."""
    sizes = generator.negative_binomial(3, 3 / 23, setting.articles) + 1
    articles = np.repeat(np.arange(setting.articles), sizes)
    total = len(articles)
    inclined = generator.normal(0, setting.spread, setting.articles)[articles]
    signal = generator.normal(0, 1, total) + _BESIDE * inclined
    base = _intercept(setting.share, setting.spread)
    gold = generator.random(total) < _sigmoid(base + inclined + _SIGNAL * signal)
    # The classifier errs for whole articles as well as for single sentences.
    style = generator.normal(0, 0.5, setting.articles)[articles]
    noise = generator.normal(0, 0.7, total)
    scores = _sigmoid(base + setting.bias + 0.9 * _SIGNAL * signal + style + noise)
    if setting.errors is not None:
        missed, seen = setting.errors
        sure = generator.random(total) < np.where(gold, 1 - missed, seen)
        scores = np.where(
            sure, generator.uniform(0.9, 0.99, total), generator.uniform(0.002, 0.02, total)
        )
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    outlets = generator.integers(0, max(setting.groups, 1), setting.articles)[articles]
    corpus = Corpus(
        labels=("label",),
        documents=tuple(map(str, range(setting.articles))),
        articles=articles,
        sentences=np.arange(total) - first[articles],
        texts=("",) * total,
        offsets=np.zeros((total, 2), dtype=np.int64),
        predicted=scores[:, None] >= 0.4,
        scores=scores[:, None],
        columns={"group": tuple(map(str, outlets.tolist()))},
    )
    return corpus, gold


def _sigmoid(x: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-x))
    return result


@lru_cache(maxsize=64)
def _intercept(share: float, spread: float) -> float:
    """Return the intercept that gives the share, by bisection on a large fixed sample."""
    generator = np.random.default_rng(0)
    inclined = generator.normal(0, spread, 400_000)
    signal = generator.normal(0, 1, 400_000) + _BESIDE * inclined
    low, high = -40.0, 20.0
    for _ in range(50):
        middle = (low + high) / 2
        mean = _sigmoid(middle + inclined + _SIGNAL * signal).mean()
        low, high = (low, middle) if mean > share else (middle, high)
    return middle


@lru_cache(maxsize=8)
def _article_share(setting: Setting) -> float:
    """Return the population's share of articles, from a large fixed sample."""
    generator = np.random.default_rng(1)
    shares = []
    for _ in range(100):
        corpus, gold = clustered_corpus(setting, generator)
        shares.append(float((np.bincount(corpus.articles, gold) > 0).mean()))
    return float(np.mean(shares))


def _truth(setting: Setting, corpus: Corpus, gold: Bools, group: str | None) -> float:
    if setting.target == "population":
        return setting.share if setting.unit == "sentence" else _article_share(setting)
    outlets = np.array(corpus.columns["group"], dtype=object)
    inside = np.ones(len(gold), dtype=np.bool_) if group is None else outlets == group
    if setting.unit == "sentence":
        return float(gold[inside].mean())
    carries = np.bincount(corpus.articles, gold) > 0
    return float(carries[np.unique(corpus.articles[inside])].mean())


def coded(draw: Draw, gold: Bools) -> Coded:
    """Code a draw by the truth `gold` of the whole corpus."""
    names = sorted(set(draw.strata))
    whole = draw.unit == "article"
    return Coded(
        labels=("label",),
        gold=gold[draw.rows][:, None],
        sample=Sample(
            rows=draw.rows,
            weights=1 / draw.probabilities,
            strata=np.array([names.index(name) for name in draw.strata], dtype=np.int64),
            drawn=draw.corpus.articles[draw.rows] if whole else draw.rows,
            sizes=draw.sizes.astype(np.float64),
        ),
        whole=whole,
        strata=tuple(names),
        notes=(),
    )
