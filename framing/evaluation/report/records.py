"""What the page's error browser reads: articles, sentences, gold and predicted spans, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from framing.schema import Article, Document, Prediction, Sentence, Span


def records(
    articles: Sequence[Article],
    documents: Sequence[Document],
    labels: Sequence[str],
    thresholds: Mapping[str, float],
) -> str:
    """Return the sentences as JSON that may stand inside a ``<script>`` element.

    Every sentence is an array ``[text, gold labels, predicted labels, probabilities, gold spans,
    predicted spans, starts a paragraph]``; labels are positions in `labels`, a span is ``[label,
    start, end]`` with offsets in UTF-16 units, which is how JavaScript counts.
    """
    position = {label: k for k, label in enumerate(labels)}
    entries = [
        {
            "id": article.id,
            "title": article.title,
            "about": [value for value in (article.genre, article.dispute, article.date) if value],
            "s": [
                _sentence(article, i, prediction, position)
                for i, prediction in enumerate(document.predictions)
            ],
        }
        for article, document in zip(articles, documents, strict=True)
    ]
    content = {
        "labels": list(labels),
        "thresholds": [thresholds.get(label) for label in labels],
        "articles": entries,
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")  # no text can close the element


def _sentence(
    article: Article, index: int, prediction: Prediction, position: Mapping[str, int]
) -> list[Any]:
    gold = article.sentences[index]
    scores = [prediction.scores.get(label) for label in position]
    before = article.sentences[index - 1].end if index else 0
    return [
        gold.text,
        [position[label] for label in gold.labels],
        [position[label] for label in prediction.labels],
        [None if s is None or s != s else round(s, 3) for s in scores],
        _spans(gold, gold.spans, position),
        _spans(gold, prediction.spans, position),
        int("\n\n" in article.text[before : gold.start]),
    ]


def _spans(
    sentence: Sentence, spans: Sequence[Span], position: Mapping[str, int]
) -> list[list[int]]:
    def units(offset: int) -> int:
        head = sentence.text[: offset - sentence.start]
        return len(head) + sum(character > "\uffff" for character in head)

    return [[position[span.label], units(span.start), units(span.end)] for span in spans]
