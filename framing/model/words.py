"""Which words make a span: their probabilities and thresholds, fitted on validation articles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from framing.evaluation.metrics import Counts, character_counts
from framing.inference.decode import UNFITTED, WordWeights, find_spans, word_probabilities
from framing.model.logistic import logistic
from framing.schema import Article

if TYPE_CHECKING:
    from framing.model.batches import LabelledRow

Floats = NDArray[np.float32]
_LEAST = 30  # sentences with the label; of fewer the weight of the sentence's logit is an accident


def calibrate_words(
    outputs: Sequence[Floats], logits: Floats, rows: Sequence[LabelledRow]
) -> list[WordWeights]:
    """Fit, for each label, the probability of words given that their sentence has the label.

    A logistic regression of "the word lies in a gold span" on the word's span logit and the
    sentence's logit, over the words of the sentences that have the label.

    Parameters
    ----------
    outputs : sequence of float array, shape (n_tokens, 3, n_labels)
        Outputs of the network over the rows.
    logits : float array, shape (n_sentences, n_labels)
        Calibrated logits of the sentences of all rows, in order.
    rows : sequence of LabelledRow
        The validation articles, tokenised.

    Returns
    -------
    list of (float, float, float)
        See :func:`framing.inference.decode.word_probabilities`; those that leave the span logit as
        it is for a label that fewer than 30 sentences have, whose words all lie in spans or none
        does, or whose span logits are no higher in spans.
    """
    features: list[list[Floats]] = [[] for _ in range(logits.shape[1])]
    gold: list[list[NDArray[np.bool_]]] = [[] for _ in range(logits.shape[1])]
    for sentence, (labelled, i, first, last, out) in zip(
        logits, _sentences(outputs, rows), strict=True
    ):
        words = slice(first, last - 1)  # without the separator
        for k in np.flatnonzero(labelled.labels[i] > 0.5).tolist():
            logit = out[words, 0, k]
            features[k].append(np.stack([logit, np.full_like(logit, sentence[k])], axis=1))
            gold[k].append(labelled.spans[words, k] > 0.5)
    return [_fit(f, g) for f, g in zip(features, gold, strict=True)]


def _sentences(
    outputs: Sequence[Floats], rows: Sequence[LabelledRow]
) -> Iterator[tuple[LabelledRow, int, int, int, Floats]]:
    """Yield each sentence of the rows: its row, number there, first and last token, outputs."""
    for out, labelled in zip(outputs, rows, strict=True):
        bounds = labelled.row.bounds[labelled.row.n_context :].tolist()
        for i, (first, last) in enumerate(pairwise(bounds)):
            yield labelled, i, first, last, out


def _fit(features: Sequence[Floats], gold: Sequence[NDArray[np.bool_]]) -> WordWeights:
    if len(gold) < _LEAST:
        return UNFITTED
    inside = np.concatenate(gold)
    if inside.all() or not inside.any():
        return UNFITTED
    slope, weight, intercept = logistic(np.concatenate(features), inside).tolist()
    return (slope, weight, intercept) if slope > 0 else UNFITTED


def best_span_thresholds(
    outputs: Sequence[Floats],
    logits: Floats,
    weights: Sequence[WordWeights],
    rows: Sequence[LabelledRow],
    articles: Sequence[Article],
    label_names: Sequence[str],
) -> dict[str, float]:
    """Choose for each label the word threshold with the best character-overlap F1.

    Only sentences whose gold labels include the label count, so that the choice does not depend on
    the label threshold.

    Parameters
    ----------
    outputs, logits
        As for :func:`calibrate_words`, which made the `weights`.
    weights : sequence of (float, float, float)
        One for each label.
    rows, articles : sequences of equal length
        The validation articles, tokenised and as they are.
    label_names : sequence of str
        In codebook order.

    Returns
    -------
    dict of str to float
        0.5 for a label without gold spans.
    """
    grid = np.round(np.arange(0.1, 0.61, 0.05), 2).tolist()
    totals = {name: [Counts() for _ in grid] for name in label_names}
    sentences = [sentence for article in articles for sentence in article.sentences]
    for sentence, logit, (labelled, _, first, last, out) in zip(
        sentences, logits, _sentences(outputs, rows), strict=True
    ):
        row, words = labelled.row, slice(first, last)
        for name in sentence.labels:
            k = label_names.index(name)
            gold = [
                (s.start - sentence.start, s.end - sentence.start)
                for s in sentence.spans
                if s.label == name
            ]
            likely = word_probabilities(out[words, 0, k], float(logit[k]), weights[k])
            for g, threshold in enumerate(grid):
                found = find_spans(
                    sentence.text, row.starts[words], row.ends[words], likely, threshold
                )
                totals[name][g] += character_counts(gold, [(a, b) for a, b, _ in found])
    chosen = {}
    for name, counts in totals.items():
        f1 = [c.f1 if c.support else 0.0 for c in counts]
        chosen[name] = grid[int(np.argmax(f1))] if any(f1) else 0.5
    return chosen
