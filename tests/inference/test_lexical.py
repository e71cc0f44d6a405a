from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer

from framing.codebook import default_codebook
from framing.errors import ModelError
from framing.inference.lexical import BITS, LexicalModel, term_counts
from framing.model.batches import LabelledRow, labelled_rows
from framing.model.lexical import fit_lexical
from framing.schema import Article

SENTENCES = st.lists(st.lists(st.integers(4, 9), max_size=8), max_size=5)
SEPARATOR = 3


def row_of(sentences: list[list[int]], before: int = 0) -> tuple[np.ndarray, np.ndarray]:
    ids = [SEPARATOR] * before + [i for words in sentences for i in (*words, SEPARATOR)]
    bounds = before + np.cumsum([0, *(len(words) + 1 for words in sentences)])
    return np.array(ids, dtype=np.int64), bounds.astype(np.int64)


@given(SENTENCES, st.integers(0, 3))
def test_terms_are_words_and_pairs(sentences: list[list[int]], before: int) -> None:
    sentence, column, count = term_counts(*row_of(sentences, before))
    assert column.size == 0 or (column.min() >= 0 and column.max() < 1 << BITS)
    keys = list(zip(sentence.tolist(), column.tolist(), strict=True))
    assert keys == sorted(set(keys))
    for i, words in enumerate(sentences):
        terms = Counter(words) + Counter(zip(words, [*words[1:], SEPARATOR], strict=False))
        found = sorted(count[sentence == i].tolist())
        assert found == sorted(map(float, terms.values()))


@given(SENTENCES)
def test_a_sentence_is_scored_by_itself(sentences: list[list[int]]) -> None:
    rng = np.random.default_rng(0)
    model = LexicalModel(
        rng.random(1 << BITS).astype(np.float32),
        rng.normal(size=(1 << BITS, 2)).astype(np.float32),
        np.array([0.5, -1.0], dtype=np.float32),
    )
    together = model.logits(*row_of(sentences))
    assert together.shape == (len(sentences), 2)
    assert together.dtype == np.float32
    for words, found in zip(sentences, together, strict=True):
        np.testing.assert_allclose(model.logits(*row_of([words], 2))[0], found, rtol=1e-5)
        if not words:
            assert found.tolist() == [0.5, -1.0]


@pytest.fixture(scope="module")
def rows(tokenizer: Tokenizer, articles: list[Article]) -> list[LabelledRow]:
    return labelled_rows(tokenizer, articles[:30], default_codebook().names)


def test_the_fit_is_a_logistic_regression(rows: list[LabelledRow]) -> None:
    model = fit_lexical(rows, strength=2.0)
    gold = np.concatenate([row.labels for row in rows]) > 0.5
    logits = np.concatenate(
        [model.logits(row.row.ids, row.row.bounds[row.row.n_context :]) for row in rows]
    )
    cells: list[tuple[int, int, float]] = []
    n = 0
    for row in rows:
        bounds = row.row.bounds[row.row.n_context :]
        for i, column, count in zip(*term_counts(row.row.ids, bounds), strict=True):
            cells.append((n + int(i), int(column), (1 + np.log(count)) * model.idf[column]))
        n += len(bounds) - 1
    row_ids, columns, values = zip(*cells, strict=True)
    matrix = csr_matrix((values, (row_ids, columns)), shape=(n, 1 << BITS))
    norms = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    matrix = csr_matrix(matrix.multiply(1 / norms))
    reference = LogisticRegression(C=2.0, class_weight="balanced", solver="liblinear")
    reference.fit(matrix, gold[:, 0])
    np.testing.assert_allclose(logits[:, 0], reference.decision_function(matrix), atol=1e-3)
    assert logits[gold[:, 0], 0].mean() > logits[~gold[:, 0], 0].mean() + 1


def test_a_label_without_examples_has_no_weights(rows: list[LabelledRow]) -> None:
    blank = [LabelledRow(row.row, row.labels * [1, 0, 1, 1], row.spans) for row in rows]
    model = fit_lexical(blank)
    assert not model.weights[:, 1].any()
    assert model.bias[1] == 0
    assert model.weights[:, 0].any()


def test_what_was_saved_is_loaded(rows: list[LabelledRow], tmp_path: Path) -> None:
    model = fit_lexical(rows)
    model.save(tmp_path / "lexical.npz")
    loaded = LexicalModel.load(tmp_path / "lexical.npz")
    row = rows[0].row
    arguments = (row.ids, row.bounds[row.n_context :])
    np.testing.assert_allclose(loaded.logits(*arguments), model.logits(*arguments), atol=0.02)


@pytest.mark.parametrize("damage", ["empty", "words", "short", "pickle", "keys"])
def test_a_damaged_file(damage: str, rows: list[LabelledRow], tmp_path: Path) -> None:
    path = tmp_path / "lexical.npz"
    fit_lexical(rows).save(path)
    whole = path.read_bytes()
    if damage == "keys":
        np.savez(path, idf=np.zeros(3))
    elif damage == "pickle":
        np.savez(path, idf=np.array([{}], dtype=object), weights=np.zeros(1), bias=np.zeros(1))
    else:
        path.write_bytes(
            {"empty": b"", "words": b"words", "short": whole[: len(whole) // 2]}[damage]
        )
    with pytest.raises(ModelError, match=r"lexical\.npz: damaged"):
        LexicalModel.load(path)


def test_arrays_that_do_not_fit() -> None:
    with pytest.raises(
        ModelError, match=r"lexical weights have shapes \(3,\), .*; expected \(2621"
    ):
        LexicalModel(np.zeros(3), np.zeros((3, 2)), np.zeros(2))
