from __future__ import annotations

import json
from pathlib import Path

import pytest

from framing.errors import DataError
from framing.estimation.codes import codes_of, read_codes
from framing.schema import Article

LABELS = ("threat", "concession")
HEADER = "document,sentence,before,text,after,threat,concession,coder,note"


def sheet(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    path = tmp_path / "sheet.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8-sig")
    return path


def test_a_filled_sheet(tmp_path: Path) -> None:
    path = sheet(tmp_path, "a,0,,A.,B.,1,0,,", "a,1,A.,B.,,,,AB,", "b,0,,C.,,,,,", "b,1,,D.,,,X,,")
    found = read_codes(path, LABELS)
    assert [(c.document, c.sentence, sorted(c.labels)) for c in found.codes] == [
        ("a", 0, ["threat"]),
        ("a", 1, []),  # the coder has signed: read, and nothing found
        ("b", 1, ["concession"]),
    ]
    assert found.uncoded == 1
    assert found.labels == LABELS


def test_a_spreadsheet_that_separates_by_semicolons(tmp_path: Path) -> None:
    path = sheet(tmp_path, "a;0;;A, b.;;1;0;;", header=HEADER.replace(",", ";"))
    assert read_codes(path, LABELS).codes[0].text == "A, b."


def test_one_label_alone_can_be_coded(tmp_path: Path) -> None:
    path = sheet(tmp_path, "a,0,A.,1", header="document,sentence,text,concession")
    assert read_codes(path, LABELS).labels == ("concession",)


@pytest.mark.parametrize(
    ("header", "line", "message"),
    [
        (HEADER, "a,0,,A.,,maybe,,,", r"sheet\.csv:2: threat is 'maybe'; write 1"),
        (HEADER, "a,one,,A.,,1,,,", r":2: not a row of a sheet"),
        (HEADER + ",blame", "a,0,,A.,,1,,,,1", r":1: column 'blame' is neither a label"),
        ("document,sentence,text", "a,0,A.", r":1: no column of a label; expected threat, conc"),
        ("document,text,threat", "a,A.,1", r":1: no column 'sentence'"),
    ],
)
def test_bad_sheets(header: str, line: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        read_codes(sheet(tmp_path, line, header=header), LABELS)


def lines(tmp_path: Path, *rows: object) -> Path:
    path = tmp_path / "codes.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_json_lines_and_records(tmp_path: Path) -> None:
    path = lines(
        tmp_path,
        {"document": "a", "sentence": 3, "text": "A.", "labels": ["threat"], "coder": ""},
        {"document": "a", "sentence": 4, "text": "B.", "labels": None},
        {"doc_id": "b", "sent_idx": 1, "text": "C.", "labels": {"concession": ["C"]}},
        {"doc_id": "b", "text": "D.", "labels": {}, "probability": 0.5},
    )
    found = read_codes(path, LABELS)
    assert [(c.document, c.sentence, sorted(c.labels)) for c in found.codes] == [
        ("a", 3, ["threat"]),
        ("b", 1, ["concession"]),
        ("b", None, []),
    ]
    assert (found.uncoded, found.codes[2].probability) == (1, 0.5)


GOOD = {"document": "a", "sentence": 0, "text": "A.", "labels": []}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([1], r":1: expected a JSON object, got list"),
        ({**GOOD, "labels": ["blame"]}, r":1: label 'blame' is not among those of the predictions"),
        ({**GOOD, "labels": "threat"}, r":1: 'labels' must be a list"),
        ({**GOOD, "document": 4}, r":1: 'document' must be a string, got 4"),
        ({**GOOD, "sentence": "0"}, r":1: 'sentence' must be a whole number"),
        ({**GOOD, "probability": "high"}, r":1: 'probability' must be a number"),
    ],
)
def test_bad_lines(row: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        read_codes(lines(tmp_path, row), LABELS)


def test_a_file_that_is_not_json_or_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("{")
    with pytest.raises(DataError, match=r":1: not a JSON object"):
        read_codes(path, LABELS)
    path = tmp_path / "a.csv"
    path.write_bytes(b"document,sentence,text,threat\na,0,caf\xe9,1\n")
    with pytest.raises(DataError, match=r"not UTF-8 at byte \d+; in a spreadsheet save as"):
        read_codes(path, LABELS)


def test_labelled_articles(own_articles: list[Article]) -> None:
    found = codes_of(own_articles[:2], ("rain", "heat"))
    assert len(found.codes) == sum(map(len, own_articles[:2]))
    assert found.codes[0].labels == {"rain"}
    with pytest.raises(DataError, match="article 'weather-1', sentence 0: label 'rain' is not"):
        codes_of(own_articles, LABELS)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            ["a,0,,A.,,1,,,", "a,1,,B.,,,,,", "a,2,,C.,,,,,"],
            r"sheet\.csv: 2 of 3 rows are without a mark .*, and no row has initials; .*Write init",
        ),
        (["a,0,,A.,,1,,,", "a,1,,B.,,0,0,,", "a,2,,C.,,,,,"], "1 of 3 rows .* no row has initials"),
        (["a,0,,A.,,1,,AB,", "a,1,,B.,,,,,"], "1 of 2 rows .* all the others carry a label"),
    ],
)
def test_a_sheet_of_which_only_marks_would_count(
    rows: list[str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        read_codes(sheet(tmp_path, *rows), LABELS)


def test_zeros_written_out_need_no_initials(tmp_path: Path) -> None:
    found = read_codes(sheet(tmp_path, "a,0,,A.,,1,0,,", "a,1,,B.,,0,0,,"), LABELS)
    assert (len(found.codes), found.uncoded) == (2, 0)
