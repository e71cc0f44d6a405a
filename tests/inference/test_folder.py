from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from scipy.special import expit

from framing import load
from framing.errors import ModelError, ModelNotFoundError
from framing.inference.folder import (
    CONFIG,
    GRAPH,
    LEXICAL,
    TOKENIZER,
    WEIGHTS,
    check_file,
    read_config,
    replace_config,
    sha256,
    write_config,
)


@pytest.fixture
def folder(tiny_folder: Path, tmp_path: Path) -> Path:
    """A model folder that may be damaged."""
    return Path(shutil.copytree(tiny_folder, tmp_path / "model"))


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    change(content)
    (folder / CONFIG).write_text(json.dumps(content), encoding="utf-8")


TEXT = "Duties of 25% will follow unless the quota is lifted. Both sides agreed to talk."


def spans_with(folder: Path, weights: list[float] | None) -> list[tuple[str, str, float, float]]:
    """Label, words and score of every span, and the score of its sentence; all labels are given."""

    def change(content: dict[str, Any]) -> None:
        content["thresholds"] = dict.fromkeys(content["thresholds"], 0.0)
        content["span_thresholds"] = dict.fromkeys(content["thresholds"], 0.0)
        del content["word_calibration"]
        if weights is not None:
            content["word_calibration"] = dict.fromkeys(content["labels"], weights)

    edit(folder, change)
    return [
        (span.label, span.text, cast(float, span.score), sentence.scores[span.label])
        for sentence in load(folder).predict(TEXT)
        for span in sentence.spans
    ]


def test_spans_are_read_out_with_the_word_calibration(tiny_folder: Path, tmp_path: Path) -> None:
    def spans(name: str, weights: list[float] | None) -> list[tuple[str, str, float, float]]:
        return spans_with(Path(shutil.copytree(tiny_folder, tmp_path / name)), weights)

    assert spans("none", None) == spans("as it is", [1, 0, 0])
    whole = spans("whole", [0, 0, 5])
    assert {text for _, text, _, _ in whole} == {
        "Duties of 25% will follow unless the quota is lifted",
        "Both sides agreed to talk",
    }
    assert [score for _, _, score, _ in whole] == pytest.approx([expit(5)] * len(whole))
    assert all(score == pytest.approx(own) for _, _, score, own in spans("sentence", [0, 1, 0]))


def test_the_folder_says_what_the_model_is(tiny_folder: Path) -> None:
    config = read_config(tiny_folder)
    assert config.kind == "transformer"
    assert config.labels == (
        "threat",
        "concession",
        "security_justification",
        "industrial_policy",
    )
    assert config.codebook["name"] == "economic-coercion"
    assert set(config.files) == {GRAPH, LEXICAL, TOKENIZER, WEIGHTS}
    assert all(config.files[name] == sha256(tiny_folder / name) for name in config.files)
    assert config.training["train"]["articles"] == 60
    assert config.training["validation"]["articles"] == 20
    assert not list(tiny_folder.glob("*.partial"))
    assert not (tiny_folder / "checkpoint").exists()


def test_what_was_written_is_read(folder: Path) -> None:
    config = replace_config(read_config(folder), window=77, training={"note": "caf\u00e9"})
    assert write_config(folder, config, [GRAPH]) == replace_config(
        config, files={GRAPH: config.files[GRAPH]}
    )
    assert read_config(folder).window == 77


@pytest.mark.parametrize("name", [GRAPH, LEXICAL, TOKENIZER])
def test_a_damaged_file(name: str, folder: Path) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    message = rf"model.{name}: SHA-256 is .*…, config\.json expects .*…; the file was damaged or"
    with pytest.raises(ModelError, match=message):
        load(folder)


@pytest.mark.parametrize("name", [GRAPH, LEXICAL, TOKENIZER])
def test_a_missing_file(name: str, folder: Path) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelNotFoundError, match=f"{name}: missing; fetch or train the model"):
        load(folder)


def test_a_file_that_the_folder_does_not_list(folder: Path) -> None:
    with pytest.raises(
        ModelError, match=r"config\.json: lists no other\.bin; it has \['lexical\.npz', 'model"
    ):
        check_file(folder, read_config(folder), "other.bin")
    edit(folder, lambda content: content["files"].pop(GRAPH))
    with pytest.raises(ModelError, match=r"config\.json: lists no model\.onnx; it has"):
        load(folder)


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="none: no such model folder; train one with"):
        load(tmp_path / "none")
    (tmp_path / "file").touch()
    with pytest.raises(ModelNotFoundError, match="file: no such model folder"):
        load(tmp_path / "file")
    with pytest.raises(
        ModelNotFoundError, match=r"config\.json: missing; .* is not a model folder"
    ):
        load(tmp_path)


def test_another_kind_of_model(folder: Path) -> None:
    edit(folder, lambda content: content.update(kind="forest"))
    with pytest.raises(ModelError, match="holds a model of kind 'forest', expected 'transformer'"):
        load(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"config\.json: damaged, not a JSON file"),
        (b'{"format": 1,', r"config\.json: damaged, not a JSON file"),
        (b"\xff\xfe", r"config\.json: damaged, not a JSON file"),
        (b"[]", r"config\.json: model format 'list', this version reads format 1"),
        (b"{}", r"config\.json: model format None, this version reads format 1"),
        (b'{"format": 2}', r"config\.json: model format 2, this version reads format 1"),
        (b'{"format": 1}', r"config\.json: damaged, .* missing 5 required positional arguments"),
    ],
)
def test_a_config_that_cannot_be_read(content: bytes, message: str, folder: Path) -> None:
    (folder / CONFIG).write_bytes(content)
    with pytest.raises(ModelError, match=message):
        load(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["labels"].append("greed"), ".* are given for .* the labels are"),
        (lambda c: c["labels"].pop(), ".* are given for .* the labels are"),
        (lambda c: c["thresholds"].pop("threat"), "thresholds are given for"),
        (lambda c: c["calibration"].pop("threat"), "calibration are given for"),
        (lambda c: c["span_thresholds"].update(greed=0.5), "span_thresholds are given for"),
        (lambda c: c["lexical"].pop("threat"), "lexical .*given for"),
        (lambda c: c["lexical"].update(greed=0.5), "lexical .*given for"),
        (lambda c: c["lexical"].update(threat="much"), "damaged, .*much"),
        (lambda c: c["word_calibration"].pop("threat"), "word_calibration .*given for"),
        (lambda c: c["word_calibration"].update(threat=[1, 2]), "damaged, not enough values"),
        (lambda c: c["calibration"].update(threat=[1]), "damaged, not enough values"),
        (lambda c: c["calibration"].update(threat=["a", "b"]), "damaged, could not convert"),
        (lambda c: c["calibration"].update(threat=5), "damaged, .*int"),
        (lambda c: c["thresholds"].update(threat="high"), "damaged, .*high"),
        (lambda c: c["thresholds"].update(threat=None), "damaged"),
        (lambda c: c.update(thresholds=None), "damaged"),
        (lambda c: c.update(labels=5), "damaged"),
        (lambda c: c.update(window="wide"), "damaged, .*wide"),
        (lambda c: c.update(window=0), "damaged, .*window"),
        (lambda c: c.update(files=None), "damaged"),
        (lambda c: c.update(colour="red"), "damaged, .* unexpected keyword argument 'colour'"),
    ],
)
def test_a_config_that_does_not_hold_together(
    change: Callable[[dict[str, Any]], object], message: str, folder: Path
) -> None:
    edit(folder, change)
    with pytest.raises(ModelError, match=rf"config\.json: {message}"):
        load(folder)
