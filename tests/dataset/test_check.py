from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from framing.codebook import Codebook
from framing.dataset.check import Checked, check
from framing.dataset.folder import data_folder
from framing.dataset.splits import write_splits
from framing.dataset.standoff import write_standoff
from framing.dataset.tables import family_table, length_table, split_table
from framing.dataset.tagged import parse_article

BODY = """\
# id: {name}
# title: {name}
# dispute: {dispute}
# genre: wire
# date: 2020-01-02
# split-group: {name}

<rain>Rain fell on {name}</rain>.
<heat>The heat came to {name}</heat>.
"""
SPLIT_OF = {"ash": "train", "elm": "validation", "oak": "test"}
LONG = "a long sentence that stands word for word in two of the articles here"

Run = Callable[[], Checked]


@pytest.fixture
def root(tmp_path: Path, own_codebook: Codebook) -> Path:
    (tmp_path / "articles").mkdir()
    articles = []
    for name in SPLIT_OF:
        text = BODY.format(name=name, dispute=f"{name} row")
        (tmp_path / "articles" / f"{name}.txt").write_text(text, encoding="utf-8")
        articles.append(parse_article(text, own_codebook))
    write_splits(tmp_path / "splits.tsv", articles, SPLIT_OF)
    return tmp_path


@pytest.fixture
def run(root: Path, own_codebook: Codebook) -> Run:
    return lambda: check(data_folder(root), own_codebook)


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def lines(path: Path, *records: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")


def test_a_sound_dataset(run: Run, root: Path, own_codebook: Codebook) -> None:
    found = run()
    assert found.errors == []
    assert [a.id for a in found.articles] == list(SPLIT_OF)
    table = split_table(found.articles, found.splits, own_codebook).splitlines()
    assert table[0].split()[-2:] == ["rain", "heat"]
    assert table[-1].split() == ["all", "3", "6", "0%", "0", "3", "3"]
    assert check(data_folder(root / "articles"), own_codebook).errors == []


def test_the_packaged_dataset_is_sound() -> None:
    from framing.codebook import default_codebook

    found = check(data_folder(), default_codebook())
    assert found.errors == []
    family = family_table(found.articles, default_codebook(), found.rules)
    assert "agency, newspaper copy" in family
    assert "real text" in length_table(found.articles, found.rules)


def test_broken_articles_are_all_named(run: Run, root: Path) -> None:
    articles = root / "articles"
    append(articles / "ash.txt", "<rain>never closed.\n")
    (articles / "elm.txt").write_bytes(b"# id: caf\xe9\n")
    (articles / "fir.txt").write_text(BODY.format(name="oak", dispute="x"), encoding="utf-8")
    errors = run().errors
    assert f"{articles}/ash.txt:10: <rain> is never closed on its line" in errors
    assert f"{articles}/elm.txt: not UTF-8 at byte 9; convert the file" in errors
    assert f"{articles}/fir.txt:1: id 'oak' is not the file's name; rename one of them" in errors
    assert f"{articles}/oak.txt:1: id 'oak' was already used" in errors
    assert f"{root}/splits.tsv:2: there is no sound article 'ash'" in errors
    assert f"{root}/splits.tsv: no sentence of train carries 'rain'" in errors


def test_splits(run: Run, root: Path) -> None:
    path = root / "articles" / "oak.txt"
    path.write_text(BODY.format(name="oak", dispute="ash row"), encoding="utf-8")
    (root / "articles" / "yew.txt").write_text(BODY.format(name="yew", dispute="x"))
    text = (root / "splits.tsv").read_text(encoding="utf-8").replace("elm\telm", "elm\tbeech")
    (root / "splits.tsv").write_text(text, encoding="utf-8")
    errors = run().errors
    assert (
        f"{root}/splits.tsv:4: dispute 'ash row' is in test, but in train with 'ash'; "
        "a dispute belongs to one split"
    ) in errors
    assert f"{root}/splits.tsv:3: group is 'beech', but the article says 'elm'" in errors
    assert any("article 'yew' has no split; run framing dataset assign-splits" in e for e in errors)
    (root / "splits.tsv").write_text("id\tsplit\n", encoding="utf-8")
    assert any("splits.tsv:1: columns are" in e for e in run().errors)


def test_repeats(run: Run, root: Path, own_codebook: Codebook) -> None:
    append(root / "articles" / "ash.txt", f"\nHere is {LONG}.\n")
    append(root / "articles" / "oak.txt", f"There was {LONG} too.\n")
    (error,) = run().errors
    assert error == (
        f"{root}/articles/oak.txt:10: 14 words in a row also stand in "
        f"{root}/articles/ash.txt:11: {LONG!r}"
    )
    (root / "check.toml").write_text(f'set_phrases = ["{LONG}"]\n', encoding="utf-8")
    assert run().errors == []
    (root / "check.toml").write_text("run = 20\n", encoding="utf-8")
    (error,) = run().errors
    assert "oak.txt:10: nearly the same sentence as" in error
    lines(root / "real.jsonl", {"text": f"x {LONG}"}, {"text": "heat"})
    found = check(data_folder(root), own_codebook, [root / "real.jsonl"])
    assert len(found.errors) == 1
    (root / "check.toml").write_text("run = 12\nsimilarity = 1.0\n", encoding="utf-8")
    found = check(data_folder(root), own_codebook, [root / "real.jsonl"])
    assert sum(f"also stand in {root}/real.jsonl:1" in e for e in found.errors) == 2


def test_a_sentence_is_told_once(run: Run, root: Path) -> None:
    for name, number in (("ash", 3), ("elm", 4), ("oak", 5)):
        path = root / "articles" / f"{name}.txt"
        append(path, f"The court fined him {number} dollars on the first day of May.\n")
    errors = run().errors
    assert [e.split(": ")[0].rsplit("/", 1)[1] for e in errors] == ["elm.txt:10", "oak.txt:10"]


def test_shares(run: Run, root: Path) -> None:
    (root / "check.toml").write_text("run = 9\nunlabelled = [0.6, 0.7]\n", encoding="utf-8")
    (error,) = run().errors
    assert error == (
        f"{root}/check.toml:2: 0.0% of the sentences have no label, expected 60% to 70%"
    )
    (root / "check.toml").write_text("walk = 9\n", encoding="utf-8")
    assert "check.toml: unknown keys walk" in run().errors[0]


def test_dates(run: Run, root: Path) -> None:
    path = root / "articles" / "elm.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("2020-01-02", ""), encoding="utf-8")
    assert run().errors == []
    (root / "check.toml").write_text("require_date = true\n", encoding="utf-8")
    assert run().errors == [f"{path}:1: the article has no date"]


def test_second_labels(run: Run, root: Path) -> None:
    good = [
        {"id": "ash", "sentence": 0, "labels": {"rain": [[0, 4]]}},
        {"id": "ash", "sentence": 1, "labels": {}},
    ]
    lines(root / "second" / "labels.jsonl", *good)
    lines(root / "second" / "writer.jsonl", {"id": "ash", "sentence": 0, "labels": {}})
    found = run()
    assert found.errors == []
    assert found.layers[0] == (
        "second labels: 2 sentences of 1 of 1 train, 0 of 1 validation, 0 of 1 test articles"
    )
    gold = {"id": "ash", "sentence": 0, "labels": {"rain": [[0, 16]]}}
    lines(root / "second" / "writer.jsonl", gold)
    assert "writer.jsonl:1: the same as the gold labels" in run().errors[0]
    lines(
        root / "second" / "labels.jsonl",
        good[0],
        good[0],
        {"id": "ash", "sentence": 2, "labels": {}},
        {"id": "ash", "sentence": 1, "labels": {"snow": [[0, 1]]}},
        {"id": "ash", "sentence": 1, "labels": {"rain": [[0, 400]]}},
        {"id": "ash", "sentence": 1, "labels": {"rain": []}},
        {"id": "ash", "sentence": 1, "labels": 3},
        {"id": "ash", "sentence": 1, "labels": {}, "annotator": 3},
        {"sentence": 1, "labels": {}},
    )
    errors = [e.split("labels.jsonl", 1)[1] for e in run().errors[:-1]]
    for number, message in (
        (2, "'ash', 0 was already answered in"),
        (3, "there is no 'ash' with sentence or side 2"),
        (4, "unknown label 'snow'; the codebook 'weather' has rain, heat"),
        (5, "rain span [0, 400] is not [start, end] within a sentence of 21 characters"),
        (6, "'rain' needs at least one [start, end], got []"),
        (7, "'labels' must be an object, got 3"),
        (8, "'annotator' must be a string, got 3"),
        (9, "expected 'id' and 'sentence' (or 'side')"),
    ):
        assert any(e.startswith(f":{number}: {message}") for e in errors), (number, errors)
    assert any("'ash' has 1 of 2 sentences" in e for e in errors)


def test_contrast_pairs(run: Run, root: Path) -> None:
    pair = {"id": "c", "flips": "rain", "kind": "k", "context": []}
    pair |= {"a": {"text": "It rained.", "labels": {"rain": ["rained"]}}}
    lines(root / "second" / "contrast.jsonl", {"id": "c", "side": "a", "labels": {}})
    assert "there is no" in run().errors[0]
    lines(root / "contrast" / "pairs.jsonl", {**pair, "b": {"text": "It shone.", "labels": {}}})
    found = run()
    assert found.errors == []
    assert found.layers == [
        "contrast pairs: 1 (1 rain)",
        "second labels of contrast pairs: 1 of 2 sides",
    ]
    training = {**pair, "id": "d", "a": {"text": "It rained on.", "labels": {"rain": ["rained"]}}}
    training["b"] = {"text": "It went on.", "labels": {}}
    lines(root / "contrast" / "training.jsonl", training)
    found = run()
    assert found.errors == []
    assert found.layers[1] == "contrast pairs for training: 1 (1 rain)"
    again = {**training, "a": pair["a"], "b": {"text": "It went.", "labels": {}}}
    lines(root / "contrast" / "training.jsonl", again)
    (error,) = run().errors
    assert "training.jsonl:1: 'It rained.' was already used in" in error
    lines(root / "contrast" / "training.jsonl", training)
    lines(root / "contrast" / "pairs.jsonl", {**pair, "b": pair["a"]})
    assert "pairs.jsonl:1: 'rain' is on both sides" in run().errors[0]


def test_standoff(run: Run, root: Path) -> None:
    record = {"doc_id": "d", "sent_idx": 0, "text": "It rained.", "labels": {"rain": ["rained"]}}
    write_standoff(root / "standoff", [record, {**record, "annotator": "b"}])
    found = run()
    assert found.errors == []
    assert found.layers == [
        "standoff: 1 sentences of 1 documents, 1 with a label, 1 labelled twice"
    ]
    thirds = [{**record, "annotator": name, "settled": True} for name in "cd"]
    write_standoff(root / "standoff", [{**record, "doubted": "yes"}, *thirds])
    first, second = run().errors
    assert "labels.jsonl:1: 'doubted' must be true or false, got 'yes'" in first
    assert "labels.jsonl:3: this sentence was settled before, by 'c'" in second
    snow = {**record, "labels": {"snow": ["rained"]}}
    write_standoff(root / "standoff", [record, record, snow])
    errors = run().errors
    assert "labels.jsonl:2: annotator '' labelled this sentence before" in errors[0]
    assert "labels.jsonl:3: unknown label 'snow'" in errors[1]
    (root / "standoff" / "documents.tsv").unlink()
    assert "documents.tsv" in run().errors[0]
