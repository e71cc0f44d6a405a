from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    brier_score_loss,
    f1_score,
    precision_recall_fscore_support,
)

from framing.errors import InputError
from framing.evaluation.assess import Assessment, assess, assess_pairs
from framing.evaluation.bootstrap import article_weights
from framing.evaluation.evaluate import score
from framing.evaluation.measures import BINS, measure
from framing.evaluation.pairs import Pairs, cluster, pair
from framing.schema import Article, Document

Sample = tuple[list[Article], list[Document]]


@pytest.fixture(scope="module")
def found(pairs: Pairs) -> Assessment:
    return assess_pairs(pairs, resamples=200, seed=1)


def test_figures_are_those_of_scikit_learn(pairs: Pairs, found: Assessment) -> None:
    reference = precision_recall_fscore_support(pairs.gold, pairs.found, average=None)
    for k, label in enumerate(pairs.labels):
        for part, expected in zip(("precision", "recall", "f1"), reference, strict=False):
            assert found[label, part].value == pytest.approx(expected[k])
        scores, gold = pairs.scores[:, k], pairs.gold[:, k]
        assert found[label, "pr_auc"].value == pytest.approx(average_precision_score(gold, scores))
        assert found[label, "brier"].value == pytest.approx(brier_score_loss(gold, scores))
        assert found.gold[label] == gold.sum()
    for average in ("macro", "micro"):
        for part, expected in zip(
            ("precision", "recall", "f1"),
            precision_recall_fscore_support(pairs.gold, pairs.found, average=average),
            strict=False,
        ):
            assert found[average, part].value == pytest.approx(expected)
    assert found["macro", "pr_auc"].value == pytest.approx(
        average_precision_score(pairs.gold, pairs.scores, average="macro")
    )
    assert found["all", "exact_set"].value == accuracy_score(pairs.gold, pairs.found)


def test_the_calibration_error_is_that_of_scikit_learns_curve(
    pairs: Pairs, found: Assessment
) -> None:
    edges = np.linspace(0, 1, BINS + 1)
    for k, label in enumerate(pairs.labels):
        scores, gold = pairs.scores[:, k], pairs.gold[:, k]
        share, mean = calibration_curve(gold, scores, n_bins=BINS)
        counts = np.histogram(scores, edges)[0]
        weight = counts[counts > 0] / len(scores)
        expected = (weight * np.abs(share - mean)).sum()
        assert found[label, "ece"].value == pytest.approx(expected)
        assert found[label, "ece"].low <= expected <= found[label, "ece"].high


def test_figures_are_those_of_the_plain_scores(sample: Sample, found: Assessment) -> None:
    scores = score(*sample, found.labels)
    assert found["macro", "f1"].value == pytest.approx(scores.macro_f1)
    assert found["micro", "f1"].value == pytest.approx(scores.micro_f1)
    assert found["macro", "character_f1"].value == pytest.approx(scores.span_f1)


def test_every_resample_is_the_figure_of_the_repeated_articles(pairs: Pairs) -> None:
    weights = article_weights(pairs.n_articles, 100, seed=2)
    values = measure(pairs, weights)
    for d in range(0, 101, 10):
        rows = np.repeat(np.arange(pairs.n_sentences), weights[d][pairs.article].astype(int))
        macro = f1_score(pairs.gold[rows], pairs.found[rows], average="macro")
        assert values["macro", "f1"][d] == pytest.approx(macro)
        spans = pairs.spans[rows, :, 1].sum(axis=0)
        expected = 2 * spans[:, 0] / (2 * spans[:, 0] + spans[:, 1] + spans[:, 2])
        assert values["macro", "character_f1"][d] == pytest.approx(expected.mean())


def test_intervals_hold_the_value(found: Assessment) -> None:
    flat = {value.value for value in found.figures.values() if not value.has_interval}
    assert flat <= {0.0, 1.0}  # nothing right, or everything
    for value in found.figures.values():
        assert not value.low > value.value
        assert not value.high < value.value


def test_the_same_seed_gives_the_same_intervals(pairs: Pairs, found: Assessment) -> None:
    assert assess_pairs(pairs, resamples=200, seed=1).figures == found.figures
    assert assess_pairs(pairs, resamples=200, seed=2).figures != found.figures


def test_confusion_by_hand(pairs: Pairs) -> None:
    gold = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0]], np.bool_)
    told = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 1, 1]], np.bool_)
    part = dataclasses.replace(
        pairs.select(np.arange(pairs.n_sentences) < 6), gold=gold, found=told
    )
    assert assess_pairs(part, resamples=100).confusion.tolist() == [
        [2, 2, 1, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 0],
        [0, 0, 1, 1],
    ]


def test_as_json(found: Assessment) -> None:
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["macro"]["f1"]["value"] == found["macro", "f1"].value
    assert plain["labels"]["threat"]["gold"] == found.gold["threat"]
    assert plain["interval"] == {
        "level": 0.95,
        "method": "article-clustered bootstrap, percentiles",
        "resamples": 200,
        "seed": 1,
    }
    assert plain["notes"] == [
        "only 12 articles: the intervals are likely too narrow (take them seriously from 20 "
        "articles on)",
        *found.notes[1:],
    ]


# bad input


def test_one_article_only(sample: Sample) -> None:
    found = assess(sample[0][:1], sample[1][:1], sample[1][0].label_names)
    assert not any(value.has_interval for value in found.figures.values())
    assert "one article only: no interval can be given, it would need several" in found.notes[0]


def test_a_label_without_gold_sentences(sample: Sample) -> None:
    articles = [
        dataclasses.replace(
            article,
            sentences=tuple(
                dataclasses.replace(
                    s,
                    labels=tuple(n for n in s.labels if n != "threat"),
                    spans=tuple(p for p in s.spans if p.label != "threat"),
                )
                for s in article
            ),
        )
        for article in sample[0]
    ]
    found = assess(articles, sample[1], sample[1][0].label_names, resamples=100)
    assert found["threat", "precision"].value == 0.0
    for column in ("recall", "f1", "pr_auc", "character_f1"):
        assert not found["threat", column].defined
    others = [found[label, "f1"].value for label in ("concession", "security")]
    assert found["macro", "f1"].value == pytest.approx(np.mean(others))
    assert any("no gold sentence carries threat" in note for note in found.notes)
    assert any("macro is the mean over the other 2 labels" in note for note in found.notes)


def test_a_sample_without_positives(sample: Sample) -> None:
    articles = [
        dataclasses.replace(
            a, sentences=tuple(dataclasses.replace(s, labels=(), spans=()) for s in a)
        )
        for a in sample[0]
    ]
    found = assess(articles, sample[1], sample[1][0].label_names, resamples=100)
    for row in ("macro", "micro"):
        assert not found[row, "f1"].defined
        assert not found[row, "recall"].defined
    assert any("no sentence carries a gold label" in note for note in found.notes)
    assert found.to_dict()["macro"]["f1"] == {"value": None, "low": None, "high": None}


def test_predictions_without_scores(sample: Sample) -> None:
    documents = [
        dataclasses.replace(
            d, predictions=tuple(dataclasses.replace(p, scores={}) for p in d.predictions)
        )
        for d in sample[1]
    ]
    found = assess(sample[0], documents, documents[0].label_names, resamples=100)
    assert found["macro", "f1"].defined
    for column in ("pr_auc", "ece", "brier"):
        assert not found["macro", column].defined
    assert "predictions without scores: PR-AUC and calibration are undefined" in found.notes


def test_articles_without_a_sentence() -> None:
    empty = Article("a", "", "", ())
    with pytest.raises(InputError, match="no sentence to evaluate on: the articles are empty"):
        assess([empty], [Document("", ())], ("threat",))


def test_passages_of_one_document_are_one_article(sample: Sample) -> None:
    articles = [
        dataclasses.replace(a, id="doc" if i == 0 else f"doc#{i}", group="doc")
        for i, a in enumerate(sample[0][:3])
    ]
    assert [cluster(article) for article in articles] == ["doc"] * 3
    found = pair(articles, sample[1][:3], sample[1][0].label_names)
    assert found.n_articles == 1
    assert cluster(dataclasses.replace(articles[0], id="x", group="doc")) == "x"
