"""How many gold sentences the sentence splitter finds in running text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from framing.errors import InputError
from framing.evaluation.bootstrap import RESAMPLES, Figure, article_weights, figure
from framing.evaluation.measures import divide
from framing.evaluation.pairs import Floats, cluster
from framing.schema import Article, Sentence, Span
from framing.sentences import split

CLOSED = re.compile("[.!?\u2026][\"'\u201d\u2019)\\]]*\\Z")


def running_text(article: Article) -> Article:
    """Return the article with the sentences of a paragraph on one line, as a page would have them.

    A sentence without a closing mark (a heading, a byline) keeps its line, for nothing else shows
    its end. Labels stay, spans move.
    """
    pieces: list[str] = []
    sentences: list[Sentence] = []
    position = length = 0
    for sentence in article.sentences:
        gap = article.text[position : sentence.start]
        if "\n\n" in gap:
            gap = "\n\n"
        elif sentences:
            gap = " " if CLOSED.search(sentences[-1].text) else "\n"
        start = length + len(gap)
        by = start - sentence.start
        spans = tuple(Span(s.label, s.start + by, s.end + by, s.text) for s in sentence.spans)
        length = sentence.end + by
        sentences.append(Sentence(sentence.text, start, length, spans, sentence.labels))
        pieces += [gap, sentence.text]
        position = sentence.end
    return replace(article, text="".join(pieces), sentences=tuple(sentences))


@dataclass(frozen=True, slots=True)
class Found:
    """How many gold sentences were found with both ends right.

    Parameters
    ----------
    share : Figure
        Of the gold sentences, with the interval from resampling articles.
    difference : Figure
        From the first copy, with the paired interval.
    n_found : int
        Sentences that the splitter made.
    """

    share: Figure
    difference: Figure
    n_found: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, ready for JSON."""
        return {
            "share": self.share.to_dict(),
            "difference": self.difference.to_dict(),
            "n_found": self.n_found,
        }


def sentences_found(
    copies: Sequence[Sequence[Article]], *, resamples: int = RESAMPLES, seed: int = 0
) -> list[Found]:
    """Split the text of articles and count the gold sentences that come out exactly.

    Parameters
    ----------
    copies : sequence of sequences of Article
        The same articles in several states, such as clean and noisy; the first one is what the
        others are compared with.
    resamples, seed : int
        Of the bootstrap.

    Returns
    -------
    list of Found
        One for each copy.

    Raises
    ------
    InputError
        If the copies are not of the same articles and sentences, or there is none.
    """
    shape = [(article.id, len(article)) for article in copies[0]] if copies else []
    if not any(count for _, count in shape):
        raise InputError("no sentence to look for; give articles with gold sentences")
    clusters = dict.fromkeys(cluster(article) for article in copies[0])
    place = {name: i for i, name in enumerate(clusters)}
    weights = article_weights(len(place), resamples, seed)
    found: list[tuple[Floats, int]] = []
    for articles in copies:
        if [(article.id, len(article)) for article in articles] != shape:
            raise InputError(
                "the copies are not of the same articles; give each in the same order, with the "
                "same number of sentences"
            )
        counts = np.zeros((len(place), 2))  # sentences found, gold sentences
        made = 0
        for article in articles:
            bounds = set(split(article.text))
            right = sum(_trimmed(sentence) in bounds for sentence in article)
            counts[place[cluster(article)]] += (right, len(article))
            made += len(bounds)
        total = weights @ counts
        found.append((divide(total[:, 0], total[:, 1]), made))
    first = found[0][0]
    return [
        Found(figure(values), figure(values - first, flat=True), made) for values, made in found
    ]


def _trimmed(sentence: Sentence) -> tuple[int, int]:
    """Return the bounds of the sentence without white space at either end."""
    text = sentence.text
    start = sentence.start + len(text) - len(text.lstrip())
    return start, sentence.start + len(text.rstrip())
