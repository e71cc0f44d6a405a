"""Tagged documents as a table, JSON lines, CSV or an HTML page."""

from __future__ import annotations

import contextlib
import csv
import errno
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

from framing.errors import InputError
from framing.render import page_end, page_start, to_html_section, to_text
from framing.schema import Document, Prediction

COLUMNS = ("document", "sentence", "start", "end", "text", "labels", "scores", "spans")


class Stream(Protocol):
    """Where a writer writes."""

    def write(self, text: str, /) -> object:
        """Append text."""
        ...

    def isatty(self) -> bool:
        """Whether somebody looks on."""
        ...


class Writer:
    """Writes documents to a stream as they come; use it in a ``with`` block.

    Parameters
    ----------
    form : str
        ``"table"``, ``"jsonl"``, ``"csv"`` or ``"html"``.
    stream : text stream
        Where to write.
    positive : bool
        Leave out sentences without a label (not from HTML, which shows the whole text).
    keep : sequence of str
        More columns of JSON lines and CSV, after the others.
    begun : bool
        The stream holds documents of an interrupted run already, and the header of a CSV.

    Raises
    ------
    InputError
        If a column to keep has the name of a column that is written anyway.
    """

    def __init__(
        self,
        form: str,
        stream: Stream,
        *,
        positive: bool = False,
        keep: Sequence[str] = (),
        begun: bool = False,
    ) -> None:
        self.form = form
        self.stream = stream
        self.positive = positive
        self.keep = tuple(keep)
        check_free(self.keep, COLUMNS)
        self._header_written = begun
        self._color = form == "table" and stream.isatty() and "NO_COLOR" not in os.environ

    def __enter__(self) -> Writer:
        if self.form == "html":
            self.stream.write(page_start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.form == "html":
            self.stream.write(page_end())

    def add(self, name: str, document: Document, kept: Mapping[str, str] | None = None) -> None:
        """Write one document under its name, with the values of its columns to keep."""
        values = {} if kept is None else {column: kept[column] for column in self.keep}
        if self.form == "html":
            self.stream.write(to_html_section(name, document))
        elif self.form == "table":
            self._add_table(name, document)
        else:
            if self.form == "csv":
                self._write_header(document.label_names)
            for i, prediction in enumerate(document):
                if prediction.labels or not self.positive:
                    self._add_row(name, i, prediction, values)

    def _add_table(self, name: str, document: Document) -> None:
        shown = document
        if self.positive:
            chosen = tuple(prediction for prediction in document if prediction.labels)
            shown = Document(document.text, chosen, document.title, document.label_names)
        width = min(shutil.get_terminal_size((100, 24)).columns, 120)
        positive = sum(bool(prediction.labels) for prediction in document)
        self.stream.write(f"{name}: {len(document)} sentences, {positive} with a label\n")
        if len(shown):
            self.stream.write(to_text(shown, color=self._color, width=width) + "\n")
        self.stream.write("\n")

    def _write_header(self, names: tuple[str, ...]) -> None:
        if not self._header_written:
            self._header_written = True
            header = ["document", "sentence", "start", "end", "text", *names]
            header += [*(f"{label}_score" for label in names), "spans"]
            check_free(self.keep, header)
            csv.writer(self.stream, lineterminator="\n").writerow([*header, *self.keep])

    def _add_row(
        self, name: str, index: int, prediction: Prediction, kept: Mapping[str, str]
    ) -> None:
        scores = {label: round(score, 4) for label, score in prediction.scores.items()}
        spans = [
            {**span.to_dict(), "score": None if span.score is None else round(span.score, 4)}
            for span in prediction.spans
        ]
        if self.form == "jsonl":
            row = {
                "document": name,
                "sentence": index,
                **prediction.to_dict(),
                "scores": scores,
                "spans": spans,
                **kept,
            }
            self.stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            return
        rows = csv.writer(self.stream, lineterminator="\n")
        rows.writerow(
            [name, index, prediction.start, prediction.end, prediction.text]
            + [int(label in prediction.labels) for label in scores]
            + list(scores.values())
            + [json.dumps(spans, ensure_ascii=False), *kept.values()]
        )


def check_free(keep: Sequence[str], taken: Sequence[str]) -> None:
    """Refuse to keep a column that the output has anyway, or one twice; raises InputError."""
    for i, column in enumerate(keep):
        if column in taken or column in keep[:i]:
            raise InputError(
                f"cannot keep the column {column!r}: the output has a column of that name; "
                "rename it in the input"
            )


def check_place(path: Path, *, folder: bool = False) -> None:
    """Refuse an output that lies in no folder, or is one unless it should be; raises OSError."""
    if path.is_dir() and not folder:
        raise IsADirectoryError(errno.EISDIR, "is a folder; name a file in it", str(path))
    if not path.parent.exists():
        raise FileNotFoundError(
            errno.ENOENT, f"there is no folder {path.parent}; make it first", str(path)
        )


@contextlib.contextmanager
def opened(output: str | None) -> Iterator[IO[str]]:
    """Open the output; a file appears under its name only when it is complete.

    Parameters
    ----------
    output : str or None
        A path; None and ``-`` are standard output.

    Yields
    ------
    text stream

    Raises
    ------
    OSError
        If nothing can be written there, see :func:`check_place`.
    """
    if output is None or output == "-":
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        yield sys.stdout
        sys.stdout.flush()
        return
    check_place(Path(output))
    partial = Path(output + ".partial")
    try:
        stream = partial.open("w", encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as error:
        raise type(error)(error.errno, error.strerror, output) from error
    with stream:
        try:
            yield stream
        except BaseException:
            partial.unlink()
            raise
    partial.replace(output)
