"""The tables of the data card, counted anew between their marks, so that they stay true.

The ``configs`` of its YAML header follow the layers that there are.

    <!-- table splits -->
    ...
    <!-- end of table -->

Tables: ``splits``, ``families``, ``lengths``, ``layers``, ``agreement``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from framing.codebook import Codebook
from framing.dataset.agreement import format_agreement
from framing.dataset.folder import DataFolder
from framing.dataset.hub_folder import fill_configs, layer_splits
from framing.dataset.pairings import agreement_of
from framing.dataset.rules import Rules
from framing.dataset.tables import family_table, length_table, split_table
from framing.errors import DataError
from framing.schema import Article

_TABLE = re.compile(r"<!-- table (\S+) -->\n(.*?)<!-- end of table -->", re.DOTALL)


def fill_card(
    text: str,
    folder: DataFolder,
    codebook: Codebook,
    articles: list[Article],
    splits: dict[str, str],
    rules: Rules,
    layers: list[str],
) -> str:
    """Return the card with every marked table counted anew.

    Parameters
    ----------
    text : str
        The card.
    folder : DataFolder
        Where the dataset lies.
    codebook : Codebook
        The labels, in order.
    articles, splits, rules, layers
        What :func:`framing.dataset.check.check` found.

    Raises
    ------
    DataError
        If a mark names a table that there is not, or a table has no end.
    """
    tables: dict[str, Callable[[], str]] = {
        "splits": lambda: split_table(articles, splits, codebook),
        "families": lambda: family_table(articles, codebook, rules),
        "lengths": lambda: length_table(articles, rules),
        "layers": lambda: "\n".join(layers),
        # Without intervals: they hang on a random generator that may change with its package.
        "agreement": lambda: format_agreement(agreement_of(folder, codebook), intervals=False),
    }

    for match in _TABLE.finditer(text):
        if match[1] not in tables:
            line = text[: match.start()].count("\n") + 1
            raise DataError(
                f"{folder.card}:{line}: no table {match[1]!r}; there are {', '.join(tables)}"
            )
    if text.count("<!-- table ") != len(_TABLE.findall(text)):
        raise DataError(f"{folder.card}: a table has no <!-- end of table -->")

    def filled(match: re.Match[str]) -> str:
        rows = "\n".join(line.rstrip() for line in tables[match[1]]().split("\n"))
        return f"<!-- table {match[1]} -->\n```text\n{rows}\n```\n<!-- end of table -->"

    return _TABLE.sub(filled, fill_configs(text, layer_splits(folder, splits)))


def stale_tables(before: str, after: str) -> list[tuple[int, str]]:
    """Return line and name of every table that is not the same in both texts of a card."""
    fresh = [match[2] for match in _TABLE.finditer(after)]
    stale = [
        (before[: match.start()].count("\n") + 1, match[1])
        for match, rows in zip(_TABLE.finditer(before), fresh, strict=True)
        if match[2] != rows
    ]
    if _TABLE.sub("", before) != _TABLE.sub("", after):
        stale.insert(0, (1, "configs"))
    return stale
