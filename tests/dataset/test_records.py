from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from framing.codebook import Codebook
from framing.dataset.records import read_records
from framing.errors import DataError
from framing.schema import Sentence, Span


def write(path: Path, *records: Any) -> Path:
    lines = [r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def record(doc_id: str, index: int | None = None, text: str = "A.", **more: Any) -> dict[str, Any]:
    plain = {"doc_id": doc_id, "text": text, "labels": {}, **more}
    return plain if index is None else {**plain, "sent_idx": index}


def test_an_article(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        {
            **record("d", 0, "Duties may follow, duties of 5%."),
            "labels": {"concession": ["may"], "threat": ["may follow", "duties"]},
            "title": "Steel",
            "genre": "wire",
            "date": "2025-04-13",
            "dispute": "steel",
        },
        "",
        record("d", 1, "Caf\u00e9.\u2028No."),
    )
    (article,) = read_records(path)
    assert (article.id, article.group, article.title) == ("d", "d", "Steel")
    assert (article.genre, article.date, article.dispute) == ("wire", "2025-04-13", "steel")
    assert article.text == "Duties may follow, duties of 5%.\nCaf\u00e9.\u2028No."
    assert article.sentences == (
        Sentence(
            "Duties may follow, duties of 5%.",
            0,
            32,
            (
                Span("concession", 7, 10, "may"),
                Span("threat", 7, 17, "may follow"),
                Span("threat", 19, 25, "duties"),
            ),
            ("threat", "concession"),
        ),
        Sentence("Caf\u00e9.\u2028No.", 33, 42),
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("a", 0), ("a", 1), ("b", 0)], [("a", 2), ("b", 1)]),
        ([("a", 0), ("a", 2), ("a", 3)], [("a", 1), ("a#1", 2)]),
        ([("a", None), ("a", None)], [("a", 2)]),
        ([("a", 0), ("b", 0), ("a", 1)], [("a", 1), ("b", 1), ("a#1", 1)]),
        ([("a", 5), ("a", 4), ("a", 5)], [("a", 1), ("a#1", 2)]),
    ],
)
def test_a_gap_begins_a_passage(
    rows: list[tuple[str, int | None]], expected: list[tuple[str, int]], tmp_path: Path
) -> None:
    path = write(tmp_path / "a.jsonl", *(record(name, index) for name, index in rows))
    articles = read_records(path)
    assert [(article.id, len(article)) for article in articles] == expected
    assert [article.group for article in articles] == [name.split("#")[0] for name, _ in expected]


def test_another_codebook(own_codebook: Codebook, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", {**record("a"), "labels": {"rain": ["A"]}})
    assert read_records(path, own_codebook)[0].sentences[0].labels == ("rain",)
    with pytest.raises(DataError, match="unknown label 'rain'; the codebook 'economic-coercion'"):
        read_records(path)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("{", "not a JSON object: "),
        ("[1]", "expected a JSON object, got list"),
        ("null", "expected a JSON object, got NoneType"),
        ({"text": "A.", "labels": {}}, "'doc_id' must be str, got None"),
        ({"doc_id": 5, "text": "A.", "labels": {}}, "'doc_id' must be str, got 5"),
        ({"doc_id": "a", "labels": {}}, "'text' must be str, got None"),
        ({"doc_id": "a", "text": "A."}, "'labels' must be dict, got None"),
        ({"doc_id": "a", "text": "A.", "labels": ["threat"]}, r"'labels' must be dict, got \["),
        (record("a", text=" \t"), "'text' is blank"),
        (record("a", sent_idx="1"), "'sent_idx' must be a whole number, got '1'"),
        (record("a", sent_idx=1.5), "'sent_idx' must be a whole number, got 1.5"),
        (record("a", labels={"greed": ["A"]}), "unknown label 'greed'; the codebook 'economic"),
        (record("a", labels={"threat": []}), r"'threat' needs a list of at least one span, got \["),
        (record("a", labels={"threat": "A"}), "'threat' needs a list of at least one span"),
        (record("a", labels={"threat": ["B"]}), "the threat span 'B' does not stand in the text"),
        (record("a", labels={"threat": [" "]}), "the threat span ' ' does not stand in the text"),
        (record("a", labels={"threat": [1]}), "the threat span 1 does not stand in the text"),
    ],
)
def test_a_bad_record_is_named_by_file_and_line(bad: Any, message: str, tmp_path: Path) -> None:
    path = write(tmp_path / "bad.jsonl", record("a", 0), "", bad)
    with pytest.raises(DataError, match=rf"bad\.jsonl:3: {message}"):
        read_records(path)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.jsonl"):
        read_records(tmp_path / "none.jsonl")
    with pytest.raises(DataError, match=r"empty\.jsonl: holds no record; expected one JSON object"):
        read_records(write(tmp_path / "empty.jsonl", "", " "))
    (tmp_path / "latin.jsonl").write_bytes(b'{"doc_id": "caf\xe9"}')
    with pytest.raises(DataError, match=r"latin\.jsonl: not UTF-8 at byte 15; convert the file"):
        read_records(tmp_path / "latin.jsonl")


def test_what_stands_before_a_passage(tmp_path: Path) -> None:
    first, third = record("d", 4, before=["One.", " "]), record("d", 8, title="T")
    apart = record("d", 6, before=["Two."])
    path = write(tmp_path / "a.jsonl", first, record("d", 5), apart, third)
    articles = read_records(path)
    assert [(a.before, len(a), a.context) for a in articles] == [
        (("One.",), 2, ("One.",)),
        (("Two.",), 1, ("Two.",)),
        ((), 1, ("T",)),
    ]
    for bad in ("One.", [1]):
        write(path, record("d", before=bad))
        with pytest.raises(DataError, match=r"a\.jsonl:1: 'before' must be a list of sentences"):
            read_records(path)
