"""The share of each label in a corpus, corrected for the errors of the classifier."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from framing.errors import InputError
from framing.estimation.codes import Codes, codes_of, read_codes
from framing.estimation.corpus import Corpus, read_corpus
from framing.estimation.design import read_design
from framing.estimation.inference import Bools, Floats, Moments, corrected, power, predicted
from framing.estimation.intervals import share_interval
from framing.estimation.match import Coded, match
from framing.estimation.results import (
    ALL_AGREE,
    FEW_CODED,
    NOTHING_CODED,
    ONE_ARTICLE,
    Estimate,
    Estimates,
    Share,
)
from framing.estimation.units import Units, article_units, sentence_units
from framing.estimation.unseen import errs, guarded, says, widened

if TYPE_CHECKING:
    from framing.schema import Article

FEW = 10  # positives below which a normal approximation is poor and the reader is told

UNITS = ("sentence", "article")
TARGETS = ("population", "corpus")
USES = ("score", "label")


def estimate(
    predictions: Corpus | str | Path,
    coded: Sequence[Article] | str | Path,
    *,
    design: str | Path | None = None,
    equal_probabilities: bool = False,
    unit: str = "sentence",
    by: str | None = None,
    target: str = "population",
    use: str = "score",
    level: float = 0.95,
) -> Estimates:
    """Estimate the share of each label, overall and by group.

    Three estimates stand side by side: the classifier's own share, the hand codes alone, and the
    classifier corrected by the hand codes (prediction-powered inference, see
    :mod:`framing.estimation.inference`).

    Parameters
    ----------
    predictions : Corpus, str or Path
        All sentences of the corpus, as written by ``framing predict -o NAME.jsonl`` or ``.csv``.
    coded : str, Path, or sequence of Article
        The sheet of :func:`framing.sample`, filled in, or labelled sentences.
    design : str or Path, optional
        ``design.csv`` of :func:`framing.sample`; by default the one beside the sheet.
    equal_probabilities : bool
        Take the codes as a simple random sample of all sentences (or of articles, if every coded
        article is complete).
    unit : str
        ``"sentence"``, or ``"article"``: one of its sentences carries the label.
    by : str, optional
        A column of the predictions; ``year``, ``month`` and ``day`` come from the column ``date``.
    target : str
        ``"population"``: the articles are drawn from a wider stream, as in most studies;
        ``"corpus"``: only these articles are meant, which gives narrower intervals.
    use : str
        Correct the calibrated ``"score"`` or the predicted ``"label"``.
    level : float
        Of the intervals.

    Returns
    -------
    Estimates
        One entry for each label and group; print it for a table.

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    DataError
        If a file breaks its format, or codes and predictions are of different texts.
    InputError
        If an argument or the sample does not serve the question.
    """
    corpus = predictions if isinstance(predictions, Corpus) else read_corpus(predictions)
    found = join(corpus, coded, design, equal_probabilities=equal_probabilities)
    return estimate_coded(corpus, found, unit=unit, by=by, target=target, use=use, level=level)


def estimate_coded(
    corpus: Corpus,
    coded: Coded,
    *,
    unit: str = "sentence",
    by: str | None = None,
    target: str = "population",
    use: str = "score",
    level: float = 0.95,
) -> Estimates:
    """Estimate from hand codes that are joined with the corpus; see :func:`estimate`."""
    units = check_question(corpus, coded, unit=unit, target=target, use=use, level=level)
    rows = [
        _row(units, coded, j, group, inside, target, use, level)
        for group, inside in groups_of(corpus, units, by)
        for j in range(len(coded.labels))
    ]
    return Estimates(
        rows=tuple(rows),
        labels=coded.labels,
        unit=unit,
        by=by,
        target=target,
        level=level,
        n_articles=len(corpus.documents),
        n_units=len(units.predicted),
        n_coded=len(units.sample),
        n_coded_articles=len(np.unique(units.articles[units.sample.rows])),
        notes=coded.notes,
    )


def check_question(
    corpus: Corpus, coded: Coded, *, unit: str, target: str, use: str, level: float
) -> Units:
    """Return the units whose share is asked for, after a check of the arguments."""
    for name, value, known in (
        ("unit", unit, UNITS),
        ("target", target, TARGETS),
        ("use", use, USES),
    ):
        if value not in known:
            raise InputError(f"{name} {value!r} is not one of {', '.join(known)}")
    if not 0 < level < 1:
        raise InputError(f"level is {level}; expected a number between 0 and 1, such as 0.95")
    if target == "population" and len(corpus.documents) < 2:
        raise InputError(
            "the corpus is one article only, which tells nothing of a wider population; for the "
            "share in this text use target='corpus' (--target corpus)"
        )
    return sentence_units(corpus, coded) if unit == "sentence" else article_units(corpus, coded)


def join(
    corpus: Corpus,
    coded: Sequence[Article] | str | Path,
    design: str | Path | None,
    *,
    equal_probabilities: bool,
) -> Coded:
    """Read hand codes and their design and find them in the corpus; see :func:`estimate`."""
    codes: Codes
    if isinstance(coded, (str, Path)):
        codes = read_codes(coded, corpus.labels)
        design = design_beside(coded) if design is None else design
    else:
        codes = codes_of(coded, corpus.labels)
    plan = None if design is None or equal_probabilities else read_design(design)
    return match(corpus, codes, plan, equal_probabilities=equal_probabilities)


def design_beside(coded: str | Path) -> Path | None:
    """Return the ``design.csv`` beside a sheet or in a folder of articles, or None."""
    beside = Path(coded).parent / "design.csv"
    return beside if beside.is_file() else None


def groups_of(corpus: Corpus, units: Units, by: str | None) -> list[tuple[str | None, Bools]]:
    """Return the whole corpus under None, then each group under its name."""
    whole: list[tuple[str | None, Bools]] = [(None, np.ones(len(units.first), dtype=np.bool_))]
    if by is None:
        return whole
    column = corpus.values(by)
    values = np.array([column[i] for i in units.first], dtype=object)
    return whole + [(str(name), values == name) for name in sorted(set(values))]


def signal(units: Units, label: int, use: str) -> Floats:
    """Return the predictions that are corrected, one a unit."""
    chosen = units.scores if use == "score" else units.predicted
    return chosen[:, label].astype(np.float64)


def _row(
    units: Units,
    coded: Coded,
    label: int,
    group: str | None,
    inside: Bools,
    target: str,
    use: str,
    level: float,
) -> Estimate:
    f, y = signal(units, label, use), units.gold[:, label].astype(np.float64)
    population = target == "population"
    mine = inside[units.sample.rows]
    positive = int(y[mine].sum())
    naive = predicted(
        units.predicted[:, label].astype(np.float64),
        units.articles,
        inside=inside,
        population=population,
    )
    n_articles = len(np.unique(units.articles[inside]))
    rest: dict[str, Moments | None] = {"hand": None, "corrected": None}
    lam = power(f, y, units.sample)  # one weight for all groups: few codes could not choose it
    if mine.any():
        for name, weight in (("hand", 0.0), ("corrected", lam)):
            rest[name] = corrected(
                f,
                y,
                units.sample,
                units.articles,
                lam=weight,
                inside=inside,
                population=population,
            )
    hand, best = rest["hand"], rest["corrected"]
    independents = independent(units, inside, population)
    shown = _shares(hand, best, independents, level)
    census = not population and bool(mine.sum() == inside.sum())
    if census:  # nothing is left to chance
        shown = [Share(s.share, (s.share, s.share)) for s in shown]
    elif positive in (0, int(mine.sum())):
        shown[1:] = [widened(s, shown[0]) for s in shown[1:]]
    elif best is not None and not errs(f[units.sample.rows[mine]], y[mine]):
        shown[1] = guarded(
            shown[1],
            shown[0],
            said=says(f, inside),
            units=independents,
            left=1.0 if population else best.kept,
            level=level,
        )
    return Estimate(
        label=coded.labels[label],
        group=group,
        n_units=int(inside.sum()),
        n_articles=n_articles,
        n_coded=int(mine.sum()),
        n_positive=positive,
        naive=_share(naive, float(n_articles), level) if population else Share(naive.share, None),
        hand=None if hand is None else shown[0],
        corrected=None if best is None else shown[1],
        weight=lam,
        gain=_gain(hand, best),
        notes=() if census else _notes(int(mine.sum()), positive, best),
    )


def independent(units: Units, inside: Bools, population: bool) -> float:
    """Return the effective number of independent units that were coded (Kish 1965)."""
    mine = inside[units.sample.rows]
    held = units.articles[units.sample.rows] if population else units.sample.drawn
    _, place = np.unique(held[mine], return_inverse=True)
    weights = np.bincount(place, units.sample.weights[mine])
    return float(weights.sum() ** 2 / (weights**2).sum()) if mine.any() else 0.0


def _share(moments: Moments, units: float, level: float) -> Share:
    limits = share_interval(moments.share, moments.variance, moments.df, units, level)
    return Share(min(max(moments.share, 0.0), 1.0), limits)


def _shares(hand: Moments | None, best: Moments | None, units: float, level: float) -> list[Share]:
    return [_share(m, units, level) for m in (hand, best) if m is not None]


def _gain(hand: Moments | None, best: Moments | None) -> float | None:
    if hand is None or best is None or not hand.variance > 0 or not best.variance > 0:
        return None
    return hand.variance / best.variance


def _notes(n: int, positive: int, best: Moments | None) -> tuple[str, ...]:
    if n == 0:
        return (NOTHING_CODED,)
    notes = []
    if best is not None and not np.isfinite(best.variance):
        notes.append(ONE_ARTICLE)
    if positive in (0, n):
        notes.append(ALL_AGREE)
    elif min(positive, n - positive) < FEW:
        notes.append(FEW_CODED)
    return tuple(notes)
