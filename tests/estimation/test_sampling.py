from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.dataset.load import load_articles
from framing.errors import DataError, InputError
from framing.estimation.codes import read_codes
from framing.estimation.corpus import read_corpus
from framing.estimation.design import read_design
from framing.estimation.sampling import STRATEGIES, sample
from framing.estimation.simulation import Setting, clustered_corpus
from framing.estimation.texts import is_predictions, read_texts

Rows = list[dict[str, Any]]
WORLD, _ = clustered_corpus(Setting(groups=3, articles=40), np.random.default_rng(3))


@given(
    st.sampled_from(STRATEGIES),
    st.sampled_from([None, "group"]),
    st.integers(18, 40),
    st.integers(0, 99),
)
def test_probabilities_add_up(strategy: str, by: str | None, n: int, seed: int) -> None:
    draw = sample(WORLD, n, strategy=strategy, by=by, seed=seed)
    assert ((draw.probabilities > 0) & (draw.probabilities <= 1)).all()
    assert len(set(draw.rows.tolist())) == len(draw)
    drawn = WORLD.articles[draw.rows] if strategy == "articles" else draw.rows
    _, first = np.unique(drawn, return_index=True)
    assert len(first) == n
    # The weights of each stratum add up to what the stratum holds.
    for name in set(draw.strata):
        mine = [i for i in first if draw.strata[i] == name]
        assert len(mine) >= 2
        assert sum(1 / draw.probabilities[mine]) == pytest.approx(draw.sizes[mine[0]])
    total = 40 if strategy == "articles" else len(WORLD)
    assert sum(1 / draw.probabilities[first]) == pytest.approx(total)


def test_the_same_seed_draws_the_same() -> None:
    first, again, other = (sample(WORLD, 20, seed=seed).rows.tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_every_sentence_gets_its_chance() -> None:
    hits = Counter(row for seed in range(400) for row in sample(WORLD, 60, seed=seed).rows.tolist())
    expected = 400 * 60 / len(WORLD)
    assert len(hits) == len(WORLD)
    assert max(hits.values()) < expected + 6 * expected**0.5


def test_scores_find_more_positives() -> None:
    carries = WORLD.predicted[:, 0]
    simple, scored = (
        np.mean([carries[sample(WORLD, 60, strategy=s, seed=i).rows].mean() for i in range(20)])
        for s in ("simple", "score")
    )
    assert scored > 1.5 * simple


def test_whole_articles_stay_whole() -> None:
    draw = sample(WORLD, 5, strategy="articles")
    for article in set(WORLD.articles[draw.rows].tolist()):
        mine = draw.rows[WORLD.articles[draw.rows] == article]
        assert (np.diff(mine) == 1).all()
        assert len(mine) == (WORLD.articles == article).sum()


def test_what_cannot_be_drawn(predictions: Path) -> None:
    corpus = read_corpus(predictions)
    with pytest.raises(InputError, match="cannot draw 500 sentences: the corpus has"):
        sample(corpus, 500)
    with pytest.raises(InputError, match="cannot draw 13 articles: the corpus has 12"):
        sample(predictions, 13, strategy="articles")
    with pytest.raises(InputError, match="cannot draw 0 sentences"):
        sample(corpus, 0)
    with pytest.raises(InputError, match=r"7 sentences are too few for 6 groups .* at least 12"):
        sample(corpus, 7, strategy="score", by="outlet")
    with pytest.raises(InputError, match="strategy 'luck' is not one of simple, score, articles"):
        sample(corpus, 7, strategy="luck")
    with pytest.raises(InputError, match="no column 'region'"):
        sample(corpus, 7, by="region")


def test_sheets_are_blind_and_complete(predictions: Path, rows: Rows, tmp_path: Path) -> None:
    folder = tmp_path / "coding"
    draw = sample(predictions, 12, strategy="score", by="outlet", seed=5)
    draw.write(folder)
    with (folder / "sheet.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert list(lines[0]) == [
        *("document", "sentence", "before", "text", "after"),
        *("threat", "concession", "coder", "note"),
    ]
    assert all(line[k] == "" for line in lines for k in ("threat", "concession", "coder", "note"))
    text = {(row["document"], row["sentence"]): row["text"] for row in rows}
    for line in lines:
        document, sentence = line["document"], int(line["sentence"])
        assert line["text"] == text[document, sentence]
        assert line["before"] == text.get((document, sentence - 1), "")
        assert line["after"] == text.get((document, sentence + 1), "")
    keys = [(line["document"], int(line["sentence"])) for line in lines]
    objects = [json.loads(line) for line in (folder / "sheet.jsonl").read_text().splitlines()]
    assert [(o["document"], o["sentence"]) for o in objects] == keys
    assert {o["labels"] for o in objects} == {None}
    design = read_design(folder / "design.csv")
    assert list(design) == keys
    assert [d.probability for d in design.values()] == draw.probabilities.tolist()
    assert sum(1 / d.probability for d in design.values()) == pytest.approx(len(rows))
    # What the coders see tells nothing of scores and strata.
    for name in ("sheet.csv", "sheet.jsonl", "records.jsonl"):
        shown = (folder / name).read_text()
        assert "score" not in shown
        assert "low" not in shown
    articles = load_articles(folder / "records.jsonl")
    assert sum(map(len, articles)) == 12
    assert articles[0].date == "2010-01-15"


def test_sheets_are_never_written_over(predictions: Path, tmp_path: Path) -> None:
    draw = sample(predictions, 4)
    draw.write(tmp_path / "new")
    with pytest.raises(InputError, match="is there already and not an empty folder"):
        draw.write(tmp_path / "new")


def test_texts_without_predictions(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("id,text,outlet\na,One is here. Two is here.,x\nb,,x\nc,Three is here.,y\n")
    corpus = read_texts([str(path)], keep=["outlet"])
    assert corpus.documents == ("a", "c")
    assert corpus.texts == ("One is here.", "Two is here.", "Three is here.")
    assert corpus.columns["outlet"] == ("x", "x", "y")
    draw = sample(corpus, 2)
    with pytest.raises(InputError, match="no label to code"):
        draw.write(tmp_path / "none")
    draw.write(tmp_path / "sheets", labels=("rain",))
    assert "rain" in (tmp_path / "sheets" / "sheet.csv").read_text()
    with pytest.raises(InputError, match="the strategy 'score' needs predictions"):
        sample(corpus, 2, strategy="score")
    with pytest.raises(InputError, match="two documents are called 'x'; choose a column"):
        read_texts([str(path)], id_column="outlet")
    path.write_text("text\n\n")
    with pytest.raises(InputError, match="the texts hold no sentence"):
        read_texts([str(path)])


def test_predictions_are_told_from_texts(predictions: Path, tmp_path: Path) -> None:
    assert is_predictions(predictions)
    contents = {"a.csv": "id,text\n", "b.jsonl": '{"text": "A."}', "c.jsonl": "{", "d.txt": "A."}
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
        assert not is_predictions(tmp_path / name)


HEADER = "document,sentence,probability,stratum,stratum_size,drawn\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("document,sentence\n", r":1: no column 'probability'"),
        (HEADER + "a,0,1.5,,10,sentence\n", r":2: probability is 1.5; expected more than 0"),
        (HEADER + "a,0,,,10,sentence\n", r":2: not a row of design.csv"),
    ],
)
def test_a_bad_design(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "design.csv"
    path.write_text(content)
    with pytest.raises(DataError, match=message):
        read_design(path)


def test_filling_and_reading_back(
    predictions: Path, fill: Callable[..., Path], tmp_path: Path
) -> None:
    sample(predictions, 10).write(tmp_path / "s")
    filled = fill(tmp_path / "s" / "sheet.csv", skip=3)
    found = read_codes(filled, ("threat", "concession"))
    assert (len(found.codes), found.uncoded) == (7, 3)


def test_a_spreadsheet_takes_the_sheet_for_utf8(predictions: Path, tmp_path: Path) -> None:
    sample(predictions, 10).write(tmp_path / "s")
    assert (tmp_path / "s" / "sheet.csv").read_bytes().startswith(b"\xef\xbb\xbfdocument,")
    assert (tmp_path / "s" / "design.csv").read_bytes().startswith(b"document,")


def test_a_draw_prints_short(predictions: Path) -> None:
    draw = sample(predictions, 10, seed=3)
    assert repr(draw).startswith("Draw(10 of 82 sentences, from ")
    assert repr(draw).endswith(" of 12 articles, strategy='simple', seed=3, by=None)")
    assert repr(draw.corpus) == (
        "Corpus(12 articles, 82 sentences, labels=['threat', 'concession'], "
        "columns=['outlet', 'date'])"
    )
