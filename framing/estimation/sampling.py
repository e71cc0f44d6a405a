"""Draws the sentences or articles to code by hand, with known probabilities."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.errors import InputError
from framing.estimation.corpus import Corpus, read_corpus
from framing.estimation.inference import Floats, Ints
from framing.schema import Article, Sentence

STRATEGIES = ("simple", "score", "articles")
_BANDS = ("low", "middle", "high")
_LEAST = 2  # draws in each stratum, so that its spread can be seen


@dataclass(frozen=True, slots=True)
class Draw:
    """What was drawn, in the order in which it is to be coded.

    Parameters
    ----------
    corpus : Corpus
        Where it was drawn from.
    rows : int array, shape (n,)
        Positions of the sentences in the corpus.
    probabilities : float array, shape (n,)
        With which each was drawn.
    strata : tuple of str
        The stratum of each.
    sizes : int array, shape (n,)
        How many sentences (or articles) the stratum held.
    unit : str
        ``"sentence"``, or ``"article"`` if whole articles were drawn.
    strategy, seed, by
        As they were asked for.
    """

    corpus: Corpus
    rows: Ints
    probabilities: Floats
    strata: tuple[str, ...]
    sizes: Ints
    unit: str
    strategy: str
    seed: int
    by: str | None

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        articles = len(np.unique(self.corpus.articles[self.rows]))
        return (
            f"Draw({len(self)} of {len(self.corpus)} sentences, from {articles} of "
            f"{len(self.corpus.documents)} articles, strategy={self.strategy!r}, "
            f"seed={self.seed}, by={self.by!r})"
        )

    def write(self, folder: str | Path, *, labels: tuple[str, ...] | None = None) -> None:
        """Write the coding sheets and ``design.csv``; see :mod:`framing.estimation.sheets`."""
        from framing.estimation.sheets import write_sheets

        write_sheets(self, folder, labels=labels)

    def articles(self) -> list[Article]:
        """Return what is to be coded as articles without labels, for annotation tools.

        Whole articles, or one article for each drawn sentence, called DOCUMENT#SENTENCE; in the
        order of the draw. White space within a sentence becomes single spaces.
        """
        parts: dict[str, list[int]] = {}
        for row in self.rows.tolist():
            name = self.corpus.documents[self.corpus.articles[row]]
            if self.unit == "sentence":
                name = f"{name}#{self.corpus.sentences[row]}"
            parts.setdefault(name, []).append(row)
        return [self._article(name, rows) for name, rows in parts.items()]

    def _article(self, name: str, rows: list[int]) -> Article:
        corpus, position, sentences = self.corpus, 0, []
        for row in rows:
            text = " ".join(corpus.texts[row].split())
            sentences.append(Sentence(text, position, position + len(text)))
            position += len(text) + 1
        known: dict[str, Any] = {
            key: corpus.columns[key][rows[0]]
            for key in ("dispute", "genre", "date")
            if key in corpus.columns
        }
        return Article(
            id=name,
            title=corpus.columns["title"][rows[0]] if "title" in corpus.columns else "",
            text="\n".join(sentence.text for sentence in sentences),
            sentences=tuple(sentences),
            group=corpus.documents[corpus.articles[rows[0]]],
            **known,
        )


def sample(
    corpus: Corpus | str | Path,
    n: int,
    *,
    strategy: str = "simple",
    by: str | None = None,
    seed: int = 0,
) -> Draw:
    """Draw sentences or articles to code by hand.

    Parameters
    ----------
    corpus : Corpus, str or Path
        Predictions as written by ``framing predict -o NAME.jsonl`` or ``.csv``.
    n : int
        How many sentences, or articles with ``strategy="articles"``.
    strategy : str
        ``"simple"``: every sentence has the same chance. ``"score"``: sentences that seem to
        carry a label have a larger one, which finds more of a rare label. ``"articles"``: whole
        articles, for shares of articles and coders who need the context.
    by : str, optional
        A column (or ``year``, ``month``, ``day``): draws in each of its groups, by the square root
        of their size (power allocation, Bankier 1988, The American Statistician 42), so that small
        groups get enough.
    seed : int
        The same seed draws the same.

    Returns
    -------
    Draw
        Its ``write(folder)`` writes the sheets.

    Raises
    ------
    InputError
        If `n` is more than there is or too few for the groups, or an argument is unknown.
    """
    if not isinstance(corpus, Corpus):
        corpus = read_corpus(corpus)
    if strategy not in STRATEGIES:
        raise InputError(f"strategy {strategy!r} is not one of {', '.join(STRATEGIES)}")
    whole = strategy == "articles"
    unit = "article" if whole else "sentence"
    first = np.searchsorted(corpus.articles, np.arange(len(corpus.documents)))
    units = first if whole else np.arange(len(corpus))
    if not 1 <= n <= len(units):
        raise InputError(f"cannot draw {n} {unit}s: the corpus has {len(units)}")
    groups = _groups(corpus, units, by)
    strata = np.array(strata_of(corpus, strategy, by), dtype=object)
    counts = _allocation(strata, groups, n, unit)
    generator = np.random.default_rng(seed)
    chosen, shares, sizes = [], [], []
    for name, count in counts.items():
        held = np.flatnonzero(strata == name)
        drawn = generator.choice(held, count, replace=False)
        chosen.append(drawn)
        shares.append(np.full(count, count / len(held)))
        sizes.append(np.full(count, len(held)))
    order = generator.permutation(n)  # the order on the sheet tells nothing of the stratum
    picked = np.concatenate(chosen)[order]
    probability, size = np.concatenate(shares)[order], np.concatenate(sizes)[order]
    place = np.arange(n)
    rows = picked
    if whole:
        last = np.append(first[1:], len(corpus))
        runs = [np.arange(first[article], last[article]) for article in picked]
        rows = np.concatenate(runs)
        place = np.repeat(np.arange(n), [len(run) for run in runs])
    return Draw(
        corpus=corpus,
        rows=rows,
        probabilities=probability[place],
        strata=tuple(str(name) for name in strata[picked][place]),
        sizes=size[place],
        unit=unit,
        strategy=strategy,
        seed=seed,
        by=by,
    )


def strata_of(corpus: Corpus, strategy: str, by: str | None) -> list[str]:
    """Return the stratum of each sentence, or of each article if articles are drawn.

    Parameters
    ----------
    corpus : Corpus
        Where it is drawn from.
    strategy, by
        See :func:`sample`.
    """
    whole = strategy == "articles"
    first = np.searchsorted(corpus.articles, np.arange(len(corpus.documents)))
    groups = _groups(corpus, first if whole else np.arange(len(corpus)), by)
    if strategy != "score":
        return groups
    bands = _bands(corpus, groups)
    return [
        "/".join(filter(None, (group, _BANDS[band])))
        for group, band in zip(groups, bands, strict=True)
    ]


def _groups(corpus: Corpus, units: Ints, by: str | None) -> list[str]:
    if by is None:
        return [""] * len(units)
    values = corpus.values(by)
    return [values[i] or "(blank)" for i in units]


def _bands(corpus: Corpus, groups: list[str]) -> NDArray[np.int64]:
    """Cut each group by score into bands that should hold the same share of the uncertainty.

    The spread of a rare 0-or-1 code goes with the root of its expectation; bands of equal sums of
    it are the rule of Dalenius and Hodges (1959, Journal of the American Statistical Association
    54) for what the scores promise.
    """
    if not corpus.labels:
        raise InputError(
            "the strategy 'score' needs predictions; run framing predict -o NAME.jsonl first"
        )
    expected = corpus.scores.sum(axis=1)
    bands = np.zeros(len(corpus), dtype=np.int64)
    names = np.array(groups, dtype=object)
    for group in sorted(set(groups)):
        held = np.flatnonzero(names == group)
        order = held[np.argsort(expected[held], kind="stable")]
        mass = np.cumsum(np.sqrt(expected[order]))
        if mass[-1] > 0:
            bands[order] = np.minimum((mass / mass[-1] * len(_BANDS)).astype(int), len(_BANDS) - 1)
    return bands


def _allocation(
    strata: NDArray[np.object_], groups: list[str], n: int, unit: str
) -> dict[str, int]:
    """Share out the draws: over groups by the root of their size, over bands half and half.

    Of a group's draws one half goes to its bands in equal parts, the other by their size: the
    first finds the label where the classifier expects it, the second what the classifier misses.
    """
    names, sizes = np.unique(strata.astype(str), return_counts=True)
    group_of = dict(zip(strata.astype(str), groups, strict=True))
    least = {str(name): min(_LEAST, int(size)) for name, size in zip(names, sizes, strict=True)}
    if n < sum(least.values()):
        raise InputError(
            f"{n} {unit}s are too few for {len(names)} groups and score bands: each needs "
            f"{_LEAST}; draw at least {sum(least.values())}, or take larger groups"
        )
    held = {
        name: sum(size for m, size in zip(names, sizes, strict=True) if group_of[m] == name)
        for name in sorted(set(groups))
    }
    roots = {name: math.sqrt(size) for name, size in held.items()}
    bands = {name: sum(group_of[m] == name for m in names) for name in held}
    wanted = {}
    for name, size in zip(names, sizes, strict=True):
        group = group_of[name]
        mine = n * roots[group] / sum(roots.values())
        wanted[str(name)] = mine * (0.5 / bands[group] + 0.5 * size / held[group])
    limits = {str(name): int(size) for name, size in zip(names, sizes, strict=True)}
    return _rounded(wanted, least, limits, n)


def _rounded(
    wanted: dict[str, float], least: dict[str, int], limits: dict[str, int], n: int
) -> dict[str, int]:
    """Round to whole draws that add up to n, within the limits of each stratum."""
    counts = {k: min(max(math.floor(v), least[k]), limits[k]) for k, v in wanted.items()}
    while (missing := n - sum(counts.values())) != 0:
        step = 1 if missing > 0 else -1
        free = [k for k in counts if least[k] <= counts[k] + step <= limits[k]]
        # The stratum that is furthest from what it should have, relative to its size.
        best = max(free, key=lambda k: step * (wanted[k] - counts[k]) / math.sqrt(wanted[k] + 1))
        counts[best] += step
    return counts
