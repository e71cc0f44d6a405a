"""The script that sets the packaged model beside other systems, on very little text."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import framing
from framing.dataset.contrast import read_contrast
from framing.errors import InputError, MissingExtraError
from framing.resources import path_of

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
RECORD = {"doc_id": "d1", "text": "Duties will follow.", "labels": {"threat": ["Duties"]}}


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    sys.path.insert(0, str(SCRIPTS))
    try:
        import benchmark_quality

        yield benchmark_quality
    finally:
        sys.path.remove(str(SCRIPTS))


@pytest.fixture(scope="module")
def few(script: ModuleType) -> Any:
    """A few articles of each split and a few pairs."""
    split = {
        name: framing.load_articles(split=name)[:count]
        for name, count in (("train", 12), ("validation", 8), ("test", 4), ("ood", 3))
    }
    data = script.systems.Data(split.pop("train"), split["validation"])
    return script.Benchmark(data, split, read_contrast(path_of("data/contrast/pairs.jsonl"))[:9])


def cells(text: str, title: str, row: str) -> list[str]:
    """Return the cells of the first row of that name below a title."""
    below = text[text.index(f"**{title}") :].splitlines()
    line = next(line for line in below if line.startswith(f"| {row} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_figures_are_those_of_the_evaluation_and_a_finished_system_is_kept(
    script: ModuleType, few: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, settings = ["framing", "tfidf"], script.systems.Settings()
    text = script.compare(names, settings, few, tmp_path)
    expected = framing.evaluate(framing.load(), few.sets["test"])
    ours = cells(text, "Macro-F1", "framing")
    assert ours[2].startswith(f"{expected.macro_f1:.3f}")
    assert cells(text, "Span F1", "framing")[2].startswith(f"{expected.span_f1:.3f}")
    assert "TF-IDF" not in text[text.index("**Span F1") :]
    threat = cells(text, "framing by label", "threat, test")
    assert threat[1].startswith(f"{expected.labels['threat'].precision:.3f}")
    assert threat[-1] == str(expected.labels["threat"].support)
    assert f"test 4 articles, {expected.n_sentences} sentences" in text
    assert "framing was trained before, on other text: " in text

    def fail(data: object, settings: object) -> None:
        raise AssertionError("trained again")

    for name in names:
        monkeypatch.setitem(script.SYSTEMS, name, replace(script.SYSTEMS[name], fit=fail))
    assert script.compare(names, settings, few, tmp_path) == text
    (tmp_path / "tfidf.json").unlink()
    with pytest.raises(AssertionError, match="trained again"):
        script.compare(names, settings, few, tmp_path)


def test_a_result_on_other_text_is_refused(script: ModuleType, few: Any, tmp_path: Path) -> None:
    settings = script.systems.Settings()
    script.compare(["tfidf"], settings, few, tmp_path)
    other = replace(few, data=replace(few.data, train=few.data.train[:-1]))
    with pytest.raises(InputError, match=r"tfidf\.json: .*training text"):
        script.compare(["tfidf"], settings, other, tmp_path)


def test_training_text_holds_extra_sentences_and_both_sides_of_training_pairs(
    script: ModuleType, tmp_path: Path
) -> None:
    pairs = read_contrast(path_of("data/contrast/training.jsonl"))
    extra = tmp_path / "more.jsonl"
    extra.write_text(json.dumps(RECORD) + "\n", encoding="utf-8")
    found = script.load(script.parse([f"--extra={extra}", f"--data=mine={extra}"]))
    by_id = {article.id: article for article in found.data.train}
    for pair in pairs:
        for side in "ab":
            (sentence,) = by_id[f"{pair.id}:{side}"].sentences
            assert sentence == pair.side(side)
    assert "d1" in by_id
    assert list(found.sets) == ["validation", "test", "ood", "mine"]
    few = script.load(script.parse([f"--extra={extra}", "--limit=200"])).data.train
    assert 200 <= sum(map(len, few)) < 300


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (["--systems=tfidf,bert"], InputError, "no system 'bert'; there are framing, tfidf"),
        (
            ["--systems=framing", "--data=test=x.jsonl"],
            InputError,
            "expected NAME=FILE with a name of its own",
        ),
        (["--systems=framing", "--data=x.jsonl"], InputError, "expected NAME=FILE"),
    ],
)
def test_bad_options(
    script: ModuleType, options: list[str], error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        script.main([*options, f"--output={tmp_path}"])


def test_a_missing_package_is_said_before_training(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = replace(script.SYSTEMS["setfit"], packages=("no_such_package",))
    monkeypatch.setitem(script.SYSTEMS, "setfit", lacking)
    with pytest.raises(MissingExtraError, match="setfit needs the package 'no_such_package'"):
        script.main(["--systems=tfidf,setfit"])


def test_a_balanced_draw_has_equally_many_of_each_label(script: ModuleType) -> None:
    gold = np.zeros((1000, 4), dtype=bool)
    for k, count in enumerate((300, 200, 100, 5)):
        gold[k * 300 - (k > 2) * 100 :][:count, k] = True
    drawn = script.systems.balanced(gold, 250, seed=0)
    assert drawn == sorted(set(drawn))
    assert gold[drawn].sum(axis=0).tolist() == [50, 50, 50, 5]
    assert (~gold[drawn].any(axis=1)).sum() == 50


def test_spans_of_a_label_do_not_overlap_and_the_best_comes_first(script: ModuleType) -> None:
    def chosen(*rows: tuple[int, int, float]) -> list[tuple[int, int, float]]:
        table = np.array(rows, dtype=float).reshape(-1, 3)
        starts, ends = table[:, :2].T.astype(int)
        found: list[tuple[int, int, float]] = script.quality_spacy.Candidates(
            starts, ends, table[:, 2:]
        ).chosen(0, 30)
        return found

    assert chosen((0, 9, 0.6), (2, 12, 0.8), (13, 20, 0.5)) == [(2, 12, 0.8), (13, 20, 0.5)]
    assert chosen((0, 9, 0.1), (10, 12, 0.2)) == [(10, 12, 0.2)]
    assert chosen() == [(0, 30, 0.0)]


@pytest.mark.filterwarnings("ignore")  # of packages that are not ours
@pytest.mark.parametrize("texts", [["No.", "Duties will follow in May.", "Yes."], ["No.", "Yes."]])
def test_sentences_too_short_for_a_candidate(script: ModuleType, texts: list[str]) -> None:
    pytest.importorskip("spacy")
    module = script.quality_spacy
    nlp = module.spancat_pipeline()
    examples = module.examples_of(nlp, framing.load_articles(split="ood")[:1])
    nlp.initialize(lambda: examples)
    scorer = module.SpanScorer(nlp)
    found = scorer.candidates(texts)
    # Runs of 3 to 6 tokens of six tokens: 4 + 3 + 2 + 1.
    assert [len(row.starts) for row in found] == [10 if len(text) > 5 else 0 for text in texts]
    assert [found[i].best.any() for i in range(len(texts))] == [len(text) > 5 for text in texts]
    for text, row in zip(texts, found, strict=True):
        assert {text[a:b] for a, b in zip(row.starts, row.ends, strict=True)} >= (
            {text, "Duties will follow"} if len(row.starts) else set()
        )
    assert scorer.decision_function(texts).shape == (len(texts), 4)


@pytest.mark.parametrize("name", ["spacy-textcat", "spacy-spancat"])
@pytest.mark.filterwarnings("ignore")  # of packages that are not ours
def test_spacy_systems_run(script: ModuleType, few: Any, tmp_path: Path, name: str) -> None:
    pytest.importorskip("spacy")
    settings = script.systems.Settings(spacy_epochs=1, spancat_epochs=1)
    text = script.compare([name], settings, few, tmp_path)
    assert cells(text, "Macro-F1", script.SYSTEMS[name].title)[2][:2] in ("0.", "–")
    assert ("**Span F1" in text) == script.SYSTEMS[name].gives_spans
