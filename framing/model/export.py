"""Exports the network to ONNX, in float32 and int8, and keeps int8 where it costs little."""

from __future__ import annotations

import logging
import shutil
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from framing.evaluation.evaluate import evaluate
from framing.inference import folder as model_folder
from framing.inference.classifier import Classifier
from framing.inference.engine import Passage, TransformerEngine
from framing.inference.runtime import INVARIANT, MOST_TOGETHER, OnnxNetwork
from framing.model.int8 import quantize_int8
from framing.model.lean import lean
from framing.model.network import FrameNetwork
from framing.schema import Article

MOST_LOSS = 0.005  # macro-F1 that int8 may lose
_SAMPLE = 600  # sentences on which the ranges of the activations are measured


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
    kind = network.encoder.config.model_type
    with lean(network.encoder), warnings.catch_warnings():
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
            custom_opsets={"com.microsoft": 1} if kind == "mpnet" else None,
        )


def fuse(path: str | Path, target: str | Path, network: FrameNetwork) -> None:
    """Fuse attention, norms and gelu of BERT and MPNet; other encoders are copied as they are.

    Parameters
    ----------
    path, target : str or Path
        The graph to read and the one to write.
    network : FrameNetwork
        For the numbers of heads and channels.
    """
    kind = network.encoder.config.model_type
    if kind not in ("bert", "mpnet"):
        shutil.copyfile(path, target)
        return
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False
    options.enable_attention = kind == "bert"  # MPNet's is one operator already
    # On the CPU one operator for sum and norm takes four times as long as the two it replaces.
    options.enable_skip_layer_norm = options.enable_bias_skip_layer_norm = False
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


def mark_invariance(path: str | Path, vocabulary: int, window: int) -> bool:
    """Write into a graph whether a window's outputs are the same alone and in a batch, bit by bit.

    Where they are, :class:`framing.inference.runtime.OnnxNetwork` runs windows of one length
    together; else one by one.

    Parameters
    ----------
    path : str or Path
        The graph; it is tried on random windows.
    vocabulary : int
        Number of token ids.
    window : int
        Most tokens of a window.

    Returns
    -------
    bool
        Whether they are.
    """
    import onnx

    network = OnnxNetwork(path, threads=1)
    random = np.random.default_rng(0)
    same = True
    for length in (*(n for n in (1, 2, 7, 16, 33, 65) if n < window), window):
        ids = random.integers(0, vocabulary, (MOST_TOGETHER, length))
        together = network.run_batch(ids)
        same &= all(
            np.array_equal(outputs, network.run_batch(row[np.newaxis])[0])
            for row, outputs in zip(ids, together, strict=True)
        )
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {INVARIANT: "yes" if same else "no"})
    onnx.save(model, path)
    return same


def _sample(classifier: Classifier, articles: Sequence[Article]) -> list[NDArray[np.int64]]:
    """Return the token ids of some windows, as prediction reads them."""
    engine = cast(TransformerEngine, classifier.engine)
    windows = engine.encode(
        [
            Passage(article.text, [(s.start, s.end) for s in article.sentences], article.context)
            for article in articles
        ]
    )
    chosen = np.random.default_rng(0).permutation(len(windows))[:_SAMPLE].tolist()
    return [windows[i] for i in chosen]


def export_best(
    network: FrameNetwork,
    config: model_folder.ModelConfig,
    folder: str | Path,
    validation: Sequence[Article],
    *,
    quantize: bool = True,
    recalibrate: Callable[[TransformerEngine], model_folder.ModelConfig] | None = None,
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
    recalibrate : callable, optional
        Fits calibration and thresholds to the int8 graph, whose logits are a little different; by
        default those of the float32 network are kept.

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
        mark_invariance(fused, network.encoder.config.vocab_size, config.window)
        shutil.copyfile(fused, folder / model_folder.GRAPH)
        config = model_folder.write_config(folder, config, files)
        classifier = Classifier.load(folder)
        figures["float32"] = evaluate(classifier, validation).macro_f1
        chosen = "float32"
        if quantize:
            quantize_int8(fused, int8, _sample(classifier, validation))
            mark_invariance(int8, network.encoder.config.vocab_size, config.window)
            plain_config = config
            shutil.copyfile(int8, folder / model_folder.GRAPH)
            config = model_folder.write_config(folder, config, files)
            classifier = Classifier.load(folder)
            if recalibrate is not None:
                config = recalibrate(cast(TransformerEngine, classifier.engine))
                config = model_folder.write_config(folder, config, files)
                classifier = Classifier.load(folder)
            figures["int8"] = evaluate(classifier, validation).macro_f1
            # nan compares false: a validation set without positives keeps float32.
            if figures["int8"] >= figures["float32"] - MOST_LOSS:
                chosen = "int8"
            else:
                config = plain_config
                shutil.copyfile(fused, folder / model_folder.GRAPH)
    export = {"precision": chosen, "validation_macro_f1": figures}
    config = model_folder.replace_config(config, training={**config.training, "export": export})
    model_folder.write_config(folder, config, files)
    return Classifier.load(folder)
