from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from framing import load
from framing.dataset.splits import split_of_group
from framing.dataset.tagged import parse_article
from framing.errors import InputError
from framing.inference.classifier import Classifier
from framing.inference.folder import (
    CONFIG,
    GRAPH,
    LEXICAL,
    TOKENIZER,
    WEIGHTS,
    replace_config,
    write_config,
)
from framing.model import run as run_module
from framing.model.batches import Batch
from framing.model.run import Run
from framing.model.settings import TrainingConfig, read_config
from framing.model.training import train
from framing.schema import Article

Data = tuple[list[Article], list[Article]]
Fit = Callable[..., Classifier]


@pytest.fixture
def fit(tiny_config: TrainingConfig, tiny_data: Data) -> Fit:
    """Train with some settings changed."""

    def run(
        output: Path, *, data: Data = tiny_data, resume: bool = False, **changes: object
    ) -> Classifier:
        return train(
            data[0],
            output,
            validation=data[1],
            config=replace(tiny_config, **changes),
            device="cpu",
            resume=resume,
            quantize=False,
            progress=False,
        )

    return run


def weights(folder: Path) -> dict[str, np.ndarray]:
    return load_file(folder / WEIGHTS)


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


def test_a_model_folder_is_written(
    fit: Fit, tiny_data: Data, tiny_config: TrainingConfig, tmp_path: Path
) -> None:
    model = fit(tmp_path / "model")
    found = sorted(path.name for path in (tmp_path / "model").iterdir())
    assert found == sorted(["README.md", CONFIG, GRAPH, LEXICAL, TOKENIZER, WEIGHTS])
    record = model.config.training
    assert record["config"] == json.loads(json.dumps(asdict(tiny_config)))
    assert record["device"] == "cpu"
    assert record["best_epoch"] == 1
    assert [epoch["epoch"] for epoch in record["history"]] == [1]
    assert record["train"]["articles"] == len(tiny_data[0])
    assert record["validation"]["sentences"] == sum(map(len, tiny_data[1]))
    assert (model.config.window, model.config.context, model.config.joint) == (128, 0, False)
    text = tiny_data[0][0].text
    assert load(tmp_path / "model").predict(text) == model.predict(text)


@pytest.mark.parametrize(("context", "joint"), [(0, False), (40, True)])
def test_the_loss_falls(context: int, joint: bool, fit: Fit, tmp_path: Path) -> None:
    model = fit(
        tmp_path / "m",
        epochs=8,
        patience=9,
        learning_rate=8e-3,
        negatives=1.0,
        dropout=0.0,
        freeze_embeddings=False,
        context=context,
        joint=joint,
    )
    losses = [epoch["loss"] for epoch in model.config.training["history"]]
    assert len(losses) == 8
    assert losses[-1] < 0.8 * losses[0]
    assert (model.config.context, model.config.joint) == (context, joint)


def test_the_same_seed_gives_the_same_weights(fit: Fit, tmp_path: Path) -> None:
    fit(tmp_path / "a", seed=3)
    torch.rand(7)  # whatever was drawn before does not matter
    fit(tmp_path / "b", seed=3)
    fit(tmp_path / "c", seed=4)
    assert same(weights(tmp_path / "a"), weights(tmp_path / "b"))
    assert not same(weights(tmp_path / "a"), weights(tmp_path / "c"))


def test_without_a_lexical_model(fit: Fit, tiny_data: Data, tmp_path: Path) -> None:
    model = fit(tmp_path / "m", lexical=False)
    assert not (tmp_path / "m" / LEXICAL).exists()
    assert model.config.lexical == {}
    assert LEXICAL not in model.config.files
    text = tiny_data[0][0].text
    assert load(tmp_path / "m").predict(text) == model.predict(text)


def test_the_lexical_model_counts(fit: Fit, tiny_data: Data, tmp_path: Path) -> None:
    model = fit(tmp_path / "m")
    mix = model.config.lexical
    assert list(mix) == list(model.labels)
    assert all(weight >= 0 for weight in mix.values())
    assert any(mix.values())
    without = replace_config(model.config, lexical={})
    write_config(tmp_path / "m", without, list(without.files))
    text = tiny_data[0][0].text
    pairs = zip(model.predict(text), load(tmp_path / "m").predict(text), strict=True)
    assert any(one.scores != other.scores for one, other in pairs)


@pytest.mark.parametrize("frozen", [True, False])
def test_frozen_embeddings(frozen: bool, fit: Fit, base_folder: Path, tmp_path: Path) -> None:
    fit(tmp_path / "m", freeze_embeddings=frozen)
    name = "embeddings.word_embeddings.weight"
    before, after = (
        load_file(base_folder / "model.safetensors")[name],
        weights(tmp_path / "m")[f"encoder.{name}"],
    )
    assert np.array_equal(before, after) is frozen
    layer = "encoder.layer.0.attention.self.query.weight"
    assert not np.array_equal(
        load_file(base_folder / "model.safetensors")[layer],
        weights(tmp_path / "m")[f"encoder.{layer}"],
    )


def test_without_averaging_the_last_weights_are_kept(
    fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last: dict[str, np.ndarray] = {}
    finish = Run.finish

    def spy(run: Run, quantize: bool) -> Classifier:
        last.update({k: v.numpy().copy() for k, v in run.network.state_dict().items()})
        return finish(run, quantize)

    monkeypatch.setattr(Run, "finish", spy)
    fit(tmp_path / "last", average=0.0)
    assert same(weights(tmp_path / "last"), last)
    fit(tmp_path / "mean", average=0.9)
    assert not same(weights(tmp_path / "mean"), last)


class KilledError(Exception):
    """Stands for a kill."""


def kill_after(n: int, monkeypatch: pytest.MonkeyPatch, run: Callable[[], object]) -> None:
    """Run until a training step after the first `n` is begun."""
    done = 0
    step = Run._step

    def limited(self: Run, batch: Batch) -> float:
        nonlocal done
        if done == n:
            raise KilledError
        done += 1
        return step(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "_step", limited)
        with pytest.raises(KilledError):
            run()


@pytest.mark.parametrize("stops", [(3,), (2, 9), (17,)])
def test_a_resumed_run_ends_with_the_same_weights(
    stops: tuple[int, ...], fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"epochs": 3, "patience": 9, "context": 30, "checkpoint_minutes": 0.0}
    whole = fit(tmp_path / "whole", **settings)
    output = tmp_path / "resumed"
    for i, stop in enumerate(stops):
        kill_after(stop, monkeypatch, partial(fit, output, resume=i > 0, **settings))
        assert (output / "checkpoint").is_dir()
        assert not (output / CONFIG).exists()
    torch.manual_seed(999)
    resumed = fit(output, resume=True, **settings)
    assert same(weights(tmp_path / "whole"), weights(output))
    assert resumed.thresholds == whole.thresholds
    assert resumed.config.calibration == whole.config.calibration
    assert resumed.config.lexical == whole.config.lexical
    histories = [
        [
            {k: v for k, v in epoch.items() if k != "seconds"}
            for epoch in m.config.training["history"]
        ]
        for m in (whole, resumed)
    ]
    assert histories[0] == histories[1]
    assert not (output / "checkpoint").exists()


def test_a_run_can_be_resumed_between_two_checkpoints(
    fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"epochs": 2, "patience": 9}  # a checkpoint at the end of each epoch only
    fit(tmp_path / "whole", **settings)
    kill_after(12, monkeypatch, partial(fit, tmp_path / "resumed", **settings))
    fit(tmp_path / "resumed", resume=True, **settings)
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "resumed"))


def test_what_is_not_resumed(
    fit: Fit, tiny_data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "run"
    kill_after(2, monkeypatch, partial(fit, output, checkpoint_minutes=0.0))
    with pytest.raises(
        InputError, match=r"the interrupted run had config = .*'seed': 0.*'seed': 1"
    ):
        fit(output, resume=True, checkpoint_minutes=0.0, seed=1)
    fewer = (tiny_data[0][1:], tiny_data[1])
    with pytest.raises(InputError, match=r"had train_sha256 = .*; resume with the same settings"):
        fit(output, data=fewer, resume=True, checkpoint_minutes=0.0)
    fewer = (tiny_data[0], tiny_data[1][1:])
    with pytest.raises(InputError, match="checkpoint: the interrupted run had validation_sha256"):
        fit(output, data=fewer, resume=True, checkpoint_minutes=0.0)


def test_without_resume_a_run_starts_afresh(
    fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_after(2, monkeypatch, partial(fit, tmp_path / "a", seed=5, checkpoint_minutes=0.0))
    fit(tmp_path / "a")
    fit(tmp_path / "b", resume=True)  # there is nothing to resume
    assert same(weights(tmp_path / "a"), weights(tmp_path / "b"))


def test_training_stops_when_validation_gets_no_better(
    fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = iter([0.2, 0.5, 0.4, 0.5, 0.9])
    evaluate = run_module.evaluate

    class Fixed:
        def __init__(self, scores: object, macro_f1: float) -> None:
            self.n_articles = self.n_sentences = 0
            self.macro_f1, self.span_f1 = macro_f1, 0.0

    monkeypatch.setattr(
        run_module, "evaluate", lambda model, data: Fixed(evaluate(model, data), next(figures))
    )
    record = fit(tmp_path / "m", epochs=5, patience=2).config.training
    assert [epoch["validation_macro_f1"] for epoch in record["history"]] == [0.2, 0.5, 0.4, 0.5]
    assert record["best_epoch"] == 2


def test_articles_are_held_out_by_their_group(
    articles: list[Article], tiny_config: TrainingConfig, tmp_path: Path
) -> None:
    part = articles[:30]
    model = train(part, tmp_path / "m", config=tiny_config, device="cpu", progress=False)
    n_train = sum(split_of_group(article.group) == "train" for article in part)
    assert 0 < n_train < 30
    assert model.config.training["train"]["articles"] == n_train
    assert model.config.training["validation"]["articles"] == 30 - n_train


def test_a_label_without_examples(fit: Fit, articles: list[Article], tmp_path: Path) -> None:
    def without(article: Article) -> Article:
        kept = tuple(s for s in article.sentences if "industrial_policy" not in s.labels)
        return replace(article, sentences=kept)

    data = [without(article) for article in articles[:18]]
    model = fit(tmp_path / "m", data=(data[:12], data[12:]))
    assert model.thresholds["industrial_policy"] == 0.5
    assert model.config.calibration["industrial_policy"] == (1.0, 0.0)


HEADER = "# id: {0}\n# title: T\n# dispute:\n# genre:\n# date: 2020\n# split-group: {0}\n\n"


def test_validation_without_positives(fit: Fit, articles: list[Article], tmp_path: Path) -> None:
    empty = parse_article(HEADER.format("empty") + "The match ended in a draw.\nIt rained.\n")
    model = fit(tmp_path / "m", data=(articles[:12], [empty]))
    assert set(model.thresholds.values()) == {0.5}


def test_a_sentence_longer_than_the_encoder(
    fit: Fit, articles: list[Article], tmp_path: Path
) -> None:
    long = parse_article(
        HEADER.format("long") + "<threat>duties " + "and duties " * 300 + "x</threat>"
    )
    model = fit(tmp_path / "m", data=([long, *articles[:6]], [long, *articles[6:10]]))
    (prediction,) = model.predict_articles([long]).__next__()
    assert prediction.text == long.text


def test_windows_longer_than_the_encoder_reads(fit: Fit, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"window.*256.*128"):
        fit(tmp_path / "m", window=256, context=200, joint=True)


@pytest.mark.parametrize("epochs", [0, -1])
def test_no_epoch(epochs: int, fit: Fit, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="epochs"):
        fit(tmp_path / "m", epochs=epochs)


def test_nothing_to_train_or_validate_on(
    fit: Fit, tiny_data: Data, own_articles: list[Article], tmp_path: Path
) -> None:
    for data, message in [
        (([], tiny_data[1]), "no article to train on; give at least one, better hundreds"),
        ((tiny_data[0], []), "no article to validate on; give at least one"),
        ((own_articles, tiny_data[1]), "article 'weather-1': label 'rain' is not in codebook 'eco"),
        ((tiny_data[0], own_articles), "article 'weather-1': label 'rain' is not in codebook"),
    ]:
        with pytest.raises(InputError, match=message):
            fit(tmp_path / "m", data=data)
    with pytest.raises(InputError, match="device 'cuda:99' cannot be used here"):
        train(*tiny_data[:1], tmp_path / "m", validation=tiny_data[1], device="cuda:99")
    assert not (tmp_path / "m").exists()


def test_without_progress_nothing_is_printed(
    fit: Fit, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fit(tmp_path / "m")
    assert capfd.readouterr() == ("", "")


def test_progress_goes_to_standard_error(
    tiny_config: TrainingConfig, tiny_data: Data, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    train(tiny_data[0], tmp_path, validation=tiny_data[1], config=tiny_config, device="cpu")
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "epoch 1/1" in printed.err
    n = sum(map(len, tiny_data[1]))
    assert re.search(
        rf"epoch 1: loss .*macro-F1 .*\({len(tiny_data[1])} articles, {n} ", printed.err
    )


def test_settings_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('base = "folder"\nepochs = 3\nlearning_rate = 1\nbf16 = false\n')
    assert read_config(path) == TrainingConfig(
        base="folder", epochs=3, learning_rate=1.0, bf16=False
    )
    assert type(read_config(path).learning_rate) is float
    assert read_config(path, {"epochs": 4}).epochs == 4
    assert read_config() == TrainingConfig()
    assert read_config(None, {"seed": 7}).seed == 7


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("epochs = ", r"run\.toml: not a TOML file: "),
        (b"base = '\xff'", r"run\.toml: not a TOML file: "),
        ("epoch = 3", r"run\.toml: unknown setting 'epoch'; known: base, layers, seed, epochs"),
        ("__doc__ = 'x'", "unknown setting '__doc__'"),
        ("epochs = 3.5", r"run\.toml: epochs must be int, got 3\.5"),
        ("epochs = '3'", "epochs must be int, got '3'"),
        ("epochs = true", "epochs must be int, got True"),
        ("learning_rate = true", "learning_rate must be float, got True"),
        ("freeze_embeddings = 1", "freeze_embeddings must be bool, got 1"),
        ("base = 5", "base must be str, got 5"),
        ("bf16 = 'yes'", "bf16 must be bool"),
        ("[training]\nepochs = 3", "unknown setting 'training'"),
    ],
)
def test_settings_that_cannot_be_read(content: str | bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=message):
        read_config(path)


def test_a_missing_file_of_settings(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.toml"):
        read_config(tmp_path / "none.toml")


def test_a_model_of_the_same_labels_gives_its_head_too(
    fit: Fit, tiny_folder: Path, tmp_path: Path
) -> None:
    fit(tmp_path / "on", base=str(tiny_folder), learning_rate=1e-9, head_factor=1.0)
    before, after = weights(tiny_folder), weights(tmp_path / "on")
    assert before.keys() == after.keys()
    assert all(np.allclose(before[name], after[name], atol=1e-4) for name in before)
