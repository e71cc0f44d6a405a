from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.dataset.standoff import (
    DOCUMENTS,
    LABELS,
    fingerprint,
    fold,
    read_standoff,
    resolve,
    to_standoff,
    write_standoff,
)
from framing.errors import DataError

RECORDS: list[dict[str, Any]] = [
    {
        "doc_id": "a",
        "sent_idx": 0,
        "start": 5,
        "end": 24,
        "text": "Duties  will\nfollow.",
        "labels": {"threat": ["Duties will", "follow"], "concession": []},
        "annotator": "x",
        "genre": "wire",
        "date": "2020",
        "license": "CC\tBY",
        "source": "repo:path",
        "title": "Trade",
    },
    {"doc_id": "b", "sent_idx": 3, "text": "Talks resume.", "labels": {}},
]


def write(path: Path, *records: object) -> Path:
    text = "\n".join(r if isinstance(r, str) else json.dumps(r) for r in records) + "\n"
    if path.suffix == ".xz":
        path.write_bytes(lzma.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


@given(st.text(st.characters(exclude_categories=())))
def test_folding(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text).split() == text.split()
    assert fingerprint(f" {text}\n") == fingerprint(text)
    assert len(fingerprint(text)) == 16


def test_a_line_holds_no_text() -> None:
    line = to_standoff(RECORDS[0])
    assert line == {
        "doc_id": "a",
        "sent_idx": 0,
        "start": 5,
        "end": 24,
        "annotator": "x",
        "sha256": fingerprint("Duties will follow."),
        "labels": {"threat": [[0, 11], [12, 18]], "concession": []},
    }
    for words in ("none of it", "", " "):
        with pytest.raises(DataError, match=r"b: threat span .* is not in the text"):
            to_standoff({**RECORDS[1], "labels": {"threat": [words]}})


@pytest.mark.parametrize("name", ["docs.jsonl", "docs.jsonl.xz"])
def test_labels_are_joined_with_sentences(name: str, tmp_path: Path) -> None:
    assert write_standoff(tmp_path / "standoff", RECORDS) == 2
    lines = read_standoff(tmp_path / "standoff")
    assert lines[0]["license"] == "CC BY"
    assert not any("text" in line for line in lines)
    result = resolve(lines, [write(tmp_path / name, *RECORDS)])
    assert (result.missing, result.changed) == ({}, [])
    first, second = result.records
    assert first["text"] == "Duties will follow."
    assert first["labels"] == {"threat": ["Duties will", "follow"], "concession": []}
    assert (first["title"], first["source"]) == ("Trade", "repo:path")
    assert (second["text"], second["title"], second["sent_idx"]) == ("Talks resume.", "", 3)


def test_labels_are_joined_with_whole_documents(tmp_path: Path) -> None:
    text = "Yes. Duties will follow. No."
    line = {**to_standoff(RECORDS[0]), "start": 5, "end": 24}
    documents = write(tmp_path / "a.jsonl", {"doc_id": "a", "text": text})
    assert [r["text"] for r in resolve([line], [documents]).records] == ["Duties will follow."]
    moved = resolve([{**line, "start": 4, "end": 20}], [documents])
    assert (moved.records, moved.changed) == ([], ["a:0"])


def test_what_is_missing_or_changed(tmp_path: Path) -> None:
    lines = [to_standoff(record) for record in [*RECORDS, RECORDS[1]]]
    other = write(tmp_path / "a.jsonl", {**RECORDS[0], "text": "Something else."})
    result = resolve(lines, [other])
    assert result.records == []
    assert result.missing == {"b": 1}  # the same sentence twice
    assert result.changed == ["a:0"]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"documents\.tsv"):
        read_standoff(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"none\.jsonl"):
        resolve([], [tmp_path / "none.jsonl"])
    write_standoff(tmp_path, RECORDS)
    for bad, message in [
        ("{", "not a JSON object"),
        ("[]", "expected an object with doc_id, text"),
    ]:
        path = write(tmp_path / "bad.jsonl", RECORDS[0], bad)
        with pytest.raises(DataError, match=rf"bad\.jsonl:2: {message}"):
            resolve([], [path])
    write(tmp_path / LABELS, {"doc_id": "z", "sha256": "", "labels": {}})
    with pytest.raises(DataError, match=r"documents\.tsv: has no document 'z' of labels\.jsonl"):
        read_standoff(tmp_path)
    write(tmp_path / DOCUMENTS, "doc_id\tgenre")
    with pytest.raises(DataError, match=r"documents\.tsv:1: expected the columns doc_id, genre"):
        read_standoff(tmp_path)


def test_a_sentence_labelled_twice_is_given_once(tmp_path: Path) -> None:
    second = {**RECORDS[1], "annotator": "y", "labels": {"concession": ["Talks resume"]}}
    write_standoff(tmp_path, [*RECORDS, second])
    assert len(read_standoff(tmp_path)) == 3
    found = resolve(read_standoff(tmp_path), [write(tmp_path / "texts.jsonl", *RECORDS)])
    assert [(r["doc_id"], r["labels"]) for r in found.records][1:] == [("b", {})]


def test_the_settled_line_holds_and_sentences_are_in_order(tmp_path: Path) -> None:
    late = {"doc_id": "a", "sent_idx": 7, "text": "It may end.", "labels": {}, "chosen": True}
    early = {**late, "sent_idx": 2, "text": "It began."}
    again = {**late, "annotator": "y", "labels": {"concession": ["may end"]}}
    drawn = {**early, "annotator": "y", "chosen": False}
    settled = {**again, "annotator": "z", "labels": {"threat": ["may"]}, "settled": True}
    records = [late, RECORDS[1], early, again, drawn, settled]
    write_standoff(tmp_path, records)
    found = resolve(read_standoff(tmp_path), [write(tmp_path / "texts.jsonl", *records)]).records
    assert [(r["doc_id"], r["sent_idx"]) for r in found] == [("a", 2), ("a", 7), ("b", 3)]
    assert found[1]["labels"] == {"threat": ["may"]}
    assert (found[1]["chosen"], "settled" in found[1]) == (True, False)
    assert "chosen" not in found[0]  # drawn without a model as well


def test_a_passage_comes_with_the_sentences_before_it(tmp_path: Path) -> None:
    texts = ["One.", "Two.", "Three.", "Four.", "Five.", "Six."]
    whole = " ".join(texts)
    places = [whole.index(text) for text in texts]
    rows = [
        {"doc_id": "a", "sent_idx": i, "text": texts[i], "labels": {}, "start": places[i]}
        | {"end": places[i] + len(texts[i]), "chosen": i == 5}
        for i in (0, 1, 3, 4, 5)
    ]
    plain = [{"doc_id": "b", "sent_idx": i, "text": f"{i}.", "labels": {}} for i in (1, 2, 3, 7)]
    write_standoff(tmp_path, [*rows, *plain[2:]])
    titled = {"doc_id": "a", "text": whole, "title": "Numbers"}
    documents = write(tmp_path / "d.jsonl", titled, *plain)
    found = resolve(read_standoff(tmp_path), [documents]).records
    assert [(r["doc_id"], r["sent_idx"], r.get("before")) for r in found] == [
        ("a", 0, []),
        ("a", 1, None),
        ("a", 3, ["Numbers", "One.", "Two.", "Three."]),
        ("a", 4, None),
        ("a", 5, ["Three.", "Four.", "Five."]),  # the one before is not of the same kind
        ("b", 3, ["1.", "2."]),
        ("b", 7, []),
    ]


def test_two_numberings_of_one_document(tmp_path: Path) -> None:
    whole = "One two. Three four. Five six. Seven."
    lines = [
        {"doc_id": "a", "sent_idx": i, "start": a, "end": b, "text": whole[a:b], "labels": {}}
        | {"annotator": who}
        for who, i, a, b in [("x", 0, 0, 8), ("x", 1, 9, 20), ("y", 0, 9, 30), ("y", 1, 31, 37)]
    ]
    write_standoff(tmp_path, lines)
    documents = [write(tmp_path / "d.jsonl", {"doc_id": "a", "text": whole})]
    found = resolve(read_standoff(tmp_path), documents)
    assert [(r["start"], r.get("before")) for r in found.records] == [
        (0, []),
        (9, ["One two."]),
        (31, None),
    ]
    assert found.overlapping == ["a:1"]
    settled = {**lines[1], "settled": True, "annotator": "z"}
    write_standoff(tmp_path, [*lines, settled])
    found = resolve(read_standoff(tmp_path), documents)
    assert [r["start"] for r in found.records] == [0, 9, 31]
    assert (found.records[1]["end"], found.overlapping, found.sentences) == (20, ["a:0"], 4)
