"""Records from JSON lines, CSV and Parquet, one at a time; what is bad is told and passed over."""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from framing.errors import InputError, MissingExtraError
from framing.input_paths import check_head

_SEPARATORS = {  # of a header that was read as one column, and what to do
    ";": "semicolons: save it with commas",
    "\t": "tabs: name it .tsv",
    ",": "commas: name it .csv",
}
_ROWS = 256  # rows of a Parquet file that are in memory as Python objects at a time


@dataclass(frozen=True, slots=True)
class Reject:
    """An input that could not be used.

    Parameters
    ----------
    where : str
        ``file`` or ``file:position``; the position counts lines, in Parquet rows, from 1.
    reason : str
        What is wrong with it.
    record : object
        What was read: the record as plain objects, or the line as a str; None for a whole file.
    """

    where: str
    reason: str
    record: Any = None

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where text, title and name of a document stand in a record, and what else to keep of it."""

    text: str = "text"
    title: str | None = None
    name: str | None = None
    keep: Sequence[str] = ()

    @property
    def named(self) -> list[tuple[str, str]]:
        """The options of the command line with the columns that they name."""
        pairs = [("--column", self.text), ("--title-column", self.title)]
        pairs += [("--id-column", self.name), *(("--keep", column) for column in self.keep)]
        return [(option, column) for option, column in pairs if column is not None]

    def check(self, where: str, present: Sequence[str]) -> None:
        """Refuse a table that lacks one of them; raises MissingColumnError."""
        for option, column in self.named:
            if column not in present:
                raise MissingColumnError(
                    f"{where}: no column {column!r}; choose one with {option}: "
                    f"{', '.join(map(repr, present))}{_other_separator(present)}"
                )


def _other_separator(present: Sequence[str]) -> str:
    """Say what the columns of a table seem to be separated by, if they were read as one."""
    if len(present) == 1:
        for mark, what in _SEPARATORS.items():
            if mark in present[0]:
                return f"; its columns seem to be separated by {what}"
    return ""


class MissingColumnError(InputError):
    """A table lacks a column that was asked for."""


Rows = Iterator[tuple[int, Any]]  # position and record
Refuse = Callable[[Reject], None]


def decode(content: bytes, where: str) -> str:
    """Decode UTF-8, a byte order mark taken off.

    Raises
    ------
    InputError
        Naming the first byte that is not UTF-8.
    """
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{where}: not UTF-8 at byte {error.start} (0x{content[error.start]:02x}); convert it "
            "to UTF-8 first"
        ) from error


def reason_of(error: InputError, where: str) -> str:
    """Return the message of an error without the place that it begins with."""
    return str(error).removeprefix(f"{where}: ")


def _line(raw: bytes, where: str, refuse: Refuse) -> str | None:
    try:
        return decode(raw, where)
    except InputError as error:
        refuse(Reject(where, reason_of(error, where), raw.decode("utf-8", "replace").rstrip("\n")))
        return None


def read_jsonl(file: IO[bytes], where: str, refuse: Refuse) -> Rows:
    """Read JSON lines; blank lines are passed over."""
    for number, raw in enumerate(file, start=1):
        if number == 1:
            check_head(raw, where)
        line = _line(raw, f"{where}:{number}", refuse)
        if line is None or not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            refuse(Reject(f"{where}:{number}", f"not a JSON object: {error}", line.rstrip("\n")))
            continue
        yield number, record


def read_csv(file: IO[bytes], where: str, refuse: Refuse, columns: Columns, delimiter: str) -> Rows:
    """Read a table with a header line; a line that is not UTF-8 is passed over."""
    csv.field_size_limit(2**31 - 1)  # an article of any length is one field

    def decoded() -> Iterator[str]:
        for number, raw in enumerate(file, start=1):
            if number == 1:
                check_head(raw, where)
                yield decode(raw, f"{where}:1")  # without a header there is no table
                continue
            line = _line(raw, f"{where}:{number}", refuse)
            if line is not None:
                yield line

    reader = csv.DictReader(decoded(), delimiter=delimiter, strict=True)
    try:
        if reader.fieldnames is None:
            raise InputError(
                f"{where}: is empty; expected a header line with the column {columns.text!r}"
            )
        columns.check(f"{where}:1", reader.fieldnames)
        for record in reader:
            yield reader.line_num, {k: v for k, v in record.items() if k is not None}
    except csv.Error as error:
        raise InputError(
            f"{where}:{reader.reader.line_num}: not a CSV file: {error}; the rest of it is not read"
        ) from error


def read_parquet(
    file: IO[bytes], where: str, columns: Columns, progress: Callable[[float], None]
) -> Rows:
    """Read the columns that are needed, a few rows at a time; `progress` gets the share read."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"{where}: reading Parquet needs the package 'pyarrow'; install it with: "
            "pip install 'framing[parquet]'"
        ) from error
    try:
        table = pyarrow.parquet.ParquetFile(file)
        present = table.schema_arrow.names
        columns.check(where, present)
        wanted = {column for _, column in columns.named} | ({"id"} & set(present))
        number = 0
        for batch in table.iter_batches(batch_size=_ROWS, columns=sorted(wanted)):
            for record in batch.to_pylist():
                number += 1
                progress(number / table.metadata.num_rows)
                yield number, record
    except pyarrow.ArrowException as error:
        raise InputError(f"{where}: not a Parquet file: {error}") from error
