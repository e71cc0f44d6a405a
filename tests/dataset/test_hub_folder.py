from __future__ import annotations

import json
from pathlib import Path

import pytest
from datasets import Dataset

from framing.codebook import Codebook
from framing.dataset.folder import data_folder
from framing.dataset.hub import load_dataset
from framing.dataset.hub_folder import fill_configs, layer_splits, write_hub
from framing.dataset.splits import write_splits
from framing.dataset.standoff import write_standoff
from framing.dataset.tagged import format_article
from framing.errors import InputError
from framing.schema import Article


@pytest.fixture
def root(own_articles: list[Article], tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for name in ("articles", "second", "contrast"):
        (root / name).mkdir(parents=True)
    for article in own_articles:
        path = root / "articles" / f"{article.id}.txt"
        path.write_text(format_article(article), encoding="utf-8")
    splits = {a.id: ("train", "test")[i % 2] for i, a in enumerate(own_articles)}
    write_splits(root / "splits.tsv", own_articles, splits)
    lines = [{"id": "weather-2", "sentence": i, "labels": {}} for i in range(4)]
    text = "\n".join(map(json.dumps, lines))
    (root / "second" / "labels.jsonl").write_text(text, encoding="utf-8")
    pair = {"id": "c", "flips": "heat", "kind": "k", "context": []}
    pair |= {"a": {"text": "It was cool.", "labels": {}}}
    pair |= {"b": {"text": "It was hot.", "labels": {"heat": ["hot"]}}}
    (root / "contrast" / "pairs.jsonl").write_text(json.dumps(pair), encoding="utf-8")
    pair |= {"id": "d", "a": {"text": "It was mild.", "labels": {}}}
    pair |= {"b": {"text": "It was very hot.", "labels": {"heat": ["very hot"]}}}
    (root / "contrast" / "training.jsonl").write_text(json.dumps(pair), encoding="utf-8")
    record = {"doc_id": "d", "text": "It rained.", "labels": {"rain": ["rained"]}}
    write_standoff(root / "standoff", [record])
    (root / "README.md").write_text("---\nconfigs:\n- x\n---\n# Weather\n", encoding="utf-8")
    return root


def test_the_hub_reads_what_was_written(root: Path, own_codebook: Codebook, tmp_path: Path) -> None:
    out = tmp_path / "hub"
    layers = write_hub(data_folder(root), out, own_codebook)
    assert layers == {
        "gold": ["train", "test"],
        "second": ["test"],
        "contrast": ["train", "test"],
        "standoff": ["train"],
    }
    for layer, splits in layers.items():
        for split in splits:
            expected = load_dataset(root, layer=layer, split=split, codebook=own_codebook)
            path = str(out / layer / f"{split}.parquet")
            found = Dataset.from_parquet(path, cache_dir=str(tmp_path / "cache"))
            assert found.features == expected.features
            assert found.to_list() == expected.to_list()
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "path: gold/train.parquet" in card
    assert card.endswith("---\n# Weather\n")
    with pytest.raises(InputError, match="hub: is not empty; name a new folder"):
        write_hub(data_folder(root), out, own_codebook)


def test_only_layers_that_there_are(root: Path) -> None:
    (root / "contrast" / "training.jsonl").unlink()
    assert layer_splits(data_folder(root), {"weather-1": "train"})["contrast"] == ["test"]
    (root / "contrast" / "pairs.jsonl").unlink()
    assert "contrast" not in layer_splits(data_folder(root), {"weather-1": "train"})
    assert "second" not in layer_splits(data_folder(root), {"weather-1": "train"})
    assert fill_configs("# No header\n", {"gold": ["train"]}) == "# No header\n"
