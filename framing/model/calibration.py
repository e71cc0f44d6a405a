"""Turns logits into calibrated probabilities and chooses thresholds, on validation articles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from framing.inference import folder as model_folder
from framing.inference.decode import pool_sentences, sigmoid
from framing.inference.engine import TransformerEngine
from framing.inference.lexical import LexicalModel
from framing.model.logistic import logistic
from framing.model.words import best_span_thresholds, calibrate_words
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
    weights = logistic(logits[:, None], gold)
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
    weights = logistic(np.stack([logits, others], axis=1), gold)
    if weights[0] <= 0:  # the first model tells nothing yet
        return 1.0 if weights[1] > 0 else 0.0
    return float(max(0.0, weights[1] / weights[0]))


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
    slope, shift = np.asarray(calibration, dtype=np.float32).T
    logits = logits * slope + shift
    words = calibrate_words(outputs, logits, rows)
    spans = best_span_thresholds(outputs, logits, words, rows, articles, names)
    return model_folder.replace_config(
        engine.config,
        calibration=dict(zip(names, calibration, strict=True)),
        thresholds=dict(zip(names, thresholds, strict=True)),
        span_thresholds=spans,
        word_calibration=dict(zip(names, words, strict=True)),
        lexical=mix,
    )
