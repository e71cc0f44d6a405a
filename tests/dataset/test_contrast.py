from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.codebook import Codebook
from framing.dataset.contrast import (
    changed_words,
    check_contrast,
    read_contrast,
    write_contrast,
)
from framing.errors import DataError

GOOD: dict[str, Any] = {
    "id": "c1",
    "flips": "threat",
    "kind": "announced or in force",
    "context": ["The list was published.", "Importers waited."],
    "a": {
        "text": "Duties of 45% will follow in March.",
        "labels": {"threat": ["Duties of 45% will follow"]},
    },
    "b": {"text": "Duties of 45% were levied in March.", "labels": {}},
}


def written(path: Path, *records: dict[str, Any] | str) -> Path:
    lines = [r if isinstance(r, str) else json.dumps(r) for r in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_pair_is_read(tmp_path: Path) -> None:
    (pair,) = read_contrast(written(tmp_path / "pairs.jsonl", GOOD))
    assert pair.a.labels == ("threat",)
    assert pair.b.labels == ()
    assert changed_words(pair) == 2
    article = pair.article("a")
    last = article.sentences[-1]
    assert [s.text for s in article.sentences] == [*GOOD["context"], GOOD["a"]["text"]]
    assert article.text[last.start : last.end] == last.text
    for span in last.spans:
        assert article.text[span.start : span.end] == span.text == "Duties of 45% will follow"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"flips": "fear"}, "'flips' names 'fear'; the codebook"),
        ({"kind": ""}, "'kind' must be a non-empty string"),
        ({"title": 3}, "'title' must be a string"),
        ({"why": "x"}, "keys missing: none; keys unknown: why"),
        ({"context": "The list."}, "'context' must be a list of sentences"),
        ({"context": ["Two\nlines"]}, "'context' must be a list of sentences"),
        ({"b": {"text": "x"}}, "side b: expected an object with text and labels"),
        ({"b": {"text": " x", "labels": {}}}, "side b: 'text' must be one sentence"),
        ({"b": {"text": "x", "labels": []}}, "side b: 'labels' must be an object"),
        ({"b": {**GOOD["b"], "labels": {"fear": ["Duties"]}}}, "side b: unknown label 'fear'"),
        ({"b": {**GOOD["b"], "labels": {"threat": ["duties"]}}}, "does not stand in the text"),
        ({"b": {**GOOD["b"], "labels": {"threat": ["Duties"]}}}, "'threat' is on both sides"),
        ({"a": {**GOOD["a"], "labels": {}}}, "'threat' is on neither side"),
        ({"b": {**GOOD["b"], "labels": {"concession": ["Duties"]}}}, "concession differs too"),
        ({"b": {"text": "Nothing else was said.", "labels": {}}}, "share 0% of their words"),
        (
            {"a": {**GOOD["a"], "labels": {"threat": [" will"]}}},
            "white space at its ends",
        ),
        (
            {"a": {**GOOD["a"], "labels": {"threat": ["l"]}}},
            "stands more than once in the text",
        ),
    ],
)
def test_a_broken_rule(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = written(tmp_path / "pairs.jsonl", {**GOOD, "id": "c0", **change}, "[]", "{")
    pairs, errors = check_contrast(path)
    assert not pairs
    assert str(errors[0]).startswith(f"{path}:1: ")
    assert message in str(errors[0])
    assert f"{path}:2: expected a JSON object, got list" in str(errors[1])
    assert f"{path}:3: not a JSON object" in str(errors[2])
    with pytest.raises(DataError, match=r"pairs\.jsonl:1: "):
        read_contrast(path)


def test_nothing_is_used_twice(tmp_path: Path) -> None:
    one = written(tmp_path / "one.jsonl", GOOD)
    other = {**GOOD, "id": "c2", "b": {"text": "Duties of 45% came in March.", "labels": {}}}
    two = written(tmp_path / "two.jsonl", other)
    pairs, errors = check_contrast([one, two])
    assert [pair.id for pair in pairs] == ["c1"]
    (error,) = errors
    assert f"{two}:1: 'Duties of 45% will follow in March.' was already used in {one}:1" in str(
        error
    )
    empty = written(tmp_path / "empty.jsonl", "")
    with pytest.raises(DataError, match=r"empty\.jsonl: holds no pair"):
        read_contrast(empty)


WORD = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=6)


@given(
    st.lists(WORD, min_size=4, max_size=9),
    st.integers(0, 3),
    WORD,
    st.lists(st.lists(WORD, min_size=1, max_size=5).map(" ".join), max_size=3),
    st.booleans(),
)
def test_what_was_written_is_read(
    own_codebook: Codebook,
    tmp_path: Path,
    words: list[str],
    at: int,
    changed: str,
    context: list[str],
    swapped: bool,
) -> None:
    other = [*words[:at], changed, *words[at + 1 :]]
    sides: tuple[dict[str, Any], dict[str, Any]] = (
        {"text": " ".join(words), "labels": {"rain": [" ".join(words)]}},
        {"text": " ".join(other) + " not", "labels": {}},
    )
    record = {"id": "x", "flips": "rain", "kind": "k", "context": context, "title": "T"}
    record |= dict(zip("ab", reversed(sides) if swapped else sides, strict=True))
    path = written(tmp_path / "pairs.jsonl", record)
    pairs = read_contrast(path, own_codebook)
    write_contrast(tmp_path / "again.jsonl", pairs)
    assert read_contrast(tmp_path / "again.jsonl", own_codebook) == pairs
