from __future__ import annotations

import json
from pathlib import Path

import pytest

from framing.cli import main

PAIR = {
    "id": "c1",
    "flips": "threat",
    "kind": "announced or in force",
    "context": [],
    "a": {"text": "Duties will follow in March.", "labels": {"threat": ["Duties will follow"]}},
    "b": {"text": "Duties were levied in March.", "labels": {}},
}


def test_checking_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps(PAIR), encoding="utf-8")
    assert main(["dataset", "check-contrast", str(path)]) == 0
    assert "1 sound pairs, 0 errors" in capsys.readouterr().out
    path.write_text(json.dumps({**PAIR, "flips": "concession"}), encoding="utf-8")
    assert main(["dataset", "check-contrast", str(path)]) == 1
    assert f"{path}:1: 'concession' is on neither side" in capsys.readouterr().err


def test_evaluating_pairs(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps(PAIR), encoding="utf-8")
    program = ["evaluate", "--model", str(tiny_folder), "--contrast", str(path)]
    assert main(program) == 0
    out = capsys.readouterr().out
    assert "1 contrast pairs; only the flipped label counts" in out
    assert "announced or in force" in out
    assert main([*program, "--format", "json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["total"]["pairs"] == 1
    assert set(figures["labels"]) >= {"threat"}
