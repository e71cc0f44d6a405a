"""Noisy copies of labelled articles: the text suffers, labels stay, spans move with their words.

>>> articles = framing.load_articles(split="test")
>>> copies = [perturb(article, kind, seed=0) for kind in NOISES for article in articles]
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from framing.errors import InputError
from framing.evaluation import noise
from framing.evaluation.rewriting import Noisy
from framing.schema import Article, Sentence, Span


@dataclass(frozen=True, slots=True)
class Noise:
    """A kind of noise.

    Parameters
    ----------
    name : str
        For tables.
    change : callable
        Takes a sentence and a seed; see :mod:`framing.evaluation.noise`.
    unspaced : bool
        Drop the spaces between sentences of one line as well; only who splits the text sees it.
    """

    name: str
    change: Callable[[str, noise.Seed], Noisy]
    unspaced: bool = False


NOISES = (
    Noise("all capitals", noise.shout),
    Noise("all small letters", noise.whisper),
    Noise("straight quotes", noise.straighten_quotes),
    Noise("curly quotes", noise.curl_quotes),
    Noise("no quotes", noise.drop_quotes),
    Noise("5 % of spaces missing", noise.drop_spaces),
    Noise("no space between sentences", noise.same, unspaced=True),
    Noise("misread letters, broken words (OCR)", noise.misread),
    Noise("a typing error in 12 words", noise.mistype),
    Noise("no punctuation at the end", noise.drop_final_mark),
    Noise("soft hyphens, non-breaking spaces", noise.add_invisible),
    Noise("byline or caption glued on", noise.glue_head),
    Noise("social post", noise.post),
)


PAGES = tuple(  # what scans, scrapers and typists do: a model can learn to read through it
    kind for kind in NOISES if kind.change in (noise.drop_spaces, noise.misread, noise.mistype)
)


def draw_copies(articles: Sequence[Article], share: float, seed: int) -> list[Article]:
    """Make noisy copies of some articles, to be trained on beside them.

    Parameters
    ----------
    articles : sequence of Article
        With gold labels.
    share : float
        Probability that an article is copied, once, with one of the kinds of `PAGES`.
    seed : int
        Seed of the draw and of the noise.

    Raises
    ------
    InputError
        If `share` is no share, or `seed` is negative.
    """
    if not 0 <= share <= 1 or seed < 0:
        raise InputError(
            f"noise must be a share from 0 to 1 and its seed 0 or more, got {share} and {seed}"
        )
    copies = []
    for article in articles:
        random = np.random.default_rng([seed, _key(article)])  # whatever the order of the articles
        if random.random() < share:
            copies.append(perturb(article, PAGES[int(random.integers(len(PAGES)))], seed))
    return copies


def perturb(article: Article, kind: Noise, seed: int = 0) -> Article:
    """Return a noisy copy of an article: every sentence rewritten, labels kept, spans moved.

    A sentence stays as it was where the noise would leave nothing of it or of one of its spans
    (a span that is a quotation mark, say). The title stays.

    Parameters
    ----------
    article : Article
        With gold labels.
    kind : Noise
        One of `NOISES`, or your own.
    seed : int
        The same seed, article and kind give the same copy.
    """
    key = _key(article)
    pieces: list[str] = []
    sentences: list[Sentence] = []
    position = length = 0
    for i, sentence in enumerate(article.sentences):
        gap = article.text[position : sentence.start]
        pieces.append("" if kind.unspaced and sentences and not gap.strip(" ") else gap)
        length += len(pieces[-1])
        noisy = kind.change(sentence.text, (seed, key, i))
        if not _keeps_words(sentence, noisy):
            noisy = noise.same(sentence.text)
        new = _moved(sentence, noisy, length)
        sentences.append(new)
        pieces.append(new.text)
        length = new.end
        position = sentence.end
    pieces.append(article.text[position:])
    return replace(article, text="".join(pieces), sentences=tuple(sentences))


def _key(article: Article) -> int:
    return zlib.crc32(article.id.encode("utf-8", "surrogatepass"))


def _keeps_words(sentence: Sentence, noisy: Noisy) -> bool:
    """Tell whether something is left of the sentence and of each span."""
    moved = (noisy.move(s.start - sentence.start, s.end - sentence.start) for s in sentence.spans)
    return bool(noisy.text.strip()) and all(noisy.text[a:b].strip() for a, b in moved)


def _moved(sentence: Sentence, noisy: Noisy, start: int) -> Sentence:
    """Return the sentence with its new text and its spans, at `start` in the article."""
    spans = []
    for span in sentence.spans:
        a, b = noisy.move(span.start - sentence.start, span.end - sentence.start)
        spans.append(Span(span.label, start + a, start + b, noisy.text[a:b]))
    text = noisy.text
    return Sentence(text, start, start + len(text), tuple(spans), sentence.labels)
