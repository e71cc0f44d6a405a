from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from framing.cli import DONE, USAGE, main

Capture = pytest.CaptureFixture[str]
TEXT = "Duties of 30% will follow. The match was a draw. Talks may resume on Monday."


@pytest.fixture
def predictions(tiny_folder: Path, tmp_path: Path) -> Path:
    texts = tmp_path / "texts.jsonl"
    rows = [{"id": f"t{i}", "text": TEXT, "date": f"2020-0{1 + i % 3}-01"} for i in range(12)]
    texts.write_text("\n".join(map(json.dumps, rows)))
    output = tmp_path / "predictions.jsonl"
    command = ["predict", str(texts), "--keep", "date", "-o", str(output)]
    assert main([*command, "--model", str(tiny_folder)]) == DONE
    return output


def code_by_hand(sheet: Path) -> None:
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        line["threat"] = "1" if line["text"].startswith("Duties") else "0"
        line["coder"] = "AB"
    with sheet.open("w", newline="") as file:
        writer = csv.DictWriter(file, lines[0].keys())
        writer.writeheader()
        writer.writerows(lines)


def test_from_predictions_to_a_share(predictions: Path, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "coding"
    command = ["sample", str(predictions), "-n", "18", "--by", "month", "-o", str(folder)]
    assert main(command) == DONE
    assert "18 of 36 sentences, from" in capsys.readouterr().err
    code_by_hand(folder / "sheet.csv")
    command = ["estimate", str(predictions), "--coded", str(folder / "sheet.csv")]
    assert main([*command, "--by", "month"]) == DONE
    out = capsys.readouterr().out
    assert out.startswith("12 articles, 36 sentences; coded by hand: 18 sentences of")
    assert "2020-03  threat" in out
    assert main([*command, "--format", "json", "--target", "corpus"]) == DONE
    found = json.loads(capsys.readouterr().out)
    low, high = (found["estimates"][0]["corrected"][key] for key in ("low", "high"))
    assert low <= 1 / 3 <= high
    output = tmp_path / "shares.csv"
    assert main([*command, "--format", "csv", "-o", str(output)]) == DONE
    assert output.read_text().startswith("group,label,n_units,")
    page, table = tmp_path / "page.html", tmp_path / "dsl.csv"
    assert main([*command, "--report", str(page), "--dsl", str(table)]) == DONE
    assert page.read_text().startswith("<!doctype html>")
    assert table.read_text().startswith("unit_id,cluster_id,sample_prob,labeled,threat,")
    capsys.readouterr()
    assert main([*command, "--plan", "--width", "0.1", "--target", "corpus"]) == DONE
    assert capsys.readouterr().out.startswith("expected width of the 95% interval")


def test_messages(predictions: Path, tmp_path: Path, capsys: Capture) -> None:
    none = str(tmp_path / "none.csv")
    assert main(["estimate", str(predictions), "--coded", none]) == USAGE
    assert capsys.readouterr().err == f"framing: {none}: No such file or directory\n"
    assert main(["sample", str(predictions), "-n", "99", "-o", str(tmp_path / "s")]) == USAGE
    assert "cannot draw 99 sentences: the corpus has 36" in capsys.readouterr().err
    assert main(["estimate", str(predictions), "--coded", none, "--width", "0.1"]) == USAGE
    assert "--width goes with --plan" in capsys.readouterr().err
    several = [str(predictions), str(predictions)]
    assert main(["sample", *several, "-n", "9", "-o", str(tmp_path / "s")]) == USAGE
    assert "predictions come in one file" in capsys.readouterr().err


def test_texts_and_an_own_codebook(
    own_codebook_file: Path, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT)
    command = ["sample", str(path), "-n", "2", "-o", str(tmp_path / "s")]
    assert main([*command, "--codebook", str(own_codebook_file)]) == DONE
    header = (tmp_path / "s" / "sheet.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert ",rain,heat," in header
    capsys.readouterr()


def test_formats_of_annotation_tools(predictions: Path, tmp_path: Path, capsys: Capture) -> None:
    pytest.importorskip("framing.dataset.exchange", reason="framing dataset export is not there")
    folder = tmp_path / "coding"
    command = ["sample", str(predictions), "-n", "9", "-o", str(folder)]
    assert main([*command, "--format", "doccano", "--format", "label-studio"]) == DONE
    assert (folder / "doccano.jsonl").read_text().count("\n") == 9
    assert (folder / "label-studio.json").is_file()
    capsys.readouterr()
