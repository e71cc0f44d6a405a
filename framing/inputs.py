"""Texts from files: .txt, .md, .jsonl, .csv and standard input."""

from __future__ import annotations

import codecs
import csv
import json
import sys
from collections.abc import Iterator, MutableSequence, Sequence
from pathlib import Path
from typing import IO, Any

from framing.errors import InputError

Record = tuple[str, str, "str | None"]  # name, text, title
Columns = tuple[str, "str | None", "str | None", Sequence[str]]  # text, title, name, others

_TABLES = {".jsonl", ".ndjson", ".csv", ".tsv"}


def read_inputs(
    files: Sequence[str],
    *,
    column: str = "text",
    title_column: str | None = None,
    id_column: str | None = None,
    keep: Sequence[str] = (),
    kept: MutableSequence[dict[str, str]] | None = None,
    failures: list[str] | None = None,
) -> Iterator[Record]:
    """Read documents one after the other.

    Parameters
    ----------
    files : sequence of str
        Paths; ``-`` is standard input, read as one plain text. ``.jsonl`` and ``.csv`` hold a
        document a record, any other file is one document.
    column, title_column, id_column : str
        Where the text, the title and the name of a document stand in a record. Without
        `id_column`, the key ``id`` is used where there is one, else ``file:position``.
    keep : sequence of str
        More columns of each record, such as its date.
    kept : mutable sequence of dict, optional
        Gets one entry for each document that is yielded: its `keep` columns as strings, blank
        where the file is plain text or the value is null.
    failures : list of str, optional
        What could not be read is described here and passed over; without it, it raises.

    Yields
    ------
    (name, text, title)

    Raises
    ------
    InputError
        If something cannot be read and `failures` is None, or a table lacks a column that was
        named: then at once, since every record would fail.
    """
    columns = (column, title_column, id_column, keep)
    if kept is None:
        kept = []
    for name in files:
        path = Path(name)
        try:
            if name == "-":
                text = _decode(sys.stdin.buffer.read(), "standard input")
                kept.append(dict.fromkeys(keep, ""))
                yield "-", text, None
            elif path.suffix.lower() in _TABLES:
                yield from _read_table(path, columns, kept, failures)
            else:
                text = _decode(path.read_bytes(), name)
                kept.append(dict.fromkeys(keep, ""))
                yield name, text, None
        except (InputError, OSError) as error:
            if failures is None or isinstance(error, _MissingColumnError):
                raise
            failures.append(_describe(name, error))


class _MissingColumnError(InputError):
    """A column that was asked for is not there."""


def _describe(name: str, error: Exception) -> str:
    return f"{name}: {error.strerror}" if isinstance(error, OSError) else str(error)


def _decode(content: bytes, where: str) -> str:
    if content.startswith(codecs.BOM_UTF8):
        content = content[len(codecs.BOM_UTF8) :]
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{where}: not UTF-8 at byte {error.start} (0x{content[error.start]:02x}); convert it "
            "to UTF-8 first"
        ) from error


def _read_table(
    path: Path,
    columns: Columns,
    kept: MutableSequence[dict[str, str]],
    failures: list[str] | None,
) -> Iterator[Record]:
    read = _read_jsonl if path.suffix.lower() in (".jsonl", ".ndjson") else _read_csv
    with path.open("rb") as file:
        for number, record in read(file, path, columns, failures):
            try:
                found = _record(record, f"{path}:{number}", columns)
            except InputError as error:
                if failures is None:
                    raise
                failures.append(str(error))
                continue
            kept.append({name: _plain(record[name]) for name in columns[3]})
            yield found


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _record(record: Any, where: str, columns: Columns) -> Record:
    column, title_column, id_column, keep = columns
    if isinstance(record, InputError):
        raise record
    if not isinstance(record, dict):
        raise InputError(f"{where}: expected a JSON object, got {type(record).__name__}")
    for name in (column, title_column, id_column, *keep):
        if name is not None and name not in record:
            raise InputError(f"{where}: no {name!r}; the record has {', '.join(map(repr, record))}")
    text = record[column]
    if not isinstance(text, str):
        raise InputError(
            f"{where}: {column!r} must be a string, got {type(text).__name__} {text!r:.40}"
        )
    title = record[title_column] if title_column is not None else None
    if title is not None and not isinstance(title, str):
        raise InputError(f"{where}: {title_column!r} must be a string, got {type(title).__name__}")
    key = id_column if id_column is not None else "id" if "id" in record else None
    return (where if key is None else str(record[key])), text, title


def _read_jsonl(
    file: IO[bytes], path: Path, columns: Columns, failures: list[str] | None
) -> Iterator[tuple[int, Any]]:
    for number, raw in enumerate(file, start=1):
        try:
            line = _decode(raw, f"{path}:{number}")
            if line.strip():
                yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            if isinstance(error, InputError):
                yield number, error
                continue
            yield number, InputError(f"{path}:{number}: not a JSON object: {error}")


def _read_csv(
    file: IO[bytes], path: Path, columns: Columns, failures: list[str] | None
) -> Iterator[tuple[int, Any]]:
    csv.field_size_limit(2**31 - 1)  # an article of any length is one field

    def decoded() -> Iterator[str]:
        for number, raw in enumerate(file, start=1):
            try:
                yield _decode(raw, f"{path}:{number}")
            except InputError as error:
                if failures is None or number == 1:
                    raise
                failures.append(str(error))

    lines = decoded()
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    reader = csv.DictReader(lines, delimiter=delimiter, strict=True)
    try:
        if reader.fieldnames is None:
            raise InputError(
                f"{path}: is empty; expected a header line with the column {columns[0]!r}"
            )
        text, title, name, keep = columns
        named = [("--column", text), ("--title-column", title), ("--id-column", name)]
        for option, column in [*named, *(("--keep", column) for column in keep)]:
            if column is not None and column not in reader.fieldnames:
                raise _MissingColumnError(
                    f"{path}:1: no column {column!r}; choose one with {option}: "
                    f"{', '.join(map(repr, reader.fieldnames))}"
                )
        for record in reader:
            yield reader.line_num, {k: v for k, v in record.items() if k is not None}
    except csv.Error as error:
        raise InputError(f"{path}:{reader.reader.line_num}: not a CSV file: {error}") from error
