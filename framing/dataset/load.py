"""The packaged dataset, and any file or folder of labelled articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from framing.codebook import Codebook
from framing.dataset.contrast import SIDES, read_contrast
from framing.dataset.folder import DataFolder
from framing.dataset.records import read_records
from framing.dataset.splits import SPLITS, group_position, read_splits
from framing.dataset.tagged import read_articles
from framing.errors import DataError, InputError
from framing.resources import path_of
from framing.schema import Article


def load_articles(
    source: str | Path | None = None,
    *,
    split: str | None = None,
    codebook: Codebook | None = None,
) -> list[Article]:
    """Load labelled articles.

    Parameters
    ----------
    source : str or Path, optional
        A folder of tagged articles (``.txt``), one such file, or a JSON-lines file of labelled
        sentences (``.jsonl``); the packaged articles by default.
    split : str, optional
        Only the articles of ``"train"``, ``"validation"``, ``"test"`` or ``"ood"``. The split file
        is ``splits.tsv`` beside the folder.
    codebook : Codebook, optional
        The labels that may occur; the packaged one by default.

    Raises
    ------
    FileNotFoundError
        If `source` does not exist, or a split is asked for and there is no split file.
    InputError
        If there is no split of that name.
    DataError
        If a file breaks its format; the message names file and line.
    """
    path = path_of("data/articles") if source is None else Path(source)
    if path.suffix == ".jsonl":
        articles = read_records(path, codebook)
    else:
        articles = read_articles(path, codebook)
    if split is None:
        return articles
    if split not in SPLITS:
        raise InputError(f"no split {split!r}; there are {', '.join(SPLITS)}")
    split_file = path.parent / "splits.tsv"
    splits = read_splits(split_file)
    for article in articles:
        if article.id not in splits:
            raise DataError(
                f"{split_file}: article {article.id!r} of {path} has no split; "
                "run framing dataset assign-splits"
            )
    return [article for article in articles if splits[article.id] == split]


def load_named(
    entries: Sequence[str], sets: Mapping[str, list[Article]] | None = None
) -> dict[str, list[Article]]:
    """Load further sets of articles, each given on a command line as ``--data NAME=FILE``.

    Parameters
    ----------
    entries : sequence of str
        ``NAME=FILE``, the file as for :func:`load_articles`.
    sets : mapping of str to list of Article, optional
        Sets that come first; their names are taken.

    Returns
    -------
    dict of str to list of Article
        `sets`, then the entries in their order.

    Raises
    ------
    InputError
        If an entry has no name, or one that is taken.
    """
    found = {} if sets is None else dict(sets)
    for entry in entries:
        name, separator, path = entry.partition("=")
        if not separator or not name or name in found:
            raise InputError(f"--data {entry}: expected NAME=FILE with a name of its own")
        found[name] = load_articles(path)
    return found


def load_training(
    source: str | Path | None = None,
    extra: Sequence[str | Path] = (),
    codebook: Codebook | None = None,
) -> tuple[list[Article], list[Article]]:
    """Load the articles to train on and those to validate on.

    Parameters
    ----------
    source : str or Path, optional
        A folder with ``splits.tsv`` beside it is taken by its splits, with both sides of the pairs
        of ``contrast/training.jsonl`` if there is one; of any other source a fifth of the groups,
        by hash, is held out for validation. The packaged articles by default.
    extra : sequence of paths
        More labelled articles or sentences. A tenth of their groups, by hash, is held out for
        validation; what a model chose of these groups is left out altogether.
    codebook : Codebook, optional
        The labels that may occur; the packaged one by default.

    Returns
    -------
    (list of Article, list of Article)
        Training and validation.
    """
    path = path_of("data/articles") if source is None else Path(source)
    if path.is_dir() and (path.parent / "splits.tsv").is_file():
        train = load_articles(path, split="train", codebook=codebook)
        validation = load_articles(path, split="validation", codebook=codebook)
        pairs = DataFolder(path.parent, path).contrast_training
        if pairs.is_file():
            train += [p.excerpt(side) for p in read_contrast(pairs, codebook) for side in SIDES]
    else:
        train, validation = _hold_out(load_articles(path, codebook=codebook), share=0.2)
    for file in extra:
        more, held_out = _hold_out(load_articles(file, codebook=codebook), share=0.1)
        train += more
        validation += held_out
    return train, validation


def _hold_out(articles: list[Article], share: float) -> tuple[list[Article], list[Article]]:
    """Divide by group: the groups whose hash falls below `share` are the second part.

    What a model chose of these groups is in neither part.
    """
    kept: list[Article] = []
    held_out: list[Article] = []
    for article in articles:
        if group_position("held-out " + article.group) >= share:
            kept.append(article)
        elif not article.chosen:
            held_out.append(article)
    return kept, held_out
