from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import framing
from framing.errors import InputError, MissingExtraError
from framing.estimation.corpus import read_corpus
from framing.estimation.suggest import STRATEGIES, entropy, ranking, suggest, topics
from framing.schema import Article

Rows = list[dict[str, Any]]
NONE = np.zeros((0, 3))


def unit(*rows: list[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    vectors = np.array(rows, dtype=float)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_public_name() -> None:
    assert framing.suggest is suggest


def test_the_unsure_come_first() -> None:
    order, nearest, similarity = ranking(
        np.eye(3), np.array([0.2, 0.9, 0.5]), 3, strategy="uncertainty", labelled=NONE
    )
    assert order.tolist() == [1, 2, 0]
    assert nearest[0] == -1
    assert similarity.tolist() == [0, 0, 0]


def test_the_unlike_come_first() -> None:
    # 0 and 1 are alike; after 0 the odd one out is worth more, though it is surer.
    vectors = unit([1, 0, 0], [1, 0.1, 0], [0, 0, 1])
    unsure = np.array([0.9, 0.8, 0.3])
    order, nearest, similarity = ranking(vectors, unsure, 3, strategy="both", labelled=NONE)
    assert order.tolist() == [0, 2, 1]
    assert nearest[2] == 0
    assert similarity[2] == pytest.approx(vectors[0] @ vectors[1])
    alone, _, _ = ranking(vectors, unsure, 3, strategy="uncertainty", labelled=NONE)
    assert alone.tolist() == [0, 1, 2]


def test_labelled_articles_are_kept_away_from() -> None:
    vectors = unit([1, 0, 0], [0, 1, 0])
    order, nearest, _ = ranking(
        vectors, np.array([0.5, 0.4]), 2, strategy="both", labelled=unit([1, 0.05, 0])
    )
    assert order.tolist() == [1, 0]
    assert nearest[1] == 2  # labelled ones count on from the articles


@given(st.sampled_from(STRATEGIES), st.integers(1, 12), st.integers(0, 99))
def test_each_article_once(strategy: str, n: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    vectors = unit(*generator.normal(size=(12, 3)).tolist())
    order, nearest, similarity = ranking(
        vectors, generator.random(12), n, strategy=strategy, labelled=NONE
    )
    assert len(set(order.tolist())) == n
    assert ((similarity >= 0) & (similarity <= 1)).all()
    assert all(near in [-1, *order[:i].tolist()] for i, near in enumerate(nearest.tolist()))


def test_entropy() -> None:
    assert entropy(np.array([0.0, 0.5, 1.0, 0.11])) == pytest.approx([0, 1, 0, 0.5], abs=1e-3)


def test_topics_tell_texts_apart() -> None:
    texts = ["steel tariff duty"] * 5 + ["goal match football"] * 5 + ["rain sun weather"] * 5
    vectors = topics([f"{text} {i % 2}" for i, text in enumerate(texts)])
    alike = vectors @ vectors.T
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
    assert alike[:5, :5].min() > alike[:5, 5:].max()
    assert len(topics(["one text"])) == 1


def test_from_predictions(predictions: Path, rows: Rows) -> None:
    found = suggest(predictions, 5)
    corpus = read_corpus(predictions)
    assert [s.rank for s in found] == [1, 2, 3, 4, 5]
    unsure = {
        name: float(entropy(corpus.scores[corpus.articles == i]).sum(axis=1).mean())
        for i, name in enumerate(corpus.documents)
    }
    assert found[0].document == max(unsure, key=lambda name: unsure[name])
    for suggestion in found:
        assert suggestion.uncertainty == pytest.approx(unsure[suggestion.document])
        mine = [row["text"] for row in rows if row["document"] == suggestion.document]
        assert suggestion.sentence in mine
        assert suggestion.n_sentences == len(mine)
        assert suggestion.label in suggestion.reason
    assert found[0].like is None
    assert found[1].like == found[0].document
    assert "most like" in found[1].reason


def test_labelled_ones_are_left_out(predictions: Path) -> None:
    labelled = [Article("a1", "", "Sentence.", ()), Article("a2#1", "", "Other.", (), group="a2")]
    found = suggest(predictions, 10, labelled=labelled)
    assert {"a1", "a2"}.isdisjoint(s.document for s in found)
    with pytest.raises(InputError, match="cannot suggest 11 articles: 10 are without labels"):
        suggest(predictions, 11, labelled=labelled)


def test_bad_arguments(predictions: Path) -> None:
    with pytest.raises(InputError, match="strategy 'luck' is not one of both, uncertainty"):
        suggest(predictions, 3, strategy="luck")
    with pytest.raises(InputError, match="cannot suggest 0 articles"):
        suggest(predictions, 0)


def test_many_texts_are_compared_by_topics() -> None:
    words = [f"word{i}" for i in range(300)]
    texts = [" ".join(words[i % 30 * 10 : i % 30 * 10 + 10]) for i in range(240)]
    vectors = topics(texts)
    assert vectors.shape == (240, 100)
    assert vectors[0] @ vectors[30] == pytest.approx(1, abs=1e-6)
    assert abs(vectors[0] @ vectors[1]) < 0.2


def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.decomposition", None)
    with pytest.raises(MissingExtraError, match=r"'scikit-learn'.*framing\[estimate\]"):
        topics(["a", "b"])
