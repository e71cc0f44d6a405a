"""The dataset for users of the package ``datasets``: every layer, offline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from framing.codebook import Codebook, default_codebook
from framing.dataset.contrast import ContrastPair, read_contrast
from framing.dataset.folder import DataFolder, data_folder
from framing.dataset.layers import ARTICLE_LAYERS, layer_articles
from framing.dataset.splits import SPLITS, read_splits
from framing.dataset.standoff import MARKS, fingerprint, fold, read_standoff, resolve
from framing.errors import InputError, MissingExtraError
from framing.schema import Article, Sentence

if TYPE_CHECKING:
    import datasets

LAYERS = (*ARTICLE_LAYERS, "contrast", "standoff")
_ARTICLE = ("id", "title", "dispute", "genre", "date", "group", "annotator", "text")
_STANDOFF = ("doc_id", "annotator", "sha256", "genre", "date", "license", "source")


@overload
def load_dataset(
    source: str | Path | None = None,
    *,
    split: None = None,
    layer: str = "gold",
    documents: Sequence[str | Path] = (),
    codebook: Codebook | None = None,
) -> datasets.DatasetDict: ...


@overload
def load_dataset(
    source: str | Path | None = None,
    *,
    split: str,
    layer: str = "gold",
    documents: Sequence[str | Path] = (),
    codebook: Codebook | None = None,
) -> datasets.Dataset: ...


def load_dataset(
    source: str | Path | None = None,
    *,
    split: str | None = None,
    layer: str = "gold",
    documents: Sequence[str | Path] = (),
    codebook: Codebook | None = None,
) -> datasets.DatasetDict | datasets.Dataset:
    """Load one layer of the dataset for the package ``datasets``.

    Labels are ``ClassLabel`` and spans half-open character offsets.

    ============  ====================================================================
    layer         a row is
    ============  ====================================================================
    ``gold``      an article: ``id, title, dispute, genre, date, group, annotator, text``
                  and ``sentences``, a list of ``start, end, text, labels, spans``;
                  offsets count from the start of the article
    ``second``    the same with blind second labels, of the articles that have them
    ``writer``    the same with the writer's labels, before disagreements were settled
    ``contrast``  a pair: ``id, title, context, flips, kind`` and ``a`` and ``b``, each with
                  ``text, labels, spans``; offsets count from the start of the sentence
    ``standoff``  what one annotator said of a sentence of a real document: ``doc_id,
                  sent_idx, start, end, annotator, chosen, doubted, settled, sha256, genre,
                  date, license, source, text, labels, spans``, see
                  :mod:`framing.dataset.standoff`; offsets of spans count in the sentence
                  with its white space folded; texts are null unless `documents` hold them
    ============  ====================================================================

    Parameters
    ----------
    source : str or Path, optional
        A folder with ``articles/`` in it, or of articles; the packaged one by default.
    split : str, optional
        ``"train"``, ``"validation"``, ``"test"`` or ``"ood"``; all of them by default. Contrast
        pairs are all ``"test"``, standoff labels ``"train"``.
    layer : str
        See above.
    documents : sequence of paths
        For ``standoff``: JSON-lines files with the documents, see
        :func:`framing.dataset.standoff.resolve`.
    codebook : Codebook, optional
        The labels that may occur; the packaged one by default.

    Returns
    -------
    datasets.DatasetDict or datasets.Dataset
        The splits that hold something, or the one that was asked for.

    Raises
    ------
    InputError
        If there is no layer or split of that name, or the split is empty.
    FileNotFoundError
        If the dataset lacks the layer.
    MissingExtraError
        If the package ``datasets`` is not installed.
    DataError
        If a file breaks its format; the message names file and line.
    """
    if layer not in LAYERS:
        raise InputError(f"no layer {layer!r}; there are {', '.join(LAYERS)}")
    if split is not None and split not in SPLITS:
        raise InputError(f"no split {split!r}; there are {', '.join(SPLITS)}")
    if documents and layer != "standoff":
        raise InputError(f"documents belong to the layer 'standoff', not to {layer!r}")
    try:
        from datasets import Dataset, DatasetDict
    except ImportError as error:
        raise MissingExtraError(
            "load_dataset() needs the package 'datasets'; "
            "install it with: pip install 'framing[train]'"
        ) from error
    if codebook is None:
        codebook = default_codebook()
    rows = _rows(data_folder(source), layer, codebook, documents)
    features = _features(layer, codebook)
    if split is not None:
        if not rows.get(split):
            raise InputError(f"layer {layer!r} has no {split!r}; it has {', '.join(rows)}")
        return Dataset.from_list(rows[split], features=features, split=split)
    return DatasetDict(
        {
            name: Dataset.from_list(group, features=features, split=name)
            for name, group in rows.items()
        }
    )


def _rows(
    folder: DataFolder, layer: str, codebook: Codebook, documents: Sequence[str | Path]
) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each split that holds some."""
    # Labels as numbers: datasets looks only at the first entry of a list to decide whether to
    # encode the names.
    number = {name: i for i, name in enumerate(codebook.names)}
    if layer == "contrast":
        files = {"train": folder.contrast_training, "test": folder.contrast}
        return {
            split: [_pair(pair, number) for pair in read_contrast(path, codebook)]
            for split, path in files.items()
            if split == "test" or path.is_file()
        }
    if layer == "standoff":
        return {"train": _standoff(folder.standoff, number, documents)}
    splits = read_splits(folder.splits)
    rows: dict[str, list[dict[str, Any]]] = {split: [] for split in SPLITS}
    for article in layer_articles(folder, layer, codebook):
        if article.id not in splits:
            raise InputError(
                f"{folder.splits}: article {article.id!r} has no split; run framing dataset "
                "assign-splits"
            )
        rows[splits[article.id]].append(_article(article, number))
    return {split: group for split, group in rows.items() if group}


def _features(layer: str, codebook: Codebook) -> datasets.Features:
    from datasets import ClassLabel, Features, List, Value

    label = ClassLabel(names=list(codebook.names))
    text, place = Value("string"), Value("int64")
    span = {"label": label, "start": place, "end": place, "text": text}
    marked = {"text": text, "labels": List(label), "spans": List(span)}
    if layer == "contrast":
        known = {"id": text, "title": text, "context": List(text), "flips": label, "kind": text}
        return Features(known | {"a": marked, "b": marked})
    if layer == "standoff":
        known = {"sent_idx": place, "start": place, "end": place}
        known |= dict.fromkeys(MARKS, Value("bool"))
        return Features(dict.fromkeys(_STANDOFF, text) | known | marked)
    sentence = {"start": place, "end": place} | marked
    return Features(dict.fromkeys(_ARTICLE, text) | {"sentences": List(sentence)})


def _marked(sentence: Sentence, number: dict[str, int]) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "labels": [number[label] for label in sentence.labels],
        "spans": [{**span.to_dict(), "label": number[span.label]} for span in sentence.spans],
    }


def _article(article: Article, number: dict[str, int]) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(article, name) for name in _ARTICLE}
    row["sentences"] = [
        {"start": s.start, "end": s.end, **_marked(s, number)} for s in article.sentences
    ]
    return row


def _pair(pair: ContrastPair, number: dict[str, int]) -> dict[str, Any]:
    return {
        "id": pair.id,
        "title": pair.title,
        "context": list(pair.context),
        "flips": number[pair.flips],
        "kind": pair.kind,
        "a": _marked(pair.a, number),
        "b": _marked(pair.b, number),
    }


def _standoff(
    folder: Path, number: dict[str, int], documents: Sequence[str | Path]
) -> list[dict[str, Any]]:
    lines = read_standoff(folder)
    texts = {
        (record["doc_id"], fingerprint(record["text"])): fold(record["text"])
        for record in resolve(lines, documents).records
    }
    rows = []
    for line in lines:
        folded = texts.get((line["doc_id"], line["sha256"]))
        row = {name: line.get(name) for name in (*_STANDOFF, "sent_idx", "start", "end")}
        row |= {name: bool(line.get(name)) for name in MARKS}
        row["text"] = folded
        row["labels"] = [number[name] for name in number if name in line["labels"]]
        row["spans"] = [
            {
                "label": number[name],
                "start": start,
                "end": end,
                "text": None if folded is None else folded[start:end],
            }
            for name in number
            for start, end in line["labels"].get(name, ())
        ]
        rows.append(row)
    return rows
