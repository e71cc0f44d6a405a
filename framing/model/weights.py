"""The weights of a model folder: from its safetensors file, or out of its graph.

The packaged model has an int8 graph and no torch weights. Its weights can be had back from the
graph, rounded to int8, which is near enough to train on from them or to run them on a GPU.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from framing.errors import MissingExtraError, ModelError
from framing.inference.folder import GRAPH, WEIGHTS, ModelConfig, check_file
from framing.model.network import FrameConfig, FrameNetwork

if TYPE_CHECKING:
    import onnx

Floats = NDArray[np.float32]

_EMBEDDINGS = "encoder.embeddings."
_LEAN = {  # names in a lean graph, see framing.model.lean, and in the network
    _EMBEDDINGS + "words.weight": _EMBEDDINGS + "word_embeddings.weight",
    _EMBEDDINGS + "norm.weight": _EMBEDDINGS + "LayerNorm.weight",
    _EMBEDDINGS + "norm.bias": _EMBEDDINGS + "LayerNorm.bias",
}
_POSITIONS = _EMBEDDINGS + "positions"


def load_network(folder: str | Path, config: ModelConfig, **encoder: Any) -> FrameNetwork:
    """Build the network of a model folder with its weights.

    Parameters
    ----------
    folder : str or Path
        A folder with ``model.safetensors``, or with the int8 graph of an MPNet encoder.
    config : ModelConfig
        Its configuration.
    **encoder
        Settings of the encoder to change, such as ``hidden_dropout_prob``.

    Returns
    -------
    FrameNetwork
        On the CPU, in training mode.

    Raises
    ------
    ModelError
        If the folder has no weights and they cannot be had back from its graph.
    MissingExtraError
        If that needs the package onnx, which is not installed.
    """
    settings = {**config.encoder, **encoder}
    network = FrameNetwork(FrameConfig(labels=list(config.labels), encoder=settings))
    if WEIGHTS in config.files:
        from safetensors.torch import load_file

        network.load_state_dict(load_file(check_file(folder, config, WEIGHTS)))
    else:
        _fill_from_graph(network, check_file(folder, config, GRAPH))
    return network


def weights_hash(config: ModelConfig) -> str:
    """Return the SHA-256 of the file that :func:`load_network` reads."""
    return config.files[WEIGHTS if WEIGHTS in config.files else GRAPH]


def _fill_from_graph(network: FrameNetwork, path: Path) -> None:
    """Put the weights of an int8 graph into the network that it was exported from."""
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError(
            f"{path}: to have the weights back from the graph needs the package onnx; "
            "install it with: pip install 'framing[train]'"
        ) from error
    model = onnx.load(path)
    remedy = f"give a folder that has {WEIGHTS}, as `framing train` writes it"
    if not any(node.op_type == "MatMulIntegerToFloat" for node in model.graph.node):
        raise ModelError(
            f"{path}: is a float32 graph; weights come back from int8 graphs alone; {remedy}"
        )
    found = {name.removeprefix("network."): value for name, value in _parameters(model)}
    own = network.state_dict()
    biases = _distance_biases(model)
    if network.encoder.config.model_type != "mpnet" or _POSITIONS not in found or biases is None:
        raise ModelError(
            f"{path}: weights come back from int8 graphs of MPNet encoders alone, this one is of "
            f"a {network.encoder.config.model_type}; {remedy}"
        )
    state = {_LEAN.get(name, name): torch.from_numpy(value) for name, value in found.items()}
    _spread_positions(state, own, network.encoder)
    _gather_biases(state, own, network.encoder.encoder, biases)
    missing = sorted(set(own) - set(state))
    if missing:
        raise ModelError(
            f"{path}: lacks {missing[0]}, or it is equal to another and was written once; {remedy}"
        )
    network.load_state_dict({name: state[name] for name in own})


def _parameters(model: onnx.ModelProto) -> Iterator[tuple[str, Floats]]:
    """Yield parameters by their names in the network; a product's weight is named by its bias."""
    from onnx import numpy_helper

    values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    widened = {  # input of a product to what it was multiplied with to even out its channels
        node.output[0]: values[node.input[1]]
        for node in model.graph.node
        if node.op_type == "Mul" and node.input[1].endswith("_smooth_factor")
    }
    source = {
        node.output[0]: node.input[0]
        for node in model.graph.node
        if node.op_type == "QuantizeLinear"
    }
    biases = {
        node.input[0]: node.input[1] for node in model.graph.node if node.op_type == "BiasGelu"
    }
    for name, value in values.items():
        if name.startswith("network.") and value.dtype == np.float32 and value.ndim:
            yield name, value.copy()
    for node in model.graph.node:
        if node.op_type == "MatMulIntegerToFloat":
            left, right, _, scale, _, zero, *rest = node.input
            bias = rest[0] if rest else biases.get(node.output[0], "")
            weight = (values[right].astype(np.float32) - values[zero]) * values[scale]
            factor = widened.get(source.get(left, ""))
            if factor is not None:
                weight = weight * factor[:, None]
            yield bias.removesuffix("bias") + "weight", np.ascontiguousarray(weight.T)
        elif node.op_type == "DequantizeLinear":
            table = node.input[1].removesuffix("_scale")
            if f"{table}_quantized" in values:
                scale, zero = values[node.input[1]], values[node.input[2]].astype(np.float32)
                yield table, (values[f"{table}_quantized"].astype(np.float32) - zero) * scale


def _spread_positions(state: dict[str, Tensor], own: dict[str, Tensor], encoder: Any) -> None:
    """Put the positions of a graph behind those that the padding takes."""
    name = _EMBEDDINGS + "position_embeddings.weight"
    table = torch.zeros_like(own[name])
    positions = state.pop(_POSITIONS)
    start = int(encoder.embeddings.padding_idx) + 1
    table[start : start + len(positions)] = positions
    state[name] = table


def _distance_biases(model: onnx.ModelProto) -> Tensor | None:
    """Return a graph's biases on attention scores by distance, (heads, 2 * longest - 1)."""
    from onnx import numpy_helper

    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute:
            value = numpy_helper.to_array(node.attribute[0].t)
            if value.dtype == np.float32 and value.ndim == 2:
                return torch.from_numpy(value.copy())
    return None


def _gather_biases(
    state: dict[str, Tensor], own: dict[str, Tensor], encoder: Any, biases: Tensor
) -> None:
    """Turn biases by distance back into those by bucket of distances."""
    name = "encoder.encoder.relative_attention_bias.weight"
    table = torch.zeros_like(own[name])  # (buckets, heads)
    far = (biases.shape[1] - 1) // 2
    distance = torch.arange(-far, far + 1)
    buckets = encoder.relative_position_bucket(distance, num_buckets=len(table))
    table[buckets] = biases.T
    state[name] = table
