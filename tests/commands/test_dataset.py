from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from framing.cli import main
from framing.dataset.standoff import write_standoff
from framing.dataset.tagged import format_article
from framing.schema import Article

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def own_data(own_articles: list[Article], tmp_path: Path) -> Path:
    folder = tmp_path / "own" / "articles"
    folder.mkdir(parents=True)
    for article in own_articles:
        (folder / f"{article.id}.txt").write_text(format_article(article), encoding="utf-8")
    return folder.parent


def test_the_packaged_dataset_is_sound(capsys: Capture) -> None:
    assert main(["dataset", "check"]) == 0
    out = capsys.readouterr().out
    assert "genre family" in out
    assert "runs of six words that repeat: " in out
    assert out.endswith("no rule broken\n")


def test_splitting_and_checking_own_articles(
    own_data: Path, own_codebook_file: Path, capsys: Capture
) -> None:
    options = ["--data", str(own_data), "--codebook", str(own_codebook_file)]
    assert main(["dataset", "assign-splits", *options]) == 0
    assert "train" in capsys.readouterr().out
    first = (own_data / "splits.tsv").read_text(encoding="utf-8")
    assert main(["dataset", "assign-splits", *options]) == 0
    assert (own_data / "splits.tsv").read_text(encoding="utf-8") == first
    (own_data / "check.toml").write_text("similarity = 1.0\nrun = 99\n", encoding="utf-8")
    assert main(["dataset", "check", *options]) == 1
    out, err = capsys.readouterr()
    assert "nearly the same sentence as" in err  # the articles differ in numbers only
    assert "rules broken" in out
    copied = own_data / "articles" / "weather-99.txt"
    shutil.copy(own_data / "articles" / "weather-1.txt", copied)
    assert main(["dataset", "check", *options]) == 1
    assert f"{copied}:1: id 'weather-1' is not the file's name" in capsys.readouterr().err


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: Capture) -> None:
    assert main(["dataset", "check", "--data", str(tmp_path / "none")]) == 2
    assert "no such folder; expected one with articles/ in it" in capsys.readouterr().err


def test_joining_standoff_labels(tmp_path: Path, capsys: Capture) -> None:
    records = [
        {"doc_id": "a", "sent_idx": 0, "text": "Duties follow.", "labels": {"threat": ["Duties"]}},
        {"doc_id": "b", "sent_idx": 0, "text": "Talks.", "labels": {}},
        {"doc_id": "b", "sent_idx": 1, "text": "More talks.", "labels": {}},
    ]
    write_standoff(tmp_path / "labels", records)
    documents = tmp_path / "docs.jsonl"
    documents.write_text(json.dumps(records[0]), encoding="utf-8")
    output = tmp_path / "out.jsonl"
    program = ["dataset", "resolve", "--labels", str(tmp_path / "labels")]
    program += ["--documents", str(documents), "-o", str(output)]
    assert main(program) == 0
    err = capsys.readouterr().err
    assert (
        "1 of 3 sentences joined; 1 of 2 documents missing, with 2 sentences; "
        "0 sentences with another text, 0 that overlap another"
    ) in err
    assert "not joined: b" in err
    row = json.loads(output.read_text(encoding="utf-8"))
    assert (row["text"], row["labels"]) == ("Duties follow.", {"threat": ["Duties"]})


def test_agreement(capsys: Capture) -> None:
    assert main(["dataset", "agreement"]) == 0
    out = capsys.readouterr().out
    assert "all articles: " in out
    assert "span Dice" in out
    assert main(["dataset", "agreement", "--format", "json"]) == 0
    parts = json.loads(capsys.readouterr().out)
    assert [part["part"] for part in parts][:1] == ["all articles"]
    assert set(parts[0]["labels"]["threat"]["alpha"]) == {"value", "low", "high"}


def test_stats(tmp_path: Path, capsys: Capture) -> None:
    output = tmp_path / "stats.html"
    assert main(["dataset", "stats", "-o", str(output)]) == 0
    assert f"{output}: " in capsys.readouterr().err
    assert output.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_card(own_data: Path, own_codebook_file: Path, capsys: Capture) -> None:
    options = ["--data", str(own_data), "--codebook", str(own_codebook_file)]
    card = own_data / "README.md"
    card.write_text("<!-- table splits -->\n<!-- end of table -->\n", encoding="utf-8")
    assert main(["dataset", "assign-splits", *options]) == 0
    assert main(["dataset", "card", *options]) == 1  # the articles of the fixture are alike
    assert "not written: a card cannot be counted" in capsys.readouterr().err
    for path in (own_data / "articles").iterdir():
        head = path.read_text(encoding="utf-8").split("\n\n")[0]
        body = "<rain>Rain fell</rain>.\n<heat>The heat</heat> came.\n"  # too short to be alike
        path.write_text(f"{head}\n\n{body}", encoding="utf-8")
    assert main(["dataset", "card", *options]) == 0
    assert f"{card}: splits changed" in capsys.readouterr().out
    assert "articles  sentences" in card.read_text(encoding="utf-8")
    assert main(["dataset", "card", *options]) == 0
    assert f"{card}: nothing changed" in capsys.readouterr().out
