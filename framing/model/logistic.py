"""Logistic regression on a few features, for calibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def logistic(features: NDArray[np.floating], gold: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Fit a logistic regression by Newton's method, with Platt's smoothed targets.

    Parameters
    ----------
    features : float array, shape (n, n_features)
        Few of them; the method solves a system of their number.
    gold : bool array, shape (n,)
        What is to be predicted; both values should occur.

    Returns
    -------
    float array, shape (n_features + 1,)
        The weights; the last is the intercept.
    """
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
