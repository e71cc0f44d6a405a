"""Which article is in which split: whole disputes, fixed in a file, never moved once assigned."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from framing.errors import DataError
from framing.schema import Article

SPLITS = ("train", "validation", "test", "ood")
TEST_SHARE = 0.22
VALIDATION_SHARE = 0.12


def has_dispute(article: Article) -> bool:
    """Tell whether the article is about a dispute: its ``dispute`` names one."""
    name = article.dispute
    return not (name in ("", "none") or name.startswith(("none (", "general:")))


def is_general(article: Article) -> bool:
    """Tell whether the article is general news: by its genre, or a dispute ``general: topic``."""
    return article.genre == "general news" or article.dispute.startswith("general:")


def group_position(group: str) -> float:
    """Return a number in [0, 1) that depends on a group's name alone (its SHA-256)."""
    digest = hashlib.sha256(group.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def split_of_group(group: str, *, general: bool = False) -> str:
    """Return the split of a new dispute, decided by a hash of its name alone.

    Parameters
    ----------
    group : str
        The article's ``split-group``.
    general : bool
        Whether the group is general news without a dispute: what would be ``"test"`` is then
        ``"ood"``, kept apart because it lies outside the domain.
    """
    position = group_position(group)
    if position < TEST_SHARE:
        return "ood" if general else "test"
    return "validation" if position < TEST_SHARE + VALIDATION_SHARE else "train"


def read_splits(path: str | Path) -> dict[str, str]:
    """Read the split file: article id to split name.

    Parameters
    ----------
    path : str or Path
        A tab-separated file with the columns ``id``, ``group`` and ``split``.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DataError
        If a column is missing, a split is unknown, an id stands twice or a group is in two splits.
    """
    path = Path(path)
    splits: dict[str, str] = {}
    groups: dict[str, str] = {}
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 at byte {error.start}; convert the file") from error
    with io.StringIO(text, newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if reader.fieldnames != ["id", "group", "split"]:
            raise DataError(f"{path}:1: columns are {reader.fieldnames}, expected id, group, split")
        for number, row in enumerate(reader, start=2):
            if row["split"] not in SPLITS:
                raise DataError(
                    f"{path}:{number}: split {row['split']!r} is not one of {', '.join(SPLITS)}"
                )
            if row["id"] in splits:
                raise DataError(f"{path}:{number}: article {row['id']!r} stands twice")
            if groups.setdefault(row["group"], row["split"]) != row["split"]:
                raise DataError(
                    f"{path}:{number}: group {row['group']!r} is in {groups[row['group']]} and in "
                    f"{row['split']}; a dispute belongs to one split"
                )
            splits[row["id"]] = row["split"]
    return splits


def assign_splits(articles: Iterable[Article], fixed: Mapping[str, str]) -> dict[str, str]:
    """Give every article a split; articles of a known group join it, the others go by hash.

    A new group is general news if all of its articles are; see :func:`split_of_group`.

    Parameters
    ----------
    articles : iterable of Article
        All articles, old and new.
    fixed : mapping of str to str
        Splits assigned before, by article id; they stay.
    """
    articles = list(articles)
    groups = {article.group: fixed[article.id] for article in articles if article.id in fixed}
    about_disputes = {article.group for article in articles if not is_general(article)}
    for article in articles:
        if article.group not in groups:
            groups[article.group] = split_of_group(
                article.group, general=article.group not in about_disputes
            )
    return {article.id: fixed.get(article.id, groups[article.group]) for article in articles}


def write_splits(path: str | Path, articles: Iterable[Article], splits: Mapping[str, str]) -> None:
    """Write the split file that :func:`read_splits` reads, sorted by id."""
    lines = ["id\tgroup\tsplit"]
    lines += [
        f"{article.id}\t{article.group}\t{splits[article.id]}"
        for article in sorted(articles, key=lambda article: article.id)
    ]
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
