"""Agreement of two annotators, label by label, with intervals over whole articles.

Every figure is a function of the two-by-two table of a label (both, only the first, only the
second, neither), so the tables are counted once for each article, resampled with it (the cluster
bootstrap, Field and Welsh 2007), and the figure is computed for all resamples in one step. The
packages at hand (krippendorff, scikit-learn, irrCAC) compute one table a call, a thousand times too
slow for that; the tests hold the figures to theirs and to published examples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framing.codebook import Codebook
from framing.errors import InputError

Floats = NDArray[np.float64]
Spans = Mapping[str, Sequence[tuple[int, int]]]

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Pairing:
    """One sentence, labelled by two annotators.

    Parameters
    ----------
    article : str
        What is resampled as a whole.
    part : str
        Split or layer, under which the figures are listed.
    first, second : mapping of str to sequence of (int, int)
        Labels with character offsets into the sentence.
    """

    article: str
    part: str
    first: Spans
    second: Spans


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval; nan where it is not defined."""

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float | None]:
        """Return plain numbers, None for nan, which JSON does not know."""
        values = {"value": self.value, "low": self.low, "high": self.high}
        return {name: None if number != number else number for name, number in values.items()}


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """Agreement on one label.

    Parameters
    ----------
    first, second : int
        Sentences to which each annotator gave the label.
    figures : dict of str to Figure
        ``alpha``, ``kappa``, ``ac1``, ``raw``, ``f1`` and ``span`` (mean character Dice of the
        sentences to which both gave the label).
    """

    first: int
    second: int
    figures: dict[str, Figure]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement on every label in one part of a dataset, with what it rests on."""

    part: str
    n_articles: int
    n_sentences: int
    labels: dict[str, LabelAgreement]

    def to_dict(self) -> dict[str, object]:
        """Return every figure as plain numbers, ready for JSON."""
        return {
            "part": self.part,
            "n_articles": self.n_articles,
            "n_sentences": self.n_sentences,
            "labels": {
                name: {
                    "first": label.first,
                    "second": label.second,
                    **{key: figure.to_dict() for key, figure in label.figures.items()},
                }
                for name, label in self.labels.items()
            },
        }


def raw_agreement(tables: Floats) -> Floats:
    """Return the share of sentences on which both say the same.

    Parameters
    ----------
    tables : float array, shape (..., 4)
        Counts: both gave the label, only the first, only the second, neither.

    Returns
    -------
    float array, shape (...)
        nan where a figure is not defined; so for the functions below.
    """
    return _divide(tables[..., 0] + tables[..., 3], tables.sum(-1))


def krippendorff_alpha(tables: Floats) -> Floats:
    """Return Krippendorff's alpha, nominal, two annotators, no gaps.

    One minus observed over expected disagreement (Krippendorff 2019, "Content Analysis", ch. 12):
    D_e = 2 y (n - y) / (n (n - 1)), of n = 2 N answers of which y are yes.
    """
    total = tables.sum(-1)
    answers = 2 * total
    yes = 2 * tables[..., 0] + tables[..., 1] + tables[..., 2]
    expected = _divide(2 * yes * (answers - yes), answers * (answers - 1))
    return 1 - _divide(_divide(tables[..., 1] + tables[..., 2], total), expected)


def cohen_kappa(tables: Floats) -> Floats:
    """Return Cohen's kappa (Cohen 1960): (p_o - p_e) / (1 - p_e), each with its own base rate."""
    total = tables.sum(-1)
    first = _divide(tables[..., 0] + tables[..., 1], total)
    second = _divide(tables[..., 0] + tables[..., 2], total)
    expected = first * second + (1 - first) * (1 - second)
    return _divide(raw_agreement(tables) - expected, 1 - expected)


def gwet_ac1(tables: Floats) -> Floats:
    """Return Gwet's AC1 (Gwet 2008): as kappa, with p_e = 2 q (1 - q), q the mean base rate.

    It does not fall as kappa does where nearly all answers are no.
    """
    total = tables.sum(-1)
    rate = _divide(2 * tables[..., 0] + tables[..., 1] + tables[..., 2], 2 * total)
    expected = 2 * rate * (1 - rate)
    return _divide(raw_agreement(tables) - expected, 1 - expected)


def f1(tables: Floats) -> Floats:
    """Return F1 of one annotator against the other; it is the same both ways."""
    return _divide(2 * tables[..., 0], 2 * tables[..., 0] + tables[..., 1] + tables[..., 2])


_FIGURES: dict[str, Callable[[Floats], Floats]] = {
    "alpha": krippendorff_alpha,
    "kappa": cohen_kappa,
    "ac1": gwet_ac1,
    "raw": raw_agreement,
    "f1": f1,
}


def dice(first: Sequence[tuple[int, int]], second: Sequence[tuple[int, int]]) -> float:
    """Return the Dice coefficient of the characters that two lists of spans cover."""
    one = {c for start, end in first for c in range(start, end)}
    other = {c for start, end in second for c in range(start, end)}
    return 2 * len(one & other) / (len(one) + len(other))


def agreement(
    pairings: Sequence[Pairing],
    codebook: Codebook,
    *,
    part: str = "all",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Agreement:
    """Compute the agreement of two annotators.

    Parameters
    ----------
    pairings : sequence of Pairing
        The sentences that both labelled.
    codebook : Codebook
        The labels, in order.
    part : str
        The name of the whole.
    resamples : int
        Number of bootstrap resamples.
    seed : int
        Of the resampling.

    Raises
    ------
    InputError
        If there is no sentence.
    """
    if not pairings:
        raise InputError(f"no sentence of {part} has two answers; nothing to compare")
    names = codebook.names
    number = {name: i for i, name in enumerate(dict.fromkeys(p.article for p in pairings))}
    tables = np.zeros((len(number), len(names), 4))  # (n_articles, n_labels, 4)
    overlaps = np.zeros((len(number), len(names)))  # (n_articles, n_labels), sums of Dice
    for pairing in pairings:
        row = number[pairing.article]
        for k, name in enumerate(names):
            here, there = name in pairing.first, name in pairing.second
            tables[row, k, 2 * (not here) + (not there)] += 1
            if here and there:
                overlaps[row, k] += dice(pairing.first[name], pairing.second[name])
    n = len(number)
    draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)
    weights = np.vstack([np.ones((1, n)), draws])  # (1 + resamples, n_articles), first as it is
    labels = {}
    for k, name in enumerate(names):
        counts = weights @ tables[:, k]  # (1 + resamples, 4)
        columns = {key: _figure(function(counts), n) for key, function in _FIGURES.items()}
        columns["span"] = _figure(_divide(weights @ overlaps[:, k], counts[:, 0]), n)
        both, first, second, _ = counts[0]
        labels[name] = LabelAgreement(int(both + first), int(both + second), columns)
    return Agreement(part, n, len(pairings), labels)


def _figure(values: Floats, n_articles: int) -> Figure:
    """Return the first value with the 2.5 and 97.5 percentiles of the others that are defined."""
    drawn = values[1:][~np.isnan(values[1:])]
    if n_articles < 2 or len(drawn) < 0.95 * (len(values) - 1) or not len(drawn):
        return Figure(float(values[0]), float("nan"), float("nan"))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Figure(float(values[0]), float(low), float(high))


def _divide(a: Floats, b: Floats) -> Floats:
    """Return a / b, nan where b is 0."""
    undefined: Floats = np.full(np.broadcast(a, b).shape, np.nan)
    return np.divide(a, b, out=undefined, where=b != 0)


def format_agreement(found: Sequence[Agreement], *, intervals: bool = True) -> str:
    """Return a table with one block for each part.

    Parameters
    ----------
    found : sequence of Agreement
        What :func:`agreement` returned for each part.
    intervals : bool
        Whether to write the 95 % intervals.
    """
    names = [name for one in found for name in one.labels]
    width = max(map(len, names), default=5)
    heads = {"alpha": "alpha", "kappa": "kappa", "ac1": "AC1", "raw": "raw", "f1": "F1"}
    heads["span"] = "span Dice"
    cell = 20 if intervals else 9
    lines = []
    for one in found:
        lines.append(f"{one.part}: {one.n_articles} articles, {one.n_sentences} sentences")
        lines.append(
            f"  {'label':<{width}}  first second"
            + "".join(f"  {head:<{cell}}" for head in heads.values()).rstrip()
        )
        for name, label in one.labels.items():
            cells = "".join(
                f"  {_cell(label.figures[key], intervals):<{cell}}" for key in heads
            ).rstrip()
            lines.append(f"  {name:<{width}}  {label.first:5d}  {label.second:5d}{cells}")
        lines.append("")
    return "\n".join(lines).rstrip("\n")


def _cell(figure: Figure, intervals: bool) -> str:
    if figure.value != figure.value:
        return "-"
    if not intervals or figure.low != figure.low:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
