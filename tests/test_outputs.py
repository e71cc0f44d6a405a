from __future__ import annotations

import csv
import io
import json

import pytest

from framing.errors import InputError
from framing.outputs import Writer
from framing.schema import Document, Prediction, Span

NAMES = ("threat", "concession")
TEXT = 'Duties will "follow",\nhe said. Nobody spoke.'
DOCUMENT = Document(
    TEXT,
    (
        Prediction(
            TEXT[:30],
            0,
            30,
            ("threat",),
            {"threat": 0.912345678, "concession": 0.1},
            (Span("threat", 0, 6, "Duties", 0.712345678),),
        ),
        Prediction(TEXT[31:], 31, 44, (), {"threat": 0.2, "concession": 0.00001}, ()),
    ),
    "Trade",
    NAMES,
)
EMPTY = Document("", (), "", NAMES)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(form: str, *, positive: bool = False, stream: io.StringIO | None = None) -> str:
    stream = io.StringIO() if stream is None else stream
    with Writer(form, stream, positive=positive) as writer:
        writer.add("a", DOCUMENT)
        writer.add("b", EMPTY)
        writer.add("caf\u00e9", DOCUMENT)
    return stream.getvalue()


@pytest.mark.parametrize("positive", [False, True])
def test_json_lines(positive: bool) -> None:
    rows = [json.loads(line) for line in written("jsonl", positive=positive).splitlines()]
    keys = ["document", "sentence", "start", "end", "text", "labels", "scores", "spans"]
    assert [list(row) for row in rows] == [keys] * (2 if positive else 4)
    assert rows[0] == {
        "document": "a",
        "sentence": 0,
        "start": 0,
        "end": 30,
        "text": TEXT[:30],
        "labels": ["threat"],
        "scores": {"threat": 0.9123, "concession": 0.1},
        "spans": [{"label": "threat", "start": 0, "end": 6, "text": "Duties", "score": 0.7123}],
    }
    assert rows[-1]["document"] == "caf\u00e9"
    if not positive:
        assert rows[1]["labels"] == rows[1]["spans"] == []
        assert rows[1]["scores"] == {"threat": 0.2, "concession": 0.0}


@pytest.mark.parametrize("positive", [False, True])
def test_csv(positive: bool) -> None:
    rows = list(csv.DictReader(io.StringIO(written("csv", positive=positive), newline="")))
    assert len(rows) == (2 if positive else 4)
    assert list(rows[0]) == [
        "document",
        "sentence",
        "start",
        "end",
        "text",
        "threat",
        "concession",
        "threat_score",
        "concession_score",
        "spans",
    ]
    assert rows[0]["text"] == TEXT[:30]
    assert (rows[0]["threat"], rows[0]["concession"]) == ("1", "0")
    assert (rows[0]["threat_score"], rows[0]["concession_score"]) == ("0.9123", "0.1")
    assert json.loads(rows[0]["spans"])[0]["text"] == "Duties"
    assert rows[-1]["document"] == "caf\u00e9"


def test_csv_without_a_sentence_has_its_header() -> None:
    stream = io.StringIO()
    with Writer("csv", stream) as writer:
        writer.add("a", EMPTY)
    assert stream.getvalue().startswith("document,sentence,start,end,text,threat,concession,")


def test_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = written("table").split("\n")
    assert lines[0] == "a: 2 sentences, 1 with a label"
    assert lines[1].split() == ["threat", "0.91", "[Duties]", "will", '"follow",', "he", "said."]
    assert lines[2].strip() == "Nobody spoke."
    assert "b: 0 sentences, 0 with a label" in lines
    assert "\033" not in "".join(lines)
    shorter = written("table", positive=True).split("\n")
    assert shorter[0] == lines[0]
    assert not any("Nobody" in line for line in shorter)


@pytest.mark.parametrize("columns", [60, 100, 300])
def test_the_table_fits_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = io.StringIO()
    long = "word " * 200 + "x" * 300
    prediction = Prediction(long, 0, len(long), (), dict.fromkeys(NAMES, 0.1), ())
    with Writer("table", stream) as writer:
        writer.add("a", Document(long, (prediction,), "", NAMES))
    widest = max(map(len, stream.getvalue().split("\n")))
    assert 0.8 * min(columns, 120) < widest <= min(columns, 120)


def test_colours_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\033[31m" in written("table", stream=Terminal())
    assert "\033" not in written("jsonl", stream=Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033" not in written("table", stream=Terminal())


def test_html() -> None:
    page = written("html", positive=True)
    assert page.startswith("<!doctype html>")
    assert page.endswith("</body></html>\n")
    assert page.count("<section>") == 3
    assert page.count("Nobody spoke.") == 2  # the whole text is shown
    assert "<h2>caf\u00e9</h2>" in page
    assert "<strong>Trade</strong>" in page


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_kept_columns_follow_the_others(form: str) -> None:
    stream = io.StringIO()
    with Writer(form, stream, keep=["outlet", "date"]) as writer:
        writer.add("a", DOCUMENT, {"date": "2020", "outlet": "Wire, daily"})
    rows: list[dict[str, str]]
    if form == "jsonl":
        rows = [json.loads(line) for line in stream.getvalue().splitlines()]
    else:
        rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert [list(row)[-3:] for row in rows] == [["spans", "outlet", "date"]] * 2
    assert [(row["outlet"], row["date"]) for row in rows] == [("Wire, daily", "2020")] * 2


@pytest.mark.parametrize("keep", [["text"], ["date", "date"], ["threat"]])
def test_a_kept_column_may_not_hide_another(keep: list[str]) -> None:
    with (
        pytest.raises(InputError, match=f"cannot keep the column '{keep[0]}'"),
        Writer("csv", io.StringIO(), keep=keep) as writer,
    ):
        writer.add("a", DOCUMENT, dict.fromkeys(keep, ""))
