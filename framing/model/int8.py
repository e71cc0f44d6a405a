"""Quantises an exported graph to int8: weights by channel, activations on fixed scales.

onnxruntime's own tool measures the range of every activation anew at each run, over the whole
tensor: a pass over the data, and outputs that depend on what else is in the batch. Here the ranges
are measured once, on sample windows, and written into the graph (static quantization: Jacob et al.
2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference"). A few channels of an encoder are much wider than the rest and would take the whole
scale; so part of their width is moved into the weights first (Xiao et al. 2023, "SmoothQuant").
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

OUTLIERS = 0.01  # share of the windows whose least and greatest activation are clipped


def quantize_int8(
    path: str | Path, target: str | Path, windows: Sequence[NDArray[np.int64]]
) -> None:
    """Quantise weights and activations to int8.

    Parameters
    ----------
    path, target : str or Path
        The float32 graph to read and the int8 graph to write.
    windows : sequence of int arrays, shape (n_tokens,)
        Token ids to measure the ranges of the activations on; some hundred sentences of the kind
        that will be read.
    """
    import onnx

    smooth = onnx.load(path)
    _smooth(smooth, windows)
    onnx.save(smooth, target)
    _quantize_dynamic(target, target)
    model = onnx.load(target)
    inputs = [node.input[0] for node in _dynamic(model)]
    _fix_scales(model, _ranges(smooth, list(dict.fromkeys(inputs)), windows))
    _join_products(model)
    onnx.save(model, target)


def _smooth(model: onnx.ModelProto, windows: Sequence[NDArray[np.int64]]) -> None:
    """Scale the channels that products read, and the rows of their weights the other way.

    Only channels behind a layer norm are scaled, where the wide ones are. The outputs stay the same
    but for rounding.
    """
    from onnx import helper, numpy_helper

    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    normed = {n.output[0] for n in graph.node if n.op_type == "LayerNormalization"}
    readers: dict[str, list[onnx.NodeProto]] = defaultdict(list)
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[0] in normed and node.input[1] in weights:
            readers[node.input[0]].append(node)
    widths = _measure(model, list(readers), windows, lambda x: np.abs(x).max(axis=(0, 1)))
    for name, products in readers.items():
        rows = [np.abs(numpy_helper.to_array(weights[node.input[1]])) for node in products]
        row = np.concatenate(rows, axis=1).max(axis=1)  # (width,)
        wide = np.quantile(widths[name], 1 - OUTLIERS, axis=0)
        scale = np.sqrt(np.maximum(wide, 1e-5) / np.maximum(row, 1e-5)).astype(np.float32)
        scaled, factor = f"{name}_smooth", f"{name}_smooth_factor"
        graph.initializer.append(numpy_helper.from_array(1 / scale, factor))
        place = list(graph.node).index(products[0])
        graph.node.insert(place, helper.make_node("Mul", [name, factor], [scaled], name=scaled))
        for node in products:
            weight = weights[node.input[1]]
            smooth = numpy_helper.to_array(weight) * scale[:, None]
            weight.CopyFrom(numpy_helper.from_array(smooth, weight.name))
            node.input[0] = scaled


def _quantize_dynamic(path: str | Path, target: str | Path) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().disabled = True
    try:
        quantize_dynamic(
            str(path),
            str(target),
            weight_type=QuantType.QInt8,
            per_channel=True,
            extra_options={
                "MatMulConstBOnly": True,
                # Fused operators are not in the standard, so that types cannot be inferred.
                "DefaultTensorType": onnx.TensorProto.FLOAT,
            },
        )
    finally:
        logging.getLogger().disabled = False


def _dynamic(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    return [node for node in model.graph.node if node.op_type == "DynamicQuantizeLinear"]


def _ranges(
    model: onnx.ModelProto, names: Sequence[str], windows: Sequence[NDArray[np.int64]]
) -> dict[str, tuple[float, float]]:
    """Return the range of each named value over the windows; it holds 0, as int8 needs."""
    ranges = {}
    for name, extremes in _measure(model, names, windows, lambda x: (x.min(), x.max())).items():
        low = min(float(np.quantile(extremes[:, 0], OUTLIERS)), 0.0)
        high = max(float(np.quantile(extremes[:, 1], 1 - OUTLIERS)), 0.0)
        ranges[name] = (low, high)
    return ranges


def _measure(
    model: onnx.ModelProto,
    names: Sequence[str],
    windows: Sequence[NDArray[np.int64]],
    measure: Callable[[NDArray[np.float32]], object],
) -> dict[str, NDArray[np.float32]]:
    """Return what `measure` says of each named value of a graph, stacked over the windows."""
    import onnx
    import onnxruntime

    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    for name in names:
        value = onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        watched.graph.output.append(value)
    session = onnxruntime.InferenceSession(
        watched.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    found: dict[str, list[object]] = {name: [] for name in names}
    for ids in windows:
        for name, value in zip(names, session.run(names, {"input_ids": ids[None]}), strict=True):
            found[name].append(measure(value))
    return {name: np.array(values) for name, values in found.items()}


def _fix_scales(model: onnx.ModelProto, ranges: dict[str, tuple[float, float]]) -> None:
    """Put constants in the place of scales and zero points that were computed at each run."""
    from onnx import helper, numpy_helper

    for node in _dynamic(model):
        low, high = ranges[node.input[0]]
        scale = np.array(max(high - low, 1e-6) / 255, dtype=np.float32)
        zero = np.array(np.clip(np.rint(-low / scale), 0, 255), dtype=np.uint8)
        quantised, scale_name, zero_name = node.output
        model.graph.initializer.append(numpy_helper.from_array(scale, scale_name))
        model.graph.initializer.append(numpy_helper.from_array(zero, zero_name))
        inputs = [node.input[0], scale_name, zero_name]
        node.CopyFrom(helper.make_node("QuantizeLinear", inputs, [quantised], name=node.name))


def _join_products(model: onnx.ModelProto) -> None:
    """Make one operator of an integer product, its scaling and its bias."""
    from onnx import helper

    graph = model.graph
    shapes = {tensor.name: len(tensor.dims) for tensor in graph.initializer}
    maker = {name: node for node in graph.node for name in node.output}
    users: dict[str, list[onnx.NodeProto]] = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            users[name].append(node)
    removed: set[str] = set()  # names of nodes; each exported node has its own
    for product in graph.node:
        if product.op_type != "MatMulInteger":
            continue
        (cast,) = users[product.output[0]]
        (scaled,) = users[cast.output[0]]
        (both,) = (maker[name] for name in scaled.input if name != cast.output[0])
        left, right, left_zero, right_zero = product.input
        left_scale = maker[left].input[1]
        (right_scale,) = (name for name in both.input if name != left_scale)
        result, bias = scaled.output[0], []
        if len(users[result]) == 1 and users[result][0].op_type == "Add":
            add = users[result][0]
            bias = [name for name in add.input if shapes.get(name) == 1]
            if bias:
                result = add.output[0]
                removed.add(add.name)
        removed |= {cast.name, scaled.name, both.name}
        inputs = [left, right, left_scale, right_scale, left_zero, right_zero, *bias]
        product.CopyFrom(
            helper.make_node(
                "MatMulIntegerToFloat", inputs, [result], name=product.name, domain="com.microsoft"
            )
        )
    kept = [node for node in graph.node if node.name not in removed]
    del graph.node[:]
    graph.node.extend(kept)
