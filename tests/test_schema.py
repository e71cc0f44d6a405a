from __future__ import annotations

import dataclasses
import datetime
import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from framing.schema import Article, Document, Prediction, Sentence, Span, check_date

TEXT = "Duties will follow. Nobody spoke."
SPAN = Span("threat", 0, 18, "Duties will follow", 0.75)
DOCUMENT = Document(
    TEXT,
    (
        Prediction(
            "Duties will follow.", 0, 19, ("threat",), {"truce": 0.1, "threat": 0.9}, (SPAN,)
        ),
        Prediction("Nobody spoke.", 20, 33, (), {"truce": 0.2, "threat": 0.3}, ()),
    ),
    "Trade",
    ("truce", "threat"),
)


@pytest.mark.parametrize(
    ("date", "valid"),
    [
        ("2018-05-31", True),
        ("2018-05", True),
        ("2018", True),
        ("2020-02-29", True),
        ("2019-02-29", False),
        ("2018-13", False),
        ("2018-00", False),
        ("2018-5-31", False),
        ("2018-05-31-01", False),
        ("20180531", False),
        ("2018/05/31", False),
        ("18", False),
        ("0000", False),
        ("", False),
        ("2018-", False),
        ("-2018", False),
        ("\u0662\u0660\u0661\u0668", False),
        ("201\u00b2", False),
    ],
)
def test_check_date(date: str, valid: bool) -> None:
    assert check_date(date) is valid


@given(st.dates(min_value=datetime.date(1, 1, 1)))
def test_every_iso_date_whole_or_shortened_is_a_date(date: datetime.date) -> None:
    iso = date.isoformat()
    assert check_date(iso)
    assert check_date(iso[:7])
    assert check_date(iso[:4])


@given(st.text("0123456789-\u0660\u00b2 W", max_size=12))
@example("2018-W05")
def test_only_iso_dates_are_dates(text: str) -> None:
    if check_date(text):
        assert re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text)


@pytest.mark.parametrize(
    ("date", "year", "decade"),
    [("1973-12-26", 1973, "1970s"), ("2018", 2018, "2010s"), ("", None, "")],
)
def test_year_and_decade(date: str, year: int | None, decade: str) -> None:
    article = Article("a", "", "x", (Sentence("x", 0, 1),), date=date)
    assert article.year == year
    assert article.decade == decade


def test_an_article_is_its_sentences() -> None:
    sentences = (Sentence("a", 0, 1), Sentence("b", 2, 3))
    article = Article("id", "", "a\nb", sentences)
    assert len(article) == 2
    assert tuple(article) == sentences


@pytest.mark.parametrize(
    ("thing", "name"),
    [(SPAN, "label"), (Sentence("a", 0, 1), "text"), (DOCUMENT, "text"), (DOCUMENT[0], "labels")],
)
def test_everything_is_frozen(thing: object, name: str) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError, match=name):
        setattr(thing, name, "other")
    assert not hasattr(thing, "__dict__")


def test_a_span_as_dictionary() -> None:
    plain = {"label": "threat", "start": 0, "end": 18, "text": "Duties will follow"}
    assert SPAN.to_dict() == {**plain, "score": 0.75}
    assert dataclasses.replace(SPAN, score=None).to_dict() == plain
    assert dataclasses.replace(SPAN, score=0.0).to_dict() == {**plain, "score": 0.0}


def test_a_document_in_a_line() -> None:
    assert repr(DOCUMENT) == "Document(2 sentences, 1 with a label)"


def test_a_document_is_its_predictions() -> None:
    assert len(DOCUMENT) == 2
    assert list(DOCUMENT) == [DOCUMENT[0], DOCUMENT[1]]
    assert DOCUMENT[-1].text == "Nobody spoke."
    assert DOCUMENT.spans == (SPAN,)
    with pytest.raises(IndexError, match="out of range"):
        DOCUMENT[2]


def test_labels_of_a_document_are_in_codebook_order() -> None:
    both = dataclasses.replace(DOCUMENT[1], labels=("truce",))
    assert DOCUMENT.labels == ("threat",)
    assert dataclasses.replace(DOCUMENT, predictions=(DOCUMENT[0], both)).labels == (
        "truce",
        "threat",
    )


def test_a_document_as_dictionary_survives_json() -> None:
    plain = DOCUMENT.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert list(plain) == ["title", "text", "sentences"]
    assert [list(sentence) for sentence in plain["sentences"]] == [
        ["start", "end", "text", "labels", "scores", "spans"]
    ] * 2
    assert plain["sentences"][0]["spans"] == [SPAN.to_dict()]


def test_a_document_as_frame() -> None:
    frame = DOCUMENT.to_frame()
    assert list(frame.columns) == [
        "sentence",
        "start",
        "end",
        "text",
        "truce",
        "threat",
        "truce_score",
        "threat_score",
        "spans",
    ]
    assert frame["threat"].tolist() == [True, False]
    assert frame["truce_score"].tolist() == [0.1, 0.2]
    assert frame["spans"].tolist() == [[SPAN.to_dict()], []]
    assert frame["text"].tolist() == [TEXT[:19], TEXT[20:]]


def test_the_frame_of_an_empty_document_has_all_columns() -> None:
    empty = dataclasses.replace(DOCUMENT, predictions=())
    assert list(empty.to_frame().columns) == list(DOCUMENT.to_frame().columns)
    assert len(empty.to_frame()) == 0
