"""doccano, sequence labelling: JSON lines with ``text`` and ``label``, everything else as metadata.

    {"text": "Rain fell.", "label": [[0, 9, "rain"]], "doc_id": "a1", "title": "...", ...}

doccano keeps metadata and gives it back; it numbers its examples under ``id``. It exports one file
for each annotator. Offsets are characters.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from framing.codebook import Codebook
from framing.dataset.exchange.common import (
    Mark,
    bounds_of,
    build_article,
    marks_of,
    metadata,
    read_bounds,
    write_text,
)
from framing.dataset.lines import read_json_lines
from framing.errors import DataError
from framing.schema import Article


def write(articles: Sequence[Article], path: Path, codebook: Codebook) -> None:
    """Write one file."""
    lines = []
    for article in articles:
        meta = {("doc_id" if k == "id" else k): v for k, v in metadata(article).items()}
        marks = [[start, end, label] for label, start, end in marks_of(article)]
        record = {"text": article.text, "label": marks, **meta, "sentences": bounds_of(article)}
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    write_text(path, "".join(lines))


def read(path: Path, codebook: Codebook) -> list[Article]:
    """Read one file.

    Without ``doc_id`` an example is named after the file and its number; without ``annotator``
    the annotator is not known.
    """
    articles: list[Article] = []
    for where, record in read_json_lines(path):
        if isinstance(record, DataError):
            raise record
        if not isinstance(record.get("text"), str):
            raise DataError(f"{where}: 'text' must be a string, got {record.get('text')!r:.60}")
        number = record.get("id", len(articles) + 1)
        meta = {**record, "id": record.get("doc_id", f"{path.stem}-{number}")}
        articles.append(
            build_article(
                meta,
                record["text"],
                _marks(record, where),
                codebook,
                where=where,
                bounds=read_bounds(record.get("sentences"), where),
            )
        )
    return articles


def _marks(record: dict[str, Any], where: str) -> list[Mark]:
    entities = record.get("entities")
    if entities is not None:  # projects with relations
        if record.get("relations"):
            raise DataError(f"{where}: relations cannot be carried over; export without them")
        found = [[e["start_offset"], e["end_offset"], e["label"]] for e in entities]
    else:
        found = record.get("label", [])
    if not isinstance(found, list) or not all(isinstance(m, list) and len(m) == 3 for m in found):
        raise DataError(
            f"{where}: 'label' must be a list of [start, end, label], got {found!r:.60}"
        )
    return [(label, start, end) for start, end, label in found]
