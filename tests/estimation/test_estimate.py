from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framing
from framing.dataset.records import read_records
from framing.dataset.tagged import format_article
from framing.errors import DataError, InputError
from framing.estimation.corpus import read_corpus
from framing.estimation.estimate import estimate
from framing.estimation.results import Estimates
from framing.estimation.sampling import sample
from framing.schema import Span

Rows = list[dict[str, Any]]
Fill = Callable[..., Path]
LABELS = ("threat", "concession")


@pytest.fixture
def sheet(predictions: Path, fill: Fill, tmp_path: Path) -> Path:
    """Forty sentences drawn and coded."""
    sample(predictions, 40, seed=2).write(tmp_path / "coding")
    return fill(tmp_path / "coding" / "sheet.csv")


@pytest.fixture
def everything(rows: Rows, tmp_path: Path) -> Path:
    """Codes of all sentences, as labelled records."""
    path = tmp_path / "gold.jsonl"
    records = [
        {
            "doc_id": row["document"],
            "sent_idx": row["sentence"],
            "text": row["text"],
            "labels": {label: [row["text"]] for label in row["gold"]},
        }
        for row in rows
    ]
    path.write_text("\n".join(map(json.dumps, records)))
    return path


def truth(rows: Rows, label: str, **where: str) -> float:
    mine = [row for row in rows if all(row[k] == v for k, v in where.items())]
    return float(np.mean([label in row["gold"] for row in mine]))


def rewrite(path: Path, change: Callable[[list[str], list[list[str]]], None]) -> Path:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *lines = csv.reader(file)
    change(header, lines)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *lines])
    return path


def test_public_name() -> None:
    assert framing.estimate is estimate
    assert framing.sample is sample


def test_a_census_gives_the_truth(predictions: Path, everything: Path, rows: Rows) -> None:
    found = estimate(
        predictions, everything, equal_probabilities=True, target="corpus", by="outlet"
    )
    assert found.groups == ("Daily", "Wire, late")
    for row in found:
        where = {} if row.group is None else {"outlet": row.group}
        share = truth(rows, row.label, **where)
        assert row.corrected is not None
        assert row.corrected.share == pytest.approx(share)
        assert row.corrected.interval == pytest.approx((share, share))
        assert row.naive.interval is None
        assert row.notes == ()


def test_a_sample_comes_near(predictions: Path, sheet: Path, rows: Rows) -> None:
    found = estimate(predictions, sheet)
    assert [(row.label, row.group) for row in found] == [(label, None) for label in LABELS]
    for row in found:
        assert row.corrected is not None
        assert row.hand is not None
        assert row.corrected.interval is not None
        low, high = row.corrected.interval
        assert low <= truth(rows, row.label) <= high
        assert 0 < row.weight <= 1
        assert row.gain is not None
        assert row.gain > 1  # the invented classifier is good
        assert row.n_coded == 40
    assert (found.n_articles, found.n_units, found.n_coded) == (12, len(rows), 40)


def test_narrower_for_just_these_articles(predictions: Path, sheet: Path) -> None:
    def width(target: str) -> float:
        share = estimate(predictions, sheet, target=target).rows[0].corrected
        assert share is not None
        assert share.interval is not None
        return share.interval[1] - share.interval[0]

    assert width("corpus") < width("population")


def test_articles_carry_what_a_sentence_carries(
    predictions: Path, fill: Fill, rows: Rows, tmp_path: Path
) -> None:
    sample(predictions, 12, strategy="articles").write(tmp_path / "all")
    sheet = fill(tmp_path / "all" / "sheet.csv")
    found = estimate(predictions, sheet, unit="article", target="corpus")
    carrying = {row["document"] for row in rows if "threat" in row["gold"]}
    share = found.rows[0].corrected
    assert share is not None
    assert share.share == pytest.approx(len(carrying) / 12)
    assert found.n_units == found.n_coded == 12
    assert "12 articles; coded by hand: 12 articles\nshare of articles" in str(found)


def test_the_labels_can_be_corrected_instead(predictions: Path, sheet: Path) -> None:
    by_score, by_label = (
        estimate(predictions, sheet, use=use).rows[0] for use in ("score", "label")
    )
    assert by_score.hand == by_label.hand
    assert by_score.corrected != by_label.corrected


def test_articles_as_codes(predictions: Path, everything: Path) -> None:
    from_file = estimate(predictions, everything, equal_probabilities=True)
    articles = read_records(everything)
    assert estimate(predictions, articles, equal_probabilities=True).rows == from_file.rows


def test_passages_of_an_annotation_tool_find_their_place(
    predictions: Path, fill: Fill, rows: Rows, tmp_path: Path
) -> None:
    """Sentences drawn here and there become articles ID#1, ID#2; they come home by their text."""
    sample(predictions, 40, seed=2).write(tmp_path / "coding")
    gold = {(row["document"], row["sentence"]): row for row in rows}
    records = tmp_path / "coding" / "records.jsonl"
    lines = [json.loads(line) for line in records.read_text().splitlines()]
    for line in lines:
        row = gold[line["doc_id"], line["sent_idx"]]
        line["labels"] = {label: [row["text"]] for label in row["gold"]}
    records.write_text("\n".join(map(json.dumps, lines)))
    articles = read_records(records)
    assert any("#" in article.id for article in articles)
    design = tmp_path / "coding" / "design.csv"
    by_articles = estimate(predictions, articles, design=design)
    expected = estimate(predictions, fill(tmp_path / "coding" / "sheet.csv"))
    for mine, theirs in zip(by_articles, expected, strict=True):
        assert mine.corrected is not None
        assert theirs.corrected is not None
        assert mine.corrected.share == pytest.approx(theirs.corrected.share)


def test_uncoded_rows_are_stood_for(predictions: Path, fill: Fill, tmp_path: Path) -> None:
    sample(predictions, 40, seed=2).write(tmp_path / "coding")
    found = estimate(predictions, fill(tmp_path / "coding" / "sheet.csv", skip=10))
    assert found.n_coded == 30
    assert "10 of 40 sentences of the sheet are not coded" in found.notes[0]


def test_groups_without_codes_or_positives(predictions: Path, sheet: Path, rows: Rows) -> None:
    keep = {"a1", "a2", "a3"}

    def change(header: list[str], lines: list[list[str]]) -> None:
        lines[:] = [
            [*line[: header.index("threat")], "0", "0", "AB", ""] if line[0] in keep else line
            for line in lines
            if line[0] in keep | {"a5", "a6"}
        ]

    rewrite(sheet, change)
    corpus = read_corpus(predictions)
    found = estimate(corpus, sheet, by="month", equal_probabilities=True)
    notes = {row.group: row.notes for row in found if row.label == "threat"}
    assert set(notes) == {None, "2010-01", "2010-03", "2011-02", "2011-04"}
    text = str(found)
    assert "all codes agree" in text
    for row in found:
        if row.n_coded == 0:
            assert (row.hand, row.corrected, row.gain) == (None, None, None)
        elif row.n_positive == 0:
            assert row.corrected is not None
            assert row.hand is not None
            if row.hand.interval is not None and row.corrected.interval is not None:
                assert row.corrected.interval[1] >= row.hand.interval[1]
                assert row.corrected.interval[0] <= row.hand.interval[0]


def test_an_empty_group_is_named(predictions: Path, sheet: Path) -> None:
    def only_wire(header: list[str], lines: list[list[str]]) -> None:
        lines[:] = [line for line in lines if int(line[0][1:]) % 3 == 0]

    found = estimate(predictions, rewrite(sheet, only_wire), by="outlet", equal_probabilities=True)
    daily = [row for row in found if row.group == "Daily"]
    assert all(row.corrected is None and row.notes for row in daily)
    assert "nothing of the group is coded" in str(found)
    assert json.loads(json.dumps(found.to_dict()))["estimates"][2]["corrected"] is None


def test_no_positive_in_the_sample(predictions: Path, sheet: Path) -> None:
    def none(header: list[str], lines: list[list[str]]) -> None:
        for line in lines:
            line[header.index("threat")] = "0"

    row = estimate(predictions, rewrite(sheet, none)).rows[0]
    assert row.corrected is not None
    assert row.corrected.share == 0
    assert row.corrected.interval is not None
    assert row.corrected.interval[0] == 0
    assert 0.05 < row.corrected.interval[1] < 0.5  # 40 codes of 12 articles exclude no more
    assert "all codes agree" in row.notes[0]


def test_one_article_only(rows: Rows, tmp_path: Path) -> None:
    mine = [
        {k: v for k, v in row.items() if k != "gold"} for row in rows if row["document"] == "a0"
    ]
    path = tmp_path / "one.jsonl"
    path.write_text("\n".join(map(json.dumps, mine)))
    codes = tmp_path / "codes.jsonl"
    codes.write_text(
        "\n".join(
            json.dumps({**{k: row[k] for k in ("document", "sentence", "text")}, "labels": labels})
            for row, labels in zip(mine[:3], ([], ["threat"], []), strict=False)
        )
    )
    with pytest.raises(InputError, match=r"the corpus is one article only, .*--target corpus"):
        estimate(path, codes, equal_probabilities=True)
    row = estimate(path, codes, equal_probabilities=True, target="corpus").rows[0]
    assert row.corrected is not None
    assert row.corrected.interval is None
    assert "one article only: no interval" in row.notes[0]


def changed(column: str, value: str) -> Callable[[list[str], list[list[str]]], None]:
    def change(header: list[str], lines: list[list[str]]) -> None:
        lines[0][header.index(column)] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            changed("document", "z"),
            r"1 of 40 codes are not in the predictions: .*:2 \(document 'z'",
        ),
        (changed("sentence", "99"), r"not in the predictions: .*sentence 99\)"),
        (changed("text", "Other."), r":2: from character 0, 'Other.' is now 'Sentence"),
        (lambda header, lines: lines.append(lines[0]), r"is coded twice, first at .*:2; settle"),
    ],
)
def test_codes_of_other_texts(
    change: Callable[[list[str], list[list[str]]], None],
    message: str,
    predictions: Path,
    sheet: Path,
) -> None:
    with pytest.raises(DataError, match=message):
        estimate(predictions, rewrite(sheet, change))


def test_codes_that_a_spreadsheet_garbled(predictions: Path, sheet: Path) -> None:
    lines = predictions.read_text().replace("Sentence 1 of", "Sentence 1 \\u2014 of")
    predictions.write_text(lines)
    rewrite(sheet, lambda header, rows: rows.clear())
    with sheet.open("a", newline="") as file:
        text = "Sentence 1 \u00e2\u20ac\u201d of article 0."
        csv.writer(file).writerow(["a0", 1, "", text, "", 1, 0, "AB", ""])
    with pytest.raises(DataError, match=r"is now .*In 1 of them the spreadsheet has opened .* UTF"):
        estimate(predictions, sheet, equal_probabilities=True)


def test_nobody_has_labelled_anything(predictions: Path, tmp_path: Path) -> None:
    sample(predictions, 40).write(tmp_path / "new")
    found = estimate(predictions, tmp_path / "new" / "records.jsonl")
    assert any("none of the 40 coded sentences carries a label" in note for note in found.notes)
    assert "note: none of the 40" in str(found)


def test_white_space_does_not_matter(predictions: Path, sheet: Path) -> None:
    before = estimate(predictions, sheet).rows

    def spaced(header: list[str], lines: list[list[str]]) -> None:
        for line in lines:
            line[header.index("text")] = line[header.index("text")].replace(" ", "\n ") + " "

    assert estimate(predictions, rewrite(sheet, spaced)).rows == before


def test_missing_probabilities(predictions: Path, sheet: Path, rows: Rows) -> None:
    design = sheet.parent / "design.csv"
    kept = design.read_text()
    design.unlink()
    with pytest.raises(InputError, match=r":2: has no probability .* --equal-probabilities"):
        estimate(predictions, sheet)
    design.write_text("".join(kept.splitlines(keepends=True)[:-1]))
    with pytest.raises(DataError, match=r"was not drawn \(it is not in design.csv\)"):
        estimate(predictions, sheet)
    design.write_text(kept)
    whole = estimate(predictions, sheet)
    design.unlink()

    def add(header: list[str], lines: list[list[str]]) -> None:
        header.append("probability")
        for line in lines:
            line.append(str(40 / len(rows)))

    with_column = estimate(predictions, rewrite(sheet, add))
    for mine, theirs in zip(with_column, whole, strict=True):
        assert mine.corrected is not None
        assert theirs.corrected is not None
        assert mine.corrected.share == pytest.approx(theirs.corrected.share)
    with pytest.raises(InputError, match="has the probability 2"):
        estimate(predictions, rewrite(sheet, changed("probability", "2")))


def test_nothing_coded_yet(predictions: Path, tmp_path: Path) -> None:
    sample(predictions, 5).write(tmp_path / "new")
    with pytest.raises(InputError, match=r"no sentence is coded \(5 wait in the sheet\)"):
        estimate(predictions, tmp_path / "new" / "sheet.csv")


def test_a_stratum_that_nobody_coded(predictions: Path, fill: Fill, tmp_path: Path) -> None:
    sample(predictions, 20, by="outlet").write(tmp_path / "new")
    sheet = fill(tmp_path / "new" / "sheet.csv")

    def only_wire(header: list[str], lines: list[list[str]]) -> None:
        lines[:] = [line for line in lines if int(line[0][1:]) % 3 == 0]

    with pytest.raises(InputError, match="no sentence of the stratum 'Daily' is coded"):
        estimate(predictions, rewrite(sheet, only_wire))


def test_articles_need_whole_articles(
    predictions: Path, sheet: Path, fill: Fill, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"but sentences were drawn; draw with .* articles"):
        estimate(predictions, sheet, unit="article")
    sample(predictions, 4, strategy="articles").write(tmp_path / "four")
    with pytest.raises(InputError, match=r"article 'a\d+': \d of \d sentences are coded"):
        estimate(predictions, fill(tmp_path / "four" / "sheet.csv", skip=2), unit="article")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"unit": "word"}, "unit 'word' is not one of sentence, article"),
        ({"target": "moon"}, "target 'moon' is not one of population, corpus"),
        ({"use": "luck"}, "use 'luck' is not one of score, label"),
        ({"level": 95}, "level is 95; expected a number between 0 and 1"),
        ({"by": "region"}, "no column 'region'"),
    ],
)
def test_bad_arguments(
    arguments: dict[str, Any], message: str, predictions: Path, sheet: Path
) -> None:
    with pytest.raises(InputError, match=message):
        estimate(predictions, sheet, **arguments)


def table(found: Estimates) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(found.to_csv())))


def test_csv_and_json_say_the_same(predictions: Path, sheet: Path) -> None:
    found = estimate(predictions, sheet, by="outlet")
    plain = found.to_dict()["estimates"]
    lines = table(found)
    assert len(lines) == len(plain) == 6
    for line, row in zip(lines, plain, strict=True):
        assert line["group"] == (row["group"] or "")
        assert int(line["n_coded"]) == row["n_coded"]
        assert float(line["corrected_low"]) == pytest.approx(row["corrected"]["low"], abs=1e-6)
        assert float(line["naive"]) == pytest.approx(row["naive"]["share"], abs=1e-6)
    assert sum(int(line["n_coded"]) for line in lines if line["group"]) == 2 * 40


@pytest.mark.parametrize("strategy", ["simple", "articles"])
def test_a_folder_of_tagged_articles(
    strategy: str, predictions: Path, fill: Fill, rows: Rows, tmp_path: Path
) -> None:
    """The way through an annotation tool: articles go out, tagged articles come back."""
    draw = sample(predictions, 8, strategy=strategy, seed=4)
    draw.write(tmp_path / "s")
    gold = {(row["document"], row["sentence"]): row for row in rows}
    back = tmp_path / "s" / "back"
    back.mkdir()
    for i, article in enumerate(draw.articles()):
        assert [article.text[s.start : s.end] for s in article] == [s.text for s in article]
        tagged = []
        for j, sentence in enumerate(article):
            place = int(article.id.split("#")[1]) if "#" in article.id else j
            row = gold[article.group, place]
            assert row["text"] == sentence.text
            start, end = sentence.start, sentence.end
            spans = tuple(Span(label, start, end, sentence.text) for label in row["gold"])
            tagged.append(replace(sentence, spans=spans, labels=tuple(row["gold"])))
        done = replace(article, sentences=tuple(tagged), title="t", dispute="d", genre="g")
        (back / f"{i}.txt").write_text(format_article(done))
    found = estimate(predictions, back)
    expected = estimate(predictions, fill(tmp_path / "s" / "sheet.csv"))
    for mine, theirs in zip(found, expected, strict=True):
        assert mine.corrected is not None
        assert theirs.corrected is not None
        assert mine.corrected.share == pytest.approx(theirs.corrected.share)
