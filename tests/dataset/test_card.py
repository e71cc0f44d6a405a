from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from framing.codebook import Codebook
from framing.dataset.check import card_of, check
from framing.dataset.folder import DataFolder, data_folder
from framing.dataset.splits import write_splits
from framing.dataset.tagged import format_article
from framing.errors import DataError
from framing.resources import path_of
from framing.schema import Article

CARD = """\
---
license: cc-by-4.0
configs:
- config_name: old
  data_files: old.csv
pretty_name: Weather
---

# Weather

<!-- table splits -->
<!-- end of table -->

Text between.

<!-- table families -->
old
<!-- end of table -->
"""


@pytest.fixture
def folder(own_articles: list[Article], tmp_path: Path) -> DataFolder:
    (tmp_path / "articles").mkdir()
    for article in own_articles:
        path = tmp_path / "articles" / f"{article.id}.txt"
        path.write_text(format_article(article), encoding="utf-8")
    names = ("train", "validation", "test")
    splits = {a.id: names[i % 3] for i, a in enumerate(own_articles)}
    write_splits(tmp_path / "splits.tsv", own_articles, splits)
    for path in (tmp_path / "articles").iterdir():
        head = path.read_text(encoding="utf-8").split("\n\n")[0]
        body = "<rain>Rain fell</rain>.\n<heat>The heat</heat> came.\n"  # too short to be alike
        path.write_text(f"{head}\n\n{body}", encoding="utf-8")
    (tmp_path / "README.md").write_text(CARD, encoding="utf-8")
    return data_folder(tmp_path)


def test_stale_tables_are_named_and_filled(folder: DataFolder, own_codebook: Codebook) -> None:
    found = check(folder, own_codebook)
    assert found.errors == [
        f"{folder.card}:{line}: the table {name!r} is not current; run framing dataset card"
        for line, name in ((1, "configs"), (11, "splits"), (16, "families"))
    ]
    text = card_of(folder, own_codebook, found, CARD)
    folder.card.write_text(text, encoding="utf-8")
    assert check(folder, own_codebook).errors == []
    assert card_of(folder, own_codebook, found, text) == text
    assert "Text between." in text
    assert "\nold\n" not in text
    assert "all                12         24" in text
    header = yaml.safe_load(text.split("---")[1])
    assert header["pretty_name"] == "Weather"
    (gold,) = header["configs"]
    assert gold["config_name"] == "gold"
    assert gold["data_files"][2] == {"split": "test", "path": "gold/test.parquet"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("table families", "table genres", ":16: no table 'genres'; there are splits, families"),
        ("old\n<!-- end of table -->", "old", ": a table has no <!-- end of table -->"),
    ],
)
def test_a_broken_card(
    old: str, new: str, message: str, folder: DataFolder, own_codebook: Codebook
) -> None:
    text = CARD.replace(old, new)
    folder.card.write_text(text, encoding="utf-8")
    found = check(folder, own_codebook)
    assert len(found.errors) == 1
    assert found.errors[0].startswith(f"{folder.card}{message}")
    with pytest.raises(DataError, match=r"README\.md:"):
        card_of(folder, own_codebook, found, text)
    folder.card.write_bytes(b"caf\xe9")
    assert check(folder, own_codebook).errors == [
        f"{folder.card}: not UTF-8 at byte 3; convert the file"
    ]


def test_the_packaged_card_has_every_table_and_a_whole_header() -> None:
    text = path_of("data/README.md").read_text(encoding="utf-8")
    for name in ("splits", "families", "lengths", "layers", "agreement"):
        assert f"<!-- table {name} -->" in text
    header = yaml.safe_load(text.split("---\n")[1])
    assert header["license"] == "cc-by-4.0"
    assert {"language", "size_categories", "task_categories", "configs"} <= set(header)
