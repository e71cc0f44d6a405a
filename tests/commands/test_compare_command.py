from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from framing.cli import main
from framing.dataset.tagged import format_article
from framing.schema import Article

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(articles: list[Article], tmp_path: Path) -> Path:
    path = tmp_path / "articles"
    path.mkdir()
    for article in articles[:6]:
        (path / f"{article.id}.txt").write_text(format_article(article), encoding="utf-8")
    return path


def test_a_model_and_a_file_of_its_predictions(
    tiny_folder: Path, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    file, data = tmp_path / "p.jsonl", ["--data", str(folder), "--resamples", "100"]
    program = ["evaluate", "--model", str(tiny_folder), *data, "--predictions", str(file)]
    assert main(program) == 0
    capsys.readouterr()
    program = ["compare", str(tiny_folder), str(file), *data]
    assert main([*program, "--format", "json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert (plain["first"], plain["second"]) == (str(tiny_folder), str(file))
    assert plain["micro"]["f1"]["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert plain["micro"]["f1"]["p"] == 1.0
    assert main(program) == 0
    table = capsys.readouterr().out
    assert table.startswith(f"A: {tiny_folder}\nB: {file}\n6 articles, ")
    assert "macro F1" in table
    output = tmp_path / "c.md"
    assert main([*program, "--format", "markdown", "-o", str(output)]) == 0
    assert "| macro F1 |" in output.read_text(encoding="utf-8")


def test_predict_without_splitting_can_be_compared(
    tiny_folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    texts = ["Duties will follow.", " Talks resume on Monday.", "Nobody asked."]
    rows = [{"doc_id": f"d{i}", "text": text, "labels": {}} for i, text in enumerate(texts)]
    data, file = tmp_path / "gold.jsonl", tmp_path / "p.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    program = ["predict", "--model", str(tiny_folder), "--no-split", str(data), "-o", str(file)]
    assert main(program) == 0
    assert main(["compare", str(file), str(tiny_folder), "--data", str(data)]) == 0
    out = capsys.readouterr().out
    assert "3 articles, 3 sentences" in out
    assert re.search("macro F1 +– +– +– +–\n", out)


def test_files_of_other_texts(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "p.jsonl"
    file.write_text(json.dumps({"text": "Rain.", "labels": []}), encoding="utf-8")
    assert main(["compare", str(file), str(file), "--data", str(folder)]) == 2
    assert "predictions and gold are of different texts" in capsys.readouterr().err
    assert main(["compare", str(tmp_path / "none.jsonl"), str(file), "--data", str(folder)]) == 2
    assert "none.jsonl" in capsys.readouterr().err
