from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from framing import evaluate
from framing.errors import ModelNotFoundError
from framing.inference.classifier import Classifier
from framing.inference.folder import read_config
from framing.model.card import write_card
from framing.schema import Article


def test_the_card_of_a_trained_model(tiny_folder: Path) -> None:
    card = (tiny_folder / "README.md").read_text(encoding="utf-8")
    config = read_config(tiny_folder)
    _, front, body = card.split("---\n", 2)
    assert yaml.safe_load(front)["library_name"] == "framing"
    assert "# A sentence tagger for threat, concession, security_justification" in body
    assert "- Codebook: economic-coercion" in body
    assert config.base["sha256"] in body
    assert "- Train: 60 articles or passages, " in body
    assert f"SHA-256 of the data `{config.training['train']['sha256']}`" in body
    assert f"- Graph: {config.training['export']['precision']}\n" in body
    for name in config.labels:
        row = f"| {name} | {config.thresholds[name]:.2f} | {config.span_thresholds[name]:.2f} |"
        assert row in body


def test_the_card_with_results(
    tiny_folder: Path, model: Classifier, articles: list[Article], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_folder, tmp_path / "model"))
    scores = evaluate(model, articles[:10])
    path = write_card(folder, {"test": scores.to_dict()})
    assert path == folder / "README.md"
    card = path.read_text(encoding="utf-8")
    assert f"## test (10 articles, {scores.n_sentences} sentences)" in card
    assert f"| macro | | | {scores.macro_f1:.3f} | | {scores.span_f1:.3f} |" in card
    for name, counts in scores.labels.items():
        assert f"| {name} | {counts.precision:.3f} | {counts.recall:.3f} |" in card
    tables = [line for line in card.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {4, 7}


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"config\.json: missing"):
        write_card(tmp_path)
