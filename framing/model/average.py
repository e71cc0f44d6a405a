"""The mean of several models' weights, calibrated and exported as a model of its own.

Networks that were trained on from one another lie in one valley of the loss, and the mean of their
weights is often better than each (Wortsman et al. 2022, "Model soups"; Izmailov et al. 2018,
"Averaging Weights Leads to Wider Optima and Better Generalization").
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from framing.errors import InputError
from framing.inference import folder as model_folder
from framing.inference.classifier import Classifier
from framing.inference.engine import TransformerEngine
from framing.inference.lexical import LexicalModel
from framing.inference.windows import padding_id
from framing.model.batches import labelled_rows
from framing.model.calibration import calibrated
from framing.model.device import TorchNetwork, bf16_helps
from framing.model.network import FrameNetwork
from framing.model.weights import load_network, weights_hash
from framing.schema import Article


def average(
    folders: Sequence[str | Path],
    output: str | Path,
    validation: Sequence[Article],
    *,
    context: int = 0,
    quantize: bool = True,
) -> Classifier:
    """Write a model whose weights are the mean of others'.

    Parameters
    ----------
    folders : sequence of paths
        Model folders of one lineage: trained on from one another, or from one base. Tokenizer,
        lexical model and the record of the training are those of the first.
    output : str or Path
        The model folder to write.
    validation : sequence of Article
        To fit calibration and thresholds on, and to compare the graphs.
    context : int
        Most tokens before a sentence that it is read after.
    quantize : bool
        As in :func:`framing.train`.

    Returns
    -------
    Classifier
        The model, loaded from `output`.

    Raises
    ------
    InputError
        If there are fewer than two folders, or they differ in labels or in the shapes of weights.
    """
    from safetensors.torch import save_file
    from tokenizers import Tokenizer

    from framing.model.card import write_card
    from framing.model.export import export_best

    if len(folders) < 2:
        raise InputError(f"a mean needs at least two model folders, got {len(folders)}")
    output = Path(output)
    configs = [model_folder.read_config(folder) for folder in folders]
    first = configs[0]
    network = _mean(folders, configs)
    path = model_folder.check_file(folders[0], first, model_folder.TOKENIZER)
    tokenizer = Tokenizer.from_file(str(path))
    lexical = None
    if first.lexical:
        lexical = LexicalModel.load(
            model_folder.check_file(folders[0], first, model_folder.LEXICAL)
        )
    rows = labelled_rows(tokenizer, validation, first.labels)
    device = torch.device("cpu")
    config = model_folder.replace_config(
        first,
        context=context,
        lexical={},
        word_calibration={},
        training={
            **first.training,
            "mean_of": [
                {"name": Path(folder).name, "sha256": weights_hash(config)}
                for folder, config in zip(folders, configs, strict=True)
            ],
        },
    )
    runner = TorchNetwork(network, device, bf16=bf16_helps(device), padding=padding_id(tokenizer))
    config = calibrated(TransformerEngine(config, tokenizer, runner), rows, validation, lexical)
    output.mkdir(parents=True, exist_ok=True)
    tensors = {k: v.detach().contiguous() for k, v in network.state_dict().items()}
    save_file(tensors, output / model_folder.WEIGHTS)
    tokenizer.save(str(output / model_folder.TOKENIZER))
    if lexical is not None:
        lexical.save(output / model_folder.LEXICAL)
    classifier = export_best(
        network,
        config,
        output,
        validation,
        quantize=quantize,
        recalibrate=lambda engine: calibrated(engine, rows, validation, lexical),
    )
    write_card(output)
    return classifier


def _mean(
    folders: Sequence[str | Path], configs: Sequence[model_folder.ModelConfig]
) -> FrameNetwork:
    """Return the network of the first folder with the mean of all weights."""
    first = configs[0]
    network = load_network(folders[0], first)
    total = {name: value.float() for name, value in network.state_dict().items()}
    for folder, config in zip(folders[1:], configs[1:], strict=True):
        if config.labels != first.labels:
            raise InputError(
                f"{folder}: has the labels {', '.join(config.labels)}, but {folders[0]} has "
                f"{', '.join(first.labels)}"
            )
        state = load_network(folder, config).state_dict()
        for name, value in total.items():
            if name not in state or state[name].shape != value.shape:
                found = tuple(state[name].shape) if name in state else "nothing of that name"
                raise InputError(
                    f"{folder}: {name} is {found}, but {tuple(value.shape)} in {folders[0]}; only "
                    "models of one lineage have a mean"
                )
            total[name] = value + state[name].float()
    network.load_state_dict({name: value / len(folders) for name, value in total.items()})
    return network
