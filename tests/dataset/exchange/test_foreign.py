"""Files as the annotation tools themselves write them, and what cannot be carried over."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from framing.codebook import Codebook
from framing.dataset.exchange import read, write
from framing.errors import DataError
from framing.schema import Article, Span

TEXT = "Rain fell. The heat 🚢 came back."
#       0123456789 0123456789 0

ROWS = """\
#FORMAT=WebAnno TSV 3.3
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value
#T_SP=webanno.custom.Frame|comment|label
#T_RL=webanno.custom.Cause|kind|BT_webanno.custom.Frame


#Text=Rain\\\\fell on the 🚢 yard.
1-1	0-9	Rain\\\\fell	_	_	_	_	_	_
1-1.1	0-4	Rain	_	_	*[1]|*[2]	rain[1]|heat[2]	_	_
1-2	10-12	on	_	_	*[2]	heat[2]	_	_
1-3	13-16	the	_	_	_	_	_	_
1-4	17-19	🚢	_	_	*	rain	_	_
1-5	20-24	yard	_	PER	_	_	_	_
1-6	24-25	.	_	_	_	_	_	_

#Sentence.id=s2
#Text=Heat came.
2-1	27-31	Heat	_	_	*	heat	*	1-1
2-2	32-36	came	_	_	_	_	_	_
2-3	36-37	.	_	_	_	_	_	_
"""
INCEPTION = re.sub(r"(?m)^(\d.*)$", r"\1\t", ROWS)  # every row ends in a tab


def spans(article: Article) -> list[tuple[str, str]]:
    return [(span.label, span.text) for sentence in article for span in sentence.spans]


def written(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = value if isinstance(value, str) else json.dumps(value)
    path.write_bytes(text.encode("utf-8"))
    return path


def test_an_export_of_inception(tmp_path: Path, own_codebook: Codebook) -> None:
    written(tmp_path / "annotation" / "day.tsv" / "ann.tsv", INCEPTION)
    (article,) = read("webanno", tmp_path / "annotation", own_codebook)
    assert (article.id, article.annotator, article.group) == ("day", "ann", "day")
    assert article.text == "Rain\\fell on the 🚢 yard.\n\nHeat came."
    assert spans(article) == [
        ("rain", "Rain"),
        ("heat", "Rain\\fell on"),
        ("rain", "🚢"),
        ("heat", "Heat"),
    ]
    written(tmp_path / "annotation" / "day.json", {"id": "d1", "title": "Day", "date": "2020"})
    (article,) = read("webanno", tmp_path / "annotation", own_codebook)
    assert (article.id, article.title, article.annotator) == ("d1", "Day", "ann")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("#FORMAT=WebAnno TSV 3.3", "#FORMAT=x", ":1: expected #FORMAT=WebAnno TSV 3"),
        ("1-2\t10-12", "1-2\t10-112", ":10: 10-112 lies outside the sentence"),
        ("1-2\t10-12", "1-2", ":10: expected a token with its offsets"),
        ("heat[2]\t_\t_\t\n1-3", "*[2]\t_\t_\t\n1-3", ":10: a span has no value"),
        ("\theat[2]\t_\t_\t\n1-3", "\n1-3", ":10: the column of the layer is missing"),
        ("webanno.custom.Frame|comment|label", "x|a|b", "cannot tell which layer holds"),
    ],
)
def test_a_broken_export_of_inception(
    old: str, new: str, message: str, tmp_path: Path, own_codebook: Codebook
) -> None:
    assert old in INCEPTION
    path = written(tmp_path / "day.tsv", INCEPTION.replace(old, new))
    with pytest.raises(DataError, match=r"day\.tsv") as caught:
        read("webanno", path, own_codebook)
    assert message in str(caught.value)


def task(result: list[Any], **more: Any) -> list[Any]:
    return [{"id": 7, "data": {"text": TEXT}, "annotations": [{"result": result, **more}]}]


def region(start: int, end: int, **more: Any) -> dict[str, Any]:
    return {"type": "labels", "value": {"start": start, "end": end, "labels": ["heat"], **more}}


def test_an_export_of_label_studio(tmp_path: Path, own_codebook: Codebook) -> None:
    tasks = task([region(11, 19, text="The heat")], completed_by={"email": "ann@example.org"})
    tasks[0]["annotations"].append({"was_cancelled": True, "result": [], "completed_by": 2})
    tasks[0]["annotations"].append({"result": [], "completed_by": 3})
    path = written(tmp_path / "project.json", tasks)
    first, second = read("label-studio", path, own_codebook)
    assert (first.id, first.annotator, second.annotator) == (
        "project-7",
        "ann@example.org",
        "3",
    )
    assert [s.text for s in first] == ["Rain fell.", "The heat 🚢 came back."]
    assert spans(first) == [("heat", "The heat")]
    assert spans(second) == []


def test_offsets_of_label_studio_in_utf_16(tmp_path: Path, own_codebook: Codebook) -> None:
    start = TEXT.index("came")
    for shift in (0, 1):  # characters, UTF-16 units
        at = start + shift
        path = written(tmp_path / "p.json", task([region(at, at + 4, text="came")]))
        (article,) = read("label-studio", path, own_codebook)
        assert spans(article) == [("heat", "came")]
    path = written(tmp_path / "p.json", task([region(0, 4, text="came")]))
    with pytest.raises(DataError, match="task 1: 'came' does not stand at 0 to 4 of the text"):
        read("label-studio", path, own_codebook)


def test_a_span_across_sentences(tmp_path: Path, own_codebook: Codebook) -> None:
    tasks = task([region(0, 19)])
    (article,) = read("label-studio", written(tmp_path / "p.json", tasks), own_codebook)
    assert len(article) == 1  # sentences that nobody marked out are joined
    tasks[0]["data"]["sentences"] = [[0, 10], [11, 32]]
    with pytest.raises(DataError, match="crosses the end of a sentence; mark each sentence"):
        read("label-studio", written(tmp_path / "p.json", tasks), own_codebook)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{", "not a JSON file"),
        ({}, "expected a list of tasks, got dict"),
        ([{"data": {}}], r"task 1: expected an object with data\.text"),
        (task([{"type": "choices"}]), "a result of type 'choices' cannot be carried over"),
        (task([region(3, 99)]), "does not lie in a text of 32 characters"),
        (task([region(4, 5)]), "holds only white space"),
        ([{"data": {"text": " "}}], "the text has no sentence"),
        ([{"data": {"text": "a", "date": "May"}}], "date 'May' is not"),
        ([{"data": {"text": "a", "title": 3}}], "'title' must be a string, got 3"),
        ([{"data": {"text": "a b", "sentences": [[0, 1]]}}], "stands outside every sentence"),
        ([{"data": {"text": "a b", "sentences": [[0, 2]]}}], "white space at its ends"),
        ([{"data": {"text": "a b", "sentences": [[0, 9]]}}], "overlaps another or lies outside"),
        ([{"data": {"text": "a b", "sentences": 3}}], r"must be a list of \[start, end\]"),
    ],
)
def test_a_broken_export_of_label_studio(
    value: Any, message: str, tmp_path: Path, own_codebook: Codebook
) -> None:
    path = written(tmp_path / "p.json", value)
    with pytest.raises(DataError, match=rf"p\.json: .*{message}"):
        read("label-studio", path, own_codebook)


def test_exports_of_doccano(tmp_path: Path, own_codebook: Codebook) -> None:
    entity = {"id": 1, "label": "heat", "start_offset": 11, "end_offset": 19}
    lines = [
        json.dumps({"id": 4, "text": TEXT, "label": [[0, 9, "rain"]], "Comments": []}),
        json.dumps({"id": 5, "text": TEXT, "entities": [entity], "relations": []}),
        json.dumps({"text": "No label."}),
    ]
    path = written(tmp_path / "admin.jsonl", "\n".join(lines))
    articles = read("doccano", path, own_codebook)
    assert [a.id for a in articles] == ["admin-4", "admin-5", "admin-3"]
    assert [spans(a) for a in articles] == [[("rain", "Rain fell")], [("heat", "The heat")], []]
    for line, message in (
        ({"text": 3}, "'text' must be a string, got 3"),
        ({"text": "a", "label": [[0, 1]]}, r"'label' must be a list of \[start, end, label\]"),
        ({"text": "a", "entities": [], "relations": [1]}, "relations cannot be carried over"),
        ([], "expected a JSON object, got list"),
    ):
        with pytest.raises(DataError, match=rf"x\.jsonl:1: {message}"):
            read("doccano", written(tmp_path / "x.jsonl", line), own_codebook)


def test_an_export_of_brat(tmp_path: Path, own_codebook: Codebook) -> None:
    text = "Rain fell\non the harbour. Heat came back."
    written(tmp_path / "ann" / "day.txt", text)
    lines = [
        "T1\train 0 9;10 24\tRain fell on the harbour",
        "#1\tAnnotatorNotes T1\tsure?",
        "T2\theat 26 30;36 40\tHeat back",
    ]
    written(tmp_path / "ann" / "day.ann", "\n".join(lines))
    (article,) = read("brat", tmp_path, own_codebook)
    assert (article.id, article.annotator) == ("day", "ann")
    assert spans(article) == [
        ("rain", "Rain fell on the harbour"),
        ("heat", "Heat"),
        ("heat", "back"),
    ]
    for line, message in (
        ("R1\tCause Arg1:T1 Arg2:T2", "only spans can be carried over"),
        ("T1\train 0 4\tHeat", "'Heat' does not stand at 0 4 of the text"),
    ):
        written(tmp_path / "ann" / "day.ann", f"\n{line}\n")
        with pytest.raises(DataError, match=rf"day\.ann:2: {message}"):
            read("brat", tmp_path, own_codebook)
    written(tmp_path / "ann" / "day.json", "[]")
    with pytest.raises(DataError, match=r"day\.json: expected a JSON object, got list"):
        read("brat", tmp_path, own_codebook)


def test_a_table_from_elsewhere(tmp_path: Path, own_codebook: Codebook) -> None:
    path = written(
        tmp_path / "t.csv",
        'id,text,rain,spans\na,Rain fell.,1,"[{""label"": ""rain"", ""start"": 0, ""end"": 4}]"\n'
        "a,Nobody came.,0,\n",
    )
    (article,) = read("csv", path, own_codebook)
    assert article.text == "Rain fell.\nNobody came."
    assert article.sentences[0].spans == (Span("rain", 0, 4, "Rain"),)
    header = "id,text,rain,spans\n"
    for content, message in (
        ("id,text\n", ":1: the columns spans are missing"),
        (f"{header}a,b,1\n", ":2: the row has more or fewer fields"),
        (f"{header}a,b,1,\n", r":2: the columns say \['rain'\], the spans \[\]"),
        (f"{header}a,b,1,[\n", ":2: 'spans' is not JSON"),
        (f"{header}a,b,1,3\n", ":2: 'spans' must be a list of objects"),
        (f'{header}a,b,1,"x\n', "not a CSV file"),
        (
            header + 'a,b,1,"[{""label"": ""rain"", ""start"": 0, ""end"": 1, ""text"": ""c""}]"\n',
            ":2: the rain span 'c' does not stand at 0 to 1",
        ),
    ):
        with pytest.raises(DataError, match=rf"t\.csv.*{message}"):
            read("csv", written(tmp_path / "t.csv", content), own_codebook)


def test_empty_folders(tmp_path: Path, own_codebook: Codebook) -> None:
    for form, suffix in (("tagged", "txt"), ("brat", "ann"), ("webanno", "tsv")):
        with pytest.raises(DataError, match=rf"holds no \.{suffix} file"):
            read(form, tmp_path, own_codebook)
    written(tmp_path / "a.ann", "").with_suffix(".txt").write_bytes(b"caf\xe9")
    with pytest.raises(DataError, match=r"a\.txt: not UTF-8 at byte 3"):
        read("brat", tmp_path, own_codebook)


def test_the_configuration_names_the_labels(
    own_articles: list[Article], own_codebook: Codebook, tmp_path: Path
) -> None:
    write("label-studio", own_articles, tmp_path / "tasks.json", own_codebook)
    configuration = (tmp_path / "tasks.config.xml").read_text(encoding="utf-8")
    assert '<Label value="rain"/>\n    <Label value="heat"/>' in configuration
    write("brat", own_articles, tmp_path / "brat", own_codebook)
    assert "[entities]\nrain\nheat\n" in (tmp_path / "brat" / "annotation.conf").read_text("utf-8")
