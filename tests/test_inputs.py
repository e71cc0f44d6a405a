from __future__ import annotations

import bz2
import codecs
import datetime
import gzip
import io
import json
import lzma
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from framing.errors import InputError
from framing.input_tables import Columns, Reject
from framing.inputs import Reader, read_inputs


def write(path: Path, content: str | bytes) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def feed(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="ascii"))


@pytest.mark.parametrize("suffix", [".txt", ".md", "", ".TXT"])
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
    rejects: list[Reject] = []
    assert [text for _, text, _ in read_inputs([name], refuse=rejects.append)] == ["A.", "B."]
    assert len(rejects) == 1
    assert rejects[0].where == f"{name}:2"


def test_bad_titles(tmp_path: Path) -> None:
    name = write(tmp_path / "a.jsonl", '{"text": "A.", "title": 5}\n{"text": "B."}\n')
    rejects: list[Reject] = []
    assert list(read_inputs([name], title_column="title", refuse=rejects.append)) == []
    assert list(map(str, rejects)) == [
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
    rejects: list[Reject] = []
    found = [text for _, text, _ in read_inputs([name, other], refuse=rejects.append)]
    assert found[-1] == "B."
    assert len(rejects) == 1


def test_records_after_a_bad_line_of_a_table_are_read(tmp_path: Path) -> None:
    name = write(tmp_path / "a.csv", b"text\nA.\ncaf\xe9\nB.\n")
    rejects: list[Reject] = []
    assert [text for _, text, _ in read_inputs([name], refuse=rejects.append)] == ["A.", "B."]
    assert len(rejects) == 1


@pytest.mark.parametrize("option", ["column", "title_column", "id_column"])
def test_a_column_that_a_table_lacks_is_an_error_at_once(option: str, tmp_path: Path) -> None:
    name = write(tmp_path / "a.csv", "text,id\nA.,1\nB.,2\n")
    rejects: list[Reject] = []
    options = {"column": "text", option: "boddy"}
    with pytest.raises(InputError, match=r"a\.csv:1: no column 'boddy'.*'text', 'id'"):
        list(read_inputs([name], refuse=rejects.append, **options))
    assert rejects == []


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    good = write(tmp_path / "good.txt", "A.")
    bad = write(tmp_path / "bad.txt", b"ab\xff")
    none = str(tmp_path / "none.jsonl")
    empty = tmp_path / "empty"
    empty.mkdir()
    names = [none, str(empty), bad, good]
    rejects: list[Reject] = []
    assert list(read_inputs(names, refuse=rejects.append)) == [(good, "A.", None)]
    assert list(map(str, rejects)) == [
        f"{none}: No such file or directory",
        f"{empty}: holds no file that ends in one of .txt, .md, .jsonl, .ndjson, .csv, .tsv, "
        ".parquet (or .gz, .xz, .bz2)",
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
    rejects: list[Reject] = []
    kept: list[dict[str, str]] = []
    found = list(read_inputs([name, plain], keep=["date", "n"], kept=kept, refuse=rejects.append))
    assert [text for _, text, _ in found] == ["A.", "B.", "C."]
    assert kept == [
        {"date": "2020-01", "n": "3"},
        {"date": "", "n": ""},
        {"date": "", "n": ""},
    ]
    assert len(rejects) == 1


def test_a_column_to_keep_that_is_not_there(tmp_path: Path) -> None:
    name = write(tmp_path / "a.csv", "text\nA.")
    with pytest.raises(InputError, match=r"a\.csv:1: no column 'date'; choose one with --keep"):
        list(read_inputs([name], keep=["date"]))


# folders, patterns, compressed files, Parquet


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with texts on two levels, and files that are none."""
    for name in ("b.txt", "a.md", "sub/c.txt", "sub/deep/d.jsonl", ".hidden.txt", ".git/e.txt"):
        path = tmp_path / "news" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"text": "D."}' if path.suffix == ".jsonl" else f"{path.stem}.")
    (tmp_path / "news" / "image.png").write_bytes(b"\xff")
    return tmp_path / "news"


def texts_of(*names: object) -> list[str]:
    return [text for _, text, _ in read_inputs([str(name) for name in names])]


def test_a_folder_is_searched(folder: Path) -> None:
    assert texts_of(folder) == ["a.", "b.", "c.", "D."]
    reader = Reader([str(folder)])
    assert reader.files == [str(folder / n) for n in ("a.md", "b.txt", "sub/c.txt")] + [
        str(folder / "sub/deep/d.jsonl")
    ]
    assert reader.size == sum(Path(name).stat().st_size for name in reader.files)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.txt", ["b."]),
        ("**/*.txt", ["b.", "c."]),
        ("[ab].*", ["a.", "b."]),
        ("sub/*/?.jsonl", ["D."]),
    ],
)
def test_a_pattern(pattern: str, expected: list[str], folder: Path) -> None:
    assert texts_of(folder / pattern) == expected


def test_a_pattern_without_a_match(folder: Path) -> None:
    with pytest.raises(InputError, match=r"\*\.xml: matches no file"):
        texts_of(folder / "*.xml")
    rejects: list[Reject] = []
    names = [str(folder / "*.xml"), str(folder / "b.txt")]
    assert [t for _, t, _ in read_inputs(names, refuse=rejects.append)] == ["b."]
    assert rejects == [Reject(names[0], "matches no file")]


def test_a_file_whose_name_looks_like_a_pattern(tmp_path: Path) -> None:
    assert texts_of(write(tmp_path / "a[1].txt", "A.")) == ["A."]


PACK = {"gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress}


@pytest.mark.parametrize("suffix", PACK)
def test_compressed_files(suffix: str, tmp_path: Path) -> None:
    lines = "".join(json.dumps({"text": f"Text {i}.", "id": i}) + "\n" for i in range(2000))
    name = write(tmp_path / f"a.jsonl.{suffix}", PACK[suffix](lines.encode()))
    table = write(tmp_path / f"b.csv.{suffix}", PACK[suffix](b"text\nA.\n"))
    plain = write(tmp_path / f"c.txt.{suffix}", PACK[suffix](b"B."))
    reader = Reader([name, table, plain])
    positions = [reader.position for _ in reader]
    assert positions == sorted(positions)
    assert reader.position == reader.size
    assert texts_of(name, table, plain) == [*(f"Text {i}." for i in range(2000)), "A.", "B."]
    assert texts_of(tmp_path) == texts_of(name, table, plain)


@pytest.mark.parametrize("suffix", PACK)
def test_a_damaged_compressed_file_is_named_and_what_came_before_kept(
    suffix: str, tmp_path: Path
) -> None:
    lines = "".join(json.dumps({"text": f"Text {i * i}."}) + "\n" for i in range(10_000))
    whole = PACK[suffix](lines.encode())
    name = write(tmp_path / f"a.jsonl.{suffix}", whole[: len(whole) // 2])
    good = write(tmp_path / "b.txt", "B.")
    rejects: list[Reject] = []
    found = [text for _, text, _ in read_inputs([name, good], refuse=rejects.append)]
    assert found[-1] == "B."
    if suffix == "gz":  # the others decompress in blocks, of which the half file has none whole
        assert found[0] == "Text 0."
    assert [reject.where for reject in rejects] == [name]
    with pytest.raises((InputError, OSError)):
        texts_of(name)
    none = write(tmp_path / f"c.txt.{suffix}", b"no such format")
    with pytest.raises((InputError, OSError)):
        texts_of(none)


def test_parquet(tmp_path: Path) -> None:
    n = 1000
    day = datetime.date(2020, 5, 1)
    columns = {"body": [f"Text {i}." for i in range(n)], "date": [day] * n, "other": [None] * n}
    columns["body"][7] = None  # type: ignore[call-overload]
    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    rejects: list[Reject] = []
    reader = Reader([str(path)], Columns("body", keep=["date"]), refuse=rejects.append)
    found, positions = [], []
    for text in reader:
        found.append(text)
        positions.append(reader.position)
    assert [text.text for text in found] == [f"Text {i}." for i in range(n) if i != 7]
    assert found[8].name == f"{path}:10"
    assert found[0].kept == {"date": "2020-05-01"}
    reason = "'body' must be a string, got NoneType None"
    assert rejects == [Reject(f"{path}:8", reason, {"body": None, "date": day})]
    assert positions == sorted(positions)
    assert reader.position == reader.size == path.stat().st_size
    with pytest.raises(InputError, match="no column 'text'; choose one with --column: 'body', 'd"):
        texts_of(path)
    with pytest.raises(InputError, match=r"b\.parquet: not a Parquet file: "):
        texts_of(write(tmp_path / "b.parquet", "text"))


def test_standard_input_as_json_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, b'{"text": "A.", "id": "x"}\n[\n{"text": "B."}\n')
    rejects: list[Reject] = []
    found = list(Reader(["-"], stdin_format="jsonl", refuse=rejects.append))
    assert [(text.name, text.text) for text in found] == [("x", "A."), ("standard input:3", "B.")]
    assert [reject.where for reject in rejects] == ["standard input:2"]
    assert Reader(["-"]).size is None


def test_what_is_refused_is_kept_with_its_record(tmp_path: Path) -> None:
    lines = b'{"text": "A."}\n{"text": 5, "n": 1}\n{"text"\n"caf\xe9"\n'
    name = write(tmp_path / "a.jsonl", lines)
    rejects: list[Reject] = []
    list(Reader([name], refuse=rejects.append))
    assert [(r.where, r.record) for r in rejects] == [
        (f"{name}:2", {"text": 5, "n": 1}),
        (f"{name}:3", '{"text"'),
        (f"{name}:4", '"caf\ufffd"'),
    ]
    assert rejects[0].reason == "'text' must be a string, got int 5"


def test_a_later_table_without_the_column_is_refused_as_a_whole(tmp_path: Path) -> None:
    good, bad = write(tmp_path / "a.csv", "text\nA.\n"), write(tmp_path / "b.csv", "body\nB.\n")
    rejects: list[Reject] = []
    found = [text for _, text, _ in read_inputs([good, bad, good], refuse=rejects.append)]
    assert found == ["A.", "A."]
    reason = "no column 'text'; choose one with --column: 'body'"
    assert rejects == [Reject(f"{bad}:1", reason)]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("a.json", "save its records as JSON lines, one object a line, and name the file .jsonl"),
        ("a.json.gz", "save its records as JSON lines"),
        ("a.xlsx", "save the sheet as .csv"),
        ("a.html", "save its text as .txt"),
        ("a.pdf", "save its text as .txt"),
    ],
)
def test_an_ending_that_is_not_read(name: str, remedy: str, tmp_path: Path) -> None:
    path, good = write(tmp_path / name, "[]"), write(tmp_path / "b.txt", "B.")
    rejects: list[Reject] = []
    found = read_inputs([path, good], refuse=rejects.append)
    assert [text for _, text, _ in found] == ["B."]
    (reject,) = rejects
    assert reject.where == path
    assert " files are not read, only .txt, .md, .jsonl, .ndjson, .csv, " in reject.reason
    assert remedy in reject.reason


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n", "a PDF file"),
        (b"PK\x03\x04\x14", "a ZIP archive or an Office document"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    ],
)
@pytest.mark.parametrize("name", ["a", "a.txt", "a.csv", "a.jsonl", "-"])
def test_a_file_that_is_no_plain_text(
    name: str, content: bytes, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, content)
    path = name if name == "-" else write(tmp_path / name, content)
    rejects: list[Reject] = []
    assert list(read_inputs([path], refuse=rejects.append)) == []
    where = "standard input" if name == "-" else path
    assert rejects == [Reject(where, f"is {what}, not plain text; save its text as .txt")]


def test_empty_texts_are_refused_if_somebody_takes_them(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.txt", " \n")
    table = write(tmp_path / "b.csv", "id,text\n1,\n2,B.\n")
    lines = write(tmp_path / "c.jsonl", '{"text": ""}\n')
    rejects: list[Reject] = []
    found = list(read_inputs([plain, table, lines], refuse=rejects.append))
    assert [text for _, text, _ in found] == ["B."]
    assert rejects == [
        Reject(plain, "empty text"),
        Reject(f"{table}:2", "empty text", {"id": "1", "text": ""}),
        Reject(f"{lines}:1", "empty text", {"text": ""}),
    ]
    assert texts_of(plain, table, lines) == [" \n", "", "B.", ""]


@pytest.mark.parametrize(
    ("name", "header", "hint"),
    [
        ("a.csv", "id;text", "semicolons: save it with commas"),
        ("a.csv", "id\ttext", "tabs: name it .tsv"),
        ("a.tsv", "id,text", "commas: name it .csv"),
    ],
)
def test_another_separator(name: str, header: str, hint: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, f"{header}\n1;A.\n")
    with pytest.raises(InputError, match=f"no column 'text'.*seem to be separated by {hint}"):
        texts_of(path)


def told(*names: str, keep: Sequence[str] = ()) -> list[str]:
    lines: list[str] = []
    list(Reader(names, Columns(keep=keep), tell=lines.append))
    return lines


def test_names_that_come_again_are_told(tmp_path: Path) -> None:
    name = write(tmp_path / "a.csv", "id,text\nx,A.\ny,B.\nx,C.\n")
    plain = write(tmp_path / "b.txt", "B.")
    first = "two documents are called 'x'; framing sample and estimate need names that come once"
    assert told(plain) == []
    assert told(name, plain) == [f"{first} (--id-column)"]
    assert told(name, plain, plain, name)[1:] == ["5 documents have a name that came before"]


@pytest.mark.parametrize("n", [1, 99, 100, 300])
def test_a_key_to_keep_that_no_record_has_is_told(n: int, tmp_path: Path) -> None:
    name = write(tmp_path / "a.jsonl", "".join(f'{{"text": "A{i}."}}\n' for i in range(n)))
    how = "no record has it" if n < 100 else "none of the first 100 records has it"
    assert told(name, keep=["dat"]) == [f"--keep dat: {how}; it is written blank"]
    late = write(tmp_path / "b.jsonl", '{"text": "B.", "dat": 1}\n')
    assert told(name, late, keep=["dat"]) == (told(name, keep=["dat"]) if n >= 100 else [])
