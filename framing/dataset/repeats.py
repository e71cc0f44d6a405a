"""Repeated words: runs that two texts share, and sentences that are nearly the same."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:['’][^\W_]+)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
LEAST_WORDS = 8  # shorter sentences are alike by chance ("Shares fell 2 percent on Monday")


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence as its words.

    Parameters
    ----------
    where : str
        ``path:line``.
    article, split : str
        What it belongs to.
    words : tuple of str
        In lower case, without punctuation; see :func:`words_of`.
    """

    where: str
    article: str
    split: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedRun:
    """Words in a row that stand in a line and, earlier, in a line of another article."""

    line: Line
    other: Line
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two lines and the Jaccard similarity of their word trigrams."""

    line: Line
    other: Line
    similarity: float


def words_of(text: str, set_phrases: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the words of a text in lower case; those of a set phrase become marks unlike any word.

    Parameters
    ----------
    text : str
        A sentence.
    set_phrases : iterable of str
        Formulas that may be repeated; each word of one becomes ``"*0"``, ``"*1"``, ... counted
        within the sentence, and is left out of every run and similarity.
    """
    joined = " ".join(_WORD.findall(text.lower()))
    count = 0
    for phrase in set_phrases:
        plain = " ".join(_WORD.findall(phrase.lower()))
        if plain and plain in joined:
            n = plain.count(" ") + 1
            marks = " ".join(f"*{count + i}" for i in range(n))
            replaced = f" {joined} ".replace(f" {plain} ", f" {marks} ")
            count += n
            joined = replaced.strip()
    return tuple(joined.split())


def _grams(words: Sequence[str], n: int) -> Iterable[tuple[int, tuple[str, ...]]]:
    for i in range(len(words) - n + 1):
        gram = tuple(words[i : i + n])
        if not any(word[0] == "*" for word in gram):
            yield i, gram


def count_runs(lines: Sequence[Line], n: int = 6) -> dict[str, int]:
    """Count the different runs of `n` words that occur more than once.

    Returns
    -------
    dict of str to int
        By how far the occurrences lie apart: ``"within an article"``, ``"within a split"`` (but
        not within an article) and ``"across splits"``.
    """
    first: dict[tuple[str, ...], Line] = {}
    spread: dict[tuple[str, ...], int] = {}
    for line in lines:
        for _, gram in _grams(line.words, n):
            other = first.setdefault(gram, line)
            if other is line:
                continue
            apart = 0 if other.article == line.article else 1 if other.split == line.split else 2
            spread[gram] = max(apart, spread.get(gram, 0))
    counts = Counter(spread.values())
    names = ("within an article", "within a split", "across splits")
    return {name: counts[i] for i, name in enumerate(names)}


def shared_runs(
    lines: Sequence[Line], n: int, *, against: Sequence[Line] | None = None
) -> list[SharedRun]:
    """Find runs of at least `n` words that two articles share, each at its full length.

    Parameters
    ----------
    lines : sequence of Line
        All sentences.
    n : int
        Least number of words in a row.
    against : sequence of Line, optional
        Look for the runs in these instead of in the earlier ones of `lines`.
    """
    first: dict[tuple[str, ...], Line] = {}
    for line in against if against is not None else ():
        for _, gram in _grams(line.words, n):
            first.setdefault(gram, line)
    found = []
    for line in lines:
        last = -2  # position of the last gram of the run that is being followed
        start, other = 0, line
        for i, gram in _grams(line.words, n):
            earlier = first.get(gram) if against is not None else first.setdefault(gram, line)
            if earlier is None or earlier.article == line.article:
                continue
            if i != last + 1:
                if last >= 0:
                    found.append(SharedRun(line, other, line.words[start : last + n]))
                start, other = i, earlier
            last = i
        if last >= 0:
            found.append(SharedRun(line, other, line.words[start : last + n]))
    return found


def near_duplicates(lines: Sequence[Line], similarity: float) -> list[NearDuplicate]:
    """Find all pairs of sentences of two articles that are nearly the same.

    Similarity is the Jaccard coefficient of the sets of word trigrams, numbers set equal. The
    search is exact: a pair as similar as `similarity` must share one of the rarest trigrams of
    each (prefix filtering; Chaudhuri, Ganti, Kaushik 2006, Bayardo, Ma, Srikant 2007), so only
    those are indexed. Sentences of fewer than eight words are passed over.

    Parameters
    ----------
    lines : sequence of Line
        All sentences.
    similarity : float
        In (0, 1].
    """
    sets = [_trigrams(line.words) for line in lines]
    frequency = Counter(gram for grams in sets for gram in grams)
    index: dict[tuple[str, ...], list[int]] = defaultdict(list)
    found = []
    for i, grams in enumerate(sets):
        if not grams:
            continue
        ordered = sorted(grams, key=lambda gram: (frequency[gram], gram))
        prefix = ordered[: len(ordered) - math.ceil(similarity * len(ordered)) + 1]
        candidates = {j for gram in prefix if frequency[gram] > 1 for j in index[gram]}
        for j in sorted(candidates):
            if lines[i].article == lines[j].article:
                continue
            both = len(grams & sets[j])
            jaccard = both / (len(grams) + len(sets[j]) - both)
            if jaccard >= similarity:
                found.append(NearDuplicate(lines[i], lines[j], jaccard))
        for gram in prefix:
            if frequency[gram] > 1:
                index[gram].append(i)
    return found


def _trigrams(words: Sequence[str]) -> frozenset[tuple[str, ...]]:
    if len(words) < LEAST_WORDS:
        return frozenset()
    plain = [_NUMBER.sub("0", word) if word[0] != "*" else word for word in words]
    return frozenset(gram for _, gram in _grams(plain, 3))
