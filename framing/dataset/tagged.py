"""Tagged text: articles with their labels as tags in the running text, read and written strictly.

    # id: steel-0007
    # title: Ministers weigh answer to steel quotas
    # dispute: EU-US steel quotas
    # genre: wire
    # date: 2018-05-31
    # split-group: steel

    Ministers weigh answer to steel quotas
    <threat>The bloc will answer any new quota with duties of its own</threat>, its chief said.

A line ``# annotator: name`` may follow; the date may be left blank. One sentence a line, a blank
line between paragraphs. Spans of different labels may overlap in any way; spans of one label may
not. Tags are the only markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from framing.codebook import Codebook, default_codebook
from framing.errors import DataError
from framing.schema import Article, Sentence, Span, check_date

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9_-]*)>")
_LOOKS_LIKE_TAG = re.compile(r"</?[A-Za-z]")
_HEADER = re.compile(r"#\s*([a-z-]+)\s*:\s*(.*)")
_KEYS = ("id", "title", "dispute", "genre", "date", "split-group")
_OPTIONAL = ("annotator",)


def parse_sentence(
    line: str, codebook: Codebook | None = None, *, where: str = "<string>", offset: int = 0
) -> Sentence:
    """Parse one tagged sentence.

    Parameters
    ----------
    line : str
        The sentence with its tags.
    codebook : Codebook, optional
        The labels that may occur; the packaged one by default.
    where : str
        Named at the beginning of an error message, usually ``path:line``.
    offset : int
        Where the sentence starts in the article; added to every offset.

    Raises
    ------
    DataError
        For an unknown label, a tag opened twice, closed without being open or never closed, a
        span that is empty or begins or ends with white space, or a malformed tag.
    """
    if codebook is None:
        codebook = default_codebook()
    pieces: list[str] = []
    length = 0
    last = 0
    opened: dict[str, int] = {}
    found: list[tuple[int, int, str]] = []
    for match in _TAG.finditer(line):
        piece = line[last : match.start()]
        pieces.append(piece)
        length += len(piece)
        last = match.end()
        closing, label = match.groups()
        codebook.check_label(label, where)
        if not closing:
            if label in opened:
                raise DataError(f"{where}: <{label}> is opened twice before it is closed")
            opened[label] = length
        elif label not in opened:
            raise DataError(f"{where}: </{label}> closes a tag that is not open")
        else:
            found.append((opened.pop(label), length, label))
    if opened:
        raise DataError(f"{where}: <{next(iter(opened))}> is never closed on its line")
    pieces.append(line[last:])
    text = "".join(pieces)
    if bad := _LOOKS_LIKE_TAG.search(text):
        raise DataError(
            f"{where}: malformed tag near {text[bad.start() : bad.start() + 20]!r}; tags look like "
            "<label> and </label>"
        )
    order = {name: i for i, name in enumerate(codebook.names)}
    found.sort(key=lambda span: (span[0], span[1], order[span[2]]))
    spans = []
    for start, end, label in found:
        words = text[start:end]
        if not words or words != words.strip():
            raise DataError(
                f"{where}: the <{label}> span {words!r} is empty or begins or ends with white "
                "space; move the tag"
            )
        spans.append(Span(label, start + offset, end + offset, words))
    labels = codebook.sort({span.label for span in spans})
    return Sentence(text, offset, offset + len(text), tuple(spans), labels)


def parse_article(
    text: str, codebook: Codebook | None = None, *, where: str = "<string>"
) -> Article:
    """Parse one article in tagged text.

    Parameters
    ----------
    text : str
        The whole file.
    codebook : Codebook, optional
        The labels that may occur; the packaged one by default.
    where : str
        Named at the beginning of an error message, usually the file's path.

    Raises
    ------
    DataError
        If the header or a sentence breaks the format; the message names file and line.
    """
    if codebook is None:
        codebook = default_codebook()
    lines = text.split("\n")
    header: dict[str, str] = {}
    number, body = 0, len(lines)  # line numbers
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            body = number
            break
        match = _HEADER.fullmatch(line.strip())
        if match is None:
            raise DataError(
                f"{where}:{number}: expected a header line '# key: value' or the blank line that "
                f"ends the header, got {line[:60]!r}"
            )
        key, value = match.groups()
        if key not in (*_KEYS, *_OPTIONAL):
            raise DataError(
                f"{where}:{number}: unknown header key {key!r}; known: "
                f"{', '.join((*_KEYS, *_OPTIONAL))}"
            )
        if key in header:
            raise DataError(f"{where}:{number}: header key {key!r} stands twice")
        header[key] = value.strip()
    missing = [key for key in _KEYS if key not in header]
    if missing:
        raise DataError(f"{where}:{number}: the header lacks {', '.join(missing)}")
    if not header["id"] or not header["split-group"]:
        raise DataError(f"{where}:1: 'id' and 'split-group' must not be empty")
    if header["date"] and not check_date(header["date"]):
        raise DataError(
            f"{where}:{list(header).index('date') + 1}: date {header['date']!r} is not "
            "YYYY-MM-DD, YYYY-MM or YYYY"
        )

    parts: list[str] = []
    sentences: list[Sentence] = []
    length = 0
    new_paragraph = False
    for number, line in enumerate(lines[body:], start=body + 1):
        if not line.strip():
            new_paragraph = True
            continue
        if line != line.strip():
            raise DataError(f"{where}:{number}: the sentence begins or ends with white space")
        if sentences:
            gap = "\n\n" if new_paragraph else "\n"
            parts.append(gap)
            length += len(gap)
        new_paragraph = False
        sentence = parse_sentence(line, codebook, where=f"{where}:{number}", offset=length)
        parts.append(sentence.text)
        length = sentence.end
        sentences.append(sentence)
    if not sentences:
        raise DataError(f"{where}:{number}: the article has no sentence")
    return Article(
        id=header["id"],
        title=header["title"],
        text="".join(parts),
        sentences=tuple(sentences),
        dispute=header["dispute"],
        genre=header["genre"],
        date=header["date"],
        group=header["split-group"],
        annotator=header.get("annotator", ""),
    )


def sentence_lines(text: str) -> list[int]:
    """Return the line number of every sentence of an article in tagged text, counted from 1."""
    lines = text.split("\n")
    body = next((i for i, line in enumerate(lines) if not line.strip()), len(lines))
    return [i for i, line in enumerate(lines[body:], start=body + 1) if line.strip()]


def format_sentence(sentence: Sentence) -> str:
    """Return the sentence as tagged text; :func:`parse_sentence` reads it back.

    Raises
    ------
    DataError
        If the text holds a line break or something that looks like a tag, or if two spans of one
        label overlap: tagged text cannot say that.
    """
    text = sentence.text
    if "\n" in text or _LOOKS_LIKE_TAG.search(text):
        raise DataError(f"tagged text cannot hold a line break or a literal tag: {text[:60]!r}")
    last: dict[str, int] = {}
    for span in sorted(sentence.spans, key=lambda span: span.start):
        if span.start < last.get(span.label, 0):
            raise DataError(
                f"two {span.label} spans overlap, which tagged text cannot say: {text[:60]!r}"
            )
        last[span.label] = span.end
    # At one position close before opening, inner tags closed first and opened last.
    events: list[tuple[int, int, int, int, str]] = []
    for rank, span in enumerate(sentence.spans):
        start, end = span.start - sentence.start, span.end - sentence.start
        events.append((start, 1, -end, rank, f"<{span.label}>"))
        events.append((end, 0, -start, -rank, f"</{span.label}>"))
    pieces: list[str] = []
    position = 0
    for at, *_, tag in sorted(events):
        pieces.append(text[position:at])
        pieces.append(tag)
        position = at
    pieces.append(text[position:])
    return "".join(pieces)


def format_article(article: Article) -> str:
    """Return the article as tagged text; :func:`parse_article` reads it back."""
    lines = [
        f"# id: {article.id}",
        f"# title: {article.title}",
        f"# dispute: {article.dispute}",
        f"# genre: {article.genre}",
        f"# date: {article.date}",
        f"# split-group: {article.group}",
        *([f"# annotator: {article.annotator}"] if article.annotator else []),
        "",
    ]
    previous = None
    for sentence in article.sentences:
        if previous is not None and article.text[previous.end : sentence.start] == "\n\n":
            lines.append("")
        lines.append(format_sentence(sentence))
        previous = sentence
    return "\n".join(lines) + "\n"


def read_articles(
    paths: str | Path | Iterable[str | Path], codebook: Codebook | None = None
) -> list[Article]:
    """Read articles from files, or from every ``.txt`` file of a folder, sorted by name.

    Parameters
    ----------
    paths : path or iterable of paths
        A folder, a file, or several files.
    codebook : Codebook, optional
        The labels that may occur; the packaged one by default.

    Raises
    ------
    FileNotFoundError
        If a path does not exist.
    DataError
        If a file is not UTF-8, breaks the format or repeats an id, or the folder holds no article.
    """
    if isinstance(paths, (str, Path)):
        root = Path(paths)
        if not root.exists():
            raise FileNotFoundError(f"{root}: no such file or folder of tagged articles")
        files = sorted(root.glob("*.txt")) if root.is_dir() else [root]
        if not files:
            raise DataError(f"{root}: holds no .txt file; expected one tagged article a file")
    else:
        files = [Path(path) for path in paths]
    seen: dict[str, Path] = {}
    articles = []
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: not UTF-8 at byte {error.start}; convert the file") from error
        article = parse_article(text, codebook, where=str(path))
        if article.id in seen:
            raise DataError(f"{path}:1: id {article.id!r} was already used in {seen[article.id]}")
        seen[article.id] = path
        articles.append(article)
    return articles
