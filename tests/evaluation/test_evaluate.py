from __future__ import annotations

import dataclasses
import math

import pytest
from sklearn.metrics import f1_score

from framing import evaluate
from framing.dataset.tagged import parse_article
from framing.errors import InputError
from framing.evaluation.evaluate import score
from framing.evaluation.metrics import Counts
from framing.inference.classifier import Classifier
from framing.schema import Article, Document, Prediction, Span

NAMES = ("threat", "concession")
HEADER = "# id: a\n# title:\n# dispute:\n# genre:\n# date: 2020\n# split-group: a\n\n"
ARTICLE = parse_article(
    HEADER + "<threat>Duties follow</threat>.\nNo.\n<concession>Talks</concession> resume.\n"
)


def predicted(*labels: dict[str, tuple[int, int]]) -> Document:
    """Return predictions of the article, each label with one span, offsets into the sentence."""
    found = []
    for sentence, spans in zip(ARTICLE.sentences, labels, strict=True):
        marked = tuple(
            Span(name, sentence.start + a, sentence.start + b, sentence.text[a:b], 0.9)
            for name, (a, b) in spans.items()
        )
        found.append(
            Prediction(sentence.text, sentence.start, sentence.end, tuple(spans), {}, marked)
        )
    return Document(ARTICLE.text, tuple(found), "", NAMES)


def test_scores_by_hand() -> None:
    document = predicted({"threat": (0, 6)}, {"threat": (0, 2)}, {})
    scores = score([ARTICLE], [document], NAMES)
    assert scores.labels == {"threat": Counts(1, 1, 0), "concession": Counts(0, 0, 1)}
    assert scores.spans == {"threat": Counts(6, 2, 7), "concession": Counts(0, 0, 5)}
    assert (scores.n_articles, scores.n_sentences) == (1, 3)
    assert scores.macro_f1 == pytest.approx((2 / 3 + 0) / 2)


def test_a_perfect_prediction() -> None:
    document = predicted({"threat": (0, 13)}, {}, {"concession": (0, 5)})
    scores = score([ARTICLE, ARTICLE], [document, document], NAMES)
    assert scores.macro_f1 == scores.micro_f1 == scores.span_f1 == 1.0
    assert (scores.n_articles, scores.n_sentences) == (2, 6)
    assert scores.labels["threat"].support == 2
    assert scores.spans["threat"].support == 26


def test_a_label_of_the_model_that_does_not_occur() -> None:
    scores = score([ARTICLE], [predicted({}, {}, {})], (*NAMES, "rain"))
    assert math.isnan(scores.labels["rain"].f1)
    assert scores.macro_f1 == 0.0


def test_what_cannot_be_scored() -> None:
    document = predicted({}, {}, {})
    with pytest.raises(InputError, match="no article to evaluate on; expected at least one"):
        score([], [], NAMES)
    with pytest.raises(InputError, match="1 gold articles, but 2 predicted documents"):
        score([ARTICLE], [document, document], NAMES)
    other_text = dataclasses.replace(document, text=ARTICLE.text.upper())
    fewer = dataclasses.replace(document, predictions=document.predictions[:2])
    for bad in (other_text, fewer):
        with pytest.raises(InputError, match=r"article 'a': gold and predictions are of different"):
            score([ARTICLE], [bad], NAMES)
    with pytest.raises(InputError, match="'a': gold label 'concession' is unknown to the model"):
        score([ARTICLE], [document], ("threat",))


def test_evaluating_a_model(model: Classifier, articles: list[Article]) -> None:
    part = articles[:12]
    scores = evaluate(model, iter(part))
    assert scores.n_articles == 12
    assert scores.n_sentences == sum(len(article) for article in part)
    pairs = [
        (sentence, prediction)
        for article, document in zip(part, model.predict_articles(part), strict=True)
        for sentence, prediction in zip(article, document, strict=True)
    ]
    for name, counts in scores.labels.items():
        gold = [name in sentence.labels for sentence, _ in pairs]
        found = [name in prediction.labels for _, prediction in pairs]
        assert counts.support == sum(gold)
        assert counts.f1 == pytest.approx(f1_score(gold, found, zero_division=0.0))


def test_what_cannot_be_evaluated(model: Classifier, own_articles: list[Article]) -> None:
    with pytest.raises(InputError, match="no article to evaluate on"):
        evaluate(model, [])
    with pytest.raises(InputError, match="gold label 'heat' is unknown to the model, which has th"):
        evaluate(model, own_articles)
