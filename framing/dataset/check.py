"""Everything that can be wrong with a dataset, found in one go and named with file and line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from framing.codebook import Codebook
from framing.dataset.card import fill_card, stale_tables
from framing.dataset.check_layers import check_layers
from framing.dataset.folder import DataFolder
from framing.dataset.lines import read_json_lines
from framing.dataset.repeats import (
    Line,
    NearDuplicate,
    count_runs,
    near_duplicates,
    shared_runs,
    words_of,
)
from framing.dataset.rules import Rules, read_rules
from framing.dataset.splits import has_dispute, read_splits
from framing.dataset.tagged import parse_article, sentence_lines
from framing.errors import DataError
from framing.schema import Article

SET_PHRASE_WORDS = 6


@dataclass(slots=True)
class Checked:
    """What :func:`check` found.

    Parameters
    ----------
    articles : list of Article
        Those that could be read.
    splits : dict of str to str
        Article id to split.
    rules : Rules
        What the dataset was held to.
    errors : list of str
        Broken rules, each beginning with the file and, where there is one, the line.
    runs : dict of str to int
        Different runs of six words that repeat; see
        :func:`framing.dataset.repeats.count_runs`.
    layers : list of str
        One line on each further layer: what it holds.
    """

    articles: list[Article] = field(default_factory=list)
    splits: dict[str, str] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    errors: list[str] = field(default_factory=list)
    runs: dict[str, int] = field(default_factory=dict)
    layers: list[str] = field(default_factory=list)


def check(folder: DataFolder, codebook: Codebook, against: Sequence[str | Path] = ()) -> Checked:
    """Check a dataset.

    Parameters
    ----------
    folder : DataFolder
        See :func:`framing.dataset.folder.data_folder`.
    codebook : Codebook
        The labels that may occur.
    against : sequence of paths
        JSON-lines files with real text under ``text``: no article may share a run of words with
        them either.

    Returns
    -------
    Checked
        Sound if it holds no error.

    Raises
    ------
    FileNotFoundError
        If a file of `against` does not exist.
    """
    found = Checked()
    try:
        found.rules = read_rules(folder.rules)
    except DataError as error:
        found.errors.append(str(error))
    files = sorted(folder.articles.glob("*.txt"))
    if not files:
        found.errors.append(f"{folder.articles}: holds no .txt file; expected tagged articles")
    places = _read(files, codebook, found)
    if folder.splits.is_file():
        _check_splits(folder.splits, found)
    _check_labels(folder, codebook, found)
    _check_repeats(places, against, found)
    check_layers(folder, codebook, found.articles, found.splits, found.errors, found.layers)
    if folder.card.is_file() and not found.errors:  # its tables can be counted
        _check_card(folder, codebook, found)
    return found


def _read(files: list[Path], codebook: Codebook, found: Checked) -> dict[str, list[str]]:
    """Read the articles; return for each the place of every sentence as ``path:line``."""
    places: dict[str, list[str]] = {}
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
            article = parse_article(text, codebook, where=str(path))
        except UnicodeDecodeError as error:
            found.errors.append(f"{path}: not UTF-8 at byte {error.start}; convert the file")
            continue
        except DataError as error:
            found.errors.append(str(error))
            continue
        if article.id != path.stem:
            found.errors.append(
                f"{path}:1: id {article.id!r} is not the file's name; rename one of them"
            )
        if found.rules.require_date and not article.date:
            found.errors.append(f"{path}:1: the article has no date")
        if article.id in places:
            found.errors.append(f"{path}:1: id {article.id!r} was already used")
            continue
        places[article.id] = [f"{path}:{number}" for number in sentence_lines(text)]
        found.articles.append(article)
    return places


def _check_splits(path: Path, found: Checked) -> None:
    try:
        found.splits = read_splits(path)
    except DataError as error:
        found.errors.append(str(error))
        return
    number = {
        line.split("\t")[0]: i
        for i, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    }
    groups = {
        line.split("\t")[0]: line.split("\t")[1]
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.count("\t") == 2
    }
    by_id = {article.id: article for article in found.articles}
    first: dict[str, Article] = {}
    for name in found.splits:
        where = f"{path}:{number[name]}"
        article = by_id.get(name)
        if article is None:
            found.errors.append(f"{where}: there is no sound article {name!r}")
            continue
        if article.group != groups[name]:
            found.errors.append(
                f"{where}: group is {groups[name]!r}, but the article says {article.group!r}"
            )
        if has_dispute(article):
            other = first.setdefault(article.dispute, article)
            if found.splits[other.id] != found.splits[name]:
                found.errors.append(
                    f"{where}: dispute {article.dispute!r} is in {found.splits[name]}, but in "
                    f"{found.splits[other.id]} with {other.id!r}; a dispute belongs to one split"
                )
    for name in sorted(set(by_id) - set(found.splits)):
        found.errors.append(
            f"{path}: article {name!r} has no split; run framing dataset assign-splits"
        )


def _check_labels(folder: DataFolder, codebook: Codebook, found: Checked) -> None:
    sentences = [sentence for article in found.articles for sentence in article]
    if not sentences:
        return
    share = sum(not sentence.labels for sentence in sentences) / len(sentences)
    low, high = found.rules.unlabelled
    if not low <= share <= high:
        found.errors.append(
            f"{_place(folder.rules, 'unlabelled')}: {share:.1%} of the sentences have no label, "
            f"expected {low:.0%} to {high:.0%}"
        )
    for split in ("train", "validation", "test") if found.splits else ():
        group = [a for a in found.articles if found.splits.get(a.id) == split]
        there = {label for a in group for s in a for label in s.labels}
        found.errors.extend(
            f"{folder.splits}: no sentence of {split} carries {name!r}"
            for name in codebook.names
            if name not in there
        )


def _check_card(folder: DataFolder, codebook: Codebook, found: Checked) -> None:
    try:
        text = folder.card.read_text(encoding="utf-8")
        fresh = card_of(folder, codebook, found, text)
    except UnicodeDecodeError as error:
        found.errors.append(f"{folder.card}: not UTF-8 at byte {error.start}; convert the file")
    except DataError as error:
        found.errors.append(str(error))
    else:
        found.errors += [
            f"{folder.card}:{line}: the table {name!r} is not current; run framing dataset card"
            for line, name in stale_tables(text, fresh)
        ]


def card_of(folder: DataFolder, codebook: Codebook, found: Checked, text: str) -> str:
    """Return the data card `text` with its tables counted from what :func:`check` found."""
    return fill_card(
        text, folder, codebook, found.articles, found.splits, found.rules, found.layers
    )


def _place(path: Path, key: str) -> str:
    """Return ``path:line`` of a key of a TOML file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next((i for i, line in enumerate(lines, start=1) if line.startswith(key)), 1)
    return f"{path}:{number}"


def _check_repeats(
    places: dict[str, list[str]], against: Sequence[str | Path], found: Checked
) -> None:
    phrases = found.rules.set_phrases
    lines = [
        Line(place, article.id, found.splits.get(article.id, ""), words_of(sentence.text, phrases))
        for article in found.articles
        for place, sentence in zip(places[article.id], article, strict=True)
    ]
    found.runs = count_runs(lines, SET_PHRASE_WORDS)
    shared = shared_runs(lines, found.rules.run)
    for path in against:
        real = [
            Line(where, f"{path}", "", words_of(str(record.get("text", "")), phrases))
            for where, record in read_json_lines(path)
            if not isinstance(record, DataError)
        ]
        shared += shared_runs(lines, found.rules.run, against=real)
    found.errors += [
        f"{run.line.where}: {len(run.words)} words in a row also stand in {run.other.where}: "
        f"{' '.join(run.words)!r}"
        for run in shared
    ]
    closest: dict[str, NearDuplicate] = {}
    for pair in near_duplicates(lines, found.rules.similarity):
        best = closest.setdefault(pair.line.where, pair)
        if pair.similarity > best.similarity:
            closest[pair.line.where] = pair
    told = {(run.line.where, run.other.where) for run in shared}
    found.errors += [
        f"{pair.line.where}: nearly the same sentence as {pair.other.where} (similarity "
        f"{pair.similarity:.2f}): {' '.join(pair.line.words)[:80]!r}"
        for pair in closest.values()
        if (pair.line.where, pair.other.where) not in told
    ]
