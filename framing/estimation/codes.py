"""Hand codes: coding sheets and labelled sentences, as they come back from the coders."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framing.codebook import Codebook, Label
from framing.dataset.tagged import read_articles
from framing.errors import DataError
from framing.estimation.design import DESIGN
from framing.schema import Article

_YES = {"1", "x", "yes", "true"}
_NO = {"", "0", "no", "false"}
SHEET = ("document", "sentence", "before", "text", "after")  # then the labels
AFTER_LABELS = ("coder", "note")


@dataclass(frozen=True, slots=True)
class Code:
    """What the coder said of one sentence.

    Parameters
    ----------
    where : str
        File and line, for messages.
    document : str
        Name of the article.
    sentence : int or None
        Position in the article; None where only the text tells.
    text : str
        The sentence.
    labels : frozenset of str
        The labels it carries.
    probability : float or None
        Of having been drawn, where the sheet itself says so.
    """

    where: str
    document: str
    sentence: int | None
    text: str
    labels: frozenset[str]
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Codes:
    """All codes of a sheet.

    Parameters
    ----------
    codes : tuple of Code
        The sentences that were coded.
    labels : tuple of str
        The labels that were looked for.
    uncoded : int
        Sentences of the sheet that nobody has coded yet.
    """

    codes: tuple[Code, ...]
    labels: tuple[str, ...]
    uncoded: int


def read_codes(path: str | Path, labels: Sequence[str]) -> Codes:
    """Read hand codes.

    Parameters
    ----------
    path : str or Path
        A coding sheet of :func:`framing.sample` (``.csv`` or ``.jsonl``), labelled sentences as
        :func:`framing.load_articles` reads them (``.jsonl`` with ``doc_id``), or a folder of tagged
        articles, such as ``framing dataset import`` makes of the output of an annotation tool.
    labels : sequence of str
        The labels of the predictions.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DataError
        If a line breaks the format, or there is a label that the predictions lack.
    """
    path = Path(path)
    if path.is_dir():
        own = Codebook("predictions", "", tuple(Label(name, "") for name in labels))
        return codes_of(read_articles(path, own), labels)
    try:
        if path.suffix.lower() == ".csv":
            return _read_csv(path, tuple(labels))
        return _read_jsonl(path, tuple(labels))
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not UTF-8 at byte {error.start}; in a spreadsheet save as 'CSV UTF-8'"
        ) from error


def codes_of(articles: Sequence[Article], labels: Sequence[str]) -> Codes:
    """Take labelled articles as hand codes; each of their sentences counts as coded."""
    found = []
    for article in articles:
        for i, sentence in enumerate(article):
            where = f"article {article.id!r}, sentence {i}"
            _check_labels(sentence.labels, labels, where)
            labels_of = frozenset(sentence.labels)
            found.append(Code(where, article.id, None, sentence.text, labels_of))
    return Codes(tuple(found), tuple(labels), 0)


def _check_labels(found: Sequence[str], labels: Sequence[str], where: str) -> None:
    for label in found:
        if label not in labels:
            raise DataError(
                f"{where}: label {label!r} is not among those of the predictions "
                f"({', '.join(labels)}); correct it, or predict with the model of that codebook"
            )


def _read_csv(path: Path, labels: tuple[str, ...]) -> Codes:
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        # Spreadsheets of many countries separate by semicolons.
        delimiter = ";" if first.count(";") > first.count(",") else ","
        reader = csv.DictReader(file, delimiter=delimiter)
        header = list(reader.fieldnames or ())
        coded = _sheet_labels(header, labels, path)
        codes, uncoded, signed = [], 0, 0
        for row in reader:
            where = f"{path}:{reader.line_num}"
            code = _sheet_row(row, coded, where)
            signed += bool((row.get("coder") or "").strip())
            if code is None:
                uncoded += 1
            else:
                codes.append(code)
    _check_signed(codes, uncoded, signed, path)
    return Codes(tuple(codes), coded, uncoded)


def _check_signed(codes: Sequence[Code], uncoded: int, signed: int, path: Path) -> None:
    """Refuse a sheet of which only the rows that carry a label would count."""
    if not codes or not uncoded or (signed and not all(code.labels for code in codes)):
        return
    others = "all the others carry a label" if signed else "no row has initials"
    raise DataError(
        f"{path}: {uncoded} of {len(codes) + uncoded} rows are without a mark and without initials "
        f"under coder, and {others}; so a row that was read and found empty cannot be told from "
        "one that nobody has read. Write initials under coder in every row that was read; if "
        "those were all, delete the rows that nobody has read"
    )


def _sheet_labels(header: list[str], labels: tuple[str, ...], path: Path) -> tuple[str, ...]:
    for column in ("document", "sentence", "text"):
        if column not in header:
            raise DataError(f"{path}:1: no column {column!r}; expected a sheet of framing sample")
    known = {*SHEET, *AFTER_LABELS, *DESIGN, *labels}
    for column in header:
        if column not in known and not column.startswith("note"):
            raise DataError(
                f"{path}:1: column {column!r} is neither a label of the predictions "
                f"({', '.join(labels)}) nor a column of a sheet; remove it, or begin its name "
                "with note"
            )
    coded = tuple(label for label in labels if label in header)
    if not coded:
        raise DataError(f"{path}:1: no column of a label; expected {', '.join(labels)}")
    return coded


def _sheet_row(row: dict[str, Any], labels: tuple[str, ...], where: str) -> Code | None:
    cells = {label: (row[label] or "").strip().lower() for label in labels}
    for label, cell in cells.items():
        if cell not in _YES and cell not in _NO:
            raise DataError(f"{where}: {label} is {cell!r}; write 1 (carries it) or 0 (does not)")
    if not any(cells.values()) and not (row.get("coder") or "").strip():
        return None
    try:
        sentence = int(row["sentence"])
        probability = float(row["probability"]) if row.get("probability") else None
    except (ValueError, TypeError) as error:
        raise DataError(f"{where}: not a row of a sheet: {error}") from error
    found = frozenset(label for label, cell in cells.items() if cell in _YES)
    return Code(where, row["document"], sentence, row["text"] or "", found, probability)


def _read_jsonl(path: Path, labels: tuple[str, ...]) -> Codes:
    codes, uncoded = [], 0
    for where, row in _objects(path):
        key, place = ("doc_id", "sent_idx") if "doc_id" in row else ("document", "sentence")
        for name, kind in ((key, str), ("text", str)):
            if not isinstance(row.get(name), kind):
                raise DataError(f"{where}: {name!r} must be a string, got {row.get(name)!r}")
        found, sentence = row.get("labels"), row.get(place)
        if found is None:
            uncoded += 1
            continue
        if not isinstance(found, (list, dict)) or not all(isinstance(k, str) for k in found):
            raise DataError(f"{where}: 'labels' must be a list of labels or null, got {found!r}")
        if sentence is not None and not isinstance(sentence, int):
            raise DataError(f"{where}: {place!r} must be a whole number, got {sentence!r}")
        _check_labels(list(found), labels, where)
        probability = row.get("probability")
        if probability is not None and not isinstance(probability, (int, float)):
            raise DataError(f"{where}: 'probability' must be a number, got {probability!r}")
        codes.append(Code(where, row[key], sentence, row["text"], frozenset(found), probability))
    return Codes(tuple(codes), labels, uncoded)


def _objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{path}:{number}: not a JSON object: {error}") from error
        if not isinstance(row, dict):
            raise DataError(f"{path}:{number}: expected a JSON object, got {type(row).__name__}")
        yield f"{path}:{number}", row
