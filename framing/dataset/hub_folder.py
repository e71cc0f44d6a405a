"""The dataset as a folder for the Hugging Face hub: Parquet files and the card.

The hub reads every file of a repository with one builder, so tagged text, JSON lines and tables
cannot lie there side by side. Parquet keeps the label names and is read without any code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from framing.codebook import Codebook
from framing.dataset.folder import DataFolder
from framing.dataset.hub import LAYERS, load_dataset
from framing.dataset.lines import read_json_lines
from framing.dataset.splits import SPLITS, read_splits
from framing.errors import DataError, InputError

_CONFIGS = re.compile(r"^configs:\n(?:(?:- |  ).*\n)*", re.MULTILINE)


def layer_splits(folder: DataFolder, splits: Mapping[str, str]) -> dict[str, list[str]]:
    """Return for every layer that the dataset has the splits in which it holds something.

    Parameters
    ----------
    folder : DataFolder
        Where the dataset lies.
    splits : mapping of str to str
        Article id to split.
    """
    found = {"gold": _ordered(splits.values())}
    if folder.second.is_file():
        records = (record for _, record in read_json_lines(folder.second))
        answered = {str(r.get("id")) for r in records if not isinstance(r, DataError)}
        found["second"] = _ordered(splits[name] for name in answered if name in splits)
    if folder.writer.is_file():
        found["writer"] = found["gold"]
    if folder.contrast.is_file():
        found["contrast"] = ["train", "test"] if folder.contrast_training.is_file() else ["test"]
    if folder.standoff.is_dir():
        found["standoff"] = ["train"]
    return {layer: found[layer] for layer in LAYERS if found.get(layer)}


def _ordered(names: Iterable[str]) -> list[str]:
    present = set(names)
    return [split for split in SPLITS if split in present]


def fill_configs(card: str, layers: Mapping[str, Sequence[str]]) -> str:
    """Return the card with ``configs`` of its YAML header set to the layers that there are.

    Parameters
    ----------
    card : str
        The text of the card; returned as it is if its header has no ``configs``.
    layers : mapping of str to sequence of str
        See :func:`layer_splits`.
    """
    lines = ["configs:"]
    for layer, splits in layers.items():
        lines.append(f"- config_name: {layer}")
        if layer == "gold":
            lines.append("  default: true")
        lines.append("  data_files:")
        for split in splits:
            lines += [f"  - split: {split}", f"    path: {layer}/{split}.parquet"]
    block = "\n".join(lines) + "\n"
    return _CONFIGS.sub(lambda match: block, card, count=1)


def write_hub(folder: DataFolder, path: str | Path, codebook: Codebook) -> dict[str, list[str]]:
    """Write every layer as Parquet files, with the card, ready to be put on the hub.

    Parameters
    ----------
    folder : DataFolder
        Where the dataset lies.
    path : str or Path
        The folder to write; must be new or empty.
    codebook : Codebook
        The labels that may occur.

    Returns
    -------
    dict of str to list of str
        The layers and their splits.

    Raises
    ------
    InputError
        If `path` holds something.
    MissingExtraError
        If the package ``datasets`` is not installed.
    DataError
        If a file breaks its format.
    """
    path = Path(path)
    if path.exists() and any(path.iterdir()):
        raise InputError(f"{path}: is not empty; name a new folder")
    layers = layer_splits(folder, read_splits(folder.splits))
    loaded_layers = {
        layer: load_dataset(folder.root, layer=layer, codebook=codebook) for layer in layers
    }
    from pyarrow import parquet  # comes with datasets, whose lack load_dataset() has told by now

    for layer, loaded in loaded_layers.items():
        (path / layer).mkdir(parents=True)
        for split, dataset in loaded.items():
            # Its own to_parquet() shows a progress bar; the schema of the features holds the names.
            table = dataset.with_format("arrow")[:].cast(dataset.features.arrow_schema)
            parquet.write_table(table, path / layer / f"{split}.parquet")
    if folder.card.is_file():
        card = fill_configs(folder.card.read_text(encoding="utf-8"), layers)
        (path / "README.md").write_text(card, encoding="utf-8")
    return layers
