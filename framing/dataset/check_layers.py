"""Checks of what lies beside the articles: second labels, contrast pairs, standoff labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from framing.codebook import Codebook
from framing.dataset.contrast import ContrastPair, check_contrast
from framing.dataset.folder import DataFolder
from framing.dataset.lines import read_json_lines
from framing.dataset.second import (
    Answer,
    Place,
    Spans,
    check_answers,
    check_offsets,
    gold_spans,
    places_of_articles,
    places_of_pairs,
)
from framing.dataset.splits import SPLITS
from framing.dataset.standoff import LABELS, MARKS, one_a_sentence, read_standoff, sentence_key
from framing.errors import DataError
from framing.schema import Article

_LONG = 100_000  # characters: the length of a standoff sentence is not known


def check_layers(
    folder: DataFolder,
    codebook: Codebook,
    articles: Sequence[Article],
    splits: Mapping[str, str],
    errors: list[str],
    layers: list[str],
) -> None:
    """Check every layer that is there; append to `errors` and to `layers`."""
    texts = places_of_articles(articles)
    if folder.second.is_file():
        answers = _answers(folder.second, texts, codebook, errors)
        errors += _incomplete(folder.second, answers, articles)
        layers.append(f"second labels: {_coverage(answers, articles, splits)}")
    if folder.writer.is_file():
        answers = _answers(folder.writer, texts, codebook, errors)
        gold: dict[Place, Spans] = {
            (a.id, i): gold_spans(s) for a in articles for i, s in enumerate(a)
        }
        same = [a for a in answers if gold[a.place] == a.spans]
        errors += [f"{a.where}: the same as the gold labels; leave the line out" for a in same]
        layers.append(f"writer's labels where settlement changed them: {len(answers)} sentences")
    if folder.contrast.is_file():
        _contrast(folder, codebook, errors, layers)
    elif folder.contrast_training.is_file():
        errors.append(f"{folder.contrast_training}: there is no {folder.contrast} to measure on")
    elif folder.second_contrast.is_file():
        errors.append(f"{folder.second_contrast}: there is no {folder.contrast}")
    if folder.standoff.is_dir():
        _standoff(folder.standoff, codebook, errors, layers)


def _answers(
    path: Path, texts: Mapping[Place, str], codebook: Codebook, errors: list[str]
) -> list[Answer]:
    answers, broken = check_answers(path, texts, codebook)
    errors += map(str, broken)
    return answers


def _incomplete(path: Path, answers: Sequence[Answer], articles: Sequence[Article]) -> list[str]:
    """Tell which articles an annotator left half done: their sentences were read in context."""
    counts = Counter((answer.annotator, answer.place[0]) for answer in answers)
    length = {article.id: len(article) for article in articles}
    return [
        f"{path}: {name!r} has {count} of {length[name]} sentences"
        + (f" by {annotator!r}" if annotator else "")
        for (annotator, name), count in sorted(counts.items())
        if count != length[name]
    ]


def _coverage(
    answers: Sequence[Answer], articles: Sequence[Article], splits: Mapping[str, str]
) -> str:
    done = {answer.place[0] for answer in answers}
    parts = []
    for split in SPLITS:
        group = [a.id for a in articles if splits.get(a.id) == split]
        if group:
            parts.append(f"{sum(name in done for name in group)} of {len(group)} {split}")
    places = {answer.place for answer in answers}
    return f"{len(places)} sentences of {', '.join(parts) or len(done)} articles"


def _contrast(folder: DataFolder, codebook: Codebook, errors: list[str], layers: list[str]) -> None:
    pairs, broken = check_contrast(folder.contrast, codebook)
    layers.append(f"contrast pairs: {_flips(pairs, codebook)}")
    if folder.contrast_training.is_file():
        both = [folder.contrast, folder.contrast_training]  # no pair may stand in both
        everything, broken = check_contrast(both, codebook)
        layers.append(f"contrast pairs for training: {_flips(everything[len(pairs) :], codebook)}")
    errors += map(str, broken)
    if folder.second_contrast.is_file():
        texts = places_of_pairs(pairs)
        answers = _answers(folder.second_contrast, texts, codebook, errors)
        answered = len({answer.place for answer in answers})
        layers.append(f"second labels of contrast pairs: {answered} of {len(texts)} sides")


def _flips(pairs: Sequence[ContrastPair], codebook: Codebook) -> str:
    flips = Counter(pair.flips for pair in pairs)
    by_label = ", ".join(f"{flips[name]} {name}" for name in codebook.names if flips[name])
    return f"{len(pairs)} ({by_label})"


def _standoff(folder: Path, codebook: Codebook, errors: list[str], layers: list[str]) -> None:
    try:
        lines = read_standoff(folder)
    except (DataError, FileNotFoundError) as error:
        errors.append(str(error))
        return
    annotators: dict[tuple[object, ...], set[str]] = defaultdict(set)
    settled: dict[tuple[object, ...], str] = {}
    places = (where for where, _ in read_json_lines(folder / LABELS))
    for where, line in zip(places, lines, strict=True):
        try:
            check_offsets(line["labels"], _LONG, codebook, where)
        except DataError as error:
            errors.append(str(error))
            continue
        who = str(line.get("annotator", ""))
        key = sentence_key(line)
        if who in annotators[key]:
            errors.append(f"{where}: annotator {who!r} labelled this sentence before")
        annotators[key].add(who)
        errors += [
            f"{where}: {name!r} must be true or false, got {line[name]!r}"
            for name in MARKS
            if not isinstance(line.get(name, False), bool)
        ]
        if line.get("settled"):
            if key in settled:
                errors.append(f"{where}: this sentence was settled before, by {settled[key]!r}")
            settled[key] = who
    labelled = sum(bool(line["labels"]) for line in one_a_sentence(lines))
    twice = sum(len(who) > 1 for who in annotators.values())
    documents = len({line["doc_id"] for line in lines})
    layers.append(
        f"standoff: {len(annotators)} sentences of {documents} documents, "
        f"{labelled} with a label, {twice} labelled twice"
    )
