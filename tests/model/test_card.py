from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from framing.errors import ModelNotFoundError
from framing.evaluation.assess import assess
from framing.evaluation.contrast import PairCounts
from framing.evaluation.tables import show
from framing.inference.classifier import Classifier
from framing.inference.folder import read_config, replace_config, write_config
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
    some = articles[:10]
    found = assess(some, list(model.predict_articles(some)), model.labels, resamples=100)
    path = write_card(folder, {"test": found}, PairCounts(pairs=40, both=20))
    assert path == folder / "README.md"
    card = path.read_text(encoding="utf-8")
    assert "originally" not in card
    assert f"## test (10 articles, {found.n_sentences} sentences)" in card
    assert "both sides right: 0.50 [0.35, 0.65] of 40." in card
    for row in (*model.labels, "macro"):
        line = next(
            x for x in card.splitlines() if x.startswith(f"| {row} | {found.gold.get(row, '')} ")
        )
        assert show(found[row, "f1"]) in line
        assert show(found[row, "character_f1"]) in line
    tables = [line for line in card.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {4, 8}


def test_the_card_names_the_original_encoder(tiny_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_folder, tmp_path / "model"))
    config = read_config(folder)
    base = {"name": "runs/small", "sha256": "0" * 64, "original": "sentence-transformers/all-mpnet"}
    write_config(folder, replace_config(config, base=base), list(config.files))
    expected = f"runs/small, SHA-256 `{'0' * 64}`, originally sentence-transformers/all-mpnet\n"
    assert expected in write_card(folder).read_text(encoding="utf-8")


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"config\.json: missing"):
        write_card(tmp_path)
