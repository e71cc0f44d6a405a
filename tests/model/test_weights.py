from __future__ import annotations

import copy
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

import framing
from framing.errors import ModelError
from framing.inference.folder import (
    GRAPH,
    WEIGHTS,
    ModelConfig,
    read_config,
    replace_config,
    sha256,
)
from framing.inference.runtime import OnnxNetwork
from framing.model.base import load_base
from framing.model.export import export_onnx, fuse
from framing.model.int8 import quantize_int8
from framing.model.network import FrameNetwork
from framing.model.weights import load_network
from framing.resources import path_of

WINDOWS = [np.random.default_rng(i).integers(5, 900, 5 + 3 * i) for i in range(20)]


def outputs_of(network: FrameNetwork, ids: np.ndarray) -> np.ndarray:
    tensor = torch.from_numpy(ids)[None]
    with torch.inference_mode():
        found: np.ndarray = network.train(False)(tensor, torch.ones_like(tensor))[0].numpy()
    return found


def int8_folder(network: FrameNetwork, tiny_folder: Path, folder: Path) -> ModelConfig:
    """Write the int8 graph of a network; return the configuration of a folder with it alone."""
    export_onnx(network, folder / "plain.onnx")
    fuse(folder / "plain.onnx", folder / "fused.onnx", network)
    quantize_int8(folder / "fused.onnx", folder / GRAPH, WINDOWS)
    labels = tuple(network.config.frame_labels)
    return replace_config(
        read_config(tiny_folder),
        labels=labels,
        encoder=network.encoder.config.to_dict(),
        files={GRAPH: sha256(folder / GRAPH)},
    )


def test_weights_come_back_from_an_int8_graph(
    mpnet: FrameNetwork, tiny_folder: Path, tmp_path: Path
) -> None:
    found = load_network(tmp_path, int8_folder(mpnet, tiny_folder, tmp_path))
    expected = mpnet.state_dict()
    first, unused = 2, 16  # position behind the padding's; bucket "0 words behind", of no pair
    for name, value in found.state_dict().items():
        if name.endswith("position_embeddings.weight"):
            torch.testing.assert_close(value[first:], expected[name][first:])
        elif name.endswith("relative_attention_bias.weight"):
            kept = [i for i in range(len(value)) if i != unused]
            torch.testing.assert_close(value[kept], expected[name][kept])
        elif value.ndim == 1:
            torch.testing.assert_close(value, expected[name])
        else:  # weights are rounded to one of 256 steps
            assert float((value - expected[name]).abs().max()) < 0.02 * float(
                expected[name].abs().max() + 1e-6
            ), name
    for ids in WINDOWS[:5]:
        outputs = outputs_of(mpnet, ids)
        assert np.abs(outputs_of(found, ids) - outputs).mean() < 0.1 * outputs.std()


def test_other_encoders_need_their_weights(tiny_folder: Path, tmp_path: Path) -> None:
    network = load_network(tiny_folder, read_config(tiny_folder))  # a BERT
    config = int8_folder(network, tiny_folder, tmp_path)
    with pytest.raises(ModelError, match=r"MPNet encoders alone, this one is of a bert; give a f"):
        load_network(tmp_path, config)


def test_a_float32_graph_gives_no_weights(
    mpnet: FrameNetwork, tiny_folder: Path, tmp_path: Path
) -> None:
    config = int8_folder(mpnet, tiny_folder, tmp_path)
    shutil.copyfile(tmp_path / "fused.onnx", tmp_path / GRAPH)
    config = replace_config(config, files={GRAPH: sha256(tmp_path / GRAPH)})
    with pytest.raises(
        ModelError, match=r"is a float32 graph; .* int8 graphs alone; give a folder"
    ):
        load_network(tmp_path, config)


def test_a_graph_that_holds_one_of_two_equal_weights(
    mpnet: FrameNetwork, tiny_folder: Path, tmp_path: Path
) -> None:
    network = copy.deepcopy(mpnet)
    first, second = network.encoder.encoder.layer
    second.output.LayerNorm.bias = first.output.LayerNorm.bias
    config = int8_folder(network, tiny_folder, tmp_path)
    with pytest.raises(ModelError, match=r"LayerNorm\.bias, or it is equal to another and was wri"):
        load_network(tmp_path, config)


def test_the_packaged_model_is_a_base() -> None:
    folder = path_of("models/default")
    config = read_config(folder)
    assert WEIGHTS not in config.files
    base = load_base("default", 0.1)
    assert base.labels == config.labels
    assert base.record["name"] == "default"
    assert base.record["sha256"] == config.files[GRAPH]
    assert base.record["original"] == "sentence-transformers/all-mpnet-base-v2"
    network = load_network(folder, config)
    assert all(base.head[k].equal(v) for k, v in network.state_dict().items() if k in base.head)
    ids = np.asarray([0, *base.tokenizer.encode("Ottawa will suspend its tax.").ids[1:]])
    (graph,) = OnnxNetwork(folder / GRAPH, 1).run([ids])
    assert np.abs(outputs_of(network, ids) - graph).mean() < 0.05 * graph.std()


def test_the_packaged_model_runs_on_torch() -> None:
    text = "Washington will impose duties of 30% on steel unless Ottawa drops its tax. It rained."
    graph, other = (framing.load(device=device).predict(text) for device in ("cpu", "cpu:0"))
    for one, two in zip(graph.predictions, other.predictions, strict=True):
        assert one.labels == two.labels
        assert one.scores == pytest.approx(two.scores, abs=0.05)
