"""Tagged text, one article a file; the files of a named annotator lie in a folder of that name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from framing.codebook import Codebook
from framing.dataset.exchange.common import place, read_text, write_text
from framing.dataset.tagged import format_article, parse_article
from framing.errors import DataError
from framing.schema import Article


def read(path: Path, codebook: Codebook) -> list[Article]:
    """Read every ``.txt`` file of a folder and of its folders."""
    files = sorted(path.rglob("*.txt")) if path.is_dir() else [path]
    if not files:
        raise DataError(f"{path}: holds no .txt file; expected one tagged article a file")
    return [parse_article(read_text(file), codebook, where=str(file)) for file in files]


def write(articles: Sequence[Article], path: Path, codebook: Codebook) -> None:
    """Write one file for each article."""
    for article in articles:
        write_text(place(path, article, ".txt"), format_article(article))
