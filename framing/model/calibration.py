"""Turns logits into calibrated probabilities and chooses thresholds, on validation articles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from framing.evaluation.metrics import Counts, character_counts
from framing.inference import folder as model_folder
from framing.inference.decode import find_spans, pool_sentences, sigmoid
from framing.inference.engine import TransformerEngine
from framing.inference.lexical import LexicalModel
from framing.schema import Article

if TYPE_CHECKING:
    from framing.model.batches import LabelledRow

Floats = NDArray[np.float32]


def platt(logits: Floats, gold: NDArray[np.bool_]) -> tuple[float, float]:
    """Fit slope and intercept so that ``sigmoid(slope * logit + intercept)`` is a probability.

    Newton's method on the log-likelihood with Platt's smoothed targets (Platt 1999, "Probabilistic
    Outputs for Support Vector Machines"; Lin, Lin and Weng 2007).

    Parameters
    ----------
    logits : float array, shape (n,)
        Logits of one label.
    gold : bool array, shape (n,)
        Whether the sentence carries it.

    Returns
    -------
    (float, float)
        Slope, greater than 0, and intercept; (1, 0) if all sentences carry the label, none does, or
        the logits are no higher where it holds.
    """
    n_positive = int(gold.sum())
    n_negative = len(gold) - n_positive
    if not n_positive or not n_negative:
        return 1.0, 0.0
    weights = _logistic(logits[:, None], gold)
    if weights[0] <= 0:  # logits that tell nothing yet; do not turn their order round
        return 1.0, 0.0
    return float(weights[0]), float(weights[1])


def mixing_weight(logits: Floats, others: Floats, gold: NDArray[np.bool_]) -> float:
    """Return how much of `others` to add to `logits` for the best logistic regression on both.

    Parameters
    ----------
    logits, others : float array, shape (n,)
        Logits of one label from two models.
    gold : bool array, shape (n,)
        Whether the sentence carries it.

    Returns
    -------
    float
        At least 0; 0 as well if all sentences carry the label or none does.
    """
    if gold.all() or not gold.any():
        return 0.0
    weights = _logistic(np.stack([logits, others], axis=1), gold)
    if weights[0] <= 0:  # the first model tells nothing yet
        return 1.0 if weights[1] > 0 else 0.0
    return float(max(0.0, weights[1] / weights[0]))


def _logistic(features: NDArray[np.floating], gold: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Fit a logistic regression with Platt's smoothed targets; the last weight is the intercept."""
    n_positive = int(gold.sum())
    n_negative = len(gold) - n_positive
    target = np.where(gold, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    matrix = np.column_stack([features.astype(np.float64), np.ones(len(gold))])
    weights = np.zeros(matrix.shape[1])
    weights[0] = 1.0
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(matrix @ weights, -30, 30)))
        gradient = matrix.T @ (p - target)
        hessian = (matrix * (p * (1 - p))[:, None]).T @ matrix + 1e-6 * np.eye(len(weights))
        step = np.linalg.solve(hessian, gradient)
        weights -= step / max(1.0, float(np.abs(step).max()))  # steps no longer than 1
        if np.abs(step).max() < 1e-7:
            break
    return weights


def best_threshold(probabilities: Floats) -> float:
    """Return the threshold with the greatest expected F1, if the probabilities are right.

    Of `n` sentences with probabilities `p`, those with ``p >= t`` are expected to hold
    ``sum(p[p >= t])`` right ones (Ye et al. 2012, "Optimizing F-measures: A Tale of Two
    Approaches"). Gold labels enter by the calibration alone, which has two numbers, so that the
    threshold does not follow the accidents of a small validation set.

    Parameters
    ----------
    probabilities : float array, shape (n,)
        Calibrated probabilities of one label.

    Returns
    -------
    float
        Between 0.05 and 0.95, in steps of 0.01.
    """
    ordered = np.sort(probabilities.astype(np.float64))[::-1]
    right = np.concatenate([[0.0], np.cumsum(ordered)])
    grid = np.round(np.arange(0.05, 0.951, 0.01), 2)  # as they are returned
    taken = np.searchsorted(-ordered, -grid, side="right")  # how many have p >= t
    expected = 2 * right[taken] / (taken + right[-1] + 1e-12)
    return float(grid[int(np.argmax(expected))])


def calibrate(
    logits: Floats, gold: NDArray[np.bool_]
) -> tuple[list[tuple[float, float]], list[float]]:
    """Fit calibration and threshold of every label.

    Parameters
    ----------
    logits : float array, shape (n, n_labels)
        Logits of the validation sentences.
    gold : bool array, shape (n, n_labels)
        Their labels.

    Returns
    -------
    calibration : list of (float, float)
        Slope and intercept of each label.
    thresholds : list of float
        On the calibrated probability, of each label.
    """
    calibration, thresholds = [], []
    for k in range(logits.shape[1]):
        slope, intercept = platt(logits[:, k], gold[:, k])
        calibration.append((slope, intercept))
        known = bool(gold[:, k].any())
        thresholds.append(
            best_threshold(sigmoid(logits[:, k] * slope + intercept)) if known else 0.5
        )
    return calibration, thresholds


def best_span_thresholds(
    outputs: Sequence[NDArray[np.float32]],
    rows: Sequence[LabelledRow],
    articles: Sequence[Article],
    label_names: Sequence[str],
) -> dict[str, float]:
    """Choose for each label the word threshold with the best character-overlap F1.

    Only sentences whose gold labels include the label count, so that the choice does not depend on
    the label threshold.

    Parameters
    ----------
    outputs : sequence of float array, shape (n_tokens, 3, n_labels)
        Outputs of the network over the rows.
    rows, articles : sequences of equal length
        The validation articles, tokenised and as they are.
    label_names : sequence of str
        In codebook order.

    Returns
    -------
    dict of str to float
        0.5 for a label without gold spans.
    """
    grid = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
    totals = {name: [Counts() for _ in grid] for name in label_names}
    for out, labelled, article in zip(outputs, rows, articles, strict=True):
        row = labelled.row
        words = sigmoid(out[:, 0])
        for i, sentence in enumerate(article.sentences):
            first, last = row.bounds[row.n_context + i], row.bounds[row.n_context + i + 1]
            for name in sentence.labels:
                gold = [
                    (s.start - sentence.start, s.end - sentence.start)
                    for s in sentence.spans
                    if s.label == name
                ]
                for g, threshold in enumerate(grid):
                    found = find_spans(
                        sentence.text,
                        row.starts[first:last],
                        row.ends[first:last],
                        words[first:last, label_names.index(name)],
                        threshold,
                    )
                    totals[name][g] += character_counts(gold, [(a, b) for a, b, _ in found])
    chosen = {}
    for name, counts in totals.items():
        f1 = [c.f1 if c.support else 0.0 for c in counts]
        chosen[name] = grid[int(np.argmax(f1))] if any(f1) else 0.5
    return chosen


def calibrated(
    engine: TransformerEngine,
    rows: Sequence[LabelledRow],
    articles: Sequence[Article],
    lexical: LexicalModel | None = None,
) -> model_folder.ModelConfig:
    """Return the engine's configuration with calibration and thresholds fitted on `articles`.

    Parameters
    ----------
    engine : TransformerEngine
        The network to calibrate.
    rows : sequence of LabelledRow
        The validation articles, tokenised.
    articles : sequence of Article
        The same articles.
    lexical : LexicalModel, optional
        To be added; how much of it is fitted as well.
    """
    names = engine.config.labels
    outputs = engine.outputs([labelled.row for labelled in rows])
    logits: NDArray[np.float32] = np.concatenate(
        [
            pool_sentences(out, labelled.row.bounds[labelled.row.n_context :])
            for out, labelled in zip(outputs, rows, strict=True)
        ]
    )
    gold = np.concatenate([labelled.labels for labelled in rows]) > 0.5
    mix: dict[str, float] = {}
    if lexical is not None:
        others = np.concatenate(
            [
                lexical.logits(labelled.row.ids, labelled.row.bounds[labelled.row.n_context :])
                for labelled in rows
            ]
        )
        for k, name in enumerate(names):
            mix[name] = mixing_weight(logits[:, k], others[:, k], gold[:, k])
            logits[:, k] += mix[name] * others[:, k]
    calibration, thresholds = calibrate(logits, gold)
    spans = best_span_thresholds(outputs, rows, articles, names)
    return model_folder.replace_config(
        engine.config,
        calibration=dict(zip(names, calibration, strict=True)),
        thresholds=dict(zip(names, thresholds, strict=True)),
        span_thresholds=spans,
        lexical=mix,
    )
