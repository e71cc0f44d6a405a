from __future__ import annotations

import copy
import logging
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import load_file, save_file

from framing import load
from framing.inference.engine import TransformerEngine
from framing.inference.folder import (
    GRAPH,
    LEXICAL,
    TOKENIZER,
    WEIGHTS,
    ModelConfig,
    read_config,
    write_config,
)
from framing.inference.runtime import MOST_TOGETHER, OnnxNetwork
from framing.model import export, int8
from framing.model.base import load_base
from framing.model.export import export_best, export_onnx, fuse, mark_invariance
from framing.model.int8 import quantize_int8
from framing.model.network import FrameConfig, FrameNetwork
from framing.schema import Article

WINDOWS = [np.random.default_rng(i).integers(5, 900, 5 + 3 * i) for i in range(20)]


@pytest.fixture(scope="module")
def network(tiny_folder: Path, base_folder: Path) -> FrameNetwork:
    """The tiny model on torch."""
    encoder = load_base(str(base_folder), 0.1).encoder
    config = read_config(tiny_folder)
    network = FrameNetwork(
        FrameConfig(labels=list(config.labels), encoder=dict(config.encoder)), encoder
    )
    network.load_state_dict(load_file(tiny_folder / WEIGHTS))
    return network


@pytest.fixture(scope="module")
def graphs(network: FrameNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plain, the fused and the int8 graph."""
    folder = tmp_path_factory.mktemp("graphs")
    export_onnx(network, folder / "plain.onnx")
    fuse(folder / "plain.onnx", folder / "fused.onnx", network)
    quantize_int8(folder / "fused.onnx", folder / "int8.onnx", WINDOWS)
    return folder


def outputs_of(network: FrameNetwork, ids: np.ndarray) -> np.ndarray:
    tensor = torch.from_numpy(ids)[None]
    with torch.inference_mode():
        found: np.ndarray = network(tensor, torch.ones_like(tensor))[0].numpy()
    return found


@pytest.mark.parametrize("length", [1, 2, 9, 33, 127, 128])
@pytest.mark.parametrize("name", ["plain", "fused"])
def test_float32_graphs_agree_with_torch(
    name: str, length: int, network: FrameNetwork, graphs: Path
) -> None:
    network.train(False)
    ids = np.random.default_rng(length).integers(5, 900, length)
    (found,) = OnnxNetwork(graphs / f"{name}.onnx", 1).run([ids])
    np.testing.assert_allclose(found, outputs_of(network, ids), atol=1e-4)


def test_mpnet_is_exported_with_one_operator_for_attention(
    mpnet: FrameNetwork, tmp_path: Path
) -> None:
    plain, fused, int8 = (tmp_path / name for name in ("plain.onnx", "fused.onnx", "int8.onnx"))
    export_onnx(mpnet, plain)
    fuse(plain, fused, mpnet)
    quantize_int8(fused, int8, WINDOWS)
    assert "compute_position_bias" not in vars(mpnet.encoder.encoder)  # lean for the export only
    assert type(mpnet.encoder.embeddings).__name__ == "MPNetEmbeddings"
    mpnet.train(False)
    for length in (1, 2, 9, 33, 200):
        ids = np.random.default_rng(length).integers(5, 900, length)
        expected = outputs_of(mpnet, ids)
        for path in (plain, fused):
            (found,) = OnnxNetwork(path, 1).run([ids])
            np.testing.assert_allclose(found, expected, atol=1e-6)
        (found,) = OnnxNetwork(int8, 1).run([ids])
        assert np.abs(found - expected).mean() < 0.2 * expected.std()
    for path, product in ((fused, "MatMul"), (int8, "MatMulIntegerToFloat")):
        operators = Counter(node.op_type for node in onnx.load(path).graph.node)
        assert operators["MultiHeadAttention"] == 2
        assert operators[product] == 14  # six in each layer, two in the head
        assert operators["Softmax"] == operators["Erf"] == 0
        assert mark_invariance(path, 900, 128)


def test_wide_channels_are_evened_out(
    mpnet: FrameNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = copy.deepcopy(mpnet)
    for layer in wide.encoder.encoder.layer:
        torch.nn.init.normal_(layer.intermediate.dense.weight, std=0.3)
        layer.attention.LayerNorm.weight.data[::12] = 60  # four of 48 channels
    export_onnx(wide, tmp_path / "plain.onnx")
    fuse(tmp_path / "plain.onnx", tmp_path / "fused.onnx", wide)
    smooth = onnx.load(tmp_path / "fused.onnx")
    int8._smooth(smooth, WINDOWS)
    onnx.save(smooth, tmp_path / "smooth.onnx")
    quantize_int8(tmp_path / "fused.onnx", tmp_path / "int8.onnx", WINDOWS)
    monkeypatch.setattr(int8, "_smooth", lambda model, windows: None)
    quantize_int8(tmp_path / "fused.onnx", tmp_path / "uneven.onnx", WINDOWS)
    exact, same, even, uneven = (
        np.concatenate(OnnxNetwork(tmp_path / f"{name}.onnx", 1).run(WINDOWS))
        for name in ("fused", "smooth", "int8", "uneven")
    )
    np.testing.assert_allclose(same, exact, atol=1e-4)
    assert np.abs(even - exact).mean() < 0.8 * np.abs(uneven - exact).mean()


def test_windows_of_a_batch(network: FrameNetwork, graphs: Path) -> None:
    network.train(False)
    ids = np.random.default_rng(0).integers(5, 900, (3, 11))
    session = OnnxNetwork(graphs / "fused.onnx", 1)._session
    (found,) = session.run(["outputs"], {"input_ids": ids})
    assert found.shape == (3, 11, 3, 4)
    for row, expected in zip(found, ids, strict=True):
        np.testing.assert_allclose(row, outputs_of(network, expected), atol=1e-4)


def test_int8_is_smaller_and_near(network: FrameNetwork, graphs: Path) -> None:
    sizes = {path.stem: path.stat().st_size for path in graphs.glob("*.onnx")}
    assert sizes["int8"] < 0.75 * sizes["fused"]
    network.train(False)
    ids = np.random.default_rng(0).integers(5, 900, 60)
    (found,) = OnnxNetwork(graphs / "int8.onnx", 1).run([ids])
    expected = outputs_of(network, ids)
    assert np.abs(found - expected).mean() < 0.15 * expected.std()
    assert not np.array_equal(found, expected)


def test_int8_has_fixed_scales_and_whole_products(graphs: Path) -> None:
    operators = Counter(node.op_type for node in onnx.load(graphs / "int8.onnx").graph.node)
    assert operators["DynamicQuantizeLinear"] == operators["MatMulInteger"] == 0
    plain = Counter(node.op_type for node in onnx.load(graphs / "fused.onnx").graph.node)
    assert operators["MatMulIntegerToFloat"] == plain["MatMul"] > 0
    assert operators["QAttention"] == plain["Attention"] > 0


def test_activations_beyond_the_measured_range_are_clipped(graphs: Path, tmp_path: Path) -> None:
    short = [np.array([7, 7, 7])]
    quantize_int8(graphs / "fused.onnx", tmp_path / "narrow.onnx", short)
    (wide,) = OnnxNetwork(graphs / "int8.onnx", 1).run([WINDOWS[3]])
    (narrow,) = OnnxNetwork(tmp_path / "narrow.onnx", 1).run([WINDOWS[3]])
    (exact,) = OnnxNetwork(graphs / "fused.onnx", 1).run([WINDOWS[3]])
    assert np.abs(wide - exact).mean() < np.abs(narrow - exact).mean()


@pytest.mark.parametrize("name", ["fused", "int8"])
def test_batches_change_nothing(name: str, graphs: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(graphs / f"{name}.onnx", tmp_path))
    alone = OnnxNetwork(path, 1)
    assert alone._together == 1
    assert mark_invariance(path, 900, 128)
    together = OnnxNetwork(path, 2)
    assert together._together == MOST_TOGETHER
    windows = [window[:n] for window in WINDOWS for n in (5, 8)] + WINDOWS
    for one, other in zip(alone.run(windows), together.run(windows), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_graph_that_scales_by_the_batch_is_run_window_by_window(
    graphs: Path, tmp_path: Path
) -> None:
    path = tmp_path / "dynamic.onnx"
    int8._quantize_dynamic(graphs / "fused.onnx", path)
    assert not mark_invariance(path, 900, 128)
    assert OnnxNetwork(path, 1)._together == 1


def test_export_leaves_logging_alone(graphs: Path, tmp_path: Path) -> None:
    root = logging.getLogger()
    before = (root.disabled, root.level, list(root.handlers))
    quantize_int8(graphs / "fused.onnx", tmp_path / "int8.onnx", WINDOWS[:2])
    assert (root.disabled, root.level, list(root.handlers)) == before


def test_an_encoder_of_another_kind_is_not_fused(
    network: FrameNetwork, graphs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network.encoder.config, "model_type", "other", raising=False)
    fuse(graphs / "plain.onnx", tmp_path / "copy.onnx", network)
    assert (tmp_path / "copy.onnx").read_bytes() == (graphs / "plain.onnx").read_bytes()


@pytest.mark.parametrize(
    ("quantize", "most_loss", "chosen"),
    [(False, 1.0, "float32"), (True, 1.0, "int8"), (True, -1.0, "float32")],
)
def test_the_graph_that_is_kept(
    quantize: bool,
    most_loss: float,
    chosen: str,
    network: FrameNetwork,
    tiny_folder: Path,
    graphs: Path,
    articles: list[Article],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export, "MOST_LOSS", most_loss)
    folder = tmp_path / "model"
    folder.mkdir()
    shutil.copy(tiny_folder / TOKENIZER, folder)
    shutil.copy(tiny_folder / LEXICAL, folder)
    save_file(network.state_dict(), folder / WEIGHTS)
    config = replace(read_config(tiny_folder), files={}, training={"note": "kept"})
    model = export_best(network, config, folder, articles[:4], quantize=quantize)
    record = model.config.training
    assert record["note"] == "kept"
    assert record["export"]["precision"] == chosen
    assert set(record["export"]["validation_macro_f1"]) == (
        {"float32", "int8"} if quantize else {"float32"}
    )
    source = {"float32": "fused", "int8": "int8"}[chosen]
    size = (graphs / f"{source}.onnx").stat().st_size
    assert (folder / GRAPH).stat().st_size == pytest.approx(size, rel=0.01)
    text = articles[0].text
    assert load(folder).predict(text) == model.predict(text)
    write_config(folder, model.config, list(model.config.files))
    assert read_config(folder) == model.config


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_attention_is_fused_however_the_network_was_trained(
    network: FrameNetwork, attention: str, tmp_path: Path
) -> None:
    network.encoder.set_attn_implementation(attention)
    export_onnx(network, tmp_path / "plain.onnx")
    fuse(tmp_path / "plain.onnx", tmp_path / "fused.onnx", network)
    operators = [node.op_type for node in onnx.load(tmp_path / "fused.onnx").graph.node]
    assert operators.count("Attention") == network.encoder.config.num_hidden_layers


@pytest.mark.parametrize(("most_loss", "threshold"), [(1.0, 0.125), (-1.0, 0.5)])
def test_thresholds_of_the_int8_graph_are_its_own(
    most_loss: float,
    threshold: float,
    network: FrameNetwork,
    tiny_folder: Path,
    articles: list[Article],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export, "MOST_LOSS", most_loss)
    for name in (TOKENIZER, LEXICAL):
        shutil.copy(tiny_folder / name, tmp_path)
    save_file(network.state_dict(), tmp_path / WEIGHTS)
    config = replace(read_config(tiny_folder), files={})
    config = replace(config, thresholds=dict.fromkeys(config.labels, 0.5))

    def recalibrate(engine: TransformerEngine) -> ModelConfig:
        return replace(engine.config, thresholds=dict.fromkeys(config.labels, 0.125))

    model = export_best(network, config, tmp_path, articles[:4], recalibrate=recalibrate)
    assert set(model.thresholds.values()) == {threshold}
