"""The sentences of a dataset that were labelled twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from framing.codebook import Codebook
from framing.dataset.agreement import Agreement, Pairing, agreement
from framing.dataset.contrast import SIDES, read_contrast
from framing.dataset.folder import DataFolder
from framing.dataset.second import (
    Answer,
    Place,
    Spans,
    check_offsets,
    gold_spans,
    places_of_articles,
    places_of_pairs,
    read_answers,
)
from framing.dataset.splits import SPLITS, read_splits
from framing.dataset.standoff import read_standoff, sentence_key
from framing.dataset.tagged import read_articles
from framing.errors import DataError, InputError
from framing.schema import Article

_LONG = 1_000_000  # characters: the length of a standoff sentence is not known


def pair_articles(
    articles: Sequence[Article],
    splits: Mapping[str, str],
    second: Sequence[Answer],
    writer: Sequence[Answer] = (),
) -> list[Pairing]:
    """Pair the writer's labels with the blind second ones, as they were before settlement.

    Parameters
    ----------
    articles : sequence of Article
        With gold labels.
    splits : mapping of str to str
        Article id to split.
    second : sequence of Answer
        Blind second labels; several annotators are pooled.
    writer : sequence of Answer
        The writer's labels of the sentences that settlement changed.
    """
    first: dict[Place, Spans] = {
        (article.id, i): gold_spans(sentence)
        for article in articles
        for i, sentence in enumerate(article)
    }
    first |= {answer.place: answer.spans for answer in writer}
    return [
        Pairing(a.place[0], splits.get(a.place[0], "no split"), first[a.place], a.spans)
        for a in second
    ]


def pair_standoff(folder: str | Path, codebook: Codebook) -> list[Pairing]:
    """Pair the standoff lines that two annotators gave to one sentence, whole documents together.

    Lines that settled a disagreement are left out, and readings of sentences picked because a model
    contradicted their labels: they agree less than readings of any sentence.

    Raises
    ------
    DataError
        If a line breaks the format.
    """
    by_sentence: dict[tuple[object, ...], list[tuple[str, Spans]]] = defaultdict(list)
    for line in read_standoff(folder):
        where = f"{folder}: {line['doc_id']}:{line.get('sent_idx')}"
        spans = check_offsets(line["labels"], _LONG, codebook, where)
        if not line.get("settled") and not line.get("doubted"):
            by_sentence[sentence_key(line)].append((str(line.get("annotator", "")), spans))
    return [
        Pairing(str(key[0]), "standoff", answers[0][1], other)
        for key, answers in by_sentence.items()
        for _, other in answers[1:]
    ]


def agreement_of(
    folder: DataFolder, codebook: Codebook, second: str | Path | None = None
) -> list[Agreement]:
    """Compute the agreement in every part of a dataset that was labelled twice.

    Parameters
    ----------
    folder : DataFolder
        See :func:`framing.dataset.folder.data_folder`.
    codebook : Codebook
        The labels, in order.
    second : str or Path, optional
        The second annotator's labels: a file as ``second/labels.jsonl``, or a folder of the same
        articles in tagged text; those of the dataset by default, with its contrast pairs and
        standoff layer.

    Returns
    -------
    list of Agreement
        All articles together, each split, the contrast pairs, the standoff layer.

    Raises
    ------
    InputError
        If nothing was labelled twice.
    DataError
        If a file breaks its format.
    """
    articles = read_articles(folder.articles, codebook)
    splits = read_splits(folder.splits) if folder.splits.is_file() else {}
    texts = places_of_articles(articles)
    path = folder.second if second is None else Path(second)
    pairings: list[Pairing] = []
    if path.is_dir():
        pairings = pair_articles(articles, splits, _answers_of(path, texts, codebook))
    elif path.is_file() or second is not None:
        # Another file is compared with the gold labels: settlement has nothing to do with it.
        own = second is None and folder.writer.is_file()
        writer = read_answers(folder.writer, texts, codebook) if own else []
        pairings = pair_articles(articles, splits, read_answers(path, texts, codebook), writer)
    parts: dict[str, list[Pairing]] = {"all articles": pairings} if pairings else {}
    for split in SPLITS:
        parts[split] = [pairing for pairing in pairings if pairing.part == split]
    if second is None:
        parts["contrast pairs"] = _pair_contrast(folder, codebook)
        if folder.standoff.is_dir():
            parts["standoff"] = pair_standoff(folder.standoff, codebook)
    found = [agreement(group, codebook, part=part) for part, group in parts.items() if group]
    if not found:
        raise InputError(
            f"{folder.root}: nothing was labelled twice; expected {path}, or name a file or folder "
            "with --second"
        )
    return found


def _answers_of(path: Path, texts: Mapping[Place, str], codebook: Codebook) -> list[Answer]:
    answers = []
    for article in read_articles(path, codebook):
        for i, sentence in enumerate(article):
            where = f"{path}: {article.id!r}, sentence {i}"
            if texts.get((article.id, i)) != sentence.text:
                raise DataError(
                    f"{where}: not the text of the first annotator: {sentence.text[:60]!r}"
                )
            answers.append(Answer((article.id, i), gold_spans(sentence), "", where))
    return answers


def _pair_contrast(folder: DataFolder, codebook: Codebook) -> list[Pairing]:
    if not (folder.contrast.is_file() and folder.second_contrast.is_file()):
        return []
    pairs = read_contrast(folder.contrast, codebook)
    gold = {(pair.id, side): gold_spans(pair.side(side)) for pair in pairs for side in SIDES}
    answers = read_answers(folder.second_contrast, places_of_pairs(pairs), codebook)
    return [
        Pairing(str(a.place[0]), "contrast", gold[a.place[0], str(a.place[1])], a.spans)
        for a in answers
    ]
