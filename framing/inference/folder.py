"""A model folder: ``config.json`` beside the files that it names, each with its SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from framing.errors import ModelError, ModelNotFoundError

FORMAT = 1
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
GRAPH = "model.onnx"
WEIGHTS = "model.safetensors"
LEXICAL = "lexical.npz"
BASELINE = "baseline.joblib"


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """What a model folder says of itself.

    Parameters
    ----------
    kind : str
        ``"transformer"`` or ``"baseline"``.
    labels : tuple of str
        Label names in codebook order.
    thresholds : dict of str to float
        A sentence carries a label when its calibrated probability is at least this.
    calibration : dict of str to (float, float)
        Slope and intercept applied to the logit before the sigmoid (Platt 1999).
    span_thresholds : dict of str to float
        A word speaks for a span when its probability is above this.
    word_calibration : dict of str to (float, float, float)
        How a word's span logit and its sentence's logit give that probability, see
        :func:`framing.inference.decode.word_probabilities`; empty if the span logit alone does.
    window, context : int
        Most tokens in a window, and most tokens of earlier sentences that it opens with.
    joint : bool
        Whether a window scores as many sentences as fit, or one.
    lexical : dict of str to float
        How much of the lexical model's logit is added to the network's, by label; empty if there is
        no lexical model.
    files : dict of str to str
        File name to SHA-256 in hex.
    codebook, base, training : dict
        The codebook's name and version; the base encoder and its hash; how the model was trained,
        on what, and how well it did.
    encoder : dict
        The encoder's own configuration, for training on.
    format : int
        Version of this layout.
    """

    kind: str
    labels: tuple[str, ...]
    thresholds: Mapping[str, float]
    calibration: Mapping[str, tuple[float, float]]
    span_thresholds: Mapping[str, float]
    word_calibration: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    window: int = 256
    context: int = 0
    joint: bool = False
    lexical: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    codebook: Mapping[str, str] = field(default_factory=dict)
    base: Mapping[str, str] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    encoder: Mapping[str, Any] = field(default_factory=dict)
    format: int = FORMAT


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_config(folder: str | Path, config: ModelConfig, files: list[str]) -> ModelConfig:
    """Write ``config.json`` with the hashes of `files` as they lie in the folder now.

    Returns
    -------
    ModelConfig
        The configuration as written.
    """
    folder = Path(folder)
    content = asdict(config)
    content["files"] = {name: sha256(folder / name) for name in files}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    partial = folder / (CONFIG + ".partial")
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(folder / CONFIG)
    return read_config(folder)


def read_config(folder: str | Path) -> ModelConfig:
    """Read and check ``config.json``; the files it names are not opened, see :func:`check_file`.

    Raises
    ------
    ModelNotFoundError
        If the folder or its ``config.json`` does not exist.
    ModelError
        If the file is damaged or of a layout that this version does not know.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ModelNotFoundError(
            f"{folder}: no such model folder; train one with `framing train`, or leave out the "
            "model to use the packaged one"
        )
    path = folder / CONFIG
    if not path.is_file():
        raise ModelNotFoundError(f"{path}: missing; {folder} is not a model folder of this library")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: damaged, not a JSON file: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else type(content).__name__
        raise ModelError(f"{path}: model format {found!r}, this version reads format {FORMAT}")
    try:
        config = ModelConfig(**content)
        labels = tuple(config.labels)
        for name in ("lexical", "word_calibration"):  # may be left out
            given = getattr(config, name)
            if given and set(given) != set(labels):
                raise ModelError(
                    f"{path}: {name} weights are given for {sorted(given)}, "
                    f"the labels are {sorted(labels)}"
                )
        for name in ("window", "context"):
            if type(getattr(config, name)) is not int or getattr(config, name) < 0:
                raise ModelError(f"{path}: damaged, {name} is {getattr(config, name)!r}")
        if config.window < 2:
            raise ModelError(f"{path}: damaged, window is {config.window}")
        if not isinstance(config.files, dict):
            raise ModelError(f"{path}: damaged, files is {config.files!r}")
        for name in ("thresholds", "calibration", "span_thresholds"):
            if set(getattr(config, name)) != set(labels):
                raise ModelError(
                    f"{path}: {name} are given for {sorted(getattr(config, name))}, "
                    f"the labels are {sorted(labels)}"
                )
        return ModelConfig(
            **{
                **content,
                "labels": labels,
                "lexical": {k: float(v) for k, v in config.lexical.items()},
                "thresholds": {k: float(v) for k, v in config.thresholds.items()},
                "span_thresholds": {k: float(v) for k, v in config.span_thresholds.items()},
                "calibration": {
                    k: (float(a), float(b)) for k, (a, b) in config.calibration.items()
                },
                "word_calibration": {
                    k: (float(a), float(b), float(c))
                    for k, (a, b, c) in config.word_calibration.items()
                },
            }
        )
    except (TypeError, ValueError, AttributeError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path}: damaged, {error}") from error


def check_file(folder: str | Path, config: ModelConfig, name: str) -> Path:
    """Return the path of a model file after its hash was checked.

    Raises
    ------
    ModelNotFoundError
        If the file is missing.
    ModelError
        If ``config.json`` does not list it, or its content is not what was written.
    """
    path = Path(folder) / name
    if name not in config.files:
        raise ModelError(f"{Path(folder) / CONFIG}: lists no {name}; it has {sorted(config.files)}")
    if not path.is_file():
        raise ModelNotFoundError(f"{path}: missing; fetch or train the model again")
    found = sha256(path)
    if found != config.files[name]:
        raise ModelError(
            f"{path}: SHA-256 is {found[:16]}…, config.json expects {config.files[name][:16]}…; "
            "the file was damaged or replaced, fetch or train the model again"
        )
    return path


def replace_config(config: ModelConfig, **changes: Any) -> ModelConfig:
    """Return a copy of the configuration with some fields changed."""
    return replace(config, **changes)
