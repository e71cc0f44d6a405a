"""The layers of labels over one set of articles: gold, blind second labels, the writer's own."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from framing.codebook import Codebook
from framing.dataset.folder import DataFolder
from framing.dataset.second import Answer, places_of_articles, read_answers, relabel
from framing.dataset.splits import SPLITS, read_splits
from framing.dataset.tagged import read_articles
from framing.errors import DataError, InputError
from framing.schema import Article

ARTICLE_LAYERS = ("gold", "second", "writer")


def layer_articles(
    folder: DataFolder, layer: str, codebook: Codebook, *, split: str | None = None
) -> list[Article]:
    """Return the articles with the labels of one layer.

    Parameters
    ----------
    folder : DataFolder
        See :func:`framing.dataset.folder.data_folder`.
    layer : str
        ``"gold"``; ``"second"``, blind second labels, only of the articles that have them, once for
        each annotator; ``"writer"``, the labels before settlement.
    codebook : Codebook
        The labels that may occur.
    split : str, optional
        Only the articles of this split.

    Raises
    ------
    InputError
        If there is no layer or split of that name.
    FileNotFoundError
        If the dataset lacks the layer, or the split file that is asked for.
    DataError
        If a file breaks its format, or an annotator left an article half done.
    """
    if layer not in ARTICLE_LAYERS:
        raise InputError(f"no layer {layer!r} of articles; there are {', '.join(ARTICLE_LAYERS)}")
    if split is not None and split not in SPLITS:
        raise InputError(f"no split {split!r}; there are {', '.join(SPLITS)}")
    articles = read_articles(folder.articles, codebook)
    texts = places_of_articles(articles)
    if split is not None:
        splits = read_splits(folder.splits)
        articles = [article for article in articles if splits.get(article.id) == split]
    if layer == "gold":
        return articles
    if layer == "writer":
        answers = read_answers(folder.writer, texts, codebook)
        return [replace(a, annotator="writer") for a in relabel(articles, answers, codebook)]
    by_annotator: dict[str, dict[str, list[Answer]]] = defaultdict(lambda: defaultdict(list))
    for answer in read_answers(folder.second, texts, codebook):
        by_annotator[answer.annotator][answer.place[0]].append(answer)
    return [
        _answered(article, by_article[article.id], annotator, codebook)
        for annotator, by_article in sorted(by_annotator.items())
        for article in articles
        if article.id in by_article
    ]


def _answered(
    article: Article, answers: list[Answer], annotator: str, codebook: Codebook
) -> Article:
    if len(answers) != len(article):
        raise DataError(
            f"{answers[0].where}: {article.id!r} has {len(answers)} of {len(article)} sentences; "
            "complete it or take it out"
        )
    (relabelled,) = relabel([article], answers, codebook)
    return replace(relabelled, annotator=annotator if annotator else "second")
