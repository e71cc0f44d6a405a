from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from framing.inference.decode import UNFITTED, find_spans, word_probabilities
from framing.inference.windows import TokenRow
from framing.model.batches import LabelledRow
from framing.model.words import best_span_thresholds, calibrate_words
from framing.schema import Article, Sentence, Span

TRUTH = (0.8, -0.4, 0.7)
LENGTH = 12  # words of a sentence; the separator comes on top
SENTENCES = 3  # of an article, which has a title before them
TEXT = " ".join("w" * LENGTH)
Sample = tuple[list[np.ndarray], np.ndarray, list[LabelledRow], list[Article]]


def sample(n: int, seed: int) -> Sample:
    """Articles of words "w"; the gold words of the first label follow `TRUTH`."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n * SENTENCES, 2)).astype(np.float32)
    size = LENGTH + 1
    outputs, rows, articles = [], [], []
    for i in range(n):
        out = rng.normal(0, 2, (size * (SENTENCES + 1), 3, 2)).astype(np.float32)
        inside = np.zeros((len(out), 2), dtype=np.float32)
        labels = np.zeros((SENTENCES, 2), dtype=np.float32)
        sentences = []
        for k in range(SENTENCES):
            words = slice(size * (k + 1), size * (k + 2) - 1)
            chance = word_probabilities(out[words, 0, 0], logits[i * SENTENCES + k, 0], TRUTH)
            chosen = rng.random(LENGTH) < chance
            inside[words, 0] = chosen
            labels[k, 0] = chosen.any()
            at = k * (len(TEXT) + 1)
            spans = [(at + 2 * w, at + 2 * w + 1) for w in np.flatnonzero(chosen).tolist()]
            sentences.append(
                Sentence(
                    TEXT,
                    at,
                    at + len(TEXT),
                    tuple(Span("a", start, end, "w") for start, end in spans),
                    ("a",) if spans else (),
                )
            )
        starts = np.tile(np.append(2 * np.arange(LENGTH), 0), SENTENCES + 1)
        ends = np.tile(np.append(2 * np.arange(LENGTH) + 1, 0), SENTENCES + 1)
        bounds = size * np.arange(SENTENCES + 2)
        row = TokenRow(np.full(len(out), 7), starts, ends, bounds, n_context=1)
        rows.append(LabelledRow(row, labels, inside))
        text = "\n".join([TEXT] * SENTENCES)
        articles.append(Article(str(i), TEXT, text, tuple(sentences)))
        outputs.append(out)
    return outputs, logits, rows, articles


def words_of(rows: list[LabelledRow]) -> list[tuple[int, int, slice]]:
    """Row, number of the sentence, and words of each sentence that has the first label."""
    return [
        (i, i * SENTENCES + k, slice((LENGTH + 1) * (k + 1), (LENGTH + 1) * (k + 2) - 1))
        for i, labelled in enumerate(rows)
        for k in range(SENTENCES)
        if labelled.labels[k, 0]
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_weights_are_found(seed: int) -> None:
    outputs, logits, rows, _ = sample(1000, seed)
    found, unfitted = calibrate_words(outputs, logits, rows)
    assert unfitted == UNFITTED  # the second label never occurs
    features, gold = [], []
    for i, number, words in words_of(rows):
        features.append(
            np.stack([outputs[i][words, 0, 0], np.full(LENGTH, logits[number, 0])], axis=1)
        )
        gold.append(rows[i].spans[words, 0])
    model = LogisticRegression(C=np.inf).fit(np.concatenate(features), np.concatenate(gold))
    assert found[:2] == pytest.approx(model.coef_[0], abs=0.02)
    assert found[2] == pytest.approx(model.intercept_[0], abs=0.02)
    assert found == pytest.approx(TRUTH, abs=0.1)


@pytest.mark.parametrize("n", [1, 5, 9])
def test_too_few_sentences_to_fit(n: int) -> None:
    outputs, logits, rows, _ = sample(n, 0)
    assert len(words_of(rows)) < 30
    assert calibrate_words(outputs, logits, rows)[0] == UNFITTED


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


@pytest.mark.parametrize("weights", [UNFITTED, (0.7, -0.5, 1.0)])
@pytest.mark.parametrize("seed", range(3))
def test_the_threshold_has_the_greatest_f1(weights: tuple[float, float, float], seed: int) -> None:
    outputs, logits, rows, articles = sample(20, seed)
    found = best_span_thresholds(outputs, logits, [weights] * 2, rows, articles, ("a", "b"))
    assert found["b"] == 0.5  # the label never occurs
    scores = {}
    for threshold in (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6):
        shared = gold_size = found_size = 0
        for i, number, words in words_of(rows):
            row = rows[i].row
            likely = word_probabilities(outputs[i][words, 0, 0], logits[number, 0], weights)
            spans = find_spans(TEXT, row.starts[words], row.ends[words], likely, threshold)
            inside = {c for start, end, _ in spans for c in range(start, end)}
            gold = {2 * w for w in np.flatnonzero(rows[i].spans[words, 0]).tolist()}
            shared += len(inside & gold)
            found_size += len(inside)
            gold_size += len(gold)
        scores[threshold] = 2 * shared / (found_size + gold_size)
    assert scores[found["a"]] == max(scores.values())
    assert len(set(scores.values())) > 3
