"""Token outputs become labels and spans; numpy only."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
WordWeights = tuple[float, float, float]  # of a word's logit, of its sentence's; intercept

UNFITTED: WordWeights = (1.0, 0.0, 0.0)  # leaves the word's logit as it is

_EDGE = " \t\r\n\u00a0.,;:!?…-–—\"'“”‘’«»()[]"
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}")  # U.S., a.m.
_OPENING = re.compile(r"(?:(?:and|or|but|that)\s+)+")  # in capitals they open the sentence
_CLOSING = re.compile(r"(?:\s+(?:an?|the|and|or|but|nor|of|its|their|his|our|which))+$")
_CLOSES = {")": "(", "]": "["}


def pool_sentences(outputs: Floats, bounds: NDArray[np.int64]) -> Floats:
    """Pool token outputs into sentence logits: attention-weighted mean of the values.

    Parameters
    ----------
    outputs : float array, shape (n_tokens, 3, n_labels)
        Span logit, attention score and value of every token.
    bounds : int array, shape (n_sentences + 1,)
        Sentence `i` owns the tokens ``bounds[i]:bounds[i + 1]``, at least one.

    Returns
    -------
    float array, shape (n_sentences, n_labels)
        Logits.
    """
    starts = bounds[:-1]
    if not len(starts):
        return np.zeros((0, outputs.shape[2]), dtype=np.float32)
    attention = outputs[bounds[0] : bounds[-1], 1]
    values = outputs[bounds[0] : bounds[-1], 2]
    starts = starts - bounds[0]
    peak = np.maximum.reduceat(attention, starts, axis=0)
    weights = np.exp(attention - np.repeat(peak, np.diff(bounds), axis=0))
    pooled = np.add.reduceat(weights * values, starts, axis=0)
    return np.asarray(pooled / np.add.reduceat(weights, starts, axis=0), dtype=np.float32)


def sigmoid(logits: NDArray[np.floating]) -> Floats:
    """Return ``1 / (1 + exp(-logits))`` without overflow."""
    result: Floats = (0.5 * (1.0 + np.tanh(0.5 * logits))).astype(np.float32)
    return result


def word_probabilities(logits: Floats, sentence: float, weights: WordWeights) -> Floats:
    """Return the probability that words lie in a span, given that their sentence has the label.

    The network's span logits say how likely a word lies in a span, whether or not its sentence has
    the label; so they are low throughout a sentence of which the network is unsure.

    Parameters
    ----------
    logits : float array, shape (n_tokens,)
        Span logits of the tokens for one label.
    sentence : float
        Calibrated logit of the sentence for the label.
    weights : (float, float, float)
        Weights of the two, and intercept.

    Returns
    -------
    float array, shape (n_tokens,)
    """
    slope, weight, intercept = weights
    return sigmoid(slope * logits + (weight * sentence + intercept))


def find_spans(
    text: str,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    probabilities: Floats,
    threshold: float,
) -> list[tuple[int, int, float]]:
    """Find the words that carry a label in one sentence that was predicted to have it.

    The first span is the stretch of words with the greatest sum of ``probability - threshold``
    (the maximum-sum segment, found by Kadane's algorithm); further stretches follow if their sum is
    large enough to be a span of their own. A short dip inside a span does not split it.

    Parameters
    ----------
    text : str
        The sentence.
    starts, ends : int array, shape (n_tokens,)
        Character offsets of the sentence's tokens into `text`; equal for separators.
    probabilities : float array, shape (n_tokens,)
        Probability that the token lies in a span of the label.
    threshold : float
        Words above it count for a span, words below against it.

    Returns
    -------
    list of (start, end, score)
        At least one, ordered, not overlapping; `score` is the mean probability of the words. If
        the sentence has no token, the whole sentence with score 0.
    """
    words = _words(text, starts, ends, probabilities)
    spoken = [any(map(str.isalnum, text[start:end])) for start, end, _ in words]
    if not words:
        return [(0, len(text), 0.0)]
    gain = [score - threshold for _, _, score in words]
    segments: list[tuple[int, int]] = []
    for _ in range(4):  # more than four spans of one label in a sentence do not occur
        segment = _best_segment(gain)
        if segment is None:
            break
        if any(spoken) and not any(spoken[slice(*segment)]):
            for i in range(*segment):
                gain[i] = float("-inf")  # punctuation alone is no span
            continue
        begin, end = segment
        if segments and sum(gain[begin:end]) < 1.0:
            break
        segments.append(segment)
        for i in range(max(begin - 1, 0), min(end + 1, len(gain))):
            gain[i] = float("-inf")  # taken, with one word of distance to the next
    if not segments:
        chosen = any(spoken)
        best = max(
            (i for i in range(len(words)) if spoken[i] or not chosen), key=lambda i: words[i][2]
        )
        segments = [(best, best + 1)]
    spans = []
    for begin, end in sorted(segments):
        start, stop = _trim(text, words[begin][0], words[end - 1][1])
        score = float(np.mean([score for _, _, score in words[begin:end]]))
        spans.append((start, stop, score))
    return spans


def _words(
    text: str, starts: NDArray[np.int64], ends: NDArray[np.int64], probabilities: Floats
) -> list[tuple[int, int, float]]:
    """Join the pieces of each word; its probability is the greatest among its pieces."""
    words: list[tuple[int, int, float]] = []
    dotted = [match.span() for match in _DOTTED.finditer(text)]
    for start, end, score in zip(
        starts.tolist(), ends.tolist(), probabilities.tolist(), strict=True
    ):
        if end <= start:
            continue
        joined = words and (
            start < words[-1][1] or (start == words[-1][1] and _inside_word(text, start, dotted))
        )
        if joined:
            first, last, best = words[-1]
            words[-1] = (first, max(last, end), max(best, score))
        else:
            words.append((start, end, score))
    return words


def _inside_word(text: str, position: int, dotted: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a word goes on across `position`, or an abbreviation such as U.S."""
    if 0 < position < len(text) and text[position - 1].isalnum() and text[position].isalnum():
        return True
    return any(start < position < end for start, end in dotted)


def _best_segment(gain: Sequence[float]) -> tuple[int, int] | None:
    """Return the half-open segment with the greatest positive sum, or None."""
    best, best_segment = 0.0, None
    total, begin = 0.0, 0
    for i, value in enumerate(gain):
        if total <= 0:
            total, begin = 0.0, i
        total += value
        if total > best:
            best, best_segment = total, (begin, i + 1)
    return best_segment


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Drop what no span begins or ends with: punctuation, conjunctions, articles without a noun."""
    first, last = _trim_edges(text, start, end)
    opening = _OPENING.match(text, first, last)
    if opening is not None:
        first, last = _trim_edges(text, opening.end(), last)
    closing = _CLOSING.search(text, first, last)
    if closing is not None:
        first, last = _trim_edges(text, first, closing.start())
    return (first, last) if first < last else (start, end)


def _trim_edges(text: str, first: int, last: int) -> tuple[int, int]:
    """Drop white space and punctuation at the edges; keep a bracket whose partner is inside."""
    while first < last and text[first] in _EDGE:
        if text[first] in "([" and {"(": ")", "[": "]"}[text[first]] in text[first:last]:
            break
        first += 1
    while last > first and text[last - 1] in _EDGE:
        partner = _CLOSES.get(text[last - 1])
        if partner is not None and partner in text[first:last]:
            break
        if text[last - 1] == "." and any(m.end() == last for m in _DOTTED.finditer(text)):
            break
        last -= 1
    return first, last
