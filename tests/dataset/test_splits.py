from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.dataset.splits import (
    SPLITS,
    TEST_SHARE,
    VALIDATION_SHARE,
    assign_splits,
    group_position,
    has_dispute,
    is_general,
    read_splits,
    split_of_group,
    write_splits,
)
from framing.errors import DataError
from framing.resources import path_of
from framing.schema import Article, Sentence


def article(name: str, group: str, dispute: str = "", genre: str = "") -> Article:
    sentences = (Sentence("x", 0, 1),)
    return Article(name, "", "x", sentences, dispute=dispute, genre=genre, group=group)


def test_no_dispute_is_in_two_splits(articles: list[Article]) -> None:
    splits = read_splits(path_of("data/splits.tsv"))
    assert set(splits) == {article.id for article in articles}
    of_group = defaultdict(set)
    of_dispute = defaultdict(set)
    for article in articles:
        of_group[article.group].add(splits[article.id])
        if has_dispute(article):
            of_dispute[article.dispute].add(splits[article.id])
    assert not {group: found for group, found in of_group.items() if len(found) > 1}
    assert not {dispute: found for dispute, found in of_dispute.items() if len(found) > 1}


def test_a_good_part_of_the_packaged_articles_is_for_testing(articles: list[Article]) -> None:
    splits = read_splits(path_of("data/splits.tsv"))
    counts = Counter(splits.values())
    assert counts["test"] >= 0.15 * len(articles)
    assert counts["validation"] >= 0.05 * len(articles)
    assert counts["train"] >= 0.5 * len(articles)


def test_the_split_file_is_what_would_be_written(articles: list[Article], tmp_path: Path) -> None:
    packaged = path_of("data/splits.tsv")
    splits = read_splits(packaged)
    assert assign_splits(articles, splits) == splits
    write_splits(tmp_path / "splits.tsv", articles, splits)
    assert (tmp_path / "splits.tsv").read_text(encoding="utf-8") == packaged.read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("group", "position", "split"),
    [
        ("a", 0.7913742705, "train"),
        ("gas", 0.1871376562, "test"),
        ("steel-2018", 0.3754856283, "train"),
    ],
)
def test_positions_do_not_depend_on_the_run(group: str, position: float, split: str) -> None:
    # Python's own hash() would change from run to run.
    assert group_position(group) == pytest.approx(position, abs=1e-9)
    assert split_of_group(group) == split


@given(st.text(st.characters(exclude_categories=())))
def test_every_group_has_one_split(group: str) -> None:
    position = group_position(group)
    assert 0 <= position < 1
    assert split_of_group(group) in SPLITS
    assert (split_of_group(group) == "test") == (position < TEST_SHARE)


def test_shares_of_many_groups() -> None:
    counts = Counter(split_of_group(f"group {i}") for i in range(20_000))
    assert counts["test"] / 20_000 == pytest.approx(TEST_SHARE, abs=0.01)
    assert counts["validation"] / 20_000 == pytest.approx(VALIDATION_SHARE, abs=0.01)


@pytest.mark.parametrize(
    ("dispute", "genre", "disputed", "general"),
    [
        ("EU-US steel quotas", "wire", True, False),
        ("none", "wire", False, False),
        ("none (local bulletin)", "wire", False, False),
        ("", "", False, False),
        ("general: tennis", "newspaper", False, True),
        ("hospital strike", "general news", True, True),
    ],
)
def test_what_general_news_is(dispute: str, genre: str, disputed: bool, general: bool) -> None:
    one = article("a", "gas", dispute, genre)
    assert (has_dispute(one), is_general(one)) == (disputed, general)


def test_general_news_is_kept_apart_from_test() -> None:
    groups = [f"group {i}" for i in range(60)]
    general = [article(g, g, "general: weather") for g in groups]
    disputed = [article(g, g, "tin") for g in groups]
    there, here = assign_splits(general, {}), assign_splits(disputed, {})
    assert set(here.values()) == {"train", "validation", "test"}
    assert there == {name: "ood" if split == "test" else split for name, split in here.items()}
    mixed = [*general, *(article(f"{g} again", g, "tin") for g in groups)]
    splits = assign_splits(mixed, {})
    assert {splits[g] for g in groups} == {"train", "validation", "test"}
    assert all(splits[g] == splits[f"{g} again"] for g in groups)


def test_the_packaged_general_news_is_never_in_test(articles: list[Article]) -> None:
    splits = read_splits(path_of("data/splits.tsv"))
    found = Counter(splits[a.id] for a in articles if is_general(a))
    assert found["test"] == 0
    assert found["ood"] > 0
    assert {a.id for a in articles if splits[a.id] == "ood" and not is_general(a)} == set()


GROUPS = st.sampled_from(["steel", "tin", "soy", "gas", "chips"])


@given(
    st.dictionaries(GROUPS, st.sampled_from(SPLITS)),
    st.lists(GROUPS, max_size=12),
    st.lists(GROUPS, max_size=12),
)
def test_old_assignments_never_move(
    decided: dict[str, str], old_groups: list[str], new_groups: list[str]
) -> None:
    old = [article(f"old {i}", group) for i, group in enumerate(old_groups)]
    new = [article(f"new {i}", group) for i, group in enumerate(new_groups)]
    fixed = {a.id: decided.get(a.group, split_of_group(a.group)) for a in old}
    splits = assign_splits(new + old, fixed)
    assert splits.items() >= fixed.items()
    assert set(splits) == {a.id for a in old + new}
    of_group = defaultdict(set)
    for a in old + new:
        of_group[a.group].add(splits[a.id])
    assert all(len(found) == 1 for found in of_group.values())


def test_what_was_written_is_read(tmp_path: Path) -> None:
    articles = [article("b", 'a "group"'), article("a", "tin")]
    splits = {"a": "test", "b": "train"}
    write_splits(tmp_path / "splits.tsv", articles, splits)
    assert read_splits(tmp_path / "splits.tsv") == splits
    text = (tmp_path / "splits.tsv").read_text(encoding="utf-8")
    assert text == 'id\tgroup\tsplit\na\ttin\ttest\nb\ta "group"\ttrain\n'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ":1: columns are None, expected id, group, split"),
        ("id\tsplit\na\ttest\n", r":1: columns are \['id', 'split'\], expected id, group, split"),
        ("id,group,split\n", r":1: columns are \['id,group,split'\]"),
        ("a\ttin\ttest\n", ":1: columns are"),
        (
            "id\tgroup\tsplit\na\ttin\tdev\n",
            ":2: split 'dev' is not one of train, validation, test",
        ),
        ("id\tgroup\tsplit\na\ttin\n", ":2: split None is not one of"),
        ("id\tgroup\tsplit\na\ttin\ttest\na\ttin\ttest\n", ":3: article 'a' stands twice"),
        (
            "id\tgroup\tsplit\na\ttin\ttest\nb\tsoy\ttrain\nc\ttin\ttrain\n",
            ":4: group 'tin' is in test and in train; a dispute belongs to one split",
        ),
        (b"id\tgroup\tsplit\na\tcaf\xe9\ttest\n", ": not UTF-8"),
    ],
)
def test_a_bad_split_file(content: str | bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "splits.tsv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=rf"splits\.tsv{message}"):
        read_splits(path)


def test_a_missing_split_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.tsv"):
        read_splits(tmp_path / "none.tsv")
