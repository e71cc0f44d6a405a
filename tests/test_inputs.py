from __future__ import annotations

import codecs
import io
import json
import sys
from pathlib import Path

import pytest

from framing.errors import InputError
from framing.inputs import read_inputs


def write(path: Path, content: str | bytes) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def feed(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="ascii"))


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", "", ".TXT"])
def test_a_plain_file_is_one_document(suffix: str, tmp_path: Path) -> None:
    name = write(tmp_path / f"a{suffix}", "Caf\u00e9.\r\nTwo.\n")
    assert list(read_inputs([name])) == [(name, "Caf\u00e9.\r\nTwo.\n", None)]


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    mark = codecs.BOM_UTF8
    plain = write(tmp_path / "a.txt", mark + b"A.")
    table = write(tmp_path / "a.csv", mark + b"text\nA.\n")
    lines = write(tmp_path / "a.jsonl", mark + b'{"text": "A."}')
    assert [text for _, text, _ in read_inputs([plain, table, lines])] == ["A."] * 3


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, "Caf\u00e9. \U0001f389".encode())
    assert list(read_inputs(["-"])) == [("-", "Caf\u00e9. \U0001f389", None)]
    feed(monkeypatch, b"caf\xe9")
    with pytest.raises(InputError, match=r"standard input: not UTF-8 at byte 3 \(0xe9\); convert"):
        list(read_inputs(["-"]))


def test_json_lines(tmp_path: Path) -> None:
    records = [
        {"text": "One.\nTwo.\u2028", "id": 7, "title": "T", "other": [1]},
        {"text": "\ud800", "id": "x", "title": None},
        {"text": "", "id": None, "title": ""},
    ]
    name = write(tmp_path / "a.jsonl", "\n\n".join(json.dumps(r) for r in records))
    assert list(read_inputs([name], title_column="title")) == [
        ("7", "One.\nTwo.\u2028", "T"),
        ("x", "\ud800", None),
        ("None", "", ""),
    ]
    assert [title for _, _, title in read_inputs([name])] == [None] * 3
    assert [n for n, _, _ in read_inputs([name], id_column="text")] == [
        "One.\nTwo.\u2028",
        "\ud800",
        "",
    ]
    bare = write(tmp_path / "b.ndjson", '{"body": "A."}\n\n{"body": "B."}\n')
    assert list(read_inputs([bare], column="body")) == [
        (f"{bare}:1", "A.", None),
        (f"{bare}:3", "B.", None),
    ]


@pytest.mark.parametrize(("suffix", "mark"), [(".csv", ","), (".tsv", "\t")])
def test_tables(suffix: str, mark: str, tmp_path: Path) -> None:
    rows = [["id", "head", "text"], ["1", "T", '"One, ""two"".\n\nThree."'], ["2", "", "Four."]]
    name = write(tmp_path / f"a{suffix}", "\n".join(mark.join(row) for row in rows))
    assert list(read_inputs([name], title_column="head")) == [
        ("1", 'One, "two".\n\nThree.', "T"),
        ("2", "Four.", ""),
    ]
    assert [name for name, _, _ in read_inputs([name], id_column="head")] == ["T", ""]
    bare = write(tmp_path / f"b{suffix}", "text\nA.\nB.\n")
    assert [n for n, _, _ in read_inputs([bare])] == [f"{bare}:2", f"{bare}:3"]


def test_a_field_of_any_length(tmp_path: Path) -> None:
    name = write(tmp_path / "a.csv", "text\n" + "word " * 100_000)
    ((_, text, _),) = read_inputs([name])
    assert len(text) == 500_000


LONG_NUMBER = '{"text": "A.", "n": ' + "1" * 5000 + "}"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not a JSON object: "),
        ("[1]", "expected a JSON object, got list"),
        ('"text"', "expected a JSON object, got str"),
        ("null", "expected a JSON object, got NoneType"),
        ('{"body": "A."}', "no 'text'; the record has 'body'"),
        ('{"text": null}', "'text' must be a string, got NoneType None"),
        ('{"text": 5}', "'text' must be a string, got int 5"),
        ('{"text": ["A."]}', r"'text' must be a string, got list \['A\.'\]"),
        (b'{"text": "caf\xe9"}', r"not UTF-8 at byte 13 \(0xe9\); convert it to UTF-8 first"),
        ("[" * 100_000, "not a JSON object"),
        (LONG_NUMBER, "not a JSON object"),
    ],
)
def test_a_bad_record_is_named_and_the_rest_read(
    line: str | bytes, message: str, tmp_path: Path
) -> None:
    raw = line if isinstance(line, bytes) else line.encode()
    name = write(tmp_path / "a.jsonl", b'{"text": "A."}\n' + raw + b'\n{"text": "B."}\n')
    with pytest.raises(InputError, match=rf"a\.jsonl:2: {message}"):
        list(read_inputs([name]))
    failures: list[str] = []
    assert [text for _, text, _ in read_inputs([name], failures=failures)] == ["A.", "B."]
    assert len(failures) == 1
    assert failures[0].startswith(f"{name}:2: ")


def test_bad_titles(tmp_path: Path) -> None:
    name = write(tmp_path / "a.jsonl", '{"text": "A.", "title": 5}\n{"text": "B."}\n')
    failures: list[str] = []
    assert list(read_inputs([name], title_column="title", failures=failures)) == []
    assert failures == [
        f"{name}:1: 'title' must be a string, got int",
        f"{name}:2: no 'title'; the record has 'text'",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"a\.csv: is empty; expected a header line with the column 'text'"),
        ('text\n"A', r"a\.csv:2: not a CSV file: "),
        ('text\n"A"b\n', r"a\.csv:2: not a CSV file: "),
        (b"text\nA.\ncaf\xe9\n", r"a\.csv:3: not UTF-8 at byte 3 \(0xe9\)"),
        ("id,text\n1\n", r"a\.csv:2: 'text' must be a string, got NoneType None"),
    ],
)
def test_a_bad_table_is_named_and_other_files_read(
    content: str | bytes, message: str, tmp_path: Path
) -> None:
    name, other = write(tmp_path / "a.csv", content), write(tmp_path / "b.txt", "B.")
    with pytest.raises(InputError, match=message):
        list(read_inputs([name, other]))
    failures: list[str] = []
    found = [text for _, text, _ in read_inputs([name, other], failures=failures)]
    assert found[-1] == "B."
    assert len(failures) == 1


def test_records_after_a_bad_line_of_a_table_are_read(tmp_path: Path) -> None:
    name = write(tmp_path / "a.csv", b"text\nA.\ncaf\xe9\nB.\n")
    failures: list[str] = []
    assert [text for _, text, _ in read_inputs([name], failures=failures)] == ["A.", "B."]
    assert len(failures) == 1


@pytest.mark.parametrize("option", ["column", "title_column", "id_column"])
def test_a_column_that_a_table_lacks_is_an_error_at_once(option: str, tmp_path: Path) -> None:
    name = write(tmp_path / "a.csv", "text,id\nA.,1\nB.,2\n")
    failures: list[str] = []
    options = {"column": "text", option: "boddy"}
    with pytest.raises(InputError, match=r"a\.csv:1: no column 'boddy'.*'text', 'id'"):
        list(read_inputs([name], failures=failures, **options))
    assert failures == []


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    good = write(tmp_path / "good.txt", "A.")
    bad = write(tmp_path / "bad.txt", b"ab\xff")
    none = str(tmp_path / "none.jsonl")
    names = [none, str(tmp_path), bad, good]
    failures: list[str] = []
    assert list(read_inputs(names, failures=failures)) == [(good, "A.", None)]
    assert failures == [
        f"{none}: No such file or directory",
        f"{tmp_path}: Is a directory",
        f"{bad}: not UTF-8 at byte 2 (0xff); convert it to UTF-8 first",
    ]
    with pytest.raises(FileNotFoundError, match=r"none\.jsonl"):
        list(read_inputs([none]))
    with pytest.raises(InputError, match=r"bad\.txt: not UTF-8 at byte 2"):
        list(read_inputs([bad]))


def test_columns_are_kept_in_step(tmp_path: Path) -> None:
    records = [{"text": "A.", "date": "2020-01", "n": 3}, {"text": 5}, {"text": "B.", "n": None}]
    name = write(tmp_path / "a.jsonl", "\n".join(json.dumps({"date": None, **r}) for r in records))
    plain = write(tmp_path / "b.txt", "C.")
    failures: list[str] = []
    kept: list[dict[str, str]] = []
    found = list(read_inputs([name, plain], keep=["date", "n"], kept=kept, failures=failures))
    assert [text for _, text, _ in found] == ["A.", "B.", "C."]
    assert kept == [
        {"date": "2020-01", "n": "3"},
        {"date": "", "n": ""},
        {"date": "", "n": ""},
    ]
    assert len(failures) == 1


def test_a_column_to_keep_that_is_not_there(tmp_path: Path) -> None:
    name = write(tmp_path / "a.csv", "text\nA.")
    with pytest.raises(InputError, match=r"a\.csv:1: no column 'date'; choose one with --keep"):
        list(read_inputs([name], keep=["date"]))
