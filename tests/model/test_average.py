from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from framing.errors import InputError
from framing.inference.folder import read_config
from framing.model.average import average
from framing.model.settings import TrainingConfig
from framing.model.training import train
from framing.model.weights import load_network
from framing.schema import Article


def test_the_mean_of_a_model_and_what_was_trained_on_from_it(
    tiny_folder: Path, tiny_config: TrainingConfig, articles: list[Article], tmp_path: Path
) -> None:
    config = replace(tiny_config, base=str(tiny_folder))
    train(
        articles[:12],
        tmp_path / "on",
        validation=articles[12:18],
        config=config,
        device="cpu",
        progress=False,
        quantize=False,
    )
    folders = [tiny_folder, tmp_path / "on"]
    model = average(folders, tmp_path / "mean", articles[12:18], context=20, quantize=False)
    states = [load_network(f, read_config(f)).state_dict() for f in (*folders, tmp_path / "mean")]
    for name, value in states[2].items():
        torch.testing.assert_close(value, (states[0][name] + states[1][name]) / 2)
    assert model.config.context == 20
    assert [part["name"] for part in model.config.training["mean_of"]] == ["tiny", "on"]
    assert model.predict(articles[0].text).label_names == model.labels


def test_models_without_a_mean(tiny_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least two model folders, got 1"):
        average([tiny_folder], tmp_path / "mean", [])
