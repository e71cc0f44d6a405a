"""How a model does on contrast pairs: a sentence and its smallest change that flips one label."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from framing.dataset.contrast import SIDES, ContrastPair
from framing.errors import InputError
from framing.schema import Document

if TYPE_CHECKING:
    from framing.inference.classifier import Classifier


@dataclass(slots=True)
class PairCounts:
    """How often the flipped label was decided rightly; every other label is left aside.

    Parameters
    ----------
    pairs : int
        Number of pairs.
    both : int
        Pairs with both versions decided rightly.
    present : int
        Pairs whose version that carries the label was given it.
    absent : int
        Pairs whose version that does not carry the label was not given it.
    """

    pairs: int = 0
    both: int = 0
    present: int = 0
    absent: int = 0

    def __add__(self, other: PairCounts) -> PairCounts:
        return PairCounts(
            self.pairs + other.pairs,
            self.both + other.both,
            self.present + other.present,
            self.absent + other.absent,
        )

    @property
    def share(self) -> float:
        """Pairs with both versions right over pairs; nan when there is none."""
        return self.both / self.pairs if self.pairs else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of `share` (Wilson 1927, the score interval); nan when there is no pair."""
        if not self.pairs:
            return float("nan"), float("nan")
        n, p, z = self.pairs, self.share, 1.959964
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return centre - half, centre + half


@dataclass(slots=True)
class ContrastScores:
    """Counts by flipped label and by kind of contrast."""

    labels: dict[str, PairCounts] = field(default_factory=dict)
    kinds: dict[str, PairCounts] = field(default_factory=dict)

    @property
    def total(self) -> PairCounts:
        """The counts pooled over the labels."""
        return sum(self.labels.values(), PairCounts())

    def to_dict(self) -> dict[str, object]:
        """Return every figure as plain numbers, ready for JSON."""
        return {
            "total": _plain(self.total),
            "labels": {name: _plain(counts) for name, counts in self.labels.items()},
            "kinds": {name: _plain(counts) for name, counts in self.kinds.items()},
        }


def _plain(counts: PairCounts) -> dict[str, object]:
    return {
        "pairs": counts.pairs,
        "both": counts.both,
        "present": counts.present,
        "absent": counts.absent,
        "share": counts.share if counts.pairs else None,
        "interval": list(counts.interval) if counts.pairs else None,
    }


def evaluate_contrast(model: Classifier, pairs: Sequence[ContrastPair]) -> ContrastScores:
    """Predict both versions of every pair in their context and score the flipped label.

    Parameters
    ----------
    model : Classifier
        See :func:`framing.load`.
    pairs : sequence of ContrastPair
        See :func:`framing.dataset.contrast.read_contrast`.

    Raises
    ------
    InputError
        If there is no pair, or the model does not know a label that flips.
    """
    articles = [pair.article(side) for pair in pairs for side in SIDES]
    return score_contrast(pairs, list(model.predict_articles(articles)), model.labels)


def score_contrast(
    pairs: Sequence[ContrastPair], documents: Sequence[Document], label_names: Sequence[str]
) -> ContrastScores:
    """Score predicted documents, two for each pair (version a, version b).

    Raises
    ------
    InputError
        If there is no pair, the documents are not two for each pair, or a label that flips is not
        among `label_names`.
    """
    if not pairs:
        raise InputError("no contrast pair to evaluate on; expected at least one")
    if len(documents) != 2 * len(pairs):
        raise InputError(
            f"{len(pairs)} pairs need {2 * len(pairs)} documents, got {len(documents)}"
        )
    scores = ContrastScores(labels={name: PairCounts() for name in label_names})
    for i, pair in enumerate(pairs):
        if pair.flips not in scores.labels:
            raise InputError(
                f"pair {pair.id!r}: the label {pair.flips!r} is unknown to the model, which has "
                f"{', '.join(label_names)}"
            )
        found = [pair.flips in documents[2 * i + k].predictions[-1].labels for k in range(2)]
        carries = pair.flips in pair.a.labels
        present, absent = found if carries else reversed(found)
        counts = PairCounts(1, int(present and not absent), int(present), int(not absent))
        scores.labels[pair.flips] += counts
        scores.kinds[pair.kind] = scores.kinds.get(pair.kind, PairCounts()) + counts
    return scores
