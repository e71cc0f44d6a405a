"""Small made-up articles with predictions, for tests of figures."""

from __future__ import annotations

import numpy as np

from framing.schema import Article, Document, Prediction, Sentence, Span

Sample = tuple[list[Article], list[Document]]
LABELS = ("threat", "concession", "security")
WORDS = ("duties", "quotas", "talks", "ministers", "ports", "steel", "vessels", "chips", "orders")


def made_up(
    n_articles: int = 12, seed: int = 0, rate: float = 0.25, sentences: int = 10
) -> tuple[list[Article], list[Document]]:
    """Return gold articles and predictions that are right more often than not."""
    rng = np.random.default_rng(seed)
    articles, documents = [], []
    for i in range(n_articles):
        gold, found, position = [], [], 0
        for _ in range(int(rng.integers(2, sentences))):
            text = " ".join(rng.choice(WORDS, int(rng.integers(4, 40)))).capitalize() + "."
            end = position + len(text)
            truth = tuple(name for name in LABELS if rng.random() < rate)
            scores = {
                name: float(np.clip(rng.normal(0.6 if name in truth else 0.3, 0.2), 0.01, 0.99))
                for name in LABELS
            }
            labels = tuple(name for name in LABELS if scores[name] >= 0.5)
            spans = tuple(Span(n, position, end - 1, text[:-1]) for n in truth)
            marked = tuple(Span(n, position, position + 8, text[:8], 0.9) for n in labels)
            gold.append(Sentence(text, position, end, spans, truth))
            found.append(Prediction(text, position, end, labels, scores, marked))
            position = end + 1
        body = "\n".join(s.text for s in gold)
        name = f"a{i:02d}"
        genre = ("wire", "op-ed", "speech")[i % 3]
        articles.append(
            Article(name, f"Title {i}", body, tuple(gold), f"d{i % 5}", genre, f"20{i % 3}5", name)
        )
        documents.append(Document(body, tuple(found), f"Title {i}", LABELS))
    return articles, documents
