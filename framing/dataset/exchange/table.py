"""CSV: one sentence a row, a column of 0 and 1 for each label, the spans as JSON.

Columns: ``id, title, dispute, genre, date, group, annotator, sentence, paragraph, text``, one for
each label, and ``spans``, a list of ``{"label", "start", "end", "text"}`` with half-open character
offsets into the sentence. Only ``id``, ``text`` and ``spans`` are needed to read a file.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from framing.codebook import Codebook
from framing.dataset.exchange.common import (
    META,
    Mark,
    build_article,
    metadata,
    read_text,
    write_text,
)
from framing.errors import DataError
from framing.schema import Article

Row = dict[str, str]


def write(articles: Sequence[Article], path: Path, codebook: Codebook) -> None:
    """Write one file."""
    stream = io.StringIO(newline="")
    columns = [*META, "sentence", "paragraph", "text", *codebook.names, "spans"]
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(columns)
    for article in articles:
        paragraph, last = 0, 0
        for i, sentence in enumerate(article):
            paragraph += i > 0 and article.text[last : sentence.start] == "\n\n"
            last = sentence.end
            spans = [
                {
                    "label": span.label,
                    "start": span.start - sentence.start,
                    "end": span.end - sentence.start,
                    "text": span.text,
                }
                for span in sentence.spans
            ]
            rows.writerow(
                [*metadata(article).values(), i, paragraph, sentence.text]
                + [int(name in sentence.labels) for name in codebook.names]
                + [json.dumps(spans, ensure_ascii=False)]
            )
    write_text(path, stream.getvalue())


def read(path: Path, codebook: Codebook) -> list[Article]:
    """Read one file; the rows of a text by one annotator stand in the order of its sentences."""
    csv.field_size_limit(2**31 - 1)
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
    missing = [name for name in ("id", "text", "spans") if name not in (reader.fieldnames or ())]
    if missing:
        raise DataError(f"{path}:1: the columns {', '.join(missing)} are missing")
    groups: dict[tuple[str, str], list[tuple[str, Row]]] = {}
    try:
        for row in reader:
            where = f"{path}:{reader.line_num}"
            if None in row or None in row.values():
                raise DataError(f"{where}: the row has more or fewer fields than the header")
            key = (row["id"], row.get("annotator", ""))
            groups.setdefault(key, []).append((where, row))
    except csv.Error as error:
        raise DataError(f"{path}:{reader.line_num}: not a CSV file: {error}") from error
    return [_article(rows, codebook) for rows in groups.values()]


def _article(rows: list[tuple[str, Row]], codebook: Codebook) -> Article:
    text = ""
    bounds: list[tuple[int, int]] = []
    marks: list[Mark] = []
    paragraph = rows[0][1].get("paragraph")
    for where, row in rows:
        if bounds:
            text += "\n" if row.get("paragraph") == paragraph else "\n\n"
        paragraph = row.get("paragraph")
        marks += _marks(row, len(text), codebook, where)
        bounds.append((len(text), len(text) + len(row["text"])))
        text += row["text"]
    where, first = rows[0]
    return build_article(first, text, marks, codebook, where=where, bounds=bounds)


def _marks(row: Row, start: int, codebook: Codebook, where: str) -> list[Mark]:
    try:
        spans: Any = json.loads(row["spans"] or "[]")
    except ValueError as error:
        raise DataError(f"{where}: 'spans' is not JSON: {error}") from error
    keys = ("label", "start", "end")
    if not isinstance(spans, list) or not all(
        isinstance(span, dict) and all(key in span for key in keys) for span in spans
    ):
        raise DataError(f"{where}: 'spans' must be a list of objects with label, start, end")
    for span in spans:
        if "text" in span and row["text"][span["start"] : span["end"]] != span["text"]:
            raise DataError(
                f"{where}: the {span['label']} span {span['text']!r:.60} does not stand at "
                f"{span['start']} to {span['end']}"
            )
    given = {name for name in codebook.names if row.get(name, "") not in ("", "0")}
    marked = {span["label"] for span in spans}
    if any(name in row for name in codebook.names) and given != marked:
        raise DataError(
            f"{where}: the columns say {sorted(given)}, the spans {sorted(map(str, marked))}"
        )
    return [(span["label"], start + span["start"], start + span["end"]) for span in spans]
