r"""brat standoff: ``NAME.txt`` with the text and ``NAME.ann`` with the spans, in a folder.

    T1	rain 0 9	Rain fell

The files of a named annotator lie in a folder of that name, as brat has it. What brat has no place
for (id, title, date, sentences, ...) lies in ``NAME.json``, which brat passes over;
``annotation.conf`` lists the labels. Offsets are characters. The fragments of a span that a line
break cut are put together; those of a span with other gaps become spans of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from framing.codebook import Codebook
from framing.dataset.exchange.common import (
    Mark,
    bounds_of,
    build_article,
    marks_of,
    place,
    read_bounds,
    read_sidecar,
    read_text,
    write_sidecar,
    write_text,
)
from framing.errors import DataError
from framing.schema import Article

_ENTITY = re.compile(r"T\d+\t(\S+) (\d+ \d+(?:;\d+ \d+)*)\t(.*)", re.DOTALL)


def write(articles: Sequence[Article], path: Path, codebook: Codebook) -> None:
    """Write a folder."""
    path.mkdir(parents=True, exist_ok=True)
    entities = "\n".join(codebook.names)
    write_text(
        path / "annotation.conf",
        f"[entities]\n{entities}\n\n[relations]\n\n[events]\n\n[attributes]\n",
    )
    for article in articles:
        file = place(path, article, ".txt")
        write_text(file, article.text)
        lines = [
            f"T{i}\t{label} {start} {end}\t{article.text[start:end]}\n"
            for i, (label, start, end) in enumerate(marks_of(article), start=1)
        ]
        write_text(file.with_suffix(".ann"), "".join(lines))
        write_sidecar(file, article, sentences=bounds_of(article))


def read(path: Path, codebook: Codebook) -> list[Article]:
    """Read a folder, its folders with it."""
    files = sorted(path.rglob("*.ann")) if path.is_dir() else [path]
    if not files:
        raise DataError(f"{path}: holds no .ann file; expected brat's .txt and .ann files")
    articles = []
    for file in files:
        text = read_text(file.with_suffix(".txt"))
        meta = read_sidecar(file, path)
        marks: list[Mark] = []
        for number, line in enumerate(read_text(file).split("\n"), start=1):
            if line.strip() and not line.startswith("#"):  # a note of an annotator
                marks += _marks(line.rstrip("\r"), text, f"{file}:{number}")
        bounds = read_bounds(meta.get("sentences"), str(file))
        articles.append(build_article(meta, text, marks, codebook, where=str(file), bounds=bounds))
    return articles


def _marks(line: str, text: str, where: str) -> list[Mark]:
    match = _ENTITY.fullmatch(line)
    if match is None:
        raise DataError(
            f"{where}: only spans can be carried over (T1, label, offsets, words), got "
            f"{line[:60]!r}"
        )
    label, offsets, words = match.groups()
    fragments: list[tuple[int, int]] = []
    for pair in offsets.split(";"):
        start, end = map(int, pair.split())
        if fragments and not text[fragments[-1][1] : start].strip():
            fragments[-1] = (fragments[-1][0], end)
        else:
            fragments.append((start, end))
    marked = " ".join(text[start:end] for start, end in fragments)
    if marked.split() != words.split():
        raise DataError(f"{where}: {words[:60]!r} does not stand at {offsets} of the text")
    return [(label, start, end) for start, end in fragments]
