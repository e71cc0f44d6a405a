"""Joins hand codes with the corpus and with the probabilities of their draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from framing.errors import DataError, InputError
from framing.estimation.codes import Code, Codes
from framing.estimation.corpus import Corpus
from framing.estimation.design import Design, Drawn
from framing.estimation.difference import GARBLED, difference, is_garbled
from framing.estimation.inference import Bools, Ints, Sample


@dataclass(frozen=True, slots=True)
class Coded:
    """The coded sentences of a corpus.

    Parameters
    ----------
    labels : tuple of str
        The labels that were coded.
    gold : bool array, shape (n, n_labels)
        The codes.
    sample : Sample
        Which sentences they are and how they were drawn.
    whole : bool
        Whether whole articles were drawn.
    strata : tuple of str
        The names of the sample's strata.
    notes : tuple of str
        What the reader of the estimates must know.
    """

    labels: tuple[str, ...]
    gold: Bools
    sample: Sample
    whole: bool
    strata: tuple[str, ...]
    notes: tuple[str, ...]


def match(
    corpus: Corpus, codes: Codes, design: Design | None, *, equal_probabilities: bool
) -> Coded:
    """Find the coded sentences in the corpus and give each its weight.

    Parameters
    ----------
    corpus : Corpus
        The predictions.
    codes : Codes
        The hand codes.
    design : mapping, optional
        How the sentences were drawn, see :func:`framing.estimation.design.read_design`.
    equal_probabilities : bool
        Take the codes as a simple random sample of the corpus.

    Raises
    ------
    DataError
        If a coded text is not in the corpus, has changed, is coded twice, or was never drawn.
    InputError
        If nothing is coded, or the probabilities are missing.
    """
    if not codes.codes:
        raise InputError(
            f"no sentence is coded ({codes.uncoded} wait in the sheet); write 1 or 0 under the "
            "labels and the coder's initials under coder"
        )
    rows = _rows(corpus, codes.codes, {} if design is None else design)
    gold = np.array([[label in code.labels for label in codes.labels] for code in codes.codes])
    if equal_probabilities:
        sample, whole, notes = _equal(corpus, rows)
        names = [""]
    else:
        sample, whole, names = _known(corpus, codes.codes, rows, design)
        notes = []
    if not gold.any():
        notes.append(
            f"none of the {len(rows)} coded sentences carries a label; if nobody has labelled them "
            "yet, these shares mean nothing"
        )
    if codes.uncoded:
        notes.append(
            f"{codes.uncoded} of {codes.uncoded + len(rows)} sentences of the sheet are not coded; "
            "the others stand for them, which is right only if those were left out by chance"
        )
    return Coded(codes.labels, gold, sample, whole, tuple(names), tuple(notes))


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _rows(corpus: Corpus, codes: Sequence[Code], design: Design) -> Ints:
    number = {name: i for i, name in enumerate(corpus.documents)}
    first = np.searchsorted(corpus.articles, np.arange(len(number) + 1))
    taken: dict[int, Code] = {}
    missing: list[str] = []
    changed: list[str] = []
    garbled = 0
    rows = []
    for code in codes:
        row = _row(corpus, code, number, first, taken, design)
        if row is None:
            missing.append(f"{code.where} (document {code.document!r}, sentence {code.sentence})")
        elif (now := _squeezed(corpus.texts[row])) != (text := _squeezed(code.text)):
            changed.append(f"{code.where}: {difference(text, now)}")
            garbled += is_garbled(text, now)
        elif row in taken:
            raise DataError(
                f"{code.where}: document {code.document!r}, sentence {code.sentence} is coded "
                f"twice, first at {taken[row].where}; settle the codes and keep one"
            )
        else:
            taken[row] = code
            rows.append(row)
    if missing or changed:
        raise DataError(_unmatched(missing, changed, garbled, len(codes)))
    return np.array(rows, dtype=np.int64)


def _row(
    corpus: Corpus,
    code: Code,
    number: Mapping[str, int],
    first: Ints,
    taken: Mapping[int, Code],
    design: Design,
) -> int | None:
    # Passages of an article that was exported in parts are called ID#1, ID#2, ...
    name = code.document if code.document in number else code.document.rsplit("#", 1)[0]
    if name not in number:
        return None
    start, end = int(first[number[name]]), int(first[number[name] + 1])
    if code.sentence is not None:
        return start + code.sentence if 0 <= code.sentence < end - start else None
    text = _squeezed(code.text)
    same = [row for row in range(start, end) if _squeezed(corpus.texts[row]) == text]
    # A sentence that stands twice: rather one that was drawn, and not the same one again.
    same.sort(key=lambda row: (row in taken, (name, row - start) not in design))
    return same[0] if same else None


def _unmatched(missing: Sequence[str], changed: Sequence[str], garbled: int, total: int) -> str:
    parts = []
    for found, what in ((missing, "not in the predictions"), (changed, "of another text")):
        if found:
            more = f" and {len(found) - 3} more" if len(found) > 3 else ""
            parts.append(f"{len(found)} of {total} codes are {what}: {'; '.join(found[:3])}{more}")
    remedies = [f"In {garbled} of them {GARBLED}"] if garbled else []
    if len(missing) + len(changed) > garbled:
        remedies.append(
            "Use the predictions of the same texts, split the same way, that the sheet came from"
        )
    return ". ".join([*parts, *remedies])


def _equal(corpus: Corpus, rows: Ints) -> tuple[Sample, bool, list[str]]:
    """Every unit had the same chance: articles if those coded are complete, else sentences."""
    articles = corpus.articles[rows]
    held = np.bincount(corpus.articles)
    coded = np.bincount(articles, minlength=len(held))
    whole = bool(((coded == 0) | (coded == held)).all())
    n = len(rows)
    size = float(len(held)) if whole else float("nan")
    weight = len(held) / int((coded > 0).sum()) if whole else len(corpus) / n
    ones = np.ones(n)
    sample = Sample(rows, weight * ones, np.zeros(n, dtype=np.int64), articles, size * ones)
    what = "articles" if whole else "sentences"
    return sample, whole, [f"the codes are taken as a simple random sample of {what}"]


def _known(
    corpus: Corpus, codes: Sequence[Code], rows: Ints, design: Design | None
) -> tuple[Sample, bool, list[str]]:
    if design is None:
        drawn = _from_sheet(codes)
        sizes = np.full(len(rows), np.nan)
    else:
        drawn = _from_design(corpus, codes, rows, design)
        sizes = np.array([d.size for d in drawn])
    names = sorted({d.stratum for d in drawn})
    strata = np.array([names.index(d.stratum) for d in drawn], dtype=np.int64)
    weights = np.array([1 / d.probability for d in drawn])
    if design is not None:
        # Sentences that nobody coded: those of the stratum that were coded stand for them.
        asked = {name: sum(d.stratum == name for d in design.values()) for name in names}
        counts = np.bincount(strata)
        weights *= np.array([asked[name] / counts[i] for i, name in enumerate(names)])[strata]
        lost = {d.stratum for d in design.values()} - set(names)
        if lost:
            raise InputError(
                f"no sentence of the stratum {min(lost)!r} is coded; code some of each stratum"
            )
    whole = all(d.drawn == "article" for d in drawn)
    units = rows if design is not None and not whole else corpus.articles[rows]
    return Sample(rows, weights, strata, units, sizes), whole, names


def _from_sheet(codes: Sequence[Code]) -> list[Drawn]:
    found = []
    for code in codes:
        p = code.probability
        if p is None or not 0 < p <= 1:
            what = "has no probability" if p is None else f"has the probability {p}"
            raise InputError(
                f"{code.where}: {what} of having been drawn; name the design.csv of framing sample "
                "(--design), or if the codes are a simple random sample of all sentences or of "
                "whole articles say --equal-probabilities"
            )
        found.append(Drawn(p, "", float("nan"), "sentence"))
    return found


def _from_design(corpus: Corpus, codes: Sequence[Code], rows: Ints, design: Design) -> list[Drawn]:
    found = []
    for code, row in zip(codes, rows, strict=True):
        key = (corpus.documents[corpus.articles[row]], int(corpus.sentences[row]))
        if key not in design:
            raise DataError(
                f"{code.where}: document {key[0]!r}, sentence {key[1]} was not drawn (it is not in "
                "design.csv), so its probability is unknown; leave it out"
            )
        found.append(design[key])
    return found
