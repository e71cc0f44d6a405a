"""Every figure of an evaluation on the sample and on each resample of its articles.

A measure is named by a row (a label, ``macro``, ``micro`` or ``all``) and a column (``f1``, ...);
its values are an array, the sample's own first. Macro is the mean over the labels for which the
figure is defined on the sample; micro pools the counts of all labels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framing.evaluation.bootstrap import average_precision
from framing.evaluation.pairs import Pairs
from framing.evaluation.spans import SPAN_KINDS

Floats = NDArray[np.float64]
Measures = dict[tuple[str, str], Floats]

BINS = 10  # of equal width, for the calibration error
PARTS = ("precision", "recall", "f1")


def measure(pairs: Pairs, weights: Floats) -> Measures:
    """Compute all measures.

    Parameters
    ----------
    pairs : Pairs
        Gold and predicted labels.
    weights : float array, shape (n_draws, n_articles)
        See :func:`framing.evaluation.bootstrap.article_weights`.

    Returns
    -------
    dict of (row, column) to float array, shape (n_draws,)
        nan where a figure is undefined. Columns: ``precision``, ``recall``, ``f1``, ``pr_auc``,
        ``ece``, ``brier``; ``exact_``, ``character_`` and ``token_`` with ``precision``, ``recall``
        and ``f1`` for spans; ``exact_set`` (row ``all``) is the share of sentences whose set of
        labels is right.
    """
    found: Measures = {}
    gold, predicted = pairs.gold, pairs.found
    counts = np.stack([gold & predicted, ~gold & predicted, gold & ~predicted], axis=2)
    found |= _rates(pairs, counts, "", weights)
    for k, kind in enumerate(SPAN_KINDS):
        found |= _rates(pairs, pairs.spans[:, :, k], f"{kind}_", weights)
    found |= _probabilities(pairs, weights)
    right = np.stack([(gold == predicted).all(axis=1), np.ones(pairs.n_sentences)], axis=1)
    total = weights @ pairs.per_article(right)
    found["all", "exact_set"] = divide(total[:, 0], total[:, 1])
    return found


def _rates(pairs: Pairs, counts: NDArray[np.generic], prefix: str, weights: Floats) -> Measures:
    """Precision, recall and F1 of counts (n_sentences, n_labels, 3), by label, macro and micro."""
    by_article = pairs.per_article(counts)
    total = np.einsum("da,alc->dlc", weights, by_article, optimize=True)
    by_label = rates(total)  # each (n_draws, n_labels)
    pooled = rates(total.sum(axis=1))
    found: Measures = {}
    for part, values, micro in zip(PARTS, by_label, pooled, strict=True):
        found |= _rows(pairs.labels, prefix + part, values)
        found["micro", prefix + part] = micro
    return found


def rates(counts: Floats) -> tuple[Floats, Floats, Floats]:
    """Return precision, recall and F1 of counts.

    Parameters
    ----------
    counts : float array, shape (..., 3)
        True positives, false positives, false negatives.

    Returns
    -------
    three float arrays, shape (...)
        nan for precision without predictions, for recall and F1 without gold positives. There
        scikit-learn gives an F1 of 0 if something was predicted, which would say of the model what
        is true of the sample.
    """
    tp, fp, fn = counts[..., 0], counts[..., 1], counts[..., 2]
    f1 = np.where(tp + fn > 0, divide(2 * tp, 2 * tp + fp + fn), np.nan)
    return divide(tp, tp + fp), divide(tp, tp + fn), f1


def _probabilities(pairs: Pairs, weights: Floats) -> Measures:
    """PR-AUC, expected calibration error and Brier score, by label and macro."""
    area, error, brier = [], [], []
    for k in range(len(pairs.labels)):
        scores, gold = pairs.scores[:, k], pairs.gold[:, k]
        area.append(average_precision(scores, gold, pairs.article, weights))
        square = np.stack([(scores - gold) ** 2, np.ones(len(scores))], axis=1)
        total = weights @ pairs.per_article(square)
        brier.append(divide(total[:, 0], total[:, 1]))
        error.append(_calibration_error(binned(pairs, k, weights)))
    found: Measures = {}
    for column, values in (("pr_auc", area), ("ece", error), ("brier", brier)):
        found |= _rows(pairs.labels, column, np.stack(values, axis=1))
    return found


def binned(pairs: Pairs, label: int, weights: Floats, bins: int = BINS) -> Floats:
    """Sum sentences, scores and gold positives in bins of equal width of the predicted probability.

    Parameters
    ----------
    pairs : Pairs
        Gold and predicted labels.
    label : int
        Position of the label.
    weights : float array, shape (n_draws, n_articles)
        Of the articles.
    bins : int
        How many; the last one holds 1 as well.

    Returns
    -------
    float array, shape (n_draws, bins, 3)
        nan throughout if a score is missing.
    """
    scores, gold = pairs.scores[:, label], pairs.gold[:, label]
    if np.isnan(scores).any():
        return np.full((len(weights), bins, 3), np.nan)
    place = np.clip((scores * bins).astype(np.int64), 0, bins - 1)
    cell = pairs.article * bins + place
    size = pairs.n_articles * bins
    sums = [
        np.bincount(cell, weights=values, minlength=size).reshape(pairs.n_articles, bins)
        for values in (np.ones(len(scores)), scores, gold.astype(np.float64))
    ]
    total: Floats = np.einsum("da,abc->dbc", weights, np.stack(sums, axis=2), optimize=True)
    return total


def _calibration_error(bins: Floats) -> Floats:
    """Sum over bins of (share of sentences) * |mean score - share of positives| (Naeini 2015)."""
    gaps: Floats = np.abs(bins[:, :, 1] - bins[:, :, 2]).sum(axis=1)
    error = divide(gaps, bins[:, :, 0].sum(axis=1))
    # Noise adds to absolute gaps, so resamples lie above the sample: shift them back onto it.
    if len(error) > 1 and not np.isnan(error[0]):
        error[1:] = np.maximum(0.0, error[1:] - (np.nanmean(error[1:]) - error[0]))
    return error


def _rows(labels: tuple[str, ...], column: str, values: Floats) -> Measures:
    """Name the columns of values (n_draws, n_labels) and add their mean as ``macro``."""
    found = {(label, column): values[:, k] for k, label in enumerate(labels)}
    defined = ~np.isnan(values[0])
    # A draw that lacks a label would average over other labels than the sample: it stays nan.
    found["macro", column] = (
        values[:, defined].mean(axis=1) if defined.any() else np.full(len(values), np.nan)
    )
    return found


def divide(a: Floats, b: Floats) -> Floats:
    """Return ``a / b``, nan where `b` is 0."""
    quotient: Floats = np.divide(a, b, out=np.full(np.shape(a), np.nan), where=b != 0)
    return quotient
