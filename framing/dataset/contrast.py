"""Contrast pairs: a sentence in its context, and its smallest change that flips one label.

One JSON object a line of ``contrast/pairs.jsonl`` (to measure on) and ``contrast/training.jsonl``
(to train on):

    {"id": "c1-001", "flips": "threat", "kind": "announced or in force",
     "context": ["The ministry published the list on Monday."],
     "a": {"text": "Duties of 45% will follow in March.",
           "labels": {"threat": ["Duties of 45% will follow in March"]}},
     "b": {"text": "Duties of 45% were levied in March.", "labels": {}}}

``context`` holds the sentences before, oldest first; ``title`` may be given too. Exactly one side
carries the flipped label; every other label is on both sides or on neither.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framing.codebook import Codebook, default_codebook
from framing.dataset.lines import read_json_lines
from framing.dataset.records import build_sentence, check_spans
from framing.errors import DataError
from framing.schema import Article, Sentence, Span

SIDES = ("a", "b")
LEAST_SHARED = 0.5  # of the words, by difflib's ratio; below that nothing is contrasted
_REQUIRED = ("id", "context", "a", "b", "flips", "kind")


@dataclass(frozen=True, slots=True)
class ContrastPair:
    """Two versions of one sentence, of which exactly one carries the label ``flips``.

    Parameters
    ----------
    id : str
        Unique name.
    context : tuple of str
        The sentences before, oldest first.
    a, b : Sentence
        The two versions with their gold labels; offsets count from the start of the sentence.
    flips : str
        The label that one version carries and the other does not.
    kind : str
        What the contrast turns on, such as ``"announced or in force"``.
    title : str
        Headline, or the empty string.
    """

    id: str
    context: tuple[str, ...]
    a: Sentence
    b: Sentence
    flips: str
    kind: str
    title: str = ""

    def side(self, name: str) -> Sentence:
        """Return version ``"a"`` or ``"b"``."""
        return self.a if name == "a" else self.b

    def excerpt(self, name: str) -> Article:
        """Return one version as an article of one sentence, with what stands before it."""
        side = self.side(name)
        return Article(
            id=f"{self.id}:{name}",
            title=self.title,
            text=side.text,
            sentences=(side,),
            group=self.id,
            before=self.context,
        )

    def article(self, name: str) -> Article:
        """Return the context and one version as an article whose last sentence is the version."""
        sentences: list[Sentence] = []
        position = 0
        for text in self.context:
            sentences.append(Sentence(text, position, position + len(text)))
            position += len(text) + 1
        side = self.side(name)
        spans = tuple(
            Span(span.label, span.start + position, span.end + position, span.text)
            for span in side.spans
        )
        sentences.append(
            Sentence(side.text, position, position + len(side.text), spans, side.labels)
        )
        return Article(
            id=f"{self.id}:{name}",
            title=self.title,
            text="\n".join(sentence.text for sentence in sentences),
            sentences=tuple(sentences),
            group=self.id,
        )


def read_contrast(
    paths: str | Path | Sequence[str | Path], codebook: Codebook | None = None
) -> list[ContrastPair]:
    """Read contrast pairs and check each.

    Parameters
    ----------
    paths : path or sequence of paths
        JSON-lines files, see the head of this module.
    codebook : Codebook, optional
        The labels that may occur; the packaged one by default.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DataError
        If a line breaks the format or a rule; the message names file and line.
    """
    pairs, errors = check_contrast(paths, codebook)
    if errors:
        raise errors[0]
    return pairs


def check_contrast(
    paths: str | Path | Sequence[str | Path], codebook: Codebook | None = None
) -> tuple[list[ContrastPair], list[DataError]]:
    """Read contrast pairs, going on after an error.

    Parameters
    ----------
    paths, codebook
        As for :func:`read_contrast`.

    Returns
    -------
    (list of ContrastPair, list of DataError)
        The sound pairs, and what is wrong with the others.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    if codebook is None:
        codebook = default_codebook()
    pairs: list[ContrastPair] = []
    errors: list[DataError] = []
    seen: dict[str, str] = {}  # id, and text of a side -> where
    for path in [paths] if isinstance(paths, (str, Path)) else paths:
        count = 0
        for where, record in read_json_lines(path):
            count += 1
            try:
                if isinstance(record, DataError):
                    raise record
                pair = _pair(record, codebook, where)
                for what in (f"id {pair.id!r}", *(repr(pair.side(s).text) for s in SIDES)):
                    if what in seen:
                        raise DataError(f"{where}: {what:.80} was already used in {seen[what]}")
                    seen[what] = where
                pairs.append(pair)
            except DataError as error:
                errors.append(error)
        if not count:
            errors.append(DataError(f"{path}: holds no pair; expected one JSON object a line"))
    return pairs, errors


def write_contrast(path: str | Path, pairs: Sequence[ContrastPair]) -> None:
    """Write pairs as JSON lines that :func:`read_contrast` reads."""
    lines = []
    for pair in pairs:
        plain: dict[str, Any] = {"id": pair.id, "flips": pair.flips, "kind": pair.kind}
        if pair.title:
            plain["title"] = pair.title
        plain["context"] = list(pair.context)
        for side in SIDES:
            sentence = pair.side(side)
            labels = {
                label: [span.text for span in sentence.spans if span.label == label]
                for label in sentence.labels
            }
            plain[side] = {"text": sentence.text, "labels": labels}
        lines.append(json.dumps(plain, ensure_ascii=False) + "\n")
    Path(path).write_text("".join(lines), encoding="utf-8")


def _pair(record: dict[str, Any], codebook: Codebook, where: str) -> ContrastPair:
    missing = [key for key in _REQUIRED if key not in record]
    unknown = sorted(set(record) - {*_REQUIRED, "title"})
    if missing or unknown:
        raise DataError(
            f"{where}: keys missing: {', '.join(missing) or 'none'}; keys unknown: "
            f"{', '.join(unknown) or 'none'}; expected {', '.join(_REQUIRED)}, and title if wanted"
        )
    for key in ("id", "flips", "kind"):
        if not isinstance(record[key], str) or not record[key].strip():
            raise DataError(f"{where}: {key!r} must be a non-empty string, got {record[key]!r}")
    if not isinstance(record.get("title", ""), str):
        raise DataError(f"{where}: 'title' must be a string, got {record['title']!r}")
    context = record["context"]
    if not isinstance(context, list) or not all(map(_is_sentence, context)):
        raise DataError(
            f"{where}: 'context' must be a list of sentences, each a string without line breaks or "
            f"white space at its ends, got {context!r:.80}"
        )
    if record["flips"] not in codebook:
        raise DataError(
            f"{where}: 'flips' names {record['flips']!r}; the codebook {codebook.name!r} has "
            f"{', '.join(codebook.names)}"
        )
    a, b = (_side(record[name], codebook, f"{where}: side {name}") for name in SIDES)
    _check_flip(a, b, record["flips"], where)
    return ContrastPair(
        id=record["id"],
        context=tuple(context),
        a=a,
        b=b,
        flips=record["flips"],
        kind=record["kind"],
        title=record.get("title", ""),
    )


def _is_sentence(text: Any) -> bool:
    return isinstance(text, str) and text == text.strip() != "" and "\n" not in text


def _side(side: Any, codebook: Codebook, where: str) -> Sentence:
    if not isinstance(side, dict) or set(side) != {"text", "labels"}:
        raise DataError(f"{where}: expected an object with text and labels, got {side!r:.80}")
    if not _is_sentence(side["text"]):
        raise DataError(
            f"{where}: 'text' must be one sentence without line breaks or white space at its "
            f"ends, got {side['text']!r:.80}"
        )
    if not isinstance(side["labels"], dict):
        raise DataError(f"{where}: 'labels' must be an object, got {side['labels']!r:.80}")
    check_spans(side["labels"], side["text"], codebook, where)
    for label, spans in side["labels"].items():
        for words in spans:
            if words != words.strip():
                raise DataError(f"{where}: the {label} span {words!r} has white space at its ends")
            if side["text"].count(words) > 1:
                raise DataError(
                    f"{where}: the {label} span {words!r} stands more than once in the text; "
                    "give more words"
                )
    return build_sentence(side["text"], side["labels"], codebook)


def _check_flip(a: Sentence, b: Sentence, flips: str, where: str) -> None:
    if (flips in a.labels) == (flips in b.labels):
        raise DataError(
            f"{where}: {flips!r} is on {'both sides' if flips in a.labels else 'neither side'}; "
            "exactly one of a and b must carry the label that flips"
        )
    others = (set(a.labels) ^ set(b.labels)) - {flips}
    if others:
        raise DataError(
            f"{where}: {', '.join(sorted(others))} differs too; only {flips!r} may differ between "
            "a and b"
        )
    ratio = difflib.SequenceMatcher(None, a.text.split(), b.text.split(), autojunk=False).ratio()
    if ratio < LEAST_SHARED:
        raise DataError(
            f"{where}: a and b share {ratio:.0%} of their words, expected at least "
            f"{LEAST_SHARED:.0%}; make the smallest change that flips the label"
        )


def changed_words(pair: ContrastPair) -> int:
    """Return how many words of the longer version are not shared with the other."""
    a, b = pair.a.text.split(), pair.b.text.split()
    blocks = difflib.SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    return max(len(a), len(b)) - sum(block.size for block in blocks)
