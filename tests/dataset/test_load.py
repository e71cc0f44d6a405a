from __future__ import annotations

import json
from pathlib import Path

import pytest

from framing.codebook import Codebook, default_codebook
from framing.dataset.load import load_articles, load_named, load_training
from framing.dataset.splits import SPLITS, write_splits
from framing.dataset.tagged import format_article
from framing.errors import DataError, InputError
from framing.schema import Article, Span


def write_folder(folder: Path, articles: list[Article]) -> Path:
    folder.mkdir()
    for article in articles:
        (folder / f"{article.id}.txt").write_text(format_article(article), encoding="utf-8")
    return folder


def test_every_packaged_article_points_into_its_text(articles: list[Article]) -> None:
    assert len(articles) >= 200
    for article in articles:
        position = 0
        for sentence in article.sentences:
            where = (article.id, sentence.start)
            assert position <= sentence.start < sentence.end, where
            assert not article.text[position : sentence.start].strip(), where
            position = sentence.end
            assert article.text[sentence.start : sentence.end] == sentence.text, where
            assert sentence.labels == default_codebook().sort({s.label for s in sentence.spans})
            for span in sentence.spans:
                assert sentence.start <= span.start < span.end <= sentence.end, where
                assert article.text[span.start : span.end] == span.text, where
                assert span.score is None
        assert position == len(article.text)


def test_every_label_is_in_every_split_but_general_news() -> None:
    for split in ("train", "validation", "test"):
        found = {
            label
            for article in load_articles(split=split)
            for sentence in article.sentences
            for label in sentence.labels
        }
        assert found == set(default_codebook().names), split


def test_the_splits_make_up_the_whole(articles: list[Article]) -> None:
    parts = [load_articles(split=split) for split in SPLITS]
    assert sum(map(len, parts)) == len(articles)
    assert {article.id for part in parts for article in part} == {a.id for a in articles}


def test_sources(own_articles: list[Article], own_codebook: Codebook, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "articles", own_articles)
    by_name = sorted(own_articles, key=lambda article: f"{article.id}.txt")
    assert load_articles(folder, codebook=own_codebook) == by_name
    assert load_articles(str(folder / "weather-3.txt"), codebook=own_codebook) == [own_articles[2]]
    with pytest.raises(DataError, match=r"weather-1\.txt:8: unknown label 'rain'"):
        load_articles(folder / "weather-1.txt")
    records = tmp_path / "records.jsonl"
    records.write_text('{"doc_id": "a", "text": "It rained.", "labels": {"rain": ["rained"]}}')
    (article,) = load_articles(records, codebook=own_codebook)
    assert article.sentences[0].spans == (Span("rain", 3, 9, "rained"),)


def test_splits_of_a_folder(
    own_articles: list[Article], own_codebook: Codebook, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "articles", own_articles)
    with pytest.raises(FileNotFoundError, match=r"splits\.tsv"):
        load_articles(folder, split="test", codebook=own_codebook)
    with pytest.raises(InputError, match="no split 'dev'; there are train, validation, test"):
        load_articles(folder, split="dev", codebook=own_codebook)
    splits = {a.id: SPLITS[i % 3] for i, a in enumerate(own_articles)}
    write_splits(tmp_path / "splits.tsv", own_articles, splits)
    test = load_articles(folder, split="test", codebook=own_codebook)
    assert {article.id for article in test} == {i for i, s in splits.items() if s == "test"}
    train, validation = load_training(folder, codebook=own_codebook)
    assert {a.id for a in train} == {i for i, s in splits.items() if s == "train"}
    assert {a.id for a in validation} == {i for i, s in splits.items() if s == "validation"}
    pair = {"id": "c", "flips": "rain", "kind": "k", "context": ["It dawned."]}
    pair |= {"a": {"text": "It rained.", "labels": {"rain": ["rained"]}}}
    (tmp_path / "contrast").mkdir()
    pairs = tmp_path / "contrast" / "training.jsonl"
    pairs.write_text(json.dumps(pair | {"b": {"text": "It shone.", "labels": {}}}))
    with_pairs, same = load_training(folder, codebook=own_codebook)
    assert with_pairs[: len(train)] == train
    assert same == validation
    assert [(a.text, a.sentences[0].labels) for a in with_pairs[len(train) :]] == [
        ("It rained.", ("rain",)),
        ("It shone.", ()),
    ]
    write_splits(tmp_path / "splits.tsv", own_articles[1:], splits)
    with pytest.raises(DataError, match=r"splits\.tsv: article 'weather-1' of .* has no split"):
        load_articles(folder, split="test", codebook=own_codebook)


def test_training_holds_out_whole_groups(tmp_path: Path) -> None:
    lines = [
        f'{{"doc_id": "doc {i}", "text": "Sentence {k}.", "labels": {{}}, "sent_idx": {k}}}'
        for i in range(300)
        for k in (0, 2)  # two passages
    ]
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    train, validation = load_training(path)
    assert len(train) + len(validation) == 600
    assert not {a.group for a in train} & {a.group for a in validation}
    assert 0.12 < len(validation) / 600 < 0.28
    own_train, own_validation = load_training()
    train, validation = load_training(extra=[path])
    assert train[: len(own_train)] == own_train
    assert validation[: len(own_validation)] == own_validation
    assert 0.04 < (len(validation) - len(own_validation)) / 600 < 0.16
    chosen = tmp_path / "chosen.jsonl"
    chosen.write_text(
        "\n".join(line[:-1] + ', "chosen": true}' for line in lines), encoding="utf-8"
    )
    chosen_train, chosen_validation = load_training(extra=[chosen])
    assert chosen_validation == own_validation  # their documents stay out of both
    assert [a.id for a in chosen_train] == [a.id for a in train]
    assert all(article.chosen for article in chosen_train[len(own_train) :])


def test_what_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none: no such file or folder"):
        load_articles(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match=r"none\.jsonl"):
        load_articles(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="no split 'Test'"):
        load_articles(split="Test")


def test_named_sets(tmp_path: Path) -> None:
    record = {"doc_id": "d1", "text": "Duties will follow.", "labels": {"threat": ["Duties"]}}
    path = tmp_path / "a=b.jsonl"  # only the first = parts name and file
    path.write_text(json.dumps(record), encoding="utf-8")
    sets = load_named([f"mine={path}"], {"test": []})
    assert list(sets) == ["test", "mine"]
    assert sets["mine"] == load_articles(path)
    for entry in (str(tmp_path / "c.jsonl"), f"={path}", f"test={path}"):
        with pytest.raises(InputError, match="expected NAME=FILE with a name of its own"):
            load_named([entry], {"test": []})
