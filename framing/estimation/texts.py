"""Texts that no model has tagged, as a corpus of sentences to draw from."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from framing.errors import InputError
from framing.estimation.corpus import Corpus
from framing.inputs import read_inputs
from framing.sentences import split


def read_texts(
    files: Sequence[str],
    *,
    column: str = "text",
    id_column: str | None = None,
    keep: Sequence[str] = (),
) -> Corpus:
    """Read texts and split them into sentences.

    Parameters
    ----------
    files : sequence of str
        As :func:`framing.inputs.read_inputs` takes them.
    column, id_column, keep
        Where text and name of a document stand in a record, and further columns to read.

    Returns
    -------
    Corpus
        Without labels and predictions.

    Raises
    ------
    InputError
        If a file cannot be read, a name stands twice or there is no sentence.
    """
    kept: list[dict[str, str]] = []
    found = list(read_inputs(files, column=column, id_column=id_column, keep=keep, kept=kept))
    seen: set[str] = set()
    for name, _, _ in found:
        if name in seen:
            raise InputError(
                f"two documents are called {name!r}; choose a column of unique names (--id-column)"
            )
        seen.add(name)
    return _corpus([(name, text) for name, text, _ in found], kept, keep)


def _corpus(
    texts: Iterable[tuple[str, str]], kept: Sequence[dict[str, str]], keep: Sequence[str]
) -> Corpus:
    documents: list[str] = []
    sentences: list[str] = []
    articles, places, offsets = [], [], []
    columns: dict[str, list[str]] = {name: [] for name in keep}
    for (name, text), further in zip(texts, kept, strict=True):
        bounds = split(text)
        for i, (start, end) in enumerate(bounds):
            articles.append(len(documents))
            places.append(i)
            sentences.append(text[start:end])
            offsets.append((start, end))
            for column in keep:
                columns[column].append(further[column])
        if bounds:
            documents.append(name)
    if not sentences:
        raise InputError("the texts hold no sentence")
    return Corpus(
        labels=(),
        documents=tuple(documents),
        articles=np.array(articles, dtype=np.int64),
        sentences=np.array(places, dtype=np.int64),
        texts=tuple(sentences),
        offsets=np.array(offsets, dtype=np.int64),
        predicted=np.zeros((len(sentences), 0), dtype=np.bool_),
        scores=np.zeros((len(sentences), 0)),
        columns={name: tuple(values) for name, values in columns.items()},
    )


def is_predictions(path: str | Path) -> bool:
    """Tell whether a file holds rows of ``framing predict`` rather than texts."""
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".jsonl"):
        return False
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = file.readline()
    if suffix == ".csv":
        return {"document", "sentence", "spans"} <= set(next(csv.reader([first]), []))
    try:
        row = json.loads(first)
    except json.JSONDecodeError:
        return False
    return isinstance(row, dict) and {"document", "sentence", "scores"} <= set(row)
