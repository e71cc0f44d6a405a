"""How far a figure spreads over groups, beside what chance alone would spread it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from framing.errors import InputError
from framing.evaluation.bootstrap import plain
from framing.evaluation.measures import measure
from framing.evaluation.pairs import Pairs


@dataclass(frozen=True, slots=True)
class Group:
    """Figures of one group of sentences, without intervals.

    Parameters
    ----------
    name : str
        Of the group.
    n_sentences, gold : int
        Sentences; gold labels on them.
    macro_f1, micro_f1 : float
        nan without a gold label.
    """

    name: str
    n_sentences: int
    gold: int
    macro_f1: float
    micro_f1: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, ready for JSON."""
        return {
            "name": self.name,
            "n_sentences": self.n_sentences,
            "gold": self.gold,
            "macro_f1": plain(self.macro_f1),
            "micro_f1": plain(self.micro_f1),
        }


def by_group(pairs: Pairs, groups: Sequence[str]) -> list[Group]:
    """Compute F1 of each group.

    Parameters
    ----------
    pairs : Pairs
        Gold and predicted labels.
    groups : sequence of str
        The group of every sentence.

    Raises
    ------
    InputError
        If there is not one group a sentence.
    """
    if len(groups) != pairs.n_sentences:
        raise InputError(
            f"{len(groups)} groups for {pairs.n_sentences} sentences; give one a sentence"
        )
    table = np.array(groups, dtype=object)
    found = []
    for name in dict.fromkeys(groups):
        part = pairs.select(np.asarray(table == name, dtype=np.bool_))
        values = measure(part, np.ones((1, part.n_articles)))
        macro, micro = (float(values[row, "f1"][0]) for row in ("macro", "micro"))
        found.append(Group(name, part.n_sentences, int(part.gold.sum()), macro, micro))
    return found


def by_shuffled_group(
    pairs: Pairs, groups: Sequence[str], *, times: int = 20, seed: int = 0
) -> list[list[Group]]:
    """Compute F1 of groups of the same sizes that sentences were dealt to at random.

    Small groups differ by chance even where the model is equally good on all. What the spread over
    the real groups exceeds this one by is theirs.

    Parameters
    ----------
    pairs, groups
        As for :func:`by_group`.
    times, seed : int
        How often to deal.
    """
    rng = np.random.default_rng(seed)
    names = np.array(groups, dtype=object)
    return [by_group(pairs, rng.permutation(names).tolist()) for _ in range(times)]


def quantile(groups: Sequence[Group], share: float) -> tuple[float, float]:
    """Return the quantiles of macro and micro F1 over the groups that have a gold label."""
    macro = [group.macro_f1 for group in groups if group.gold]
    micro = [group.micro_f1 for group in groups if group.gold]
    if not macro:
        return float("nan"), float("nan")
    return float(np.quantile(macro, share)), float(np.quantile(micro, share))
