"""Labels that another annotator gave to the same sentences, kept beside the gold ones.

One JSON object a line; offsets are half-open characters into the sentence:

    {"id": "steel-0007", "sentence": 3, "labels": {"threat": [[0, 41]]}, "annotator": "s1"}

``second/labels.jsonl`` holds blind second labels, ``second/writer.jsonl`` the writer's labels of
the sentences that settlement changed, ``second/contrast.jsonl`` blind labels of contrast pairs,
which have ``"side": "a"`` or ``"b"`` instead of ``sentence``. ``annotator`` may be left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from framing.codebook import Codebook
from framing.dataset.contrast import SIDES, ContrastPair
from framing.dataset.lines import read_json_lines
from framing.errors import DataError
from framing.schema import Article, Sentence, Span

Place = tuple[str, int | str]  # article and sentence, or pair and side
Spans = dict[str, tuple[tuple[int, int], ...]]  # label -> offsets into the sentence


@dataclass(frozen=True, slots=True)
class Answer:
    """What one annotator said of one sentence.

    Parameters
    ----------
    place : (str, int or str)
        Article id and sentence position, or pair id and side.
    spans : dict of str to tuple of (int, int)
        Labels with their half-open character offsets into the sentence.
    annotator : str
        Who, or the empty string.
    where : str
        ``path:line``.
    """

    place: Place
    spans: Spans
    annotator: str
    where: str


def places_of_articles(articles: Iterable[Article]) -> dict[Place, str]:
    """Return the text of every sentence by article id and position."""
    return {(a.id, i): s.text for a in articles for i, s in enumerate(a.sentences)}


def places_of_pairs(pairs: Iterable[ContrastPair]) -> dict[Place, str]:
    """Return the text of every version by pair id and side."""
    return {(pair.id, side): pair.side(side).text for pair in pairs for side in SIDES}


def read_answers(path: str | Path, texts: Mapping[Place, str], codebook: Codebook) -> list[Answer]:
    """Read the answers of a file.

    Parameters
    ----------
    path : str or Path
        JSON lines, see the head of this module.
    texts : mapping
        The sentences that may be answered, see :func:`places_of_articles`.
    codebook : Codebook
        The labels that may occur.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DataError
        If a line breaks the format, or its sentence or offsets are not there.
    """
    answers, errors = check_answers(path, texts, codebook)
    if errors:
        raise errors[0]
    return answers


def check_answers(
    path: str | Path, texts: Mapping[Place, str], codebook: Codebook
) -> tuple[list[Answer], list[DataError]]:
    """Read the answers of a file, going on after an error; see :func:`read_answers`."""
    answers: list[Answer] = []
    errors: list[DataError] = []
    seen: dict[tuple[Place, str], str] = {}
    for where, record in read_json_lines(path):
        try:
            if isinstance(record, DataError):
                raise record
            answer = _answer(record, texts, codebook, where)
            key = (answer.place, answer.annotator)
            if key in seen:
                raise DataError(
                    f"{where}: {answer.place[0]!r}, {answer.place[1]!r} was already answered in "
                    f"{seen[key]}"
                )
            seen[key] = where
            answers.append(answer)
        except DataError as error:
            errors.append(error)
    return answers, errors


def _answer(
    record: dict[str, Any], texts: Mapping[Place, str], codebook: Codebook, where: str
) -> Answer:
    name, annotator = record.get("id"), record.get("annotator", "")
    unit = record.get("sentence", record.get("side"))
    if not isinstance(name, str) or not isinstance(unit, (int, str)):
        raise DataError(f"{where}: expected 'id' and 'sentence' (or 'side'), got {record!r:.80}")
    if not isinstance(annotator, str):
        raise DataError(f"{where}: 'annotator' must be a string, got {annotator!r}")
    if (name, unit) not in texts:
        raise DataError(f"{where}: there is no {name!r} with sentence or side {unit!r}")
    labels = record.get("labels")
    if not isinstance(labels, dict):
        raise DataError(f"{where}: 'labels' must be an object, got {labels!r:.80}")
    length = len(texts[name, unit])
    return Answer((name, unit), check_offsets(labels, length, codebook, where), annotator, where)


def check_offsets(labels: Mapping[str, Any], length: int, codebook: Codebook, where: str) -> Spans:
    """Return ``{label: [[start, end], ...]}`` as checked offsets into a sentence.

    Parameters
    ----------
    labels : mapping
        As it was read.
    length : int
        Number of characters of the sentence.
    codebook : Codebook
        The labels that may occur.
    where : str
        Begins an error message.

    Raises
    ------
    DataError
        For an unknown label, a label without a span, or offsets outside the sentence.
    """
    spans: Spans = {}
    for label, offsets in labels.items():
        codebook.check_label(label, where)
        if not isinstance(offsets, list) or not offsets:
            raise DataError(f"{where}: {label!r} needs at least one [start, end], got {offsets!r}")
        for pair in offsets:
            if not (
                isinstance(pair, list)
                and len(pair) == 2
                and all(type(end) is int for end in pair)
                and 0 <= pair[0] < pair[1] <= length
            ):
                raise DataError(
                    f"{where}: {label} span {pair!r} is not [start, end] within a sentence of "
                    f"{length} characters"
                )
        spans[label] = tuple(sorted((start, end) for start, end in offsets))
    return spans


def gold_spans(sentence: Sentence) -> Spans:
    """Return the gold spans of a sentence with offsets into the sentence."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for span in sentence.spans:
        place = (span.start - sentence.start, span.end - sentence.start)
        spans.setdefault(span.label, []).append(place)
    return {label: tuple(sorted(offsets)) for label, offsets in spans.items()}


def relabel(
    articles: Iterable[Article], answers: Sequence[Answer], codebook: Codebook
) -> list[Article]:
    """Return the articles with the answers in the place of their gold labels.

    Parameters
    ----------
    articles : iterable of Article
        Sentences without an answer keep their labels.
    answers : sequence of Answer
        Of one annotator: at most one a sentence.
    codebook : Codebook
        Gives the order of the labels.
    """
    given = {answer.place: answer.spans for answer in answers}
    return [
        replace(
            article,
            sentences=tuple(
                _relabelled(sentence, given[article.id, i], codebook)
                if (article.id, i) in given
                else sentence
                for i, sentence in enumerate(article.sentences)
            ),
        )
        for article in articles
    ]


def _relabelled(sentence: Sentence, spans: Spans, codebook: Codebook) -> Sentence:
    order = {name: i for i, name in enumerate(codebook.names)}
    found = [
        Span(label, sentence.start + start, sentence.start + end, sentence.text[start:end])
        for label, offsets in spans.items()
        for start, end in offsets
    ]
    found.sort(key=lambda span: (span.start, span.end, order[span.label]))
    labels = codebook.sort(frozenset(spans))
    return Sentence(sentence.text, sentence.start, sentence.end, tuple(found), labels)
