"""What lies where in a data folder: articles, splits, second labels, contrast pairs, standoff."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from framing.resources import path_of


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The places of a dataset; only the articles must be there.

    Parameters
    ----------
    root : Path
        The folder of everything but, perhaps, the articles.
    articles : Path
        The folder of tagged articles.
    """

    root: Path
    articles: Path

    @property
    def splits(self) -> Path:
        """Article, group, split: see :mod:`framing.dataset.splits`."""
        return self.root / "splits.tsv"

    @property
    def second(self) -> Path:
        """Blind second labels of articles: see :mod:`framing.dataset.second`."""
        return self.root / "second" / "labels.jsonl"

    @property
    def writer(self) -> Path:
        """The writers' labels of the sentences that settlement changed."""
        return self.root / "second" / "writer.jsonl"

    @property
    def second_contrast(self) -> Path:
        """Blind second labels of contrast pairs."""
        return self.root / "second" / "contrast.jsonl"

    @property
    def contrast(self) -> Path:
        """Contrast pairs to measure on: see :mod:`framing.dataset.contrast`."""
        return self.root / "contrast" / "pairs.jsonl"

    @property
    def contrast_training(self) -> Path:
        """Contrast pairs to train on; none of them stands in :attr:`contrast`."""
        return self.root / "contrast" / "training.jsonl"

    @property
    def standoff(self) -> Path:
        """Labels of documents that are not here: see :mod:`framing.dataset.standoff`."""
        return self.root / "standoff"

    @property
    def rules(self) -> Path:
        """What ``framing dataset check`` holds the dataset to: see :mod:`framing.dataset.rules`."""
        return self.root / "check.toml"

    @property
    def card(self) -> Path:
        """The data card."""
        return self.root / "README.md"


def data_folder(path: str | Path | None = None) -> DataFolder:
    """Return the places of a dataset.

    Parameters
    ----------
    path : str or Path, optional
        A folder that holds ``articles/``, or the folder of the articles itself, whose
        parent then holds the rest; the packaged dataset by default.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    """
    root = path_of("data") if path is None else Path(path)
    if not root.is_dir():
        raise FileNotFoundError(f"{root}: no such folder; expected one with articles/ in it")
    if (root / "articles").is_dir() or next(root.glob("*.txt"), None) is None:
        return DataFolder(root, root / "articles")
    return DataFolder(root.parent, root)
