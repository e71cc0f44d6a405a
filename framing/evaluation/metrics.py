"""Precision, recall and F1 of labels and spans: counts that add up, figures derived from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Counts:
    """True positives, false positives, false negatives; add two of them to pool them."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float:
        """Tp / (tp + fp); nan when nothing was predicted."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else float("nan")

    @property
    def recall(self) -> float:
        """Tp / (tp + fn); nan when there is nothing to find."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else float("nan")

    @property
    def f1(self) -> float:
        """2 tp / (2 tp + fp + fn); nan when there is neither gold nor prediction."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else float("nan")

    @property
    def support(self) -> int:
        """Number of gold positives."""
        return self.tp + self.fn


@dataclass(slots=True)
class Scores:
    """Counts by label for sentences and for span characters.

    Parameters
    ----------
    labels : dict of str to Counts
        Sentences: is the label in the gold set, in the predicted set?
    spans : dict of str to Counts
        Characters: does a gold span, a predicted span of the label cover it?
    n_articles, n_sentences : int
        What the figures rest on.
    """

    labels: dict[str, Counts] = field(default_factory=dict)
    spans: dict[str, Counts] = field(default_factory=dict)
    n_articles: int = 0
    n_sentences: int = 0

    @property
    def macro_f1(self) -> float:
        """Mean positive-class F1 over the labels that have gold or predicted sentences."""
        return _mean(counts.f1 for counts in self.labels.values())

    @property
    def micro_f1(self) -> float:
        """F1 of the counts pooled over the labels."""
        return sum(self.labels.values(), Counts()).f1

    @property
    def span_f1(self) -> float:
        """Mean character-overlap F1 over the labels that have gold or predicted spans."""
        return _mean(counts.f1 for counts in self.spans.values())

    def to_dict(self) -> dict[str, object]:
        """Return every figure as plain numbers, ready for JSON."""
        return {
            "n_articles": self.n_articles,
            "n_sentences": self.n_sentences,
            "macro_f1": _figure(self.macro_f1),
            "micro_f1": _figure(self.micro_f1),
            "span_f1": _figure(self.span_f1),
            "labels": {name: _plain(counts) for name, counts in self.labels.items()},
            "spans": {name: _plain(counts) for name, counts in self.spans.items()},
        }


def _figure(value: float) -> float | None:
    """Return None for an undefined figure: JSON knows no nan."""
    return value if value == value else None


def _plain(counts: Counts) -> dict[str, float | None]:
    return {
        "precision": _figure(counts.precision),
        "recall": _figure(counts.recall),
        "f1": _figure(counts.f1),
        "support": counts.support,
    }


def _mean(values: Iterable[float]) -> float:
    finite = [value for value in values if value == value]
    return sum(finite) / len(finite) if finite else float("nan")


def label_counts(gold: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> list[Counts]:
    """Count sentences by label.

    Parameters
    ----------
    gold, predicted : bool array, shape (n_sentences, n_labels)
        Whether the sentence carries the label.

    Returns
    -------
    list of Counts
        One for each label.
    """
    if gold.shape != predicted.shape:
        raise ValueError(
            f"gold has shape {gold.shape}, predicted {predicted.shape}; they must agree"
        )
    tp = (gold & predicted).sum(axis=0)
    fp = (~gold & predicted).sum(axis=0)
    fn = (gold & ~predicted).sum(axis=0)
    return [Counts(int(a), int(b), int(c)) for a, b, c in zip(tp, fp, fn, strict=True)]


def character_counts(
    gold: Sequence[tuple[int, int]], predicted: Sequence[tuple[int, int]]
) -> Counts:
    """Count the characters that gold and predicted spans of one label cover in one sentence."""
    marked = {c for start, end in gold for c in range(start, end)}
    found = {c for start, end in predicted for c in range(start, end)}
    both = len(marked & found)
    return Counts(both, len(found) - both, len(marked) - both)
