from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from framing.inference.decode import word_probabilities
from framing.inference.windows import TokenRow
from framing.model.batches import LabelledRow
from framing.model.words import UNFITTED, best_span_thresholds, calibrate_words
from framing.schema import Article, Sentence, Span

TRUTH = (0.8, -0.4, 0.7)
LENGTH = 12  # words of a sentence; the separator comes on top


def sample(
    n: int, seed: int
) -> tuple[list[np.ndarray], np.ndarray, list[LabelledRow], list[Article]]:
    """Sentences of words "w", each a document; the first label's gold words follow `TRUTH`."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n, 2)).astype(np.float32)
    text = " ".join("w" * LENGTH)
    outputs, rows, articles = [], [], []
    for i in range(n):
        out = rng.normal(0, 2, (LENGTH + 1, 3, 2)).astype(np.float32)
        chance = word_probabilities(out[:-1, 0, 0], float(logits[i, 0]), TRUTH)
        inside = np.zeros((LENGTH + 1, 2), dtype=np.float32)
        inside[:-1, 0] = rng.random(LENGTH) < chance
        has = bool(inside.any())
        starts = np.append(2 * np.arange(LENGTH), 0)
        ends = np.append(2 * np.arange(LENGTH) + 1, 0)
        bounds = np.array([0, LENGTH + 1])
        row = TokenRow(np.full(LENGTH + 1, 7), starts, ends, bounds)
        rows.append(LabelledRow(row, np.array([[has, 0]], dtype=np.float32), inside))
        words = np.flatnonzero(inside[:, 0]).tolist()
        spans = tuple(Span("a", 2 * w, 2 * w + 1, "w") for w in words)
        labels = ("a",) if has else ()
        sentence = Sentence(text, 0, len(text), spans, labels)
        articles.append(Article(str(i), "", text, (sentence,)))
        outputs.append(out)
    return outputs, logits, rows, articles


@pytest.mark.parametrize("seed", range(3))
def test_the_weights_are_found(seed: int) -> None:
    outputs, logits, rows, _ = sample(3000, seed)
    found, unfitted = calibrate_words(outputs, logits, rows)
    assert unfitted == UNFITTED  # the second label never occurs
    kept = [i for i, labelled in enumerate(rows) if labelled.labels[0, 0]]
    features = np.concatenate(
        [np.stack([outputs[i][:-1, 0, 0], np.full(LENGTH, logits[i, 0])], axis=1) for i in kept]
    )
    gold = np.concatenate([rows[i].spans[:-1, 0] for i in kept])
    expected = LogisticRegression(C=np.inf).fit(features, gold)
    assert found[:2] == pytest.approx(expected.coef_[0], abs=0.02)
    assert found[2] == pytest.approx(expected.intercept_[0], abs=0.02)
    assert found == pytest.approx(TRUTH, abs=0.1)


def test_logits_that_tell_the_contrary_are_left_as_they_are() -> None:
    outputs, logits, rows, _ = sample(200, 0)
    turned = [out * np.float32(-1) for out in outputs]
    assert calibrate_words(turned, logits, rows) == [UNFITTED, UNFITTED]
    whole = [replace(r, spans=np.ones_like(r.spans)) for r in rows]
    assert calibrate_words(outputs, logits, whole) == [UNFITTED, UNFITTED]


def test_word_probabilities() -> None:
    logits = np.array([-2.0, 0.0, 3.0], dtype=np.float32)
    np.testing.assert_allclose(word_probabilities(logits, 9.0, UNFITTED), expit(logits), atol=1e-6)
    found = word_probabilities(logits, 1.5, (0.5, -1.0, 2.0))
    np.testing.assert_allclose(found, expit(0.5 * logits + 0.5), atol=1e-6)


@pytest.mark.parametrize("cut", [0.22, 0.47])
def test_the_threshold_that_parts_gold_words_from_others(cut: float) -> None:
    outputs, logits, rows, articles = sample(40, 0)
    rng = np.random.default_rng(1)
    for out, article in zip(outputs, articles, strict=True):
        (sentence,) = article.sentences
        gold = np.zeros(LENGTH + 1, dtype=np.bool_)
        gold[[span.start // 2 for span in sentence.spans]] = True
        chance = np.where(
            gold, rng.uniform(cut + 0.03, 1, len(gold)), rng.uniform(0, cut, len(gold))
        )
        out[:, 0, 0] = np.log(chance / (1 - chance))
    weights = [UNFITTED, UNFITTED]
    found = best_span_thresholds(outputs, logits, weights, rows, articles, ("a", "b"))
    assert found["b"] == 0.5  # the label never occurs
    assert 0.1 <= found["a"] <= 0.6
    assert found["a"] == round(found["a"], 2)
