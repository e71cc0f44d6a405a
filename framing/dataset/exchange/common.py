"""What every format shares: metadata, and an article built from a text with marked stretches."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from framing.codebook import Codebook
from framing.errors import DataError
from framing.schema import Article, Sentence, Span, check_date
from framing.sentences import split

META = ("id", "title", "dispute", "genre", "date", "group", "annotator")
Bounds = Sequence[tuple[int, int]]
Mark = tuple[str, int, int]  # label, start, end in the text


def metadata(article: Article) -> dict[str, str]:
    """Return what is known of an article beside its text and labels."""
    return {name: getattr(article, name) for name in META}


def bounds_of(article: Article) -> list[list[int]]:
    """Return the start and end of every sentence."""
    return [[sentence.start, sentence.end] for sentence in article.sentences]


def marks_of(article: Article) -> list[Mark]:
    """Return the spans of an article as label, start and end."""
    return [(s.label, s.start, s.end) for sentence in article for s in sentence.spans]


def build_article(
    meta: Mapping[str, Any],
    text: str,
    marks: Iterable[Mark],
    codebook: Codebook,
    *,
    where: str,
    bounds: Bounds | None = None,
) -> Article:
    """Build an article from a text and its marked stretches.

    Line breaks inside a sentence become spaces, and the sentences are joined anew: by a blank line
    where there was one, by a line break elsewhere. White space at the ends of a span is left out.

    Parameters
    ----------
    meta : mapping
        What is known of ``META``; the id is needed, the group is the id if it is not known.
    text : str
        The text.
    marks : iterable of (str, int, int)
        Label, start and end in `text`.
    codebook : Codebook
        The labels that may occur.
    where : str
        Begins an error message.
    bounds : sequence of (int, int), optional
        The sentences. If they are not known the text is split by :mod:`framing.sentences`, and
        sentences that one span runs through are joined.

    Raises
    ------
    DataError
        If a label is unknown, offsets lie outside, or a span crosses the end of a known sentence.
    """
    known: dict[str, Any] = {**_check_meta(meta, where)}
    found = sorted({_check_mark(mark, text, codebook, where) for mark in marks}, key=lambda m: m[1])
    if bounds is None:
        bounds = _join_crossed(split(text), found)
    else:
        _check_bounds(bounds, text, where)
    if not bounds:
        raise DataError(f"{where}: the text has no sentence")
    order = {name: i for i, name in enumerate(codebook.names)}
    parts: list[str] = []
    sentences: list[Sentence] = []
    position = placed = 0
    for i, (start, end) in enumerate(bounds):
        if i:
            gap = "\n\n" if text[bounds[i - 1][1] : start].count("\n") > 1 else "\n"
            parts.append(gap)
            position += len(gap)
        line = re.sub(r"[\r\n]", " ", text[start:end])
        inside = [mark for mark in found if start <= mark[1] and mark[2] <= end]
        placed += len(inside)
        shifted = [(name, a - start, b - start) for name, a, b in inside]
        shifted.sort(key=lambda mark: (mark[1], mark[2], order[mark[0]]))
        spans = tuple(Span(n, position + a, position + b, line[a:b]) for n, a, b in shifted)
        labels = codebook.sort({span.label for span in spans})
        sentences.append(Sentence(line, position, position + len(line), spans, labels))
        parts.append(line)
        position += len(line)
    if placed != len(found):
        label, start, end = next(
            m for m in found if not any(a <= m[1] and m[2] <= b for a, b in bounds)
        )
        raise DataError(
            f"{where}: the {label} span {text[start:end]!r:.80} crosses the end of a sentence; "
            "mark each sentence by itself"
        )
    return Article(text="".join(parts), sentences=tuple(sentences), **known)


def _check_meta(meta: Mapping[str, Any], where: str) -> dict[str, str]:
    known: dict[str, str] = {}
    for name in META:
        value = meta.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise DataError(f"{where}: {name!r} must be a string, got {value!r:.60}")
        known[name] = " ".join(value.split("\n")).strip() if "\n" in value else value.strip()
    if not known["id"]:
        raise DataError(f"{where}: the text has no id")
    if not known["group"]:
        known["group"] = known["id"]
    if known["date"] and not check_date(known["date"]):
        raise DataError(f"{where}: date {known['date']!r} is not YYYY-MM-DD, YYYY-MM or YYYY")
    return known


def _check_mark(mark: Mark, text: str, codebook: Codebook, where: str) -> Mark:
    label, start, end = mark
    codebook.check_label(label, where)
    if not (type(start) is int and type(end) is int and 0 <= start < end <= len(text)):
        raise DataError(
            f"{where}: the {label} span [{start!r}, {end!r}] does not lie in a text of {len(text)} "
            "characters"
        )
    words = text[start:end]
    if not words.strip():
        raise DataError(f"{where}: the {label} span [{start}, {end}] holds only white space")
    return label, start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())


def _check_bounds(bounds: Bounds, text: str, where: str) -> None:
    last = 0
    for pair in bounds:
        start, end = pair
        if not (type(start) is int and type(end) is int and last <= start < end <= len(text)):
            raise DataError(f"{where}: sentence {list(pair)} overlaps another or lies outside")
        if text[last:start].strip():
            raise DataError(f"{where}: {text[last:start]!r:.60} stands outside every sentence")
        if text[start:end] != text[start:end].strip():
            raise DataError(f"{where}: sentence {list(pair)} has white space at its ends")
        last = end
    if text[last:].strip():
        raise DataError(f"{where}: {text[last:]!r:.60} stands outside every sentence")


def _join_crossed(bounds: Bounds, marks: Sequence[Mark]) -> list[tuple[int, int]]:
    """Join the sentences that a span runs through."""
    joined: list[tuple[int, int]] = []
    for start, end in bounds:
        if joined and any(a < joined[-1][1] and b > joined[-1][1] for _, a, b in marks):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def read_bounds(value: Any, where: str) -> list[tuple[int, int]] | None:
    """Return sentence offsets as they stand in JSON, or None where there are none."""
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(v, list) and len(v) == 2 for v in value):
        raise DataError(f"{where}: 'sentences' must be a list of [start, end], got {value!r:.60}")
    return [(start, end) for start, end in value]


def file_name(name: str) -> str:
    """Return a name that is safe as a file or folder name on any system; ``unquote`` reverts it."""
    return quote(name, safe="").replace(".", "%2E")


def place(root: Path, article: Article, suffix: str) -> Path:
    """Return the file of an article: in the folder of its annotator, if it has one."""
    folder = root / file_name(article.annotator) if article.annotator else root
    folder.mkdir(parents=True, exist_ok=True)
    return folder / (file_name(article.id) + suffix)


def write_sidecar(path: Path, article: Article, **more: Any) -> None:
    """Write the metadata beside a file whose format has no place for it, as ``.json``."""
    text = json.dumps(metadata(article) | more, ensure_ascii=False, indent=1)
    path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


def read_sidecar(path: Path, root: Path) -> dict[str, Any]:
    """Read the metadata beside a file.

    Where there is no such file, the id is the file's name and the annotator that of its folder.
    """
    sidecar = path.with_suffix(".json")
    if not sidecar.is_file():
        annotator = "" if path.parent == root else unquote(path.parent.name)
        return {"id": unquote(path.stem), "annotator": annotator}
    try:
        meta = json.loads(sidecar.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{sidecar}: not a JSON object in UTF-8: {error}") from error
    if not isinstance(meta, dict):
        raise DataError(f"{sidecar}: expected a JSON object, got {type(meta).__name__}")
    return meta


def read_text(path: Path) -> str:
    """Read a file in UTF-8 with its line ends as they are."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 at byte {error.start}; convert the file") from error


def write_text(path: Path, text: str) -> None:
    """Write a file in UTF-8 with its line ends as they are."""
    path.write_bytes(text.encode("utf-8"))
