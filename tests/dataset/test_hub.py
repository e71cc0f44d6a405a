from __future__ import annotations

import json
from pathlib import Path

import pytest

from framing.codebook import Codebook, default_codebook
from framing.dataset.folder import data_folder
from framing.dataset.hub import load_dataset
from framing.dataset.layers import layer_articles
from framing.dataset.load import load_articles
from framing.dataset.splits import SPLITS, write_splits
from framing.dataset.standoff import write_standoff
from framing.dataset.tagged import format_article
from framing.errors import DataError, InputError
from framing.schema import Article, Span


def write_folder(folder: Path, articles: list[Article]) -> Path:
    folder.mkdir(parents=True)
    for article in articles:
        (folder / f"{article.id}.txt").write_text(format_article(article), encoding="utf-8")
    return folder


def test_a_dataset_holds_the_articles() -> None:
    datasets = load_dataset()
    names = list(default_codebook().names)
    assert list(datasets) == list(SPLITS)
    for split in SPLITS:
        articles = load_articles(split=split)
        dataset = datasets[split]
        assert dataset.num_rows == len(articles)
        sentence = dataset.features["sentences"].feature
        assert sentence["labels"].feature.names == names
        assert sentence["spans"].feature["label"].names == names
        assert sentence["start"].dtype == "int64"
        for article, row in zip(articles, dataset, strict=True):
            for name in ("id", "title", "dispute", "genre", "date", "group", "text"):
                assert row[name] == getattr(article, name)
            assert [
                (s["start"], s["end"], s["text"], [names[k] for k in s["labels"]])
                for s in row["sentences"]
            ] == [(s.start, s.end, s.text, list(s.labels)) for s in article.sentences]
            assert [
                Span(names[span["label"]], span["start"], span["end"], span["text"])
                for s in row["sentences"]
                for span in s["spans"]
            ] == [span for s in article.sentences for span in s.spans]


def test_a_dataset_of_another_codebook(
    own_articles: list[Article], own_codebook: Codebook, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "articles", own_articles)
    splits = {a.id: SPLITS[i % 3] for i, a in enumerate(own_articles)}
    write_splits(tmp_path / "splits.tsv", own_articles, splits)
    datasets = load_dataset(folder, codebook=own_codebook)
    assert list(datasets) == ["train", "validation", "test"]  # a split without articles is left out
    assert [dataset.num_rows for dataset in datasets.values()] == [4, 4, 4]
    labels = datasets["train"].features["sentences"].feature["labels"].feature
    assert labels.names == ["rain", "heat"]


def test_layers_of_articles(articles: list[Article]) -> None:
    names = default_codebook().names
    for layer in ("second", "writer"):
        found = load_dataset(layer=layer)
        rows = {row["id"]: row for dataset in found.values() for row in dataset}
        expected = layer_articles(data_folder(), layer, default_codebook())
        assert set(rows) == {article.id for article in expected}
        for article in expected:
            row = rows[article.id]
            assert (row["annotator"], row["text"]) == (layer, article.text)
            assert [[names[k] for k in s["labels"]] for s in row["sentences"]] == [
                list(s.labels) for s in article
            ]
    assert len(layer_articles(data_folder(), "writer", default_codebook())) == len(articles)


def test_one_split() -> None:
    dataset = load_dataset(split="ood")
    assert dataset.split == "ood"
    assert dataset["id"] == [article.id for article in load_articles(split="ood")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layer": "silver"}, "no layer 'silver'; there are gold, second, writer, contrast"),
        ({"split": "dev"}, "no split 'dev'; there are train, validation, test, ood"),
        ({"split": "test", "layer": "standoff"}, "layer 'standoff' has no 'test'; it has train"),
        ({"documents": ["x"]}, "documents belong to the layer 'standoff', not to 'gold'"),
    ],
)
def test_what_is_not_there(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_dataset(**arguments)  # type: ignore[call-overload]


def test_an_article_that_is_half_answered(
    own_articles: list[Article], own_codebook: Codebook, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "articles", own_articles)
    (tmp_path / "second").mkdir()
    line = {"id": "weather-1", "sentence": 0, "labels": {}}
    (tmp_path / "second" / "labels.jsonl").write_text(json.dumps(line), encoding="utf-8")
    with pytest.raises(DataError, match="'weather-1' has 1 of 4 sentences"):
        layer_articles(data_folder(folder), "second", own_codebook)
    with pytest.raises(InputError, match="no layer 'contrast' of articles"):
        layer_articles(data_folder(folder), "contrast", own_codebook)
    with pytest.raises(InputError, match="no split 'dev'"):
        layer_articles(data_folder(folder), "gold", own_codebook, split="dev")
    write_splits(tmp_path / "splits.tsv", own_articles[1:], {a.id: "test" for a in own_articles})
    with pytest.raises(InputError, match="article 'weather-1' has no split"):
        load_dataset(folder, codebook=own_codebook)


def test_contrast_pairs(tmp_path: Path, own_codebook: Codebook) -> None:
    (tmp_path / "contrast").mkdir()
    pair = {"id": "c", "flips": "heat", "kind": "k", "context": ["Day broke."], "title": "T"}
    pair |= {"a": {"text": "It was cool.", "labels": {}}}
    pair |= {"b": {"text": "It was hot.", "labels": {"heat": ["hot"]}}}
    (tmp_path / "contrast" / "pairs.jsonl").write_text(json.dumps(pair), encoding="utf-8")
    (row,) = load_dataset(tmp_path, layer="contrast", split="test", codebook=own_codebook)
    assert (row["id"], row["title"], row["context"], row["flips"]) == ("c", "T", ["Day broke."], 1)
    assert row["a"] == {"text": "It was cool.", "labels": [], "spans": []}
    assert row["b"]["spans"] == [{"label": 1, "start": 7, "end": 10, "text": "hot"}]


def test_standoff_labels(tmp_path: Path, own_codebook: Codebook) -> None:
    records = [
        {"doc_id": "d", "sent_idx": 0, "text": "It  rained.", "labels": {"rain": ["rained"]}},
        {"doc_id": "e", "sent_idx": 4, "text": "Nobody came.", "labels": {}, "annotator": "a"},
    ]
    write_standoff(tmp_path / "standoff", records)
    bare = load_dataset(tmp_path, layer="standoff", codebook=own_codebook)["train"]
    assert bare["text"] == [None, None]
    assert bare[0]["spans"] == [{"label": 0, "start": 3, "end": 9, "text": None}]
    assert (bare[1]["annotator"], bare[1]["sent_idx"]) == ("a", 4)
    documents = tmp_path / "documents.jsonl"
    documents.write_text(json.dumps(records[0]), encoding="utf-8")
    joined = load_dataset(
        tmp_path, layer="standoff", split="train", documents=[documents], codebook=own_codebook
    )
    assert joined["text"] == ["It rained.", None]
    assert joined[0]["spans"][0]["text"] == "rained"


def test_the_packaged_standoff_layer() -> None:
    dataset = load_dataset(layer="standoff", split="train")
    assert dataset.num_rows > 9000
    assert dataset.features["labels"].feature.names == list(default_codebook().names)
