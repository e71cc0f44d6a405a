from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framing.errors import DataError, InputError
from framing.estimation.corpus import Corpus, from_documents, read_corpus
from framing.inference.classifier import Classifier
from framing.outputs import Writer

Rows = list[dict[str, Any]]
TEXTS = ["Duties follow. Talks resume.", "", "The match was a draw."]


def write(path: Path, rows: Rows) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def same(first: Corpus, second: Corpus) -> bool:
    arrays = ("articles", "sentences", "offsets", "predicted")
    return (
        all(np.array_equal(getattr(first, name), getattr(second, name)) for name in arrays)
        and np.allclose(first.scores, second.scores, atol=1e-4)
        and (first.labels, first.documents, first.texts, first.columns)
        == (second.labels, second.documents, second.texts, second.columns)
    )


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_what_predict_writes_is_read(form: str, model: Classifier, tmp_path: Path) -> None:
    documents = model.predict(TEXTS)
    path = tmp_path / f"p.{form}"
    with (
        path.open("w", encoding="utf-8", newline="") as stream,
        Writer(form, stream, keep=["date"]) as writer,
    ):
        for name, document in zip("abc", documents, strict=True):
            writer.add(name, document, {"date": f"2020-0{1 + len(document)}"})
    dates = [f"2020-0{1 + len(document)}" for document in documents]
    expected = from_documents(documents, names=["a", "b", "c"], columns={"date": dates})
    found = read_corpus(path)
    assert same(found, expected)
    assert found.documents == ("a", "c")  # a blank text has no sentence
    assert found.labels == model.labels
    assert len(found) == 3


def test_rows_in_any_order(rows: Rows, predictions: Path, tmp_path: Path) -> None:
    first = read_corpus(predictions)
    last = [row for row in rows if row["document"] != "a0"]
    plain = [{k: v for k, v in row.items() if k != "gold"} for row in last]
    own = [{k: v for k, v in row.items() if k != "gold"} for row in rows if row not in last]
    found = read_corpus(write(tmp_path / "b.jsonl", own[::-1] + plain[::-1]))
    assert sorted(zip(found.texts, found.columns["date"], strict=True)) == sorted(
        zip(first.texts, first.columns["date"], strict=True)
    )
    assert (np.diff(found.articles) >= 0).all()


def test_groups(predictions: Path) -> None:
    corpus = read_corpus(predictions)
    assert set(corpus.values("outlet")) == {"Daily", "Wire, late"}
    assert set(corpus.values("year")) == {"2010", "2011"}
    assert set(corpus.values("month")) == {"2010-01", "2010-03", "2011-02", "2011-04"}
    assert corpus.values("day")[0] == "2010-01-15"
    with pytest.raises(
        InputError, match=r"no column 'region'; .* 'outlet', 'date'; .*--keep region"
    ):
        corpus.values("region")


@pytest.mark.parametrize(("date", "by"), [("May 2020", "year"), ("2020", "month"), ("", "year")])
def test_dates_that_do_not_tell(date: str, by: str, rows: Rows, tmp_path: Path) -> None:
    corpus = read_corpus(write(tmp_path / "a.jsonl", [{**row, "date": date} for row in rows]))
    with pytest.raises(InputError, match=f"document 'a0': the date '{date}' gives no {by}"):
        corpus.values(by)


def without(row: dict[str, Any], key: str) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k != key}


def test_bad_rows(rows: Rows, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    positive = [row for row in rows if row["labels"]]
    cases = {
        r"a\.jsonl:1: no 'scores'; expected a row of framing predict": [without(rows[0], "scores")],
        r"holds no sentence": [],
        r"sentence 0 of document 'a0' stands twice; give each document a name": rows[:3] + rows[:1],
        r"has no sentence \d+; shares need every sentence, .* without --positive": positive,
        r":2: labels \['threat'\] .* with one model and --keep": [
            rows[0],
            {**rows[1], "scores": {"threat": 0.1}},
        ],
        r":2: labels .* columns \['outlet', 'gold'\]": [rows[0], without(rows[1], "date")],
    }
    for message, lines in cases.items():
        write(path, lines)
        with pytest.raises(DataError, match=message):
            read_corpus(path)
    path.write_text("{\n")
    with pytest.raises(DataError, match=r":1: not a JSON object"):
        read_corpus(path)
    path.write_bytes(b"\xff")
    with pytest.raises(DataError, match="not UTF-8 at byte 0"):
        read_corpus(path)


def test_bad_tables(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text\nA.\n")
    with pytest.raises(DataError, match=r"a\.csv:1: no column 'document'; expected a file of"):
        read_corpus(path)
    path.write_text(
        "document,sentence,start,end,text,threat,threat_score,spans\na,0,0,2,A.,1,x,[]\n"
    )
    with pytest.raises(DataError, match=r"a\.csv:2: not a row of framing predict"):
        read_corpus(path)


def test_columns_must_fit(model: Classifier) -> None:
    with pytest.raises(InputError, match="outlet: 1 values for 3 documents"):
        from_documents(model.predict(TEXTS), columns={"outlet": ["x"]})


def test_predictions_marked_as_utf8(rows: Rows, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", rows)
    path.write_text(path.read_text(), encoding="utf-8-sig")
    assert len(read_corpus(path)) == len(rows)
