from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from framing import evaluate, load
from framing.codebook import Codebook
from framing.errors import InputError, ModelError, ModelNotFoundError
from framing.inference.classifier import Classifier
from framing.inference.folder import BASELINE
from framing.model.baseline import load_baseline, train_baseline
from framing.schema import Article, Document


@pytest.fixture(scope="module")
def folder(articles: list[Article], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "baseline"
    train_baseline(articles[:60], path, validation=articles[60:80])
    return path


@pytest.fixture(scope="module")
def baseline(folder: Path) -> Classifier:
    return load(folder, allow_pickle=True)


def test_a_pickle_is_refused(folder: Path) -> None:
    message = r"baseline: is a baseline kept as a pickle.*pass allow_pickle=True \(--allow-pickle\)"
    with pytest.raises(ModelError, match=message):
        load(folder)
    with pytest.raises(ModelError, match=message):
        load_baseline(folder, allow_pickle=False)
    with pytest.raises(
        ModelError, match=r"kind 'baseline', expected 'transformer'; .*allow_pickle"
    ):
        Classifier.load(folder)


def test_the_pickle_is_checked(
    articles: list[Article], own_codebook: Codebook, own_articles: list[Article], tmp_path: Path
) -> None:
    train_baseline(own_articles, tmp_path, validation=own_articles, codebook=own_codebook)
    content = bytearray((tmp_path / BASELINE).read_bytes())
    content[-1] ^= 1
    (tmp_path / BASELINE).write_bytes(content)
    with pytest.raises(ModelError, match=r"baseline\.joblib: SHA-256 is"):
        load(tmp_path, allow_pickle=True)
    (tmp_path / BASELINE).unlink()
    with pytest.raises(ModelNotFoundError, match=r"baseline\.joblib: missing"):
        load(tmp_path, allow_pickle=True)


def test_the_interface_is_the_same(baseline: Classifier, articles: list[Article]) -> None:
    text = "The ministry vowed to retaliate. It rained."
    document = baseline.predict(text, title="Steel")
    assert isinstance(document, Document)
    assert baseline.predict([text], title=["Steel"]) == [document]
    assert [p.text for p in document] == ["The ministry vowed to retaliate.", "It rained."]
    assert baseline.predict("") == Document("", (), "", baseline.labels)
    assert baseline.predict([]) == []
    for prediction in baseline.predict(articles[0].text):
        assert list(prediction.scores) == list(baseline.labels)
        assert [span.label for span in prediction.spans] == list(prediction.labels)
        for span in prediction.spans:
            assert (span.start, span.end) == (prediction.start, prediction.end)
            assert span.text == prediction.text
            assert span.score == prediction.scores[span.label]
            assert span.score >= baseline.thresholds[span.label]
    with pytest.raises(InputError, match="texts must be a str or an iterable of str, got None"):
        baseline.predict(None)


def test_what_was_loaded_predicts_what_was_trained(
    baseline: Classifier, own_codebook: Codebook, own_articles: list[Article], tmp_path: Path
) -> None:
    trained = train_baseline(
        own_articles[:8], tmp_path, validation=own_articles[8:], codebook=own_codebook
    )
    assert trained.labels == ("rain", "heat")
    loaded = load(tmp_path, allow_pickle=True)
    text = own_articles[0].text
    assert loaded.predict(text) == trained.predict(text)
    scores = evaluate(loaded, own_articles)
    assert scores.macro_f1 > 0.9  # the words of the two labels hardly overlap


def test_it_learns_something(baseline: Classifier, articles: list[Article]) -> None:
    scores = evaluate(baseline, articles[80:120])
    assert scores.macro_f1 > 0.3
    assert baseline.config.training["train"]["articles"] == 60
    assert baseline.config.training["validation"]["articles"] == 20


def test_a_codebook_of_one_label(tmp_path: Path, own_articles: list[Article]) -> None:
    path = tmp_path / "one.yaml"
    path.write_text("labels: [{name: rain, definition: wet}]", encoding="utf-8")
    codebook = Codebook.read(path)
    rain = [
        replace(a, sentences=tuple(s for s in a.sentences if "heat" not in s.labels))
        for a in own_articles
    ]
    model = train_baseline(rain[:8], tmp_path / "m", validation=rain[8:], codebook=codebook)
    (prediction,) = model.predict("Rain fell on the harbour for 3 hours.")
    assert prediction.labels == ("rain",)


def test_nothing_to_train_on(articles: list[Article], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no article to train on"):
        train_baseline([], tmp_path, validation=articles[:3])
    with pytest.raises(InputError, match="no article to validate on"):
        train_baseline(articles[:20], tmp_path, validation=[])
