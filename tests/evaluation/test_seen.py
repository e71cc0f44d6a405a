from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import WORDS, Sample

from framing.codebook import Codebook, Label
from framing.errors import InputError
from framing.evaluation.assess import assess
from framing.evaluation.seen import UNITS, cut, draw_folds, left_out, reassemble
from framing.schema import Article, Sentence, Span

PLACES = (
    *("Abcot", "Brill", "Cusk", "Dram", "Elver", "Fjord", "Gump", "Holt"),
    *("Isk", "Jute", "Kyrn", "Lwow", "Mzab", "Nyx", "Oxus", "Pfalz"),
)


def test_cut_and_reassembled_is_the_same(sample: Sample) -> None:
    articles, documents = sample
    pieces = cut(articles)
    assert len({piece.id for piece in pieces}) == len(pieces) == sum(map(len, articles))
    assert len({piece.group for piece in pieces}) == len(pieces)
    for piece in pieces:
        (sentence,) = piece.sentences
        assert (sentence.text, sentence.start) == (piece.text, 0)
        assert all(piece.text[s.start : s.end] == s.text for s in sentence.spans)
    # predictions are cut the same way by hand and put together again
    parts = []
    for document in documents:
        for p in document:
            spans = tuple(
                dataclasses.replace(s, start=s.start - p.start, end=s.end - p.start)
                for s in p.spans
            )
            alone = dataclasses.replace(p, start=0, end=p.end - p.start, spans=spans)
            parts.append(dataclasses.replace(document, text=p.text, predictions=(alone,)))
    assert reassemble(articles, parts) == tuple(documents)


@given(st.lists(st.sampled_from("abcdefgh"), min_size=8), st.integers(0, 9), st.integers(2, 4))
def test_units_are_dealt_whole_and_evenly(units: list[str], seed: int, folds: int) -> None:
    units += list("abcd")
    found = draw_folds(units, folds, seed)
    assert found == draw_folds(units, folds, seed)
    fold_of = dict(zip(units, found.of_article, strict=True))
    assert [fold_of[unit] for unit in units] == list(found.of_article)
    sizes = Counter(fold_of.values())
    assert set(sizes) == set(range(folds))
    assert max(sizes.values()) - min(sizes.values()) <= 1


def test_the_learner_gains_from_what_it_has_seen() -> None:
    # Only the name of the place tells whether a sentence has the label: to be learnt by heart.
    rng = np.random.default_rng(0)
    articles = []
    for i in range(16):
        sentences, position = [], 0
        for _ in range(10):
            text = f"{PLACES[i]} {' '.join(rng.choice(WORDS, 6))}."
            spans = (Span("threat", position, position + 4, text[:4]),) * (i % 2)
            labels = ("threat",) * (i % 2)
            sentences.append(Sentence(text, position, position + len(text), spans, labels))
            position += len(text) + 1
        body = "\n".join(s.text for s in sentences)
        articles.append(Article(f"a{i}", "", body, tuple(sentences), group=f"g{i}"))
    book = Codebook("made up", "1", (Label("threat", "So."),))
    found = {unit: left_out(articles, unit, 2, codebook=book, jobs=1) for unit in UNITS}
    f1 = {
        unit: assess(articles, predicted.documents, ["threat"], resamples=100)["macro", "f1"]
        for unit, predicted in found.items()
    }
    assert f1["sentence"].value > 0.85
    assert f1["dispute"].value < 0.75  # always saying yes gives 2/3


def test_refused(sample: Sample) -> None:
    with pytest.raises(InputError, match="cannot leave out 'week'; there are sentence, dispute"):
        left_out(sample[0], "week", 3)
    with pytest.raises(InputError, match="cannot deal 2 units to 3 folds"):
        draw_folds(["a", "b"], 3, 0)
    with pytest.raises(InputError, match="cannot deal 2 units to 1 folds"):
        draw_folds(["a", "b"], 1, 0)
