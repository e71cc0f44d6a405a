from __future__ import annotations

import json
from pathlib import Path

import pytest

from framing.codebook import Codebook, default_codebook
from framing.dataset.folder import data_folder
from framing.dataset.pairings import agreement_of
from framing.dataset.second import (
    gold_spans,
    places_of_articles,
    read_answers,
    relabel,
)
from framing.dataset.standoff import write_standoff
from framing.dataset.tagged import format_article
from framing.errors import DataError, InputError
from framing.resources import path_of
from framing.schema import Article


@pytest.fixture
def root(own_articles: list[Article], tmp_path: Path) -> Path:
    write(tmp_path / "articles", own_articles)
    return tmp_path


def write(folder: Path, articles: list[Article]) -> None:
    folder.mkdir()
    for article in articles:
        (folder / f"{article.id}.txt").write_text(format_article(article), encoding="utf-8")


def lines(path: Path, *records: object) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return path


def test_the_packaged_layers() -> None:
    everything, *parts = agreement_of(data_folder(), default_codebook())
    assert everything.part == "all articles"
    articles = [p for p in parts if p.part in ("train", "validation", "test", "ood")]
    assert sum(p.n_sentences for p in articles) == everything.n_sentences
    for label in everything.labels.values():
        assert 0.8 < label.figures["alpha"].value < 1


def test_a_folder_as_second_annotator(
    root: Path, own_articles: list[Article], own_codebook: Codebook
) -> None:
    write(root / "other", own_articles[:3])
    (found,) = agreement_of(data_folder(root), own_codebook, root / "other")
    assert (found.n_articles, found.n_sentences) == (3, 12)
    assert all(label.figures["alpha"].value == 1 for label in found.labels.values())
    (root / "other" / "weather-1.txt").write_text(
        format_article(own_articles[0]).replace("Nobody", "Somebody"), encoding="utf-8"
    )
    with pytest.raises(DataError, match="'weather-1', sentence 2: not the text of the first"):
        agreement_of(data_folder(root), own_codebook, root / "other")


def test_settlement_is_undone(root: Path, own_codebook: Codebook) -> None:
    second = {"id": "weather-1", "sentence": 0, "labels": {}}
    lines(root / "second" / "labels.jsonl", second)
    (found,) = agreement_of(data_folder(root), own_codebook)[:1]
    assert found.labels["rain"].figures["raw"].value == 0
    lines(root / "second" / "writer.jsonl", second)
    (found,) = agreement_of(data_folder(root), own_codebook)[:1]
    assert found.labels["rain"].figures["raw"].value == 1


def test_other_layers(root: Path, own_codebook: Codebook) -> None:
    pair = {"id": "c", "flips": "rain", "kind": "k", "context": []}
    pair |= {"a": {"text": "It rained.", "labels": {"rain": ["rained"]}}}
    pair |= {"b": {"text": "It shone.", "labels": {}}}
    lines(root / "contrast" / "pairs.jsonl", pair)
    sides = ({"id": "c", "side": side, "labels": {"rain": [[3, 9]]}} for side in "ab")
    lines(root / "second" / "contrast.jsonl", *sides)
    record = {"doc_id": "d", "sent_idx": 0, "text": "It rained.", "labels": {"rain": ["rained"]}}
    other = {**record, "annotator": "b", "labels": {}}
    settled = {**record, "annotator": "c", "settled": True}
    doubted = {**record, "annotator": "d", "doubted": True}
    write_standoff(root / "standoff", [record, other, settled, doubted])
    contrast, standoff = agreement_of(data_folder(root), own_codebook)
    assert (contrast.part, contrast.n_articles, contrast.n_sentences) == ("contrast pairs", 1, 2)
    assert contrast.labels["rain"].figures["raw"].value == 0.5
    assert (standoff.part, standoff.n_sentences) == ("standoff", 1)
    assert (standoff.labels["rain"].first, standoff.labels["rain"].second) == (1, 0)


def test_nothing_to_compare(root: Path, own_codebook: Codebook) -> None:
    with pytest.raises(InputError, match="nothing was labelled twice"):
        agreement_of(data_folder(root), own_codebook)
    with pytest.raises(FileNotFoundError):
        agreement_of(data_folder(root), own_codebook, root / "none.jsonl")


def test_answers_take_the_place_of_gold_labels(articles: list[Article]) -> None:
    texts = places_of_articles(articles)
    answers = read_answers(path_of("data/second/labels.jsonl"), texts, default_codebook())
    changed = relabel(articles, answers, default_codebook())
    given = {answer.place: answer.spans for answer in answers}
    assert [a.text for a in changed] == [a.text for a in articles]
    for before, after in zip(articles, changed, strict=True):
        for i, (old, new) in enumerate(zip(before, after, strict=True)):
            spans = gold_spans(new)
            assert spans == given.get((before.id, i), gold_spans(old))
            assert set(new.labels) == set(spans)
            assert all(after.text[s.start : s.end] == s.text for s in new.spans)
