from __future__ import annotations

import dataclasses

import pytest
from made_up import LABELS, Sample
from sklearn.metrics import cohen_kappa_score, f1_score

from framing.dataset.load import load_articles
from framing.errors import InputError
from framing.evaluation.agreement import agreement, as_document, packaged_layers, second_layer
from framing.evaluation.pairs import pair
from framing.schema import Article


def test_the_packaged_second_annotator() -> None:
    articles = load_articles(split="test")
    labels = ("threat", "concession", "security_justification", "industrial_policy")
    layers = packaged_layers(articles, labels)
    assert layers is not None
    first, second = layers
    documents = [as_document(article, labels) for article in articles]
    found = agreement(articles, documents, labels, layers, note="who", resamples=200)
    both = pair(first, [as_document(article, labels) for article in second], labels)
    for k, label in enumerate(labels):
        expected = cohen_kappa_score(both.gold[:, k], both.found[:, k])
        assert found.kappa[label].value == pytest.approx(expected)
        # Two annotators without gaps: alpha is kappa but for a correction of the order 1/n.
        assert found.alpha[label].value == pytest.approx(expected, abs=1e-3)
        assert found.alpha[label].low < found.alpha[label].value < found.alpha[label].high
        assert found.second[label, "f1"].value == pytest.approx(
            f1_score(both.gold[:, k], both.found[:, k])
        )
    assert found.model["macro", "f1"].value == 1.0
    assert found.second.n_articles == found.model.n_articles == len(first)
    assert not found.second["macro", "pr_auc"].defined
    assert found.to_dict()["note"] == "who"


def test_articles_that_nobody_read_again(sample: Sample) -> None:
    assert packaged_layers(sample[0], LABELS) is None
    other = [Article("zzz", "", "A.", ())]
    with pytest.raises(InputError, match="none of the second annotator's 1 articles has the id"):
        second_layer(sample[0], other)


def test_a_second_annotator_of_other_texts(sample: Sample) -> None:
    articles, documents = sample
    changed = dataclasses.replace(articles[0], text=articles[0].text.upper())
    layers = second_layer(articles, [changed])
    with pytest.raises(InputError, match="gold and predictions are of different texts"):
        agreement(articles, documents, LABELS, layers)
