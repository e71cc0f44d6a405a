"""Tagged documents as a folder of Parquet files, the columns those of CSV."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from framing.errors import InputError, MissingExtraError
from framing.outputs import check_free
from framing.schema import Document

_SURROGATE = re.compile("[\ud800-\udfff]")  # Parquet holds UTF-8 only
_GROUP = 2_000  # rows that are in memory at a time
_PART = 100_000  # rows of a file


class ParquetWriter:
    """Writes documents into numbered files of a folder, which gets its name when it is complete.

    A file ends at the first document after so many rows, so that the same documents give the same
    files, however often the writing was interrupted.

    Parameters
    ----------
    path : Path
        The folder; must not exist. Until it is complete it is called ``path.partial``.
    positive : bool
        Leave out sentences without a label.
    keep : sequence of str
        More columns, after the others.
    parts : int
        Keep so many files of an interrupted run and go on after them.

    Raises
    ------
    InputError
        If the folder exists.
    MissingExtraError
        If pyarrow is not installed.
    """

    def __init__(
        self, path: Path, *, positive: bool = False, keep: Sequence[str] = (), parts: int = 0
    ) -> None:
        try:
            import pyarrow.parquet
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                "writing Parquet needs the package 'pyarrow'; install it with: "
                "pip install 'framing[parquet]'"
            ) from error
        if path.exists():
            raise InputError(f"{path}: exists; Parquet is written into a new folder, name another")
        self._arrow = pyarrow
        self.path, self.positive, self.keep = path, positive, tuple(keep)
        self.partial = path.with_name(path.name + ".partial")
        self.parts = parts
        if not parts:
            shutil.rmtree(self.partial, ignore_errors=True)
        self.partial.mkdir(exist_ok=parts > 0)
        for file in self.partial.iterdir():
            if file.name >= self._name(parts):
                file.unlink()
        self._schema: Any = None
        self._file: Any = None
        self._rows: list[dict[str, Any]] = []
        self._written = 0  # rows of the present file

    @property
    def settled(self) -> bool:
        """Whether all documents so far are in complete files."""
        return self._file is None and not self._rows

    def add(self, name: str, document: Document, kept: Mapping[str, str] | None = None) -> None:
        """Write one document under its name, with the values of its columns to keep."""
        values = {} if kept is None else {column: _utf8(kept[column]) for column in self.keep}
        if self._schema is None:
            self._schema = self._columns(document.label_names)
        for i, prediction in enumerate(document):
            if self.positive and not prediction.labels:
                continue
            spans = [
                {**span.to_dict(), "text": _utf8(span.text), "score": span.score}
                for span in prediction.spans
            ]
            row = {"document": _utf8(name), "sentence": i, "text": _utf8(prediction.text)}
            row |= {"start": prediction.start, "end": prediction.end, "spans": spans}
            row |= {label: label in prediction.labels for label in document.label_names}
            row |= {f"{label}_score": score for label, score in prediction.scores.items()}
            self._rows.append({**row, **values})
            if len(self._rows) >= _GROUP:
                self._flush()
        if self._written + len(self._rows) >= _PART:
            self._close()

    def finish(self) -> None:
        """Complete the last file; the folder is not named yet."""
        if self._schema is None:  # no document at all: a folder without a file cannot be read
            self._schema = self._columns(())
        if not self.settled or not self.parts:
            self._close()

    def close(self, *, remove: bool) -> None:
        """Stop without a name; keep the complete files to go on with, or remove all."""
        if self._file is not None:
            self._file.close()
        if remove:
            shutil.rmtree(self.partial, ignore_errors=True)

    def _columns(self, names: Sequence[str]) -> Any:
        arrow = self._arrow
        taken = ["document", "sentence", "start", "end", "text", *names]
        taken += [*(f"{name}_score" for name in names), "spans"]
        check_free(self.keep, taken)
        span = {"label": arrow.string(), "start": arrow.int64(), "end": arrow.int64()}
        span |= {"text": arrow.string(), "score": arrow.float32()}
        fields = [arrow.field("document", arrow.string()), arrow.field("sentence", arrow.int64())]
        fields += [arrow.field(name, arrow.int64()) for name in ("start", "end")]
        fields += [arrow.field("text", arrow.string())]
        fields += [arrow.field(name, arrow.bool_()) for name in names]
        fields += [arrow.field(f"{name}_score", arrow.float32()) for name in names]
        fields += [arrow.field("spans", arrow.list_(arrow.struct(span)))]
        fields += [arrow.field(name, arrow.string()) for name in self.keep]
        return arrow.schema(fields, metadata={"labels": json.dumps(list(names))})

    def _name(self, part: int) -> str:
        return f"part-{part:06d}.parquet"

    def _flush(self) -> None:
        if self._file is None:
            where = self.partial / self._name(self.parts)
            self._file = self._arrow.parquet.ParquetWriter(where, self._schema, compression="zstd")
        self._file.write_table(self._arrow.Table.from_pylist(self._rows, self._schema))
        self._written += len(self._rows)
        self._rows = []

    def _close(self) -> None:
        self._flush()
        self._file.close()
        with (self.partial / self._name(self.parts)).open("rb") as file:
            os.fsync(file.fileno())
        self._file, self._written = None, 0
        self.parts += 1


def _utf8(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)
