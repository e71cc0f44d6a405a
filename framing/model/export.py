"""Exports the network to ONNX, in float32 and int8, and keeps int8 where it costs little."""

from __future__ import annotations

import logging
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from framing.evaluation.evaluate import evaluate
from framing.inference import folder as model_folder
from framing.inference.classifier import Classifier
from framing.model.network import FrameNetwork
from framing.schema import Article

MOST_LOSS = 0.005  # macro-F1 that int8 may lose


class _Unpadded(nn.Module):
    """The network on windows without padding, which need no mask."""

    def __init__(self, network: FrameNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor) -> Tensor:
        outputs: Tensor = self.network(input_ids, torch.ones_like(input_ids))
        return outputs


def export_onnx(network: FrameNetwork, path: str | Path) -> None:
    """Write the network as a float32 ONNX graph.

    The graph takes ``input_ids`` (batch, tokens), all windows of a batch equally long, and gives
    ``outputs`` (batch, tokens, 3, n_labels). Both axes are free.

    Parameters
    ----------
    network : FrameNetwork
        Put into evaluation mode.
    path : str or Path
        The file to write.
    """
    network.train(False)
    if hasattr(network.encoder, "set_attn_implementation"):
        network.encoder.set_attn_implementation("eager")  # the only form that `fuse` recognises
    example = torch.ones((2, 9), dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of its own deprecation
        torch.onnx.export(
            _Unpadded(network),
            (example,),
            str(path),
            input_names=["input_ids"],
            output_names=["outputs"],
            dynamic_axes={"input_ids": axes, "outputs": axes},
            opset_version=17,
            dynamo=False,
        )


def fuse(path: str | Path, target: str | Path, network: FrameNetwork) -> None:
    """Fuse attention, layer norm and gelu of a BERT graph; other encoders are copied as they are.

    Parameters
    ----------
    path, target : str or Path
        The graph to read and the one to write.
    network : FrameNetwork
        For the numbers of heads and channels.
    """
    if network.encoder.config.model_type != "bert":
        shutil.copyfile(path, target)
        return
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False
    logging.getLogger("onnxruntime.transformers").setLevel(logging.ERROR)
    model = optimizer.optimize_model(
        str(path),
        model_type="bert",
        num_heads=network.encoder.config.num_attention_heads,
        hidden_size=network.encoder.config.hidden_size,
        optimization_options=options,
        opt_level=0,
    )
    model.save_model_to_file(str(target))


def quantize_int8(path: str | Path, target: str | Path) -> None:
    """Quantise weights to int8, activations at run time.

    Parameters
    ----------
    path, target : str or Path
        The float32 graph to read and the int8 graph to write.
    """
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


def export_best(
    network: FrameNetwork,
    config: model_folder.ModelConfig,
    folder: str | Path,
    validation: Sequence[Article],
    *,
    quantize: bool = True,
) -> Classifier:
    """Write ``model.onnx`` and ``config.json``: int8 if it loses little, else float32.

    Parameters
    ----------
    network : FrameNetwork
        With its final weights, on the CPU.
    config : ModelConfig
        Calibrated.
    folder : str or Path
        The model folder; it holds the tokenizer and the weights already.
    validation : sequence of Article
        To compare the graphs on.
    quantize : bool
        Try int8.

    Returns
    -------
    Classifier
        The model as written.
    """
    folder = Path(folder)
    files = [model_folder.GRAPH, model_folder.TOKENIZER, model_folder.WEIGHTS]
    if config.lexical:
        files.append(model_folder.LEXICAL)
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as temporary:
        plain, fused, int8 = (
            Path(temporary) / n for n in ("plain.onnx", "fused.onnx", "int8.onnx")
        )
        export_onnx(network, plain)
        fuse(plain, fused, network)
        shutil.copyfile(fused, folder / model_folder.GRAPH)
        config = model_folder.write_config(folder, config, files)
        classifier = Classifier.load(folder)
        figures["float32"] = evaluate(classifier, validation).macro_f1
        chosen = "float32"
        if quantize:
            quantize_int8(fused, int8)
            shutil.copyfile(int8, folder / model_folder.GRAPH)
            config = model_folder.write_config(folder, config, files)
            classifier = Classifier.load(folder)
            figures["int8"] = evaluate(classifier, validation).macro_f1
            # nan compares false: a validation set without positives keeps float32.
            if figures["int8"] >= figures["float32"] - MOST_LOSS:
                chosen = "int8"
            else:
                shutil.copyfile(fused, folder / model_folder.GRAPH)
    export = {"precision": chosen, "validation_macro_f1": figures}
    config = model_folder.replace_config(config, training={**config.training, "export": export})
    model_folder.write_config(folder, config, files)
    return Classifier.load(folder)
