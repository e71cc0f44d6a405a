"""Labelled sentences as JSON lines: one sentence a line, the sentences of a document in order.

    {"doc_id": "a1", "sent_idx": 0, "title": "...", "genre": "...", "date": "2025-04-13",
     "text": "Duties will follow.", "labels": {"threat": ["Duties will follow"]}}

Only ``doc_id``, ``text`` and ``labels`` are required. ``"chosen": true`` says that a model chose
the sentence to be labelled: it is trained on, never validated on. A span is given by its words; its
first occurrence in the text is meant. A gap in ``sent_idx`` starts a new passage, so that sentences
are read as context only of sentences that they really stood beside, and so does ``"before": ["...",
"..."]``, which gives the sentences without labels that stand before, oldest first. Records without
``sent_idx`` are taken to stand one behind the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from framing.codebook import Codebook, default_codebook
from framing.errors import DataError
from framing.schema import Article, Sentence, Span


def read_records(path: str | Path, codebook: Codebook | None = None) -> list[Article]:
    """Read labelled sentences as articles, one for each unbroken passage of a document.

    Parameters
    ----------
    path : str or Path
        A JSON-lines file, see the head of this module.
    codebook : Codebook, optional
        The labels that may occur; the packaged one by default.

    Returns
    -------
    list of Article
        The id is ``doc_id``, or ``doc_id#k`` for the k-th further passage; `group` is ``doc_id``.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DataError
        If a line is not a JSON object of that form, names an unknown label or a span that does not
        stand in its text; the message names file and line.
    """
    if codebook is None:
        codebook = default_codebook()
    path = Path(path)
    passages: list[tuple[str, dict[str, Any], list[tuple[str, dict[str, list[str]]]]]] = []
    previous: tuple[str, int | None, bool] | None = None
    parts: dict[str, int] = {}
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 at byte {error.start}; convert the file") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        record = _parse(line, codebook, f"{path}:{number}")
        doc_id, index = record["doc_id"], record.get("sent_idx")
        chosen = record.get("chosen", False)
        follows = (
            previous is not None
            and "before" not in record
            and previous[0] == doc_id
            and previous[2] == chosen
            and (index is None or previous[1] is None or index == previous[1] + 1)
        )
        if not follows:
            parts[doc_id] = parts.get(doc_id, -1) + 1
            name = doc_id if parts[doc_id] == 0 else f"{doc_id}#{parts[doc_id]}"
            passages.append((name, record, []))
        passages[-1][2].append((record["text"], record["labels"]))
        previous = (doc_id, index, chosen)
    if not passages:
        raise DataError(f"{path}: holds no record; expected one JSON object a line")
    return [_article(name, record, sentences, codebook) for name, record, sentences in passages]


def check_spans(labels: Mapping[str, Any], text: str, codebook: Codebook, where: str) -> None:
    """Check labels given as ``{label: [words, ...]}`` against the text that they are of.

    Raises
    ------
    DataError
        For an unknown label, a label without a span, or words that do not stand in the text.
    """
    for label, spans in labels.items():
        codebook.check_label(label, where)
        if not isinstance(spans, list) or not spans:
            raise DataError(f"{where}: {label!r} needs a list of at least one span, got {spans!r}")
        for words in spans:
            if not isinstance(words, str) or not words.strip() or words not in text:
                raise DataError(f"{where}: the {label} span {words!r} does not stand in the text")


def build_sentence(
    text: str, labels: Mapping[str, Sequence[str]], codebook: Codebook, *, start: int = 0
) -> Sentence:
    """Return the sentence whose spans are given by their words; the first occurrence is meant.

    Parameters
    ----------
    text : str
        The sentence.
    labels : mapping of str to sequence of str
        Checked before with :func:`check_spans`.
    codebook : Codebook
        Gives the order of the labels.
    start : int
        Where the sentence starts in its article.
    """
    spans = [
        Span(label, start + text.index(words), start + text.index(words) + len(words), words)
        for label in codebook.names
        for words in labels.get(label, [])
    ]
    spans.sort(key=lambda span: (span.start, span.end))
    return Sentence(text, start, start + len(text), tuple(spans), codebook.sort(frozenset(labels)))


def _parse(line: str, codebook: Codebook, where: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError(f"{where}: not a JSON object: {error}") from error
    if not isinstance(record, dict):
        raise DataError(f"{where}: expected a JSON object, got {type(record).__name__}")
    for key, kind in (("doc_id", str), ("text", str), ("labels", dict)):
        if not isinstance(record.get(key), kind):
            raise DataError(f"{where}: {key!r} must be {kind.__name__}, got {record.get(key)!r}")
    if not record["text"].strip():
        raise DataError(f"{where}: 'text' is blank")
    if record.get("sent_idx") is not None and not isinstance(record["sent_idx"], int):
        raise DataError(f"{where}: 'sent_idx' must be a whole number, got {record['sent_idx']!r}")
    if not isinstance(record.get("chosen", False), bool):
        raise DataError(f"{where}: 'chosen' must be true or false, got {record['chosen']!r}")
    before = record.get("before", [])
    if not isinstance(before, list) or not all(isinstance(text, str) for text in before):
        raise DataError(f"{where}: 'before' must be a list of sentences, got {before!r:.80}")
    check_spans(record["labels"], record["text"], codebook, where)
    return record


def _article(
    name: str,
    record: dict[str, Any],
    rows: list[tuple[str, dict[str, list[str]]]],
    codebook: Codebook,
) -> Article:
    sentences = []
    position = 0
    for text, labels in rows:
        sentences.append(build_sentence(text, labels, codebook, start=position))
        position += len(text) + 1
    return Article(
        id=name,
        title=str(record.get("title") or ""),
        text="\n".join(text for text, _ in rows),
        sentences=tuple(sentences),
        dispute=str(record.get("dispute") or ""),
        genre=str(record.get("genre") or ""),
        date=str(record.get("date") or ""),
        group=record["doc_id"],
        chosen=record.get("chosen", False),
        before=tuple(text for text in record.get("before", ()) if text.strip()),
    )
