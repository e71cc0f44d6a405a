"""Frames as features for scikit-learn: a sentence becomes its scores, an article a summary."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from framing.errors import InputError

if TYPE_CHECKING:
    from framing.inference.classifier import Classifier
    from framing.schema import Document

_UNITS = ("sentence", "article")
_MEASURES = ("share", "max", "mean")


class FrameFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # sklearn is untyped
    """Turns texts into frame scores, for a pipeline of scikit-learn.

    Nothing is learnt: ``fit`` loads the model. Clones, copies and pickles hold the parameters
    alone; the model is loaded again where it is needed.

    Parameters
    ----------
    unit : str
        ``"sentence"`` takes each text as one sentence and gives the probability of every label;
        ``"article"`` splits it into sentences and gives the `measures` of every label.
    measures : sequence of str
        For articles: ``"share"`` of the sentences that carry the label, greatest (``"max"``) and
        mean (``"mean"``) probability over the sentences. An article without a sentence gets zeros.
    model : str or Path, optional
        A model folder; the packaged model by default.
    threads : int, optional
        See :func:`framing.load`.

    Attributes
    ----------
    labels_ : tuple of str
        The labels in codebook order.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> import framing
    >>> pipeline = make_pipeline(framing.FrameFeatures(unit="article"), LogisticRegression())
    """

    def __init__(
        self,
        unit: str = "sentence",
        measures: Iterable[str] = _MEASURES,
        model: str | Path | None = None,
        threads: int | None = None,
    ) -> None:
        self.unit = unit
        self.measures = measures
        self.model = model
        self.threads = threads

    def fit(self, X: Iterable[str], y: object = None) -> Self:  # noqa: N803
        """Load the model; `X` is looked at only for its kind, `y` not at all.

        Raises
        ------
        InputError
            If a parameter is unknown, or `X` is not a sequence of str.
        """
        if self.unit not in _UNITS:
            raise InputError(f"unit must be 'sentence' or 'article', got {self.unit!r}")
        unknown = [name for name in self.measures if name not in _MEASURES]
        if unknown or not list(self.measures):
            raise InputError(
                f"measures must be some of {', '.join(_MEASURES)}, got {self.measures!r}"
            )
        _texts(X)
        self.labels_ = self._classifier().labels
        return self

    def transform(self, X: Iterable[str]) -> NDArray[np.float64]:  # noqa: N803
        """Return the features of texts.

        Parameters
        ----------
        X : iterable of str, shape (n_texts,)
            A list, a column of a data frame, an array of str.

        Returns
        -------
        float array, shape (n_texts, n_features)
            Columns as :meth:`get_feature_names_out` names them; all between 0 and 1.
        """
        check_is_fitted(self)
        texts = _texts(X)
        rows = np.zeros((len(texts), len(self.get_feature_names_out())))
        split = self.unit == "article"
        for i, document in enumerate(self._classifier().stream(texts, split_sentences=split)):
            if len(document):
                rows[i] = self._row(document)
        return rows

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Return the names of the columns: the labels, for articles with ``_share`` and so on.

        Parameters
        ----------
        input_features : object
            Not looked at; there for pipelines.
        """
        check_is_fitted(self)
        if self.unit == "sentence":
            names = list(self.labels_)
        else:
            names = [f"{label}_{name}" for name in self.measures for label in self.labels_]
        return np.asarray(names, dtype=object)

    def _row(self, document: Document) -> NDArray[np.float64]:
        scores = np.array([[p.scores[name] for name in self.labels_] for p in document])
        if self.unit == "sentence":
            first: NDArray[np.float64] = scores[0]
            return first
        carried = np.array([[name in p.labels for name in self.labels_] for p in document])
        found = {"share": carried.mean(0), "max": scores.max(0), "mean": scores.mean(0)}
        row: NDArray[np.float64] = np.concatenate([found[name] for name in self.measures])
        return row

    def _classifier(self) -> Classifier:
        from framing.api import default_classifier, load

        if self.model is None and self.threads is None:
            return default_classifier()
        key = (self.model, self.threads)
        if getattr(self, "_loaded", (None, None))[0] != key:
            self._loaded = (key, load(self.model, threads=self.threads))
        return self._loaded[1]

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        state.pop("_loaded", None)
        return state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = True
        return tags


def _texts(texts: Any) -> list[str]:
    if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
        raise InputError(f"X must be a sequence of str, got {type(texts).__name__}")
    if getattr(texts, "ndim", 1) != 1:
        raise InputError(
            f"X must be one column of texts, got shape {getattr(texts, 'shape', None)}; choose a "
            "column, such as X['text']"
        )
    found = list(texts)
    for i, text in enumerate(found):
        if not isinstance(text, str):
            raise InputError(f"X[{i}] must be a str, got {type(text).__name__} {text!r:.40}")
    return [str(text) for text in found]
