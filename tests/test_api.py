from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import datasets
import pytest

import framing
from framing import api
from framing.errors import InputError, ModelNotFoundError
from framing.inference.classifier import Classifier

TEXT = "The ministry vowed to retaliate. It rained."


def test_predicting_with_the_packaged_model(tiny_default: Path, model: Classifier) -> None:
    assert framing.predict(TEXT) == model.predict(TEXT)
    assert framing.predict([TEXT, ""]) == model.predict([TEXT, ""])
    assert framing.predict(TEXT, title="Steel").title == "Steel"
    assert len(framing.predict(TEXT, split_sentences=False)) == 1
    with pytest.raises(InputError, match="text 1 must be a str, got None"):
        framing.predict([TEXT, None])  # type: ignore[list-item]


def test_the_packaged_model_is_loaded_once(
    tiny_default: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = []
    load = api.load

    def counting() -> Classifier:
        loaded.append(1)
        return load()

    monkeypatch.setattr(api, "load", counting)
    with ThreadPoolExecutor(4) as pool:
        models = list(pool.map(lambda _: api.default_classifier(), range(8)))
    assert all(each is models[0] for each in models)
    assert len(loaded) == 1


def test_loading(tiny_folder: Path, model: Classifier, tmp_path: Path) -> None:
    for path in (tiny_folder, str(tiny_folder)):
        assert framing.load(path).predict(TEXT) == model.predict(TEXT)
    assert framing.load(tiny_folder, threads=1).predict(TEXT) == model.predict(TEXT)
    with pytest.raises(ModelNotFoundError, match="none: no such model folder"):
        framing.load(tmp_path / "none")


def test_loading_with_other_thresholds(tiny_folder: Path) -> None:
    assert framing.load(tiny_folder, thresholds={"threat": 0.9}).thresholds["threat"] == 0.9
    with pytest.raises(InputError, match="threshold for 'greed': no such label"):
        framing.load(tiny_folder, thresholds={"greed": 0.9})


def test_loading_without_context(context_model: Classifier, tiny_folder: Path) -> None:
    alone = context_model.without_context()
    assert alone.config.context == 0
    assert alone.predict(TEXT, title="Duties") == framing.load(tiny_folder).predict(
        TEXT, title="Duties"
    )
    assert context_model.predict(TEXT, title="Duties") != alone.predict(TEXT, title="Duties")
    assert not framing.load(tiny_folder, context=False).config.joint


def test_tagging_a_dataset(tiny_default: Path, model: Classifier) -> None:
    rows = datasets.Dataset.from_dict({"id": [1, 2, 3], "text": [TEXT, "", "Talks resume."]})
    tagged = rows.map(framing.tag, batched=True, batch_size=2)
    assert tagged.column_names == ["id", "text", "labels", "sentences"]
    for row in tagged:
        document = model.predict(row["text"])
        assert row["labels"] == list(document.labels)
        assert [s["text"] for s in row["sentences"]] == [p.text for p in document]
        assert [s["labels"] for s in row["sentences"]] == [list(p.labels) for p in document]
        assert [s["scores"] for s in row["sentences"]] == [p.scores for p in document]
        assert [s["spans"] for s in row["sentences"]] == [
            [span.to_dict() for span in p.spans] for p in document
        ]


def test_tagging_a_batch(tiny_default: Path, model: Classifier) -> None:
    batch = {"body": [TEXT], "n": [1]}
    (sentences,) = framing.tag(batch, column="body")["sentences"]
    assert sentences == model.predict(TEXT).to_dict()["sentences"]
    with pytest.raises(InputError, match="no column 'text'; the batch has 'body', 'n'"):
        framing.tag(batch)
    with pytest.raises(InputError, match="text 0 must be a str, got int 1"):
        framing.tag(batch, column="n")


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="module 'framing' has no attribute 'prediction'"):
        framing.prediction  # noqa: B018
