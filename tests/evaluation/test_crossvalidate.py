from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import LABELS, Sample, made_up

from framing.codebook import Codebook, Label
from framing.errors import InputError
from framing.evaluation.crossvalidate import Folds, cross_validate, make_folds
from framing.evaluation.pairs import cluster
from framing.evaluation.slices import group_values
from framing.model import baseline
from framing.model.settings import TrainingConfig
from framing.schema import Article, Sentence, Span

BOOK = Codebook("made up", "1", tuple(Label(name, "So.") for name in LABELS))


def grouped(sizes: Sequence[int]) -> list[Article]:
    """Return articles of so many groups, of such sizes."""
    articles, _ = made_up(sum(sizes), seed=3)
    groups = [f"g{i}" for i, size in enumerate(sizes) for _ in range(size)]
    return [dataclasses.replace(a, dispute=g) for a, g in zip(articles, groups, strict=True)]


@given(st.lists(st.integers(1, 4), min_size=2, max_size=9), st.integers(2, 6))
def test_folds_keep_groups_together(sizes: list[int], count: int) -> None:
    articles = grouped(sizes)
    folds = make_folds(articles, "dispute", group_values(articles, "dispute"), count)
    assert len(folds.names) == min(count, len(sizes))
    assert set(folds.of_article) == set(range(len(folds.names)))
    fold_of: dict[str, set[int]] = {}
    for article, fold in zip(articles, folds.of_article, strict=True):
        fold_of.setdefault(article.dispute, set()).add(fold)
    assert all(len(found) == 1 for found in fold_of.values())
    if len(sizes) <= count:
        for article, fold in zip(articles, folds.of_article, strict=True):
            assert folds.names[fold] == article.dispute
    else:
        assert folds.names[0].startswith("fold 1 (")


def test_what_cannot_be_left_out(sample: Sample) -> None:
    articles = sample[0]
    lengths = group_values(articles, "length")
    with pytest.raises(InputError, match="cannot leave out 'length': article 'a00' has several"):
        make_folds(articles, "length", lengths)
    same = ["x"] * len(lengths)
    with pytest.raises(InputError, match="cannot leave out 'x': all articles have the same value"):
        make_folds(articles, "x", same)
    with pytest.raises(InputError, match="--folds must be at least 2, got 1"):
        make_folds(articles, "dispute", group_values(articles, "dispute"), 1)
    passages = [
        dataclasses.replace(a, id="doc" if i == 0 else f"doc#{i}", group="doc")
        for i, a in enumerate(articles[:4])
    ]
    with pytest.raises(InputError, match="article 'doc#1' has several values"):
        make_folds(passages, "genre", group_values(passages, "genre"))


def test_no_model_sees_what_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    articles = grouped([3] * 6)
    folds = make_folds(articles, "dispute", group_values(articles, "dispute"), 3)
    seen: list[tuple[set[str], set[str]]] = []
    learn = baseline.train_baseline

    def spy(training: Sequence[Article], output: Path, **options: Any) -> Any:
        seen.append(({a.id for a in training}, {a.id for a in options["validation"]}))
        return learn(training, output, **options)

    monkeypatch.setattr(baseline, "train_baseline", spy)
    found = cross_validate(articles, folds, codebook=BOOK, jobs=1)
    assert len(seen) == 3
    for number, (training, validation) in enumerate(seen):
        left_out = {a.id for a, f in zip(articles, folds.of_article, strict=True) if f == number}
        assert not training & validation
        assert training | validation == {a.id for a in articles} - left_out
        assert validation
    assert found.labels == LABELS
    assert [d.text for d in found.documents] == [a.text for a in articles]
    assert found.name == "TF-IDF baseline, cross-validated in 3 folds"


def test_processes_give_what_one_gives() -> None:
    articles = grouped([4, 4, 4])
    folds = make_folds(articles, "dispute", group_values(articles, "dispute"))
    one = cross_validate(articles, folds, codebook=BOOK, jobs=1)
    assert cross_validate(articles, folds, codebook=BOOK, jobs=2) == one


def one_sentence(i: int) -> Article:
    """Return an article whose only sentence is a threat if it speaks of a duty."""
    text = f"The {'duty' if i % 2 else 'match'} came in town {i}."
    spans = (Span("threat", 0, 8, text[:8]),) if i % 2 else ()
    sentence = Sentence(text, 0, len(text), spans, ("threat",) if i % 2 else ())
    return Article(f"a{i}", "", text, (sentence,), group=f"a{i}")


@pytest.mark.filterwarnings("ignore:Label not 1 is present in all training examples")
def test_it_learns_what_can_be_learnt() -> None:
    articles = [one_sentence(i) for i in range(40)]
    book = Codebook("one", "1", (Label("threat", "So."), Label("other", "So.")))
    folds = Folds(("a", "b"), tuple(i // 2 % 2 for i in range(40)))
    found = cross_validate(articles, folds, codebook=book, jobs=1)
    for article, document in zip(articles, found.documents, strict=True):
        assert document.labels == article.sentences[0].labels


def test_a_fold_that_cannot_be_trained() -> None:
    articles = grouped([2, 2])
    folds = make_folds(articles, "dispute", group_values(articles, "dispute"))
    other = Codebook("other", "1", (Label("rain", "So."),))
    with pytest.raises(
        InputError, match=r"with 'g0' left out: article 'a.*': label '.*' is not in"
    ):
        cross_validate(articles, folds, codebook=other, jobs=1)


def test_the_transformer(tiny_config: TrainingConfig, articles: list[Article]) -> None:
    part = [dataclasses.replace(a, dispute=f"d{i % 2}") for i, a in enumerate(articles[:8])]
    folds = make_folds(part, "dispute", group_values(part, "dispute"))
    found = cross_validate(part, folds, config=tiny_config, device="cpu")
    assert [d.text for d in found.documents] == [a.text for a in part]
    assert found.name.startswith("transformer (")
    assert {cluster(a) for a in part} == {a.id for a in part}
