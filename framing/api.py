"""The public functions of prediction: thin, over one classifier."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, overload

from framing.errors import MissingExtraError
from framing.inference.classifier import Classifier
from framing.resources import path_of
from framing.schema import Document

_lock = threading.Lock()


def load(
    path: str | Path | None = None,
    *,
    device: str = "cpu",
    threads: int | None = None,
    thresholds: Mapping[str, float] | None = None,
    context: bool = True,
    allow_pickle: bool = False,
) -> Classifier:
    """Load a model.

    Parameters
    ----------
    path : str or Path, optional
        A model folder as written by :func:`framing.train`; the packaged model by default.
    device : str
        ``"cpu"`` runs the exported graph on onnxruntime; a torch device such as ``"cuda"`` runs the
        weights on torch and needs ``framing[train]``. The packaged model's are had back from its
        int8 graph, so that its scores differ there by a hundredth or so.
    threads : int, optional
        How many windows are run at a time on the CPU; all cores by default.
    thresholds : mapping of str to float, optional
        Probabilities from which on a sentence carries a label, in place of the model's own; see
        :meth:`framing.Classifier.with_thresholds`.
    context : bool
        False reads every sentence by itself, also with a model that was trained to read those
        before it; calibration and thresholds stay those of reading in context. The packaged model
        reads every sentence by itself anyway.
    allow_pickle : bool
        Load a baseline, which is a joblib pickle. A pickle can run any code: load only your own.

    Raises
    ------
    ModelNotFoundError
        If the folder or a file in it is missing.
    ModelError
        If a file does not have the hash that its ``config.json`` gives, is damaged, or is a pickle
        and `allow_pickle` is False.
    InputError
        If a threshold is for no label of the model or is not a number from 0 to 1, or `threads` is
        less than 1.
    """
    try:
        model = _load(path, device, threads, allow_pickle)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"this model needs the package {error.name!r}; install it with: "
            "pip install 'framing[train]'"
        ) from error
    if not context:
        model = model.without_context()
    return model.with_thresholds(thresholds) if thresholds else model


def _load(
    path: str | Path | None, device: str, threads: int | None, allow_pickle: bool
) -> Classifier:
    folder = path_of("models/default") if path is None else Path(path)
    from framing.inference.folder import read_config

    if read_config(folder).kind == "baseline":
        from framing.model.baseline import load_baseline

        return load_baseline(folder, allow_pickle=allow_pickle)
    return Classifier.load(folder, device=device, threads=threads)


@lru_cache(maxsize=1)
def _load_default() -> Classifier:
    return load()


def default_classifier() -> Classifier:
    """Return the packaged model, loaded once and shared."""
    with _lock:
        return _load_default()


@overload
def predict(  # type: ignore[overload-overlap]  # a str is an iterable of str too
    texts: str, *, title: str | None = None, split_sentences: bool = True
) -> Document: ...


@overload
def predict(
    texts: Iterable[str],
    *,
    title: Sequence[str | None] | None = None,
    split_sentences: bool = True,
) -> list[Document]: ...


def predict(
    texts: Any, *, title: Any = None, split_sentences: bool = True
) -> Document | list[Document]:
    """Tag one text or several with the packaged model.

    Parameters
    ----------
    texts : str or iterable of str
        One text gives a Document; several give a list, in order.
    title : str, or sequence of str or None, optional
        Headline: one str for one text, one entry a text for several. Kept with the document; a
        model trained to read context reads it before the first sentences, the packaged one does
        not.
    split_sentences : bool
        False takes each text as a single sentence.

    Returns
    -------
    Document or list of Document
        Iterate over a document for its predictions, one for each sentence.

    Raises
    ------
    InputError
        If a text is not a str, or the titles do not fit the texts.
    """
    tagged: Document | list[Document] = default_classifier().predict(
        texts, title=title, split_sentences=split_sentences
    )
    return tagged


def tag(batch: Mapping[str, Sequence[str]], *, column: str = "text") -> dict[str, list[Any]]:
    """Tag a batch of a ``datasets.Dataset``: ``ds.map(framing.tag, batched=True)``.

    Parameters
    ----------
    batch : mapping of str to sequence
        Columns of equal length.
    column : str
        The column that holds the texts.

    Returns
    -------
    dict
        New columns: ``labels`` (the labels that occur in the text) and ``sentences`` (for each
        sentence ``start``, ``end``, ``text``, ``labels``, ``scores``, ``spans``).

    Raises
    ------
    InputError
        If there is no such column, or an entry is not a str.
    """
    from framing.errors import InputError

    if column not in batch:
        raise InputError(f"no column {column!r}; the batch has {', '.join(map(repr, batch))}")
    documents = default_classifier().predict(batch[column])
    return {
        "labels": [list(document.labels) for document in documents],
        "sentences": [[p.to_dict() for p in document] for document in documents],
    }
