"""A table for R's ``dsl`` package (Egami, Hinck, Stewart and Wei 2023)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import numpy as np

from framing.errors import InputError
from framing.estimation.corpus import Corpus
from framing.estimation.match import Coded
from framing.estimation.sampling import strata_of
from framing.estimation.units import Units, article_units, sentence_units


def write_dsl(
    stream: IO[str], corpus: Corpus, coded: Coded, *, unit: str, draw: Path | None
) -> None:
    """Write one row a sentence (or article) of the whole corpus.

    Columns: ``unit_id``; ``cluster_id``, the article; ``sample_prob``, the probability with which
    the unit was drawn; ``labeled``, 1 if it is coded; for each label ``LABEL``, the hand code or
    NA, ``LABEL_score``, the calibrated probability, and ``LABEL_predicted``, 1 or 0; then all
    further columns of the predictions, as covariates.

    Parameters
    ----------
    stream : text stream
        Where to write.
    corpus : Corpus
        The predictions from which the sample was drawn.
    coded : Coded
        The hand codes.
    unit : str
        ``"sentence"`` or ``"article"``.
    draw : Path, optional
        ``draw.json`` beside the design; not needed for a simple random sample.

    Raises
    ------
    InputError
        If the probabilities of the units that were not drawn cannot be told.
    """
    units = sentence_units(corpus, coded) if unit == "sentence" else article_units(corpus, coded)
    probabilities = _probabilities(corpus, coded, units, draw)
    gold = {int(row): units.gold[i] for i, row in enumerate(units.sample.rows)}
    labels = coded.labels
    header = ["unit_id", "cluster_id", "sample_prob", "labeled"]
    for label in labels:
        header += [label, f"{label}_score", f"{label}_predicted"]
    taken = [name for name in corpus.columns if name in header]
    if taken:
        raise InputError(
            f"the column {taken[0]!r} of the predictions has the name of a column of the table; "
            "rename it before framing predict --keep"
        )
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*header, *corpus.columns])
    for i in range(len(units.first)):
        sentence = int(units.first[i])
        name = corpus.documents[corpus.articles[sentence]]
        row: list[object] = [
            name if unit == "article" else f"{name}:{corpus.sentences[sentence]}",
            name,
            repr(float(probabilities[i])),
            int(i in gold),
        ]
        for j in range(len(labels)):
            row += [
                int(gold[i][j]) if i in gold else "NA",
                units.scores[i, j],
                int(units.predicted[i, j]),
            ]
        writer.writerow([*row, *(values[sentence] for values in corpus.columns.values())])


def _probabilities(corpus: Corpus, coded: Coded, units: Units, draw: Path | None) -> list[float]:
    sample = units.sample
    by_stratum = {
        coded.strata[stratum]: 1 / weight
        for stratum, weight in zip(sample.strata, sample.weights, strict=True)
    }
    if len(set(np.round(sample.weights, 9))) == 1 and len(coded.strata) == 1:
        return [next(iter(by_stratum.values()))] * len(units.first)
    if draw is None:
        raise InputError(
            "the codes were drawn with unequal probabilities, and without the design.csv and "
            "draw.json of framing sample those of the other sentences are not known"
        )
    about = json.loads(draw.read_text(encoding="utf-8"))
    names = strata_of(corpus, str(about["strategy"]), about["by"])
    if len(names) != len(units.first):  # articles were drawn, sentences are written
        names = [names[article] for article in corpus.articles[units.first]]
    for row, stratum in zip(sample.rows, sample.strata, strict=True):
        if names[row] != coded.strata[stratum]:
            raise InputError(
                "the strata of these predictions are not those of the draw; use the file of "
                "predictions that framing sample drew from"
            )
    return list(_look_up(names, by_stratum))


def _look_up(names: list[str], by_stratum: Mapping[str, float]) -> Iterator[float]:
    for name in names:
        if name not in by_stratum:
            raise InputError(f"no unit of the stratum {name!r} was drawn: predictions have changed")
        yield by_stratum[name]
