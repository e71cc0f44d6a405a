"""Figures by group: genre, dispute, decade, length, position, number of labels, any column."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from framing.codebook import Codebook
from framing.dataset.records import read_records
from framing.errors import InputError
from framing.evaluation.assess import FEW_POSITIVES, Assessment, assess_pairs
from framing.evaluation.bootstrap import RESAMPLES
from framing.evaluation.pairs import Pairs
from framing.schema import Article

FEW_IN_GROUP = 10  # articles
NOT_GIVEN = "(not given)"


@dataclass(frozen=True, slots=True)
class Slice:
    """One group of sentences.

    Parameters
    ----------
    by, value : str
        What the sentences are grouped by, and the value that these share.
    assessment : Assessment
        Figures on them, with intervals from resampling the articles in the group.
    """

    by: str
    value: str
    assessment: Assessment

    @property
    def positives(self) -> int:
        """Number of gold labels in the group."""
        return sum(self.assessment.gold.values())

    @property
    def small(self) -> bool:
        """Whether it has fewer than 10 articles, or some gold labels but fewer than 20."""
        few = 0 < self.positives < FEW_POSITIVES
        return self.assessment.n_articles < FEW_IN_GROUP or few

    def to_dict(self) -> dict[str, Any]:
        """Return the slice as plain numbers, ready for JSON."""
        return {
            "by": self.by,
            "value": self.value,
            "small": self.small,
            **self.assessment.to_dict(),
        }


def _length(article: Article, index: int) -> str:
    words = len(article.sentences[index].text.split())
    if words > 30:
        return "31 words or more"
    return ("1 to 10 words", "11 to 20 words", "21 to 30 words")[max(0, words - 1) // 10]


def _position(article: Article, index: int) -> str:
    if index == 0:
        return "first sentence"
    return ("first third", "middle third", "last third")[3 * index // len(article)]


def _labels(article: Article, index: int) -> str:
    return ("no label", "1 label", "2 labels or more")[min(2, len(article.sentences[index].labels))]


_GROUPS: dict[str, Callable[[Article, int], str]] = {
    "genre": lambda article, _: article.genre,
    "dispute": lambda article, _: article.dispute,
    "decade": lambda article, _: article.decade,
    "length": _length,
    "position": _position,
    "labels": _labels,
}
_ORDER = (
    *("1 to 10 words", "11 to 20 words", "21 to 30 words", "31 words or more"),
    *("first sentence", "first third", "middle third", "last third"),
    *("no label", "1 label", "2 labels or more"),
)
BUILT_IN = tuple(_GROUPS)


def group_values(
    articles: Sequence[Article],
    by: str,
    source: str | Path | None = None,
    codebook: Codebook | None = None,
) -> list[str]:
    """Return the group of every sentence, article by article.

    Parameters
    ----------
    articles : sequence of Article
        With gold labels.
    by : str
        ``genre``, ``dispute``, ``decade``, ``length`` (words), ``position`` (in the article),
        ``labels`` (how many gold labels), or a key of the records in `source`.
    source : str or Path, optional
        The JSON-lines file that the articles were read from.
    codebook : Codebook, optional
        What it was read with.

    Returns
    -------
    list of str
        ``(not given)`` where a sentence has no value.

    Raises
    ------
    InputError
        If there is no such group or column, or no sentence has a value.
    """
    if by in _GROUPS:
        values = [_GROUPS[by](article, i) for article in articles for i in range(len(article))]
    elif source is not None and Path(source).suffix == ".jsonl":
        table = _column(Path(source), by, codebook)
        values = [value for article in articles for value in table[article.id]]
    else:
        raise InputError(
            f"cannot group by {by!r}: there are {', '.join(BUILT_IN)}; other columns are read "
            "from data in a .jsonl file only"
        )
    if not any(values):
        raise InputError(f"cannot group by {by!r}: no sentence of the data has a value for it")
    return [value if value else NOT_GIVEN for value in values]


def _column(path: Path, key: str, codebook: Codebook | None) -> dict[str, list[str]]:
    """Read one key of every record: article id to the values of its sentences."""
    lines = path.read_text(encoding="utf-8").split("\n")
    records = [json.loads(line) for line in lines if line.strip()]
    known = {name: None for record in records for name in record}
    if key not in known:
        raise InputError(
            f"{path}: no column {key!r}; it has {', '.join(map(repr, known))}; always there: "
            f"{', '.join(BUILT_IN)}"
        )
    values = iter(["" if r.get(key) is None else str(r[key]) for r in records])
    # Records and sentences stand in the same order.
    return {a.id: [next(values) for _ in a.sentences] for a in read_records(path, codebook)}


def slices(
    pairs: Pairs,
    by: str,
    values: Sequence[str],
    *,
    order: Sequence[str] = _ORDER,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Slice]:
    """Compute all figures for each group of sentences.

    Parameters
    ----------
    pairs : Pairs
        Gold and predicted labels.
    by : str
        What `values` are called.
    values : sequence of str
        The group of every sentence.
    order : sequence of str
        Groups named here stand first, in this order.
    resamples, seed : int
        Of the bootstrap.

    Returns
    -------
    list of Slice
        Lengths, positions and numbers of labels in their own order, other groups by the number of
        their sentences; all of them, small ones too.
    """
    if len(values) != pairs.n_sentences:
        raise InputError(f"{len(values)} values of {by!r} for {pairs.n_sentences} sentences")
    table = np.array(values, dtype=object)
    found = []
    for value in dict.fromkeys(values):
        part = pairs.select(np.asarray(table == value, dtype=np.bool_))
        found.append(Slice(by, value, assess_pairs(part, resamples=resamples, seed=seed)))
    rank = {name: i for i, name in enumerate(order)}
    if by == "decade":
        return sorted(found, key=lambda s: (s.value == NOT_GIVEN, s.value))
    return sorted(
        found, key=lambda s: (rank.get(s.value, len(rank)), -s.assessment.n_sentences, s.value)
    )
