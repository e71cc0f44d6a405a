"""Prediction on many machines with Ray Data: ``pip install 'framing[ray]'``.

>>> import framing.ray
>>> tagged = framing.ray.predict(ray.data.read_parquet("s3://bucket/news"), text_column="body")
>>> tagged.write_parquet("s3://bucket/tagged")
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framing.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    import pyarrow
    import ray.data

_BATCH = 64  # texts that are handed to a worker together


class _Tagger:
    """What each worker of the pool holds: the model, loaded once."""

    def __init__(
        self, model: str | None, column: str, title_column: str | None, context: bool
    ) -> None:
        from framing.api import load

        self._model = load(model, threads=1, context=context)
        self._column, self._title_column = column, title_column

    def __call__(self, table: pyarrow.Table) -> pyarrow.Table:
        """Add the columns ``labels`` and ``sentences`` to a batch of texts."""
        import pyarrow

        texts = table[self._column].to_pylist()
        titles = None
        if self._title_column is not None:
            titles = table[self._title_column].to_pylist()
        # What is no text is kept, without labels: a bad record never stops a job.
        bad = [not isinstance(text, str) for text in texts]
        known = ["" if wrong else text for text, wrong in zip(texts, bad, strict=True)]
        documents = self._model.predict(known, title=titles)
        labels, types = self._model.labels, _types(pyarrow, self._model.labels)
        columns = {
            "labels": [[n for n in labels if n in document.labels] for document in documents],
            "sentences": [[p.to_dict() for p in document] for document in documents],
            "reason": [
                f"{self._column!r} must be a string, got {type(text).__name__}" if wrong else None
                for text, wrong in zip(texts, bad, strict=True)
            ],
        }
        for name, values in columns.items():
            table = table.append_column(name, pyarrow.array(values, types[name]))
        return table


def predict(
    dataset: ray.data.Dataset,
    *,
    text_column: str = "text",
    title_column: str | None = None,
    model: str | Path | None = None,
    workers: int | None = None,
    batch_size: int = _BATCH,
    context: bool = True,
) -> ray.data.Dataset:
    """Tag the texts of a Ray dataset on a pool of workers; each loads the model once.

    Nothing is done before the result is written or looked at. A worker that dies is started again
    and its batch is tagged again, so that nothing is lost.

    Parameters
    ----------
    dataset : ray.data.Dataset
        From ``ray.data.read_parquet``, ``read_json``, ``read_csv``, local or on object storage.
    text_column, title_column : str
        Where text and title stand.
    model : str or Path, optional
        A model folder that every machine can read; the packaged model by default.
    workers : int, optional
        One core each; by default as many as the cluster has cores, one left for reading.
    batch_size : int
        Texts that are handed to a worker together.
    context : bool
        See :func:`framing.load`.

    Returns
    -------
    ray.data.Dataset
        The rows in their order, with three more columns: ``labels`` (those of the text),
        ``sentences`` (for each sentence ``start``, ``end``, ``text``, ``labels``, ``scores``,
        ``spans``, the values those of :meth:`framing.Classifier.predict`) and ``reason`` (why a row
        could not be tagged, else null).

    Raises
    ------
    MissingExtraError
        If Ray is not installed.
    InputError
        If the dataset lacks a column, or has one that would be written.
    """
    try:
        import ray
        import ray.data
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"framing.ray needs the package {error.name!r}; install it with: "
            "pip install 'framing[ray]'"
        ) from error
    if not ray.is_initialized():
        ray.init()
    _check(dataset.columns() or [], [text_column, title_column])
    if workers is None:
        workers = max(1, int(ray.cluster_resources().get("CPU", 1)) - 1)
    dataset.context.execution_options.preserve_order = True
    path = None if model is None else str(Path(model).resolve())
    return dataset.map_batches(
        _Tagger,
        batch_size=batch_size,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=1,
        udf_modifying_row_count=False,
        fn_constructor_args=(path, text_column, title_column, context),
    )


def _check(present: Sequence[str], wanted: Sequence[str | None]) -> None:
    for name in wanted:
        if name is not None and name not in present:
            raise InputError(f"no column {name!r}; the dataset has {', '.join(map(repr, present))}")
    for name in ("labels", "sentences", "reason"):
        if name in present:
            raise InputError(f"the dataset has a column {name!r}; rename it")


def _types(arrow: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return the Arrow types of the new columns; the same for every batch, empty or not."""
    text, number, score = arrow.string(), arrow.int64(), arrow.float64()
    place = {"start": number, "end": number, "text": text}
    span = arrow.struct({"label": text, **place, "score": score})
    sentence = {
        **place,
        "labels": arrow.list_(text),
        "scores": arrow.struct(dict.fromkeys(names, score)),
        "spans": arrow.list_(span),
    }
    return {
        "labels": arrow.list_(text),
        "sentences": arrow.list_(arrow.struct(sentence)),
        "reason": text,
    }
