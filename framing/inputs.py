"""Texts from files, folders and standard input: plain text, JSON lines, CSV, Parquet."""

from __future__ import annotations

import lzma
import os
import sys
import zlib
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from typing import IO, Any

from framing.errors import InputError
from framing.input_notices import Notices
from framing.input_paths import TABLES, check_head, check_kind, find_files, kind_of, unpacked
from framing.input_records import Text, to_text
from framing.input_tables import (
    Columns,
    MissingColumnError,
    Refuse,
    Reject,
    Rows,
    decode,
    read_csv,
    read_jsonl,
    read_parquet,
    reason_of,
)

STDIN = "standard input"


class Reader:
    """The texts of some files, one after the other, read as they are asked for.

    Parameters
    ----------
    files : sequence of str
        Files, folders and patterns, see :func:`framing.input_paths.find_files`; ``-`` is standard
        input. ``.jsonl``, ``.ndjson``, ``.csv``, ``.tsv`` and ``.parquet`` hold a text a record,
        ``.txt``, ``.md`` and a name without an ending are one text; each may be compressed
        (``.gz``, ``.xz``, ``.bz2``). Other endings are refused.
    columns : Columns
        Where things stand in a record. Without ``columns.name``, the key ``id`` is used where there
        is one, else ``file:position``.
    stdin_format : str
        ``"text"`` reads standard input as one text, ``"jsonl"`` as JSON lines.
    refuse : callable, optional
        Is given what cannot be used, which is then passed over, empty texts among it; without it,
        it raises, and empty texts are read as they are.
    tell : callable, optional
        Is given a line on names that come again and keys to keep that no record has.

    Raises
    ------
    InputError
        While reading: if something cannot be read and there is no `refuse`, or the first table
        lacks a column that was named, since every record would fail.
    """

    def __init__(
        self,
        files: Sequence[str],
        columns: Columns | None = None,
        *,
        stdin_format: str = "text",
        refuse: Refuse | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self.columns = Columns() if columns is None else columns
        self.stdin_format = stdin_format
        self._refuse = _raise if refuse is None else refuse
        self._notices = None if tell is None else Notices(self.columns.keep, tell)
        self._entries: list[str | Reject] = []
        for name in files:
            try:
                self._entries.extend([name] if name == "-" else find_files(name))
            except InputError as error:
                self._entries.append(Reject(name, reason_of(error, name)))
        self._count = 0  # texts so far
        self._before = 0  # bytes of the files before this one
        self._raw: IO[bytes] | None = None
        self._share: float | None = None  # how much of a Parquet file has been read

    @property
    def files(self) -> list[str]:
        """The files, folders and patterns replaced by what they stand for."""
        return [entry for entry in self._entries if isinstance(entry, str)]

    @property
    def size(self) -> int | None:
        """Bytes of all files; None where standard input is among them."""
        return None if "-" in self.files else sum(map(_size, self.files))

    @property
    def position(self) -> int:
        """Bytes of the files that have been read so far."""
        if self._raw is None or self._raw.closed:
            return self._before
        if self._share is not None:
            return self._before + int(self._share * os.fstat(self._raw.fileno()).st_size)
        return self._before + self._raw.tell()

    def __iter__(self) -> Iterator[Text]:
        for entry in self._entries:
            if isinstance(entry, Reject):
                self._refuse(entry)
                continue
            try:
                for text in self._read(entry):
                    self._count += 1
                    if self._notices is not None:
                        self._notices.name(text.name)
                    yield text
            except MissingColumnError as error:
                if not self._count:
                    raise
                self._refuse(Reject(*_parted(error, entry)))
            except InputError as error:
                self._refuse(Reject(*_parted(error, entry)))
            except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
                if self._refuse is _raise and getattr(error, "strerror", None):
                    raise
                self._refuse(Reject(entry, getattr(error, "strerror", None) or str(error)))
            if entry != "-":
                self._before += _size(entry)
        if self._notices is not None:
            self._notices.end()

    def _read(self, name: str) -> Iterator[Text]:
        if name == "-":
            yield from self._read_stdin()
            return
        kind = kind_of(name)
        with open(name, "rb") as raw:
            check_kind(name)
            self._raw, self._share = raw, None
            with unpacked(name, raw) as file:
                if kind in TABLES:
                    yield from self._texts(self._rows(kind, file, name), name)
                else:
                    yield from self._whole(name, file.read(), name)

    def _read_stdin(self) -> Iterator[Text]:
        if self.stdin_format == "jsonl":
            yield from self._texts(read_jsonl(sys.stdin.buffer, STDIN, self._refuse), STDIN)
        else:
            yield from self._whole("-", sys.stdin.buffer.read(), STDIN)

    def _whole(self, name: str, content: bytes, where: str) -> Iterator[Text]:
        check_head(content, where)
        text = Text(name, decode(content, where), None, dict.fromkeys(self.columns.keep, ""))
        yield from self._filled(text, where)

    def _filled(self, text: Text, where: str, record: Any = None) -> Iterator[Text]:
        """Refuse a text that has no sentence, if somebody takes what is refused."""
        if text.text.strip() or self._refuse is _raise:
            yield text
        else:
            self._refuse(Reject(where, "empty text", record))

    def _rows(self, kind: str, file: IO[bytes], name: str) -> Rows:
        if kind == ".parquet":
            return read_parquet(file, name, self.columns, self._set_share)
        if kind in (".csv", ".tsv"):
            delimiter = "\t" if kind == ".tsv" else ","
            return read_csv(file, name, self._refuse, self.columns, delimiter)
        return read_jsonl(file, name, self._refuse)

    def _set_share(self, share: float) -> None:
        self._share = share

    def _texts(self, rows: Rows, name: str) -> Iterator[Text]:
        for number, record in rows:
            where = f"{name}:{number}"
            if self._notices is not None and isinstance(record, dict):
                self._notices.record(record)
            try:
                text = to_text(record, where, self.columns)
            except InputError as error:
                self._refuse(Reject(where, reason_of(error, where), record))
                continue
            yield from self._filled(text, where, record)


def read_inputs(
    files: Sequence[str],
    *,
    column: str = "text",
    title_column: str | None = None,
    id_column: str | None = None,
    keep: Sequence[str] = (),
    kept: MutableSequence[dict[str, str]] | None = None,
    refuse: Refuse | None = None,
) -> Iterator[tuple[str, str, str | None]]:
    """Read texts one after the other; the parameters are those of :class:`Reader`.

    Parameters
    ----------
    files : sequence of str
        Files, folders, patterns, ``-``.
    column, title_column, id_column, keep
        Where text, title and name of a text stand in a record, and further columns to read.
    kept : mutable sequence of dict, optional
        Gets one entry for each text that is yielded: its `keep` columns as strings, blank where the
        file is plain text or the value is null or absent.
    refuse : callable, optional
        Is given what cannot be used and empty texts; without it, it raises, and empty texts are
        read as they are.

    Yields
    ------
    (name, text, title)
    """
    columns = Columns(column, title_column, id_column, tuple(keep))
    for text in Reader(files, columns, refuse=refuse):
        if kept is not None:
            kept.append(text.kept)
        yield text.name, text.text, text.title


def _raise(reject: Reject) -> None:
    raise InputError(str(reject))


def _parted(error: InputError, name: str) -> tuple[str, str]:
    """Return where and why: the message begins with the file's name, or with it and a position."""
    message = str(error)
    name = STDIN if name == "-" else name
    position = message.removeprefix(f"{name}:").split(":")[0]
    where = f"{name}:{position}" if position.isdecimal() else name
    return where, message.removeprefix(f"{where}: ")


def _size(name: str) -> int:
    try:
        return os.stat(name).st_size
    except OSError:
        return 0  # it is refused when it is opened
