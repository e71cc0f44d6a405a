"""Predictions as ``framing predict`` writes them, read as columns of a corpus."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.errors import DataError, InputError
from framing.outputs import COLUMNS
from framing.schema import Document, check_date

_FROM_DATE = {"year": 4, "month": 7, "day": 10}  # characters of an ISO 8601 date


@dataclass(frozen=True, slots=True)
class Corpus:
    """Every sentence of a corpus with its predictions.

    Parameters
    ----------
    labels : tuple of str
        The labels that were predicted, in order.
    documents : tuple of str
        The names of the articles.
    articles : int array, shape (n_sentences,)
        The article of each sentence, as its position in `documents`; in ascending order.
    sentences : int array, shape (n_sentences,)
        Position of the sentence in its article, from 0.
    texts : tuple of str
        The sentences.
    offsets : int array, shape (n_sentences, 2)
        Half-open character offsets into the article's text.
    predicted : bool array, shape (n_sentences, n_labels)
        Whether the classifier gave the label.
    scores : float array, shape (n_sentences, n_labels)
        Calibrated probabilities.
    columns : mapping of str to tuple of str
        Further columns, one value a sentence.
    """

    labels: tuple[str, ...]
    documents: tuple[str, ...]
    articles: NDArray[np.int64]
    sentences: NDArray[np.int64]
    texts: tuple[str, ...]
    offsets: NDArray[np.int64]
    predicted: NDArray[np.bool_]
    scores: NDArray[np.float64]
    columns: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        return (
            f"Corpus({len(self.documents)} articles, {len(self)} sentences, "
            f"labels={list(self.labels)}, columns={list(self.columns)})"
        )

    def values(self, by: str) -> tuple[str, ...]:
        """Return a column, or the year, month or day of the column ``date``; one a sentence.

        Raises
        ------
        InputError
            If there is no such column, or a date is not ISO 8601 or too short.
        """
        if by in self.columns:
            return self.columns[by]
        if by not in _FROM_DATE or "date" not in self.columns:
            have = ", ".join(map(repr, self.columns)) if self.columns else "none"
            named = "date" if by in _FROM_DATE else by
            raise InputError(
                f"no column {by!r}; the predictions carry {have}; write it with them: "
                f"framing predict --keep {named}"
            )
        length = _FROM_DATE[by]
        for i, date in enumerate(self.columns["date"]):
            if not check_date(date) or len(date) < length:
                raise InputError(
                    f"document {self.documents[self.articles[i]]!r}: the date {date!r} gives no "
                    f"{by}; expected ISO 8601 such as 2018-05-31"
                )
        return tuple(date[:length] for date in self.columns["date"])


def read_corpus(path: str | Path) -> Corpus:
    """Read a file of predictions.

    Parameters
    ----------
    path : str or Path
        ``.jsonl`` or ``.csv`` as written by ``framing predict -o``.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DataError
        If a row breaks the format, a sentence stands twice or sentences are missing.
    """
    path = Path(path)
    read = _csv_rows if path.suffix.lower() == ".csv" else _jsonl_rows
    try:
        return _gather(read(path), str(path))
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not UTF-8 at byte {error.start}; expected the output of framing predict -o "
            "NAME.jsonl"
        ) from error


def from_documents(
    documents: Iterable[Document],
    *,
    names: Sequence[str] | None = None,
    columns: Mapping[str, Sequence[str]] | None = None,
) -> Corpus:
    """Make a corpus of tagged documents.

    Parameters
    ----------
    documents : iterable of Document
        As :func:`framing.predict` returns them.
    names : sequence of str, optional
        One name a document; ``"0"``, ``"1"``, ... by default.
    columns : mapping of str to sequence of str, optional
        Further columns, one value a document, such as ``{"outlet": [...]}``.

    Raises
    ------
    InputError
        If names or columns do not fit the documents.
    """
    documents = list(documents)
    columns = {} if columns is None else columns
    names = [str(i) for i in range(len(documents))] if names is None else list(names)
    for what, values in (("names", names), *columns.items()):
        if len(values) != len(documents):
            raise InputError(f"{what}: {len(values)} values for {len(documents)} documents")
    rows = (
        (
            f"document {names[d]!r}",
            {
                "document": names[d],
                "sentence": i,
                **prediction.to_dict(),
                **{name: values[d] for name, values in columns.items()},
            },
        )
        for d, document in enumerate(documents)
        for i, prediction in enumerate(document)
    )
    return _gather(rows, "documents")


def _jsonl_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            where = f"{path}:{number}"
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(
                    f"{where}: not a JSON object: {error}; expected the output of framing predict "
                    "-o NAME.jsonl, not a text"
                ) from error
            missing = [k for k in COLUMNS if not isinstance(row, dict) or k not in row]
            if missing:
                raise DataError(
                    f"{where}: no {missing[0]!r}; expected a row of framing predict -o NAME.jsonl"
                )
            yield where, row


def _csv_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        header = list(reader.fieldnames or ())
        labels = [c for c in header if f"{c}_score" in header]
        fixed = ["document", "sentence", "start", "end", "text", "spans"]
        missing = [c for c in fixed if c not in header]
        if missing or not labels:
            raise DataError(
                f"{path}:1: no column {missing[0] if missing else 'LABEL_score'!r}; expected a "
                "file of framing predict -o NAME.csv"
            )
        taken = {*fixed, *labels, *(f"{label}_score" for label in labels)}
        for row in reader:
            where = f"{path}:{reader.line_num}"
            try:
                plain: dict[str, Any] = {
                    "document": row["document"],
                    "sentence": int(row["sentence"]),
                    "start": int(row["start"]),
                    "end": int(row["end"]),
                    "text": row["text"],
                    "labels": [label for label in labels if int(row[label])],
                    "scores": {label: float(row[f"{label}_score"]) for label in labels},
                }
            except (ValueError, TypeError) as error:
                raise DataError(f"{where}: not a row of framing predict: {error}") from error
            yield where, {**plain, **{k: v for k, v in row.items() if k not in taken}}


def _gather(rows: Iterable[tuple[str, dict[str, Any]]], source: str) -> Corpus:
    found: list[tuple[int, int, dict[str, Any]]] = []
    documents: dict[str, int] = {}
    labels: tuple[str, ...] | None = None
    extra: tuple[str, ...] | None = None
    for where, row in rows:
        names, further = tuple(row["scores"]), tuple(k for k in row if k not in COLUMNS)
        if labels is None or extra is None:
            labels, extra = names, further
        if names != labels or further != extra:
            raise DataError(
                f"{where}: labels {list(names)} and columns {list(further)}, but the rows before "
                f"have {list(labels)} and {list(extra)}; tag all texts with one model and --keep"
            )
        number = documents.setdefault(str(row["document"]), len(documents))
        found.append((number, int(row["sentence"]), row))
    if labels is None or extra is None:
        raise DataError(f"{source}: holds no sentence; expected one row a sentence")
    found.sort(key=lambda entry: entry[:2])
    names_of = tuple(documents)
    _check_whole(found, names_of, source)
    return Corpus(
        labels=labels,
        documents=names_of,
        articles=np.array([number for number, _, _ in found], dtype=np.int64),
        sentences=np.array([i for _, i, _ in found], dtype=np.int64),
        texts=tuple(row["text"] for _, _, row in found),
        offsets=np.array([(row["start"], row["end"]) for _, _, row in found], dtype=np.int64),
        predicted=np.array(
            [[label in row["labels"] for label in labels] for _, _, row in found], dtype=np.bool_
        ),
        scores=np.array(
            [[row["scores"][label] for label in labels] for _, _, row in found], dtype=np.float64
        ),
        columns={name: tuple(str(row[name]) for _, _, row in found) for name in extra},
    )


def _check_whole(
    found: Sequence[tuple[int, int, dict[str, Any]]], names: Sequence[str], source: str
) -> None:
    """Refuse rows that stand twice or are missing: a share of the rest would be a wrong number."""
    before = (-1, -1)
    for number, sentence, _ in found:
        expected = before[1] + 1 if number == before[0] else 0
        if (number, sentence) == before:
            raise DataError(
                f"{source}: sentence {sentence} of document {names[number]!r} stands twice; give "
                "each document a name of its own (--id-column)"
            )
        if sentence != expected:
            raise DataError(
                f"{source}: document {names[number]!r} has no sentence {expected}; shares need "
                "every sentence, so run framing predict without --positive"
            )
        before = (number, sentence)
