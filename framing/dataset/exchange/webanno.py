r"""WebAnno TSV 3, which INCEpTION reads and writes: ``NAME.tsv``, one token a line, in a folder.

    #FORMAT=WebAnno TSV 3.3
    #T_SP=webanno.custom.Frame|label


    #Text=Rain fell on the harbour.
    1-1	0-4	Rain	rain[1]
    1-2	5-9	fell	rain[1]
    1-3	10-12	on	_

In INCEpTION the labels need a span layer named ``Frame`` with a feature ``label`` and stacking
allowed. The files of a named annotator lie in a folder of that name; an export of INCEpTION
(``DOCUMENT.tsv/ANNOTATOR.tsv``) is read too. What TSV has no place for lies in ``NAME.json`` beside
it. Offsets in the file are UTF-16 units, as Java counts. No library that is kept up reads or writes
this format; the description is in the user guide of WebAnno, appendix "WebAnno TSV 3".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from framing.codebook import Codebook
from framing.dataset.exchange.common import (
    Mark,
    build_article,
    place,
    read_sidecar,
    read_text,
    write_sidecar,
    write_text,
)
from framing.errors import DataError
from framing.schema import Article, Sentence

LAYER, FEATURE = "webanno.custom.Frame", "label"
_TOKEN = re.compile(r"\w+|[^\w\s]")
_ROW = re.compile(r"\d+-\d+(?:\.\d+)?\t(\d+)-(\d+)\t([^\t]*)(?:\t(.*))?", re.DOTALL)
_CONTROLS = {"\\": "\\", "\t": "t", "\n": "n", "\r": "r", "\b": "b", "\f": "f"}
_VALUE = "\\[]|_;\t\n*"  # and ->


def write(articles: Sequence[Article], path: Path, codebook: Codebook) -> None:
    """Write a folder."""
    path.mkdir(parents=True, exist_ok=True)
    for article in articles:
        file = place(path, article, ".tsv")
        write_text(file, _format(article))
        write_sidecar(file, article)


def _format(article: Article) -> str:
    blocks = [f"#FORMAT=WebAnno TSV 3.3\n#T_SP={LAYER}|{FEATURE}\n\n"]
    stacked = 0  # number of the last span that needs one
    last, units = 0, 0  # where we are, in characters and in UTF-16 units
    for i, sentence in enumerate(article, start=1):
        units += _units(article.text[last : sentence.start])
        last = sentence.start
        tokens = list(_tokens(sentence))
        covering = [
            [k for k, s in enumerate(sentence.spans) if s.start < end and start < s.end]
            for start, end in tokens
        ]
        numbers: dict[int, int] = {}
        for k in range(len(sentence.spans)):
            cells = [cell for cell in covering if k in cell]
            if len(cells) > 1 or any(len(cell) > 1 for cell in cells):
                stacked += 1
                numbers[k] = stacked
        lines = [f"\n#Text={_escape(sentence.text)}"]
        for j, ((start, end), cell) in enumerate(zip(tokens, covering, strict=True), start=1):
            units += _units(article.text[last:start])
            form = article.text[start:end]
            values = [
                _escape_value(sentence.spans[k].label) + (f"[{numbers[k]}]" if k in numbers else "")
                for k in cell
            ]
            place_ = f"{units}-{units + _units(form)}"
            lines.append(f"{i}-{j}\t{place_}\t{_escape(form)}\t{'|'.join(values) or '_'}\t")
            units += _units(form)
            last = end
        blocks.append("\n".join(lines) + "\n")
    return "".join(blocks)


def _tokens(sentence: Sentence) -> Iterator[tuple[int, int]]:
    """Yield words and marks, cut where a span begins or ends, with offsets into the article."""
    cuts = {end for span in sentence.spans for end in (span.start, span.end)}
    for match in _TOKEN.finditer(sentence.text):
        start, stop = match.start() + sentence.start, match.end() + sentence.start
        for cut in sorted(cut for cut in cuts if start < cut < stop):
            yield start, cut
            start = cut
        yield start, stop


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _escape(text: str) -> str:
    return "".join("\\" + _CONTROLS[c] if c in _CONTROLS else c for c in text)


def _escape_value(text: str) -> str:
    escaped = "".join("\\" + _CONTROLS.get(c, c) if c in _VALUE else c for c in text)
    return escaped.replace("->", "\\->")


def _unescape(text: str) -> str:
    back = {letter: char for char, letter in _CONTROLS.items()}
    return re.sub(r"\\(.)", lambda m: back.get(m[1], m[1]), text, flags=re.DOTALL)


def read(path: Path, codebook: Codebook) -> list[Article]:
    """Read a folder, its folders with it."""
    files = sorted(path.rglob("*.tsv")) if path.is_dir() else [path]
    files = [file for file in files if file.is_file()]
    if not files:
        raise DataError(f"{path}: holds no .tsv file; expected WebAnno TSV 3")
    articles = []
    for file in files:
        meta = _meta(file, path)
        found = _parse(file)
        articles.append(
            build_article(
                meta, found.text, found.marks, codebook, where=str(file), bounds=found.bounds
            )
        )
    return articles


def _meta(file: Path, root: Path) -> dict[str, str]:
    folder = file.parent.name
    if file.parent != root and "." in folder and not file.with_suffix(".json").is_file():
        document = file.parent.parent / folder  # DOCUMENT.tsv/ANNOTATOR.tsv of INCEpTION
        meta = read_sidecar(document, root)
        if document.with_suffix(".json").is_file():
            return meta | {"annotator": file.stem}
        return {"id": unquote(document.stem), "annotator": file.stem}
    return read_sidecar(file, root)


@dataclass(slots=True)
class _Reading:
    """A file on the way to text, sentences and spans, all in characters."""

    text: str = ""
    bounds: list[tuple[int, int]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    numbered: dict[tuple[str, str], int] = field(default_factory=dict)  # -> position in marks
    offsets: dict[int, int] = field(default_factory=dict)  # UTF-16 units -> characters
    end_units: int = 0  # of the last sentence

    def open_sentence(self, sentence: str, first_token: str, start: int) -> None:
        """Add a sentence, whose first token starts at `start` (UTF-16 units)."""
        start -= _units(sentence[: max(0, sentence.find(first_token))])
        if self.bounds:
            self.text += "\n\n" if start - self.end_units > 1 else "\n"
        self.offsets = _offsets(sentence, start, len(self.text))
        self.bounds.append((len(self.text), len(self.text) + len(sentence)))
        self.text += sentence
        self.end_units = start + _units(sentence)

    def add_token(self, start: int, end: int, cell: str, where: str) -> None:
        """Add the spans that cover a token; a span with a number grows with its tokens."""
        if start not in self.offsets or end not in self.offsets:
            raise DataError(f"{where}: {start}-{end} lies outside the sentence")
        first, last = self.offsets[start], self.offsets[end]
        for label, key in _values(cell, where):
            if key and (label, key) in self.numbered:
                k = self.numbered[label, key]
                self.marks[k] = (label, min(self.marks[k][1], first), max(self.marks[k][2], last))
            else:
                self.numbered[label, key] = len(self.marks)
                self.marks.append((label, first, last))


def _parse(file: Path) -> _Reading:
    reading = _Reading()
    layers: list[tuple[str, list[str]]] = []
    lines: list[str] = []  # of #Text= of the sentence
    opened = False  # whether a token of the sentence was seen
    for number, raw in enumerate(read_text(file).split("\n"), start=1):
        where, line = f"{file}:{number}", raw.rstrip("\r")
        if number == 1 and not line.startswith("#FORMAT=WebAnno TSV 3"):
            raise DataError(f"{where}: expected #FORMAT=WebAnno TSV 3, got {line[:60]!r}")
        if line.startswith("#T_"):
            name, *features = line.split("=", 1)[1].split("|")
            layers.append((name, features))
        elif line.startswith("#Text="):
            lines.append(_unescape(line.removeprefix("#Text=")))
        elif line and not line.startswith("#"):
            match = _ROW.fullmatch(line)
            if match is None or not lines:
                raise DataError(f"{where}: expected a token with its offsets, got {line[:60]!r}")
            start, end = int(match[1]), int(match[2])
            if not opened:
                reading.open_sentence("\n".join(lines), _unescape(match[3]), start)
                opened = True
            cells = (match[4] or "").split("\t")
            column = _column(layers, where)
            if column >= len(cells):
                raise DataError(f"{where}: the column of the layer is missing")
            reading.add_token(start, end, cells[column], where)
        elif not line:
            lines, opened = [], False
    return reading


def _offsets(sentence: str, units: int, characters: int) -> dict[int, int]:
    offsets = {units: characters}
    for i, char in enumerate(sentence, start=1):
        units += 1 + (ord(char) > 0xFFFF)
        offsets[units] = characters + i
    return offsets


def _column(layers: list[tuple[str, list[str]]], where: str) -> int:
    """Return the column of the labels: of layer Frame, or of the only one with one feature."""
    named = [i for i, (name, _) in enumerate(layers) if name == LAYER]
    chosen = named or [i for i, (_, features) in enumerate(layers) if len(features) == 1]
    if len(chosen) != 1:
        names = ", ".join(name for name, _ in layers) or "none"
        raise DataError(
            f"{where}: cannot tell which layer holds the labels (there are: {names}); name it "
            f"{LAYER}"
        )
    features = layers[chosen[0]][1]
    before = sum(max(1, len(columns)) for _, columns in layers[: chosen[0]])
    return before + (features.index(FEATURE) if FEATURE in features else 0)


def _values(cell: str, where: str) -> Iterator[tuple[str, str]]:
    """Yield label and number, or the empty string, of each span that covers a token."""
    if cell == "_":
        return
    for value in re.split(r"(?<!\\)\|", cell):
        match = re.fullmatch(r"(.*?)(?<!\\)(?:\[(\d+)\])?", value, flags=re.DOTALL)
        if match is None or match[1] in ("*", ""):
            raise DataError(f"{where}: a span has no value: {cell[:60]!r}")
        yield _unescape(match[1]), match[2] or ""
