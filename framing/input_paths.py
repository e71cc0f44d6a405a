"""Which files an argument of ``framing predict`` stands for, and what their names and heads say."""

from __future__ import annotations

import bz2
import glob
import gzip
import lzma
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from framing.errors import InputError

TEXTS = (".txt", ".md")
TABLES = (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
PACKED = (".gz", ".xz", ".bz2")
KNOWN = f"{', '.join((*TEXTS, *TABLES))} (or {', '.join(PACKED)})"
_REMEDIES = {
    ".json": "save its records as JSON lines, one object a line, and name the file .jsonl",
    **dict.fromkeys((".xlsx", ".xls", ".ods"), "save the sheet as .csv"),
}
_HEADS = {
    b"%PDF": "a PDF file",
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\x89PNG": "a PNG image",
}


def kind_of(path: str | Path) -> str:
    """Return the suffix that says what is in a file, that of a compression taken off."""
    path = Path(path)
    if path.suffix.lower() in PACKED:
        path = path.with_suffix("")
    return path.suffix.lower()


def find_files(name: str) -> Iterator[str]:
    """Find the files that an argument stands for, in the order of their names.

    Parameters
    ----------
    name : str
        A file; a folder, which is searched with its subfolders for files whose names end in one of
        `TEXTS` or `TABLES`, compressed or not, hidden ones left out; or, if there is no such file,
        a pattern with ``*``, ``?``, ``[...]`` or ``**``.

    Yields
    ------
    str

    Raises
    ------
    InputError
        If the folder holds no such file, or nothing matches the pattern.
    """
    if os.path.isdir(name):
        found = list(_walk(name))
        if not found:
            raise InputError(f"{name}: holds no file that ends in one of {KNOWN}")
        yield from found
    elif glob.has_magic(name) and not os.path.exists(name):
        matches = sorted(glob.glob(name, recursive=True))
        if not matches:
            raise InputError(f"{name}: matches no file")
        yield from (match for match in matches if not os.path.isdir(match))
    else:
        yield name


def check_kind(name: str) -> None:
    """Refuse a file whose ending says that it is none of those read; raises InputError."""
    kind = kind_of(name)
    if kind in ("", *TEXTS, *TABLES):
        return
    remedy = _REMEDIES.get(kind, "save its text as .txt")
    raise InputError(f"{name}: {kind} files are not read, only {KNOWN}; {remedy}")


def check_head(content: bytes, where: str) -> None:
    """Refuse content that begins like a file that holds no plain text; raises InputError."""
    for head, what in _HEADS.items():
        if content.startswith(head):
            raise InputError(f"{where}: is {what}, not plain text; save its text as .txt")


def _walk(folder: str) -> Iterator[str]:
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and kind_of(name) in (*TEXTS, *TABLES):
                yield os.path.join(where, name)


def unpacked(path: str, raw: IO[bytes]) -> IO[bytes]:
    """Return the file's content, decompressed if its name ends in ``.gz``, ``.xz`` or ``.bz2``.

    Parameters
    ----------
    path : str
        Its name.
    raw : binary stream
        The open file; its position tells how much of it has been read.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".gz":
        return cast(IO[bytes], gzip.open(raw))
    if suffix == ".xz":
        return lzma.open(raw)
    if suffix == ".bz2":
        return bz2.open(raw)
    return raw
