"""Fits the lexical model: logistic regression on hashed terms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from framing.inference.lexical import BITS, LexicalModel, term_counts, weigh_terms
from framing.model.batches import LabelledRow


def fit_lexical(rows: Sequence[LabelledRow], strength: float = 10.0) -> LexicalModel:
    """Fit one logistic regression a label, its classes balanced.

    Parameters
    ----------
    rows : sequence of LabelledRow
        The training articles.
    strength : float
        Inverse of the regularisation (``C`` of scikit-learn).

    Returns
    -------
    LexicalModel
        With weights 0 for a label that all sentences carry, or none.
    """
    labels = np.concatenate([labelled.labels for labelled in rows]) > 0.5
    sentences, columns, counts = [], [], []
    n = 0
    for labelled in rows:
        bounds = labelled.row.bounds[labelled.row.n_context :]
        sentence, column, count = term_counts(labelled.row.ids, bounds)
        sentences.append(sentence + n)
        columns.append(column)
        counts.append(count)
        n += len(bounds) - 1
    sentence, column = np.concatenate(sentences), np.concatenate(columns)
    shape = (n, 1 << BITS)
    frequency = np.bincount(column, minlength=shape[1])
    idf = (np.log((1 + n) / (1 + frequency)) + 1).astype(np.float32)
    value = weigh_terms(sentence, np.concatenate(counts), idf[column], n)
    matrix = csr_matrix((value, (sentence, column)), shape=shape)
    weights = np.zeros((shape[1], labels.shape[1]), dtype=np.float32)
    bias = np.zeros(labels.shape[1], dtype=np.float32)
    for k in range(labels.shape[1]):
        if labels[:, k].any() and not labels[:, k].all():
            model = LogisticRegression(C=strength, class_weight="balanced", solver="liblinear")
            model.fit(matrix, labels[:, k])
            weights[:, k], bias[k] = model.coef_[0], model.intercept_[0]
    return LexicalModel(idf, weights, bias)
