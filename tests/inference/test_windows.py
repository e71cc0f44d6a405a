from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.processors import RobertaProcessing

from framing.errors import ModelError
from framing.inference.windows import (
    TokenRow,
    Window,
    opening_id,
    padding_id,
    plan_windows,
    separator_id,
    token_rows,
)


def row_of(lengths: list[int], n_context: int = 0) -> TokenRow:
    """Return a row whose sentences own `lengths` tokens."""
    n = sum(lengths)
    zeros = np.zeros(n, dtype=np.int64)
    return TokenRow(np.arange(n), zeros, zeros, np.cumsum([0, *lengths]), n_context)


@st.composite
def rows(draw: st.DrawFn) -> TokenRow:
    lengths = draw(st.lists(st.integers(1, 70), max_size=25))
    return row_of(lengths, draw(st.integers(0, min(3, len(lengths)))))


SIZES = st.integers(2, 48)
CONTEXTS = st.integers(0, 50)


@given(rows(), SIZES, CONTEXTS, st.booleans())
def test_every_token_is_kept_exactly_once(
    row: TokenRow, size: int, context: int, joint: bool
) -> None:
    windows = plan_windows(row, size, context, joint=joint)
    kept = [i for window in windows for i in range(window.first, window.last)]
    assert kept == list(range(int(row.bounds[row.n_context]), len(row)))


@given(rows(), SIZES, CONTEXTS, st.booleans())
def test_no_window_is_too_long(row: TokenRow, size: int, context: int, joint: bool) -> None:
    for window in plan_windows(row, size, context, joint=joint):
        assert len(window) + 1 <= size  # the opening token comes before
        assert window.begin <= window.first < window.last <= window.end


@given(rows(), SIZES, CONTEXTS, st.booleans())
def test_windows_hold_whole_sentences_or_pieces_of_long_ones(
    row: TokenRow, size: int, context: int, joint: bool
) -> None:
    edges = row.bounds.tolist()
    for window in plan_windows(row, size, context, joint=joint):
        owner = int(np.searchsorted(row.bounds, window.first, side="right")) - 1
        if edges[owner + 1] - edges[owner] > size - 1:
            assert edges[owner] <= window.begin
            assert window.end <= edges[owner + 1]
            continue
        assert window.begin in edges
        assert window.first == edges[owner]
        assert window.last == window.end
        assert window.end in edges
        assert window.first - window.begin <= context
        if not joint:
            assert window.last == edges[owner + 1]


@given(rows(), SIZES, CONTEXTS)
def test_windows_are_as_full_as_they_can_be(row: TokenRow, size: int, context: int) -> None:
    edges = row.bounds.tolist()
    for window in plan_windows(row, size, context, joint=True):
        owner = int(np.searchsorted(row.bounds, window.first, side="right")) - 1
        length = edges[owner + 1] - edges[owner]
        if length > size - 1:
            continue
        begin, end = edges.index(window.begin), edges.index(window.end)
        if begin > 0:
            before = window.first - edges[begin - 1]
            assert before > context or before + length > size - 1
        if end < len(edges) - 1:
            assert edges[end + 1] - window.begin > size - 1


@given(st.integers(1, 400), st.integers(2, 40))
def test_a_long_sentence_is_read_in_overlapping_pieces(length: int, size: int) -> None:
    windows = plan_windows(row_of([length]), size, 10)
    assert windows[0].first == windows[0].begin == 0
    assert windows[-1].last == windows[-1].end == length
    for before, after in itertools.pairwise(windows):
        assert before.last == after.first
        assert after.begin <= before.end
        if size >= 8:  # every token that is kept has neighbours on both sides
            margin = (size - 1) // 4
            assert before.end - before.last >= margin
            assert after.first - after.begin >= margin


@pytest.mark.parametrize(
    ("lengths", "n_context", "context", "joint", "expected"),
    [
        ([], 0, 4, True, []),
        ([3], 1, 4, True, []),
        ([3, 4], 0, 0, False, [(0, 0, 3, 3), (3, 3, 7, 7)]),
        ([3, 4], 0, 3, False, [(0, 0, 3, 3), (0, 3, 7, 7)]),
        ([3, 4], 0, 2, False, [(0, 0, 3, 3), (3, 3, 7, 7)]),
        ([3, 4, 2], 1, 0, False, [(3, 3, 7, 7), (7, 7, 9, 9)]),
        ([3, 4], 0, 4, True, [(0, 0, 7, 7)]),
        ([3, 4, 2], 0, 4, True, [(0, 0, 7, 7), (3, 7, 9, 9)]),
        ([3, 4, 2], 0, 0, True, [(0, 0, 7, 7), (7, 7, 9, 9)]),
        ([3, 4, 4], 0, 4, True, [(0, 0, 7, 7), (7, 7, 11, 11)]),
        ([3, 4, 2], 1, 4, True, [(0, 3, 7, 7), (3, 7, 9, 9)]),
        ([6, 7], 1, 6, True, [(6, 6, 13, 13)]),
    ],
)
def test_plan_of_windows_of_eight(
    lengths: list[int],
    n_context: int,
    context: int,
    joint: bool,
    expected: list[tuple[int, int, int, int]],
) -> None:
    windows = plan_windows(row_of(lengths, n_context), 8, context, joint=joint)
    assert windows == [Window(*window) for window in expected]


WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
PASSAGE = st.tuples(st.lists(WORDS, max_size=2), st.lists(WORDS, max_size=4))


@given(st.lists(PASSAGE, max_size=4))
def test_rows_hold_the_tokens_of_their_sentences(
    tokenizer: Tokenizer, passages: list[tuple[list[str], list[str]]]
) -> None:
    found = token_rows(tokenizer, passages)
    assert len(found) == len(passages)
    separator = tokenizer.token_to_id("[SEP]")
    for row, (context, sentences) in zip(found, passages, strict=True):
        texts = [*context, *sentences]
        assert row.n_context == len(context)
        assert len(row.bounds) == len(texts) + 1
        assert row.bounds[0] == 0
        assert row.bounds[-1] == len(row) == len(row.starts) == len(row.ends)
        for i, text in enumerate(texts):
            first, last = row.bounds[i], row.bounds[i + 1]
            encoding = tokenizer.encode(text, add_special_tokens=False)
            assert row.ids[first:last].tolist() == [*encoding.ids, separator]
            pairs = zip(row.starts[first:last].tolist(), row.ends[first:last].tolist(), strict=True)
            assert list(pairs) == [*encoding.offsets, (0, 0)]


def test_offsets_are_those_of_characters(tokenizer: Tokenizer) -> None:
    text = "\U0001f6a2 Caf\u00e9 tariffs"
    (row,) = token_rows(tokenizer, [([], [text])])
    pieces = [text[a:b] for a, b in zip(row.starts, row.ends, strict=True)]
    assert "".join(pieces) == text.replace(" ", "")


def test_special_tokens(tokenizer: Tokenizer) -> None:
    ids = [tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]", "[PAD]")]
    assert [opening_id(tokenizer), separator_id(tokenizer), padding_id(tokenizer)] == ids
    roberta = Tokenizer(WordLevel({"<s>": 0, "<pad>": 1, "</s>": 2}, unk_token="<s>"))
    assert [opening_id(roberta), padding_id(roberta), separator_id(roberta)] == [0, 1, 2]
    mpnet = Tokenizer(WordLevel({"<s>": 0, "<pad>": 1, "</s>": 2, "[CLS]": 3, "[SEP]": 4, "a": 5}))
    mpnet.add_tokens(["[PAD]"])
    mpnet.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0))
    assert [opening_id(mpnet), padding_id(mpnet), separator_id(mpnet)] == [0, 1, 2]
    with pytest.raises(ModelError, match=r"none of the tokens \[SEP\], </s>, <\|endoftext\|>"):
        separator_id(Tokenizer(WordLevel({"a": 0}, unk_token="a")))
