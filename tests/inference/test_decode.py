from __future__ import annotations

import itertools
import re
import warnings

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import expit

from framing.inference.decode import find_spans, pool_sentences, sigmoid
from framing.model.network import pool_sentences as pool_torch


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0, 100.0])
@pytest.mark.parametrize("seed", range(3))
def test_pooling_agrees_with_torch(scale: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 30, size=40)
    outputs = rng.normal(0, scale, (int(lengths.sum()), 3, 4)).astype(np.float32)
    sentence = torch.from_numpy(np.repeat(np.arange(40), lengths))
    expected = pool_torch(torch.from_numpy(outputs), sentence, 40).numpy()
    bounds = np.cumsum([0, *lengths])
    found = pool_sentences(outputs, bounds)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    # Sentences before the first bound are context and left out.
    np.testing.assert_allclose(pool_sentences(outputs, bounds[5:]), expected[5:], 1e-5, 1e-5)


def test_pooling_is_the_weighted_mean_by_definition() -> None:
    rng = np.random.default_rng(0)
    outputs = rng.normal(size=(7, 3, 2)).astype(np.float32)
    bounds = np.array([0, 3, 7])
    expected = []
    for first, last in itertools.pairwise(bounds):
        weights = np.exp(outputs[first:last, 1])
        expected.append((weights * outputs[first:last, 2]).sum(0) / weights.sum(0))
    np.testing.assert_allclose(pool_sentences(outputs, bounds), expected, rtol=1e-5)


def test_pooling_nothing_and_large_scores() -> None:
    assert pool_sentences(np.zeros((5, 3, 2), np.float32), np.array([5])).shape == (0, 2)
    outputs = np.array([[[0], [1e4], [1]], [[0], [-1e4], [9]]], dtype=np.float32)
    assert pool_sentences(outputs, np.array([0, 2])).tolist() == [[1.0]]


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1))
def test_sigmoid(logits: list[float]) -> None:
    array = np.array(logits, dtype=np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = sigmoid(array)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expit(array), atol=2e-7)


PIECES = st.sampled_from(
    ["duties", "x", "30%", "(", ")", "\u201c", "\u201d", ".", ",", "-", "\u00e9t"]
)


@st.composite
def scored_sentences(
    draw: st.DrawFn,
) -> tuple[str, list[tuple[int, int]], list[float]]:
    """Return a sentence with its tokens, words in one or two pieces, and their probabilities."""
    text = ""
    tokens: list[tuple[int, int]] = []
    for piece in draw(st.lists(PIECES, min_size=1, max_size=15)):
        text += draw(st.sampled_from(["", " "])) if text else ""
        cut = draw(st.integers(1, len(piece)))
        start = len(text)
        tokens.append((start, start + cut))
        if cut < len(piece):
            tokens.append((start + cut, start + len(piece)))
        text += piece
    probability = st.floats(0, 1, width=32)
    scores = draw(st.lists(probability, min_size=len(tokens), max_size=len(tokens)))
    return text, [*tokens, (0, 0)], [*scores, draw(probability)]


def spans_of(
    text: str, tokens: list[tuple[int, int]], scores: list[float], threshold: float
) -> list[tuple[int, int, float]]:
    offsets = np.array(tokens, dtype=np.int64).reshape(-1, 2)
    return find_spans(
        text, offsets[:, 0], offsets[:, 1], np.array(scores, dtype=np.float32), threshold
    )


THRESHOLDS = st.floats(0.05, 0.95)


@given(scored_sentences(), THRESHOLDS)
def test_spans_are_inside_the_text_ordered_and_apart(
    sentence: tuple[str, list[tuple[int, int]], list[float]], threshold: float
) -> None:
    text, tokens, scores = sentence
    spans = spans_of(text, tokens, scores, threshold)
    assert 1 <= len(spans) <= 4
    position = 0
    for start, end, score in spans:
        assert position <= start < end <= len(text)
        position = end
        assert text[start:end] == text[start:end].strip()
        assert min(scores) - 1e-6 <= score <= max(scores) + 1e-6


@given(scored_sentences(), THRESHOLDS)
def test_spans_begin_and_end_with_words(
    sentence: tuple[str, list[tuple[int, int]], list[float]], threshold: float
) -> None:
    text, tokens, scores = sentence
    if not any(character.isalnum() for character in text):
        return
    for start, end, _ in spans_of(text, tokens, scores, threshold):
        words = text[start:end]
        assert any(character.isalnum() for character in words), words
        assert words[0] not in ".,-\u201c\u201d)", words
        assert words[-1] not in ".,-\u201c\u201d(", words
        assert words[0] != "(" or ")" in words
        assert words[-1] != ")" or "(" in words


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=12), THRESHOLDS)
def test_the_best_span_has_the_greatest_sum(scores: list[float], threshold: float) -> None:
    text = " ".join("w" * len(scores))
    tokens = [(2 * i, 2 * i + 1) for i in range(len(scores))]
    gain = np.array(scores, dtype=np.float32).astype(float) - threshold
    sums = [
        gain[start // 2 : (end + 1) // 2].sum()
        for start, end, _ in spans_of(text, tokens, scores, threshold)
    ]
    every = itertools.combinations(range(len(scores) + 1), 2)
    best = max(gain[a:b].sum() for a, b in every)
    assert max(sums) == pytest.approx(best, abs=1e-9)
    others = sorted(sums)[:-1]
    assert all(other >= 1.0 - 1e-9 for other in others)


@st.composite
def byte_sentences(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]], list[float]]:
    """Return a sentence in which one character may be several tokens, as in byte-level BPE."""
    text = "".join(draw(st.lists(st.sampled_from("a \U0001f6a2\u20ac"), min_size=1, max_size=12)))
    text = text.strip() or "a"
    tokens = [
        (i, i + 1)
        for i, character in enumerate(text)
        if character != " "
        for _ in range(len(character.encode()) if character != "a" else 1)
    ]
    scores = draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=len(tokens), max_size=len(tokens)))
    return text, tokens, scores


SHIP = (
    "a a a \U0001f6a2 a a a",
    [(0, 1), (2, 3), (4, 5), *[(6, 7)] * 4, (8, 9), (10, 11), (12, 13)],
)


@given(byte_sentences(), st.floats(0.3, 0.7))
@example((*SHIP, [1.0] * 4 + [0.0] * 2 + [1.0] * 4), 0.7)
def test_spans_are_apart_where_a_character_is_several_tokens(
    sentence: tuple[str, list[tuple[int, int]], list[float]], threshold: float
) -> None:
    position = 0
    for start, end, _ in spans_of(*sentence, threshold):
        assert position <= start < end
        position = end


#        0   4     10 13     20   25 28
TEXT = 'The "duty" is (up to) 30%, he said.'


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ([], ["said"]),  # the best word
        (["duty", '"'], ["duty"]),
        (["duty", "is", "(", "up", "to", ")"], ["is (up to)"]),
        (['"', "duty", "is", "(", "up", "to", ")"], ['duty" is (up to)']),
        (["(", "up"], ["up"]),
        (["up", "to", ")"], ["up to"]),
        (["The", '"', "duty", "is", "(", "to", ")", "30"], ['The "duty" is (up to) 30']),
        (["The", '"', "duty", "said", ".", ",", "he"], ['The "duty', "he said"]),
    ],
)
def test_spans_of_a_sentence(marked: list[str], expected: list[str]) -> None:
    words = ["The", '"', "duty", '"', "is", "(", "up", "to", ")", "30", "%", ",", "he", "said", "."]
    tokens, position = [], 0
    for word in words:
        position = TEXT.index(word, position)
        tokens.append((position, position + len(word)))
        position += len(word)
    scores = [0.9 if word in marked else 0.1 for word in words]
    if not any(word in marked for word in words):
        scores[words.index("said")] = 0.2
        expected = ["said"]
    assert [TEXT[a:b] for a, b, _ in spans_of(TEXT, tokens, scores, 0.5)] == expected


def test_threshold() -> None:
    text = "a b c d e f g h i"
    tokens = [(2 * i, 2 * i + 1) for i in range(9)]
    scores = [0.9, 0.9, 0.9, 0.0, 0.0, 0.0, 0.9, 0.9, 0.95]

    def found(threshold: float) -> list[str]:
        return [text[a:b] for a, b, _ in spans_of(text, tokens, scores, threshold)]

    assert found(0.05) == ["a b c d e f g h i"]
    assert found(0.4) == ["a b c d e f g h i"]  # the dip is short
    assert found(0.55) == ["a b c", "g h i"]
    assert found(0.7) == ["g h i"]  # the other is no span of its own
    assert found(0.92) == ["i"]
    assert found(0.99) == ["i"]


def test_the_score_is_the_mean_of_the_words() -> None:
    tokens = [(0, 3), (3, 6), (7, 8), (0, 0)]  # a word of two pieces, one of one, the separator
    ((start, end, score),) = spans_of("abcdef g", tokens, [0.6, 0.9, 0.8, 1.0], 0.5)
    assert (start, end) == (0, 8)
    assert score == pytest.approx((0.9 + 0.8) / 2)


@pytest.mark.parametrize("tokens", [[], [(0, 0)]])
def test_a_sentence_without_tokens(tokens: list[tuple[int, int]]) -> None:
    assert spans_of("\u200b\u200b", tokens, [0.9] * len(tokens), 0.5) == [(0, 2, 0.0)]


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("said and that the ban would fall.", (1, 6), "the ban would fall"),
        ("It offered a truce with the", (0, 5), "It offered a truce with"),
        ("it drops the duty and the quota of its", (0, 8), "it drops the duty and the quota"),
        ('She said: "but we will hit back, and', (2, 8), "we will hit back"),
        ("And so it fell", (0, 3), "And so it fell"),
        ("and the", (0, 1), "the"),
        ("of the", (0, 1), "of"),
        ("The offer", (0, 0), "The"),
    ],
)
def test_spans_do_not_begin_with_conjunctions_or_end_in_articles(
    text: str, words: tuple[int, int], expected: str
) -> None:
    tokens = [match.span() for match in re.finditer(r"\S+", text)]
    scores = [0.9 if words[0] <= i <= words[1] else 0.0 for i in range(len(tokens))]
    ((start, end, _),) = spans_of(text, tokens, scores, 0.3)
    assert text[start:end] == expected
