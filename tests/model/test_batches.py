from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from framing.codebook import default_codebook
from framing.dataset.tagged import parse_article
from framing.inference.windows import TokenRow, Window
from framing.model.batches import (
    Batch,
    LabelledRow,
    collate,
    epoch_batches,
    labelled_rows,
    random_windows,
    sentence_windows,
)
from framing.schema import Article

NAMES = default_codebook().names
HEADER = "# id: a\n# title: T\n# dispute:\n# genre:\n# date: 2020\n# split-group: a\n\n"


def pieces_of(row: LabelledRow, text: str, sentence: int, label: int) -> list[str]:
    """Return the tokens of a sentence that are marked with a label."""
    first, last = row.row.bounds[row.row.n_context + sentence :][:2]
    return [
        text[row.row.starts[i] : row.row.ends[i]] for i in range(first, last) if row.spans[i, label]
    ]


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ("The <threat>ban will</threat> end.", {"threat": ["ban", "will"]}),
        ("<threat>The ban</threat>.", {"threat": ["The", "ban"]}),
        ("The b<threat>a</threat>n ends.", {"threat": ["ban"]}),
        ("The (<threat>ban</threat>) ends.", {"threat": ["ban"]}),
        ("The <threat>ban)</threat> ends.", {"threat": ["ban", ")"]}),
        (
            "<threat>The <concession>ban</threat> ends</concession>.",
            {"threat": ["The", "ban"], "concession": ["ban", "ends"]},
        ),
        ("<threat>The</threat> ban <threat>ends</threat>.", {"threat": ["The", "ends"]}),
    ],
)
def test_a_token_is_in_a_span_that_it_touches(
    line: str, marked: dict[str, list[str]], tokenizer: Tokenizer
) -> None:
    article = parse_article(f"{HEADER}No.\n{line}\nNo.")
    (row,) = labelled_rows(tokenizer, [article], NAMES)
    text = article.sentences[1].text
    for k, name in enumerate(NAMES):
        assert "".join(pieces_of(row, text, 1, k)) == "".join(marked.get(name, []))
        assert row.labels[:, k].tolist() == [0, float(name in marked), 0]
    outside = np.ones(len(row.spans), dtype=bool)
    outside[row.row.bounds[2] : row.row.bounds[3]] = False
    assert not row.spans[outside].any()


def test_the_packaged_articles_are_aligned(tokenizer: Tokenizer, articles: list[Article]) -> None:
    for article, labelled in zip(
        articles[:40], labelled_rows(tokenizer, articles[:40], NAMES), strict=True
    ):
        row = labelled.row
        assert row.n_context == bool(article.title)
        assert labelled.labels.shape == (len(article), 4)
        for i, sentence in enumerate(article.sentences):
            gold = [float(name in sentence.labels) for name in NAMES]
            assert labelled.labels[i].tolist() == gold
            for token in range(row.bounds[row.n_context + i], row.bounds[row.n_context + i + 1]):
                touched = set(range(row.starts[token], row.ends[token]))
                expected = [
                    float(
                        any(
                            span.label == name
                            and touched
                            & set(range(span.start - sentence.start, span.end - sentence.start))
                            for span in sentence.spans
                        )
                    )
                    for name in NAMES
                ]
                assert labelled.spans[token].tolist() == expected
        assert not labelled.spans[: row.bounds[row.n_context]].any()  # the title


def test_no_title_no_context(tokenizer: Tokenizer) -> None:
    article = parse_article(HEADER.replace(" T", "") + "A.")
    (row,) = labelled_rows(tokenizer, [article], NAMES, weights=[0.25])
    assert row.row.n_context == 0
    assert row.weight == 0.25


def test_what_stands_before_an_excerpt_is_context(tokenizer: Tokenizer) -> None:
    article = replace(parse_article(HEADER + "A."), before=("One.", "Two."))
    (row,) = labelled_rows(tokenizer, [article], NAMES)
    assert (row.row.n_context, len(row.row.bounds), len(row.labels)) == (2, 4, 1)


def made_row(lengths: list[int], n_context: int, seed: int = 0) -> LabelledRow:
    rng = np.random.default_rng(seed)
    bounds = np.cumsum([0, *lengths])
    ends = np.ones(bounds[-1], dtype=np.int64)
    ends[bounds[1:] - 1] = 0
    row = TokenRow(rng.integers(5, 99, bounds[-1]), np.zeros_like(ends), ends, bounds, n_context)
    labels = rng.integers(0, 2, (len(lengths) - n_context, 2)).astype(np.float32)
    spans = rng.integers(0, 2, (bounds[-1], 2)).astype(np.float32)
    return LabelledRow(row, labels, spans, float(rng.random()))


LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=20)


@given(LENGTHS, st.booleans(), st.integers(0, 40), st.integers(2, 80), st.integers(0, 99))
def test_windows_of_one_sentence(
    lengths: list[int], titled: bool, context: int, longest: int, seed: int
) -> None:
    labelled = made_row([4, *lengths], int(titled))
    edges = labelled.row.bounds.tolist()
    windows = sentence_windows(labelled.row, np.random.default_rng(seed), context, longest)
    assert [window.first for window in windows] == edges[int(titled) : -1]
    for window, end in zip(windows, edges[int(titled) + 1 :], strict=True):
        assert window.last == window.end == min(end, window.first + longest - 1)
        assert len(window) + 1 <= longest
        assert window.begin in edges
        assert window.first - window.begin <= context


def test_context_is_given_in_every_second_case() -> None:
    labelled = made_row([5] * 400, 0)
    windows = sentence_windows(labelled.row, np.random.default_rng(0), 12, 100)
    share = np.mean([window.first - window.begin == 10 for window in windows])
    assert 0.4 < share < 0.6


@given(LENGTHS, st.booleans(), st.integers(1, 30), st.integers(0, 40), st.integers(0, 99))
def test_random_windows_hold_every_sentence_once(
    lengths: list[int], titled: bool, least: int, more: int, seed: int
) -> None:
    labelled = made_row([4, *lengths], int(titled))
    edges = labelled.row.bounds.tolist()
    longest = least + more + 1
    windows = random_windows(
        labelled.row, np.random.default_rng(seed), (least, least + more), longest
    )
    assert windows[0].first == edges[int(titled)]
    for window, following in zip(windows, [*windows[1:], None], strict=True):
        assert len(window) + 1 <= longest
        whole = edges[-1] if following is None else following.first
        assert window.first in edges
        assert whole in edges
        if window.last != whole:  # cut, because it is one sentence too long for the encoder
            assert edges.index(whole) - edges.index(window.first) == 1
            assert window.last == window.first + longest - 1


def check_batch(
    pieces: list[tuple[LabelledRow, Window]], ids: torch.Tensor, mask: torch.Tensor
) -> None:
    for k, (labelled, window) in enumerate(pieces):
        expected = [101, *labelled.row.ids[window.begin : window.end]]
        assert ids[k, : len(expected)].tolist() == expected
        assert mask[k].tolist() == [1] * len(expected) + [0] * (ids.shape[1] - len(expected))
        assert set(ids[k, len(expected) :].tolist()) <= {0}


def test_a_batch_is_its_windows_flattened() -> None:
    one, other = made_row([3, 4, 2, 6], 1, 1), made_row([5, 1, 7], 0, 2)
    pieces = [
        (one, Window(0, 3, 9, 9)),  # the title, two sentences
        (other, Window(5, 6, 10, 10)),  # context, the beginning of a long sentence
        (one, Window(9, 9, 15, 15)),
    ]
    batch = collate(pieces, opening=101, padding=0)
    check_batch(pieces, batch.input_ids, batch.attention_mask)
    flat = batch.input_ids.flatten()
    kept = [(r, t) for r, w in pieces for t in range(w.first, w.last)]
    assert flat[batch.token].tolist() == [r.row.ids[t] for r, t in kept]
    assert batch.sentence.tolist() == [0] * 4 + [1] * 2 + [2] * 4 + [3] * 6
    assert batch.separator.tolist() == [bool(r.row.ends[t] == 0) for r, t in kept]
    assert batch.spans.tolist() == [r.spans[t].tolist() for r, t in kept]
    owners = [(one, 0), (one, 1), (other, 2), (one, 2)]
    assert batch.labels.tolist() == [r.labels[i].tolist() for r, i in owners]
    assert batch.weight.tolist() == pytest.approx([r.weight for r, _ in owners])
    moved = batch.to(torch.device("cpu"))
    assert all(torch.equal(getattr(moved, n), getattr(batch, n)) for n in batch.__slots__)


def epoch(
    rows: Sequence[LabelledRow],
    tokenizer: Tokenizer,
    seed: int = 0,
    *,
    context: int = 0,
    joint: tuple[int, int] | None = None,
    negatives: float = 1.0,
) -> list[Batch]:
    rng = np.random.default_rng(seed)
    return list(
        epoch_batches(
            rows,
            tokenizer,
            rng,
            batch_tokens=512,
            context=context,
            joint_sizes=joint,
            negatives=negatives,
            longest=128,
        )
    )


def labels_of(batches: list[Batch]) -> list[list[float]]:
    return sorted(row for batch in batches for row in batch.labels.tolist())


@pytest.mark.parametrize(("context", "joint"), [(0, None), (30, None), (0, (24, 100))])
def test_an_epoch_holds_every_sentence_once(
    context: int, joint: tuple[int, int] | None, tokenizer: Tokenizer, articles: list[Article]
) -> None:
    rows = labelled_rows(tokenizer, articles[:10], NAMES)
    batches = epoch(rows, tokenizer, context=context, joint=joint)
    assert labels_of(batches) == sorted(row for r in rows for row in r.labels.tolist())
    for batch in batches:
        assert batch.input_ids.numel() <= 512 or len(batch.input_ids) == 1
        assert batch.sentence.unique().tolist() == list(range(len(batch.labels)))


def test_an_epoch_depends_on_its_seed_alone(tokenizer: Tokenizer, articles: list[Article]) -> None:
    rows = labelled_rows(tokenizer, articles[:5], NAMES)
    ids = [
        [batch.input_ids.tolist() for batch in epoch(rows, tokenizer, seed, context=30)]
        for seed in (0, 0, 1)
    ]
    assert ids[0] == ids[1]
    assert ids[0] != ids[2]


@pytest.mark.parametrize("negatives", [0.0, 0.5, 1.0])
def test_a_share_of_the_sentences_without_labels(
    negatives: float, tokenizer: Tokenizer, articles: list[Article]
) -> None:
    rows = labelled_rows(tokenizer, articles[:30], NAMES)
    gold = [row for r in rows for row in r.labels.tolist()]
    n_negative = sum(not any(row) for row in gold)
    found = labels_of(epoch(rows, tokenizer, negatives=negatives))
    drawn = sum(not any(row) for row in found)
    assert [row for row in found if any(row)] == sorted(row for row in gold if any(row))
    assert drawn / n_negative == pytest.approx(negatives, abs=0.1)


def test_an_epoch_that_draws_nothing_has_no_batch(tokenizer: Tokenizer) -> None:
    rows = labelled_rows(tokenizer, [parse_article(HEADER + "It rained.")], NAMES)
    assert epoch(rows, tokenizer, negatives=0.0) == []
