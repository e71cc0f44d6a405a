from __future__ import annotations

import json
from pathlib import Path

import pytest

from framing.cli import main
from framing.dataset.splits import write_splits
from framing.dataset.tagged import format_article
from framing.evaluation.metrics import Counts, Scores
from framing.evaluation.tables import format_scores
from framing.inference.classifier import Classifier
from framing.schema import Article

Capture = pytest.CaptureFixture[str]


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


@pytest.fixture
def folder(articles: list[Article], tmp_path: Path) -> Path:
    """Six packaged articles in a folder of their own."""
    path = tmp_path / "articles"
    path.mkdir()
    for article in articles[:6]:
        write(path / f"{article.id}.txt", format_article(article))
    return path


@pytest.fixture
def base(tiny_folder: Path, folder: Path) -> list[str]:
    options = ["--model", str(tiny_folder), "--data", str(folder), "--resamples", "100"]
    return ["evaluate", *options]


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Labelled sentences of five documents, with a column of the user's own."""
    rows = [
        {
            "doc_id": f"d{i}",
            "text": f"Duties of {10 * i + j} per cent will follow.",
            "labels": {"threat": ["will follow"]} if j % 2 else {},
            "outlet": ("Post", "Times")[i % 2],
            "page": i if i < 3 else None,
        }
        for i in range(5)
        for j in range(4)
    ]
    return write(tmp_path / "own.jsonl", "\n".join(map(json.dumps, rows)))


def test_evaluating(
    base: list[str], folder: Path, model: Classifier, articles: list[Article], capsys: Capture
) -> None:
    assert main([*base, "--format", "json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["n_articles"] == 6
    assert list(plain["labels"]) == list(model.labels)
    assert plain["agreement"] is None
    assert main(base) == 0
    table = capsys.readouterr().out
    assert table.startswith(f"6 articles, {plain['n_sentences']} sentences; ")
    assert f"{plain['macro']['f1']['value']:.3f} [" in table
    assert "note: only 6 articles" in table
    one = articles[0].group
    splits = {article.id: "test" if article.group == one else "train" for article in articles[:6]}
    write_splits(folder.parent / "splits.tsv", articles[:6], splits)
    assert main([*base, "--split", "test"]) == 0
    expected = list(splits.values()).count("test")
    assert capsys.readouterr().out.startswith(f"{expected} article")


def test_markdown_and_a_file(base: list[str], tmp_path: Path, capsys: Capture) -> None:
    output = tmp_path / "table.md"
    assert main([*base, "--format", "markdown", "-o", str(output)]) == 0
    assert capsys.readouterr().out == ""
    text = output.read_text(encoding="utf-8")
    assert "| label | precision | recall | F1 | gold | predicted |" in text
    assert "- Note: only 6 articles" in text


def test_groups(base: list[str], tiny_folder: Path, records: Path, capsys: Capture) -> None:
    assert main([*base, "--by", "genre", "--by", "length"]) == 0
    table = capsys.readouterr().out
    assert "By genre\n" in table
    assert "11 to 20 words" in table
    assert "(small)" in table
    own = ["evaluate", "--model", str(tiny_folder), "--data", str(records), "--resamples", "100"]
    assert main([*own, "--by", "outlet", "--by", "page", "--format", "json"]) == 0
    slices = json.loads(capsys.readouterr().out)["slices"]
    found = {(s["by"], s["value"]): s["n_sentences"] for s in slices}
    assert found == {
        ("outlet", "Post"): 12,
        ("outlet", "Times"): 8,
        ("page", "(not given)"): 8,
        ("page", "0"): 4,
        ("page", "1"): 4,
        ("page", "2"): 4,
    }
    assert all(s["small"] for s in slices)


def test_what_is_no_group(
    base: list[str], tiny_folder: Path, records: Path, capsys: Capture
) -> None:
    assert main([*base, "--by", "outlet"]) == 2
    assert "cannot group by 'outlet': there are genre, dispute, decade" in capsys.readouterr().err
    own = ["evaluate", "--model", str(tiny_folder), "--data", str(records)]
    assert main([*own, "--by", "colour"]) == 2
    assert "no column 'colour'; it has 'doc_id', 'text'" in capsys.readouterr().err
    assert main([*own, "--by", "genre"]) == 2
    assert "no sentence of the data has a value for it" in capsys.readouterr().err


def test_predictions_come_back_as_they_were(
    base: list[str], folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "p.jsonl"
    assert main([*base, "--format", "json", "--predictions", str(file)]) == 0
    first = json.loads(capsys.readouterr().out)
    again = ["evaluate", "--model", str(file), "--data", str(folder), "--resamples", "100"]
    assert main([*again, "--format", "json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert second.pop("model") == str(file)
    first.pop("model")
    # Scores are written with four digits.
    for one, other in ((first["macro"], second["macro"]), (first["micro"], second["micro"])):
        for column in one:
            digits = 1e-3 if column in ("pr_auc", "ece", "brier") else 1e-12
            assert other[column]["value"] == pytest.approx(one[column]["value"], abs=digits)
    assert first["confusion"] == second["confusion"]


def test_a_second_annotator(base: list[str], folder: Path, capsys: Capture) -> None:
    assert main([*base, "--second", str(folder), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["agreement"]
    assert found["second_annotator"]["macro"]["f1"]["value"] == 1.0
    assert {value["value"] for value in found["alpha"].values()} <= {1.0, None}
    assert main([*base, "--second", str(folder)]) == 0
    assert "Second annotator (6 articles" in capsys.readouterr().out


def test_what_cannot_be_evaluated(tiny_folder: Path, tmp_path: Path, capsys: Capture) -> None:
    base = ["evaluate", "--model", str(tiny_folder), "--data"]
    bad = write(tmp_path / "bad.txt", "no header\n")
    for data, message in [
        (tmp_path / "none", "none: no such file or folder"),
        (bad, "bad.txt:1: expected a header line"),
        (write(tmp_path / "bad.jsonl", "{"), "bad.jsonl:1: not a JSON object"),
    ]:
        assert main([*base, str(data)]) == 2
        assert message in capsys.readouterr().err


def test_the_table_of_scores() -> None:
    scores = Scores(
        {"rain": Counts(3, 1, 2), "heat": Counts()},
        {"rain": Counts(1, 1, 1), "heat": Counts()},
        2,
        9,
    )
    assert format_scores(scores).split("\n") == [
        "2 articles, 9 sentences",
        "",
        "label  precision  recall     F1  gold  span F1",
        "rain       0.750   0.600  0.667     5    0.500",
        "heat           –       –      –     0        –",
        "macro                     0.667          0.500",
    ]


def test_a_report(base: list[str], tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "report.html"
    assert main([*base, "--report", str(file), "--by", "genre"]) == 0
    assert capsys.readouterr().out == ""
    page = file.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>\n")
    for words in ("By genre", "By length", "6 articles"):
        assert words in page
    assert main([*base, "--report", str(tmp_path / "none" / "r.html")]) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_the_packaged_second_annotator(tiny_folder: Path, capsys: Capture) -> None:
    program = ["evaluate", "--model", str(tiny_folder), "--split", "validation"]
    assert main([*program, "--resamples", "100", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["agreement"]
    assert "language models" in found["note"]
    assert found["second_annotator"]["macro"]["f1"]["value"] > 0.9
    assert found["model_on_the_same_articles"]["n_articles"] > 30


def test_cross_validation(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    program = ["evaluate", "--data", str(folder), "--resamples", "100", "--leave-out", "dispute"]
    report = tmp_path / "cv.html"
    more = ["--folds", "2", "--jobs", "1", "--format", "json", "-o", "-", "--report", str(report)]
    assert main([*program, *more]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["model"] == "TF-IDF baseline, cross-validated in 2 folds"
    assert plain["n_articles"] == 6
    assert {s["by"] for s in plain["slices"]} == {"left-out dispute"}
    assert sum(s["n_articles"] for s in plain["slices"]) == 6
    assert "By left-out dispute" in report.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--leave-out", "length"], "has several values"),
        (["--leave-out", "outlet"], "cannot group by 'outlet'"),
        (["--leave-out", "dispute", "--model", "x"], "trains its own models; leave --model out"),
        (["--leave-out", "dispute", "--folds", "1"], "--folds must be at least 2"),
        (["--leave-out", "dispute", "--train-config", "none.toml"], "none.toml"),
        (["--folds", "3"], "--folds goes with --leave-out only"),
        (["--train-config", "x"], "--train-config goes with --leave-out only"),
        (["--resamples", "5"], "resamples must be at least 100"),
    ],
)
def test_options_that_do_not_fit(
    options: list[str], message: str, folder: Path, capsys: Capture
) -> None:
    assert main(["evaluate", "--data", str(folder), *options]) == 2
    assert message in capsys.readouterr().err
