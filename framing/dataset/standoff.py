"""Labels without their texts: joined with the documents where the user has them.

The labelled sentences of real documents are kept as standoff lines, since the texts belong to
others. ``labels.jsonl`` holds what finds each sentence again and proves that it is the one that was
labelled:

    {"doc_id": "9f2…", "sent_idx": 4, "start": 312, "end": 408, "sha256": "…",
     "labels": {"threat": [[10, 42]]}, "annotator": "a"}

``start`` and ``end`` are character offsets into the document, left out where only sentences were at
hand; ``sha256`` begins the SHA-256 of the sentence with its white space folded; spans are half-open
character offsets into the folded sentence. ``"chosen": true`` marks sentences that a model chose,
see :mod:`framing.dataset.records`. A sentence has a line for each annotator; ``"doubted": true``
marks a second reading because a model contradicted the first, ``"settled": true`` that of a third
reader who settled a disagreement. ``documents.tsv`` beside it tells where each document comes from:
``doc_id``, ``genre``, ``date``, ``license``, ``source`` (repository:path).
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import lzma
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from framing.errors import DataError
from framing.schema import BEFORE
from framing.sentences import split

LABELS, DOCUMENTS = "labels.jsonl", "documents.tsv"
_COLUMNS = ("doc_id", "genre", "date", "license", "source")
MARKS = ("chosen", "doubted", "settled")  # true or left out
_HIDDEN = ("sha256", "labels", "order", "doubted", "settled")
_KEPT = ("doc_id", "sent_idx", "start", "end", "annotator", *MARKS)


def fold(text: str) -> str:
    """Return the text with every run of white space as one space, none at the ends."""
    return " ".join(text.split())


def fingerprint(text: str) -> str:
    """Return the first 16 hex digits of the SHA-256 of the folded text."""
    return hashlib.sha256(fold(text).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def to_standoff(record: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a labelled sentence with its text into a line without it.

    Parameters
    ----------
    record : mapping
        As in :mod:`framing.dataset.records`: ``doc_id``, ``text`` and ``labels`` at least.

    Raises
    ------
    DataError
        If a span does not stand in the text.
    """
    text = fold(record["text"])
    labels: dict[str, list[list[int]]] = {}
    for label, spans in record["labels"].items():
        labels[label] = []
        for words in map(fold, spans):
            start = text.find(words)
            if start < 0 or not words:
                raise DataError(f"{record['doc_id']}: {label} span {words!r} is not in the text")
            labels[label].append([start, start + len(words)])
    line = {key: record[key] for key in _KEPT if record.get(key) is not None}
    return {**line, "sha256": fingerprint(text), "labels": labels}


@dataclass(slots=True)
class Resolution:
    """What :func:`resolve` found.

    Parameters
    ----------
    records : list of dict
        Labelled sentences with their texts, the sentences of a document together and in order;
        ``before`` holds the sentences that stand before the first of each passage.
    missing : dict of str to int
        Documents that were not given, with the number of their labelled sentences.
    changed : list of str
        Sentences whose text is not the one that was labelled, as ``doc_id:sent_idx``.
    overlapping : list of str
        Sentences left out since another that was labelled overlaps them, in the same form.
    """

    records: list[dict[str, Any]] = field(default_factory=list)
    missing: dict[str, int] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    overlapping: list[str] = field(default_factory=list)

    @property
    def sentences(self) -> int:
        """Number of sentences that have labels, found or not."""
        found = len(self.records) + len(self.changed) + len(self.overlapping)
        return found + sum(self.missing.values())


def resolve(lines: Iterable[Mapping[str, Any]], documents: Sequence[str | Path]) -> Resolution:
    """Join standoff lines with the texts of documents, and check each sentence's hash.

    Of a sentence that several annotators labelled, the settled line is taken, else the first; of
    two sentences that overlap, the settled one, else the one labelled later.

    Parameters
    ----------
    lines : iterable of mapping
        Standoff lines, see :func:`read_standoff`.
    documents : sequence of paths
        JSON-lines files, plain or ``.xz``, of whole documents (``doc_id``, ``text``) or of
        sentences (``doc_id``, ``sent_idx``, ``text``).

    Raises
    ------
    FileNotFoundError
        If a file does not exist.
    DataError
        If a line of a file is not such a JSON object.
    """
    lines = list(lines)
    wanted = {str(line["doc_id"]) for line in lines}
    texts: dict[str, str] = {}
    sentences: dict[tuple[str, int], str] = {}
    titles: dict[str, str] = {}
    for path in documents:
        for record in _read_jsonl(Path(path), ("doc_id", "text")):
            doc_id = record["doc_id"]
            if doc_id in wanted:
                titles.setdefault(doc_id, record.get("title") or "")
                if "sent_idx" in record:
                    sentences[doc_id, record["sent_idx"]] = record["text"]
                else:
                    texts[doc_id] = record["text"]
    result = Resolution()
    known = set(texts) | {doc_id for doc_id, _ in sentences}
    numbered = [{**line, "order": i} for i, line in enumerate(lines)]
    kept, dropped = _apart(one_a_sentence(numbered))
    result.overlapping = [f"{line['doc_id']}:{line.get('sent_idx')}" for line in dropped]
    for line in kept:
        doc_id = line["doc_id"]
        if doc_id not in known:
            result.missing[doc_id] = result.missing.get(doc_id, 0) + 1
            continue
        candidates = [sentences.get((doc_id, line.get("sent_idx", -1)), "")]
        if doc_id in texts and line.get("start") is not None:
            candidates.append(texts[doc_id][line["start"] : line["end"]])
        found = [fold(text) for text in candidates if fingerprint(text) == line["sha256"]]
        if not found:
            result.changed.append(f"{doc_id}:{line.get('sent_idx')}")
            continue
        text = found[0]
        labels = {
            label: [text[start:end] for start, end in spans]
            for label, spans in line["labels"].items()
        }
        plain = {k: v for k, v in line.items() if k not in _HIDDEN}
        result.records.append({**plain, "title": titles[doc_id], "text": text, "labels": labels})
    _add_before(result.records, texts, sentences)
    return result


def _add_before(
    records: Sequence[dict[str, Any]],
    texts: Mapping[str, str],
    sentences: Mapping[tuple[str, int], str],
) -> None:
    """Give each record that does not stand directly behind the last one what stands before it.

    A title counts as standing before the first sentence of a document.
    """
    last: dict[str, Any] = {}
    ends: list[int] = []
    bounds: list[tuple[int, int]] = []
    for record in records:
        doc_id, index, start = record["doc_id"], record.get("sent_idx"), record.get("start")
        whole = texts.get(doc_id) if start is not None else None
        if whole is not None and (last.get("doc_id") != doc_id or not bounds):
            bounds = split(whole)
            ends = [end for _, end in bounds]
        if not _follows(record, last, whole):
            before: list[str] = []
            opening = index == 0
            if whole is not None and start is not None:
                upto = bisect_right(ends, start)
                before = [whole[i:j] for i, j in bounds[max(0, upto - BEFORE) : upto]]
                opening = upto <= BEFORE
            elif index is not None:
                places = ((doc_id, index - n) for n in range(1, BEFORE + 1))
                near = list(itertools.takewhile(sentences.__contains__, places))
                before = [sentences[place] for place in reversed(near)]
                opening = index == len(near)
            title = [record["title"]] if opening and before and record["title"].strip() else []
            record["before"] = [fold(text) for text in (*title, *before)]
        last = record
        if whole is None:
            bounds = []


def _follows(record: Mapping[str, Any], last: Mapping[str, Any], whole: str | None) -> bool:
    """Tell whether a record stands directly behind the last one, by number and by place."""
    index = record.get("sent_idx")
    if (
        index is None
        or last.get("doc_id") != record["doc_id"]
        or last.get("sent_idx") != index - 1
        or last.get("chosen") != record.get("chosen")
    ):
        return False
    if whole is None or last.get("end") is None:
        return True
    return not whole[last["end"] : record["start"]].strip()


def sentence_key(line: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what the lines of one sentence have in common."""
    return tuple(line.get(name) for name in ("doc_id", "sent_idx", "start", "sha256"))


def one_a_sentence(lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the line that holds of each sentence, document by document, in the order of the text.

    Of several lines the settled one holds, else the first. The sentence is marked as chosen by a
    model only if all its lines are.
    """
    answers: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    documents: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        answers[sentence_key(line)].append(line)
        documents.setdefault(line["doc_id"], [])
    for same in answers.values():
        line = dict(next((one for one in same if one.get("settled")), same[0]))
        if not all(one.get("chosen") for one in same):
            line.pop("chosen", None)
        documents[line["doc_id"]].append(line)
    for found in documents.values():
        placed = all(line.get("start") is not None for line in found)
        order = "start" if placed else "sent_idx"
        found.sort(key=lambda line, order=order: line.get(order) or 0)  # type: ignore[misc]
    return [line for found in documents.values() for line in found]


def _apart(lines: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Divide lines into those that do not overlap and those left out for them.

    Splitters of different days cut a few stretches of text in two ways. Of two that overlap the
    settled one is kept, else the one labelled later.
    """
    kept: list[dict[str, Any]] = []
    dropped: list[dict[str, Any]] = []
    for line in lines:
        last = kept[-1] if kept else {}
        same = last.get("doc_id") == line["doc_id"] and line.get("start") is not None
        if not same or last.get("end") is None or line["start"] >= last["end"]:
            kept.append(line)
        elif _rank(last) > _rank(line):
            dropped.append(line)
        else:
            dropped.append(kept.pop())
            kept.append(line)
    return kept, dropped


def _rank(line: Mapping[str, Any]) -> tuple[bool, int]:
    """Return what decides between lines that overlap: settled ones first, then later ones."""
    return bool(line.get("settled")), line["order"]


def read_standoff(folder: str | Path) -> list[dict[str, Any]]:
    """Read the standoff lines of a folder, each with the origin of its document.

    Raises
    ------
    FileNotFoundError
        If ``labels.jsonl`` or ``documents.tsv`` is not there.
    DataError
        If a line is not a JSON object with ``doc_id``, ``sha256`` and ``labels``, or its document
        has no origin.
    """
    path = Path(folder) / DOCUMENTS
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise DataError(f"{path}:1: expected the columns {', '.join(_COLUMNS)}")
        origins = {row["doc_id"]: row for row in reader}
    lines = []
    for line in _read_jsonl(Path(folder) / LABELS, ("doc_id", "sha256", "labels")):
        if line["doc_id"] not in origins:
            raise DataError(f"{path}: has no document {line['doc_id']!r} of {LABELS}")
        lines.append({**origins[line["doc_id"]], **line})
    return lines


def write_standoff(folder: str | Path, records: Iterable[Mapping[str, Any]]) -> int:
    """Write labelled sentences as standoff; the opposite of :func:`resolve`.

    Parameters
    ----------
    folder : str or Path
        Made if need be; ``labels.jsonl`` and ``documents.tsv`` in it are replaced.
    records : iterable of mapping
        As in :mod:`framing.dataset.records`.

    Returns
    -------
    int
        Number of sentences.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    origins: dict[str, str] = {}
    lines = []
    for record in records:
        origin = "\t".join(fold(str(record.get(column) or "")) for column in _COLUMNS)
        origins.setdefault(record["doc_id"], origin)
        lines.append(json.dumps(to_standoff(record), ensure_ascii=False))
    table = ["\t".join(_COLUMNS), *origins.values()]
    (folder / DOCUMENTS).write_text("\n".join(table) + "\n", encoding="utf-8")
    (folder / LABELS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


def _read_jsonl(path: Path, required: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    with _open(path) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(f"{path}:{number}: not a JSON object: {error}") from error
            if not isinstance(record, dict) or any(key not in record for key in required):
                raise DataError(f"{path}:{number}: expected an object with {', '.join(required)}")
            yield record


def _open(path: Path) -> IO[str]:
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")
