from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import (
    AutoConfig,
    BertConfig,
    BertModel,
    ModernBertConfig,
    ModernBertModel,
    MPNetConfig,
    MPNetModel,
)

from framing.errors import InputError, ModelError, ModelNotFoundError
from framing.inference.folder import (
    CONFIG,
    WEIGHTS,
    read_config,
    replace_config,
    sha256,
    write_config,
)
from framing.model import base
from framing.model.base import base_folder, load_base, longest_window, use_quick_attention
from framing.model.settings import MINILM_SHA256, TrainingConfig
from framing.model.training import train
from framing.schema import Article


def test_an_encoder_from_a_folder(base_folder: Path) -> None:
    found = load_base(str(base_folder), 0.3)
    encoder, tokenizer, record = found.encoder, found.tokenizer, found.record
    assert isinstance(tokenizer, Tokenizer)
    assert tokenizer.truncation is None
    assert tokenizer.padding is None
    assert encoder.config.hidden_dropout_prob == 0.3
    assert encoder.config.attention_probs_dropout_prob == 0.0
    assert encoder.pooler is None
    assert record == {
        "name": str(base_folder),
        "sha256": sha256(base_folder / "model.safetensors"),
    }


def test_the_packaged_encoder_is_the_original() -> None:
    folder = Path(base_folder("minilm"))
    record = load_base("minilm", 0.1).record
    assert record["original"] == "sentence-transformers/all-MiniLM-L6-v2"
    assert sha256(folder / "model.safetensors") == MINILM_SHA256


def test_a_packaged_encoder_that_is_not_the_original(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MINILM_SHA256", "0" * 64)
    with pytest.raises(ModelError, match=r"SHA-256 is 53aa.*, expected 000.*; reinstall the"):
        base_folder("minilm")


def test_a_base_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"base '.*none': transformers cannot load an enc"):
        load_base(str(tmp_path / "none"), 0.1)
    with pytest.raises(ModelNotFoundError, match="transformers cannot load an encoder from"):
        load_base(str(tmp_path), 0.1)


def test_training_goes_on_from_a_model_folder(
    tiny_folder: Path,
    tiny_config: TrainingConfig,
    tiny_data: tuple[list[Article], list[Article]],
    tmp_path: Path,
) -> None:
    base = load_base(str(tiny_folder), 0.1)
    encoder, record = base.encoder, base.record
    assert record["sha256"] == sha256(tiny_folder / WEIGHTS)
    assert "original" not in record  # it was trained from random weights
    config = read_config(tiny_folder)
    known = {**config.base, "sha256": MINILM_SHA256}  # as folders of older versions have it
    old = Path(shutil.copytree(tiny_folder, tmp_path / "old"))
    write_config(old, replace_config(config, base=known), list(config.files))
    record = load_base(str(old), 0.1).record
    assert record["original"] == "sentence-transformers/all-MiniLM-L6-v2"
    saved = load_file(tiny_folder / WEIGHTS)
    for name, tensor in encoder.state_dict().items():
        assert tensor.equal(saved[f"encoder.{name}"]), name
    model = train(
        tiny_data[0],
        tmp_path / "more",
        validation=tiny_data[1],
        config=replace(tiny_config, base=str(tiny_folder)),
        device="cpu",
        progress=False,
    )
    assert model.config.base["name"] == str(tiny_folder)


def test_a_damaged_model_folder_is_no_base(tiny_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_folder, tmp_path / "model"))
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.safetensors: SHA-256 is"):
        load_base(str(folder), 0.1)


def test_a_folder_of_a_later_version_is_no_base(tiny_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_folder, tmp_path / "model"))
    text = (folder / CONFIG).read_text(encoding="utf-8")
    (folder / CONFIG).write_text(text.replace('"format": 1', '"format": 9'), encoding="utf-8")
    with pytest.raises(ModelError, match="model format 9, this version reads format 1"):
        load_base(str(folder), 0.1)
    (folder / CONFIG).write_text(text[:-9], encoding="utf-8")
    with pytest.raises(ModelError, match="damaged, not a JSON file"):
        load_base(str(folder), 0.1)
    (folder / CONFIG).write_text(text.replace('"transformer"', '"baseline"'), encoding="utf-8")
    with pytest.raises(ModelError, match="a model of kind 'baseline' has no encoder; give a"):
        load_base(str(folder), 0.1)


def test_the_lowest_layers_are_kept(
    base_folder: Path,
    tiny_folder: Path,
    tiny_config: TrainingConfig,
    tiny_data: tuple[list[Article], list[Article]],
    tmp_path: Path,
) -> None:
    whole = load_base(str(base_folder), 0.1).encoder
    less: Any
    less = load_base(str(base_folder), 0.1, layers=1).encoder
    assert less.config.num_hidden_layers == len(less.encoder.layer) == 1
    kept = {name: tensor for name, tensor in whole.state_dict().items() if ".layer.1." not in name}
    assert less.state_dict().keys() == kept.keys()
    assert all(tensor.equal(kept[name]) for name, tensor in less.state_dict().items())
    with pytest.raises(InputError, match=r"layers must be 0 \(all\) to 2 for .*, got 3"):
        load_base(str(base_folder), 0.1, layers=3)
    model = train(
        tiny_data[0],
        tmp_path / "less",
        validation=tiny_data[1],
        config=replace(tiny_config, base=str(tiny_folder), layers=1),
        device="cpu",
        progress=False,
    )
    assert model.config.encoder["num_hidden_layers"] == 1


def test_a_cut_encoder_can_be_built_again() -> None:
    encoder = ModernBertModel(
        ModernBertConfig(
            vocab_size=60,
            hidden_size=8,
            intermediate_size=8,
            num_hidden_layers=4,
            num_attention_heads=2,
            pad_token_id=0,
        )
    )
    base._keep_layers(encoder, 2, "modern")
    settings = encoder.config.to_dict()
    again = AutoConfig.for_model(settings.pop("model_type"), **settings)
    assert len(ModernBertModel(again).layers) == 2


def test_an_encoder_without_layers() -> None:
    encoder = torch.nn.Linear(2, 2)
    with pytest.raises(InputError, match="base 'odd': its layers are not found"):
        base._keep_layers(encoder, 1, "odd")


def test_positions_behind_the_padding() -> None:
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    mpnet = MPNetModel(MPNetConfig(max_position_embeddings=34, **sizes))
    assert longest_window(mpnet) == 32
    assert longest_window(BertModel(BertConfig(max_position_embeddings=34, **sizes))) == 34
    ids = torch.full((1, 32), 5)
    assert mpnet(ids).last_hidden_state.shape == (1, 32, 8)


def test_attention_is_computed_step_by_step_on_a_cpu_only(base_folder: Path) -> None:
    encoder: Any
    encoder = load_base(str(base_folder), 0.1).encoder
    before = encoder.config._attn_implementation
    use_quick_attention(encoder, torch.device("cuda"))
    assert encoder.config._attn_implementation == before != "eager"
    use_quick_attention(encoder, torch.device("cpu"))
    assert encoder.config._attn_implementation == "eager"
