"""Settings of a training run, and how they are read from a file."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from framing.errors import InputError

# SHA-256 of the weights of encoders that the models of this project go back to, and their names on
# the Hugging Face hub.
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MPNET_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
ORIGINALS = {
    MINILM_SHA256: "sentence-transformers/all-MiniLM-L6-v2",
    MPNET_SHA256: "sentence-transformers/all-mpnet-base-v2",
}


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Settings of a training run; the defaults suit MiniLM, ``models/*.toml`` larger encoders.

    Parameters
    ----------
    base : str
        ``"minilm"`` for all-MiniLM-L6-v2 from its Python package, ``"default"`` for the packaged
        model, or the name of an encoder on the Hugging Face hub, or the path of a folder that holds
        one or a model of this library.
    layers : int
        How many of the encoder's layers to keep, from the lowest; 0 keeps all. The upper layers
        of a pretrained encoder are the ones that fine-tuning misses least (Sajjad et al. 2023,
        "On the Effect of Dropping Layers of Pre-trained Transformer Models").
    seed : int
        Seeds initialisation, order and dropout.
    epochs : int
        Most passes over the training articles.
    patience : int
        Epochs without a better validation score after which training stops.
    learning_rate, head_factor : float
        Peak rate of the encoder, and how many times it the new layers get.
    weight_decay, dropout, warmup, clip : float
        Decoupled weight decay, dropout probability, share of steps with rising rate, and greatest
        norm of the gradient.
    freeze_embeddings : bool
        Keep the word embeddings as they are: quicker, and words that the training articles lack
        stay near their neighbours.
    batch_tokens : int
        Most tokens in a batch.
    average : float
        Decay of the running mean of the weights, which is what is validated and kept (Polyak and
        Juditsky 1992); 0 keeps the last weights.
    negatives : float
        Share of the sentences without a label that each epoch draws anew; the others wait.
        Quicker, and the labels are rare; calibration sets the probabilities right again.
    noise : float
        Share of the training articles of which a copy with typing errors, misread letters or
        missing spaces is trained on as well, see :mod:`framing.evaluation.noisy_copies`.
    unlabelled : int
        Most unlabelled sentences to learn from, where teachers and unlabelled texts are given.
    lexical : bool
        Add a linear model on words and pairs of words, see :mod:`framing.inference.lexical`.
    window, context, joint
        How sentences are read, see :class:`framing.inference.folder.ModelConfig`.
    span_weight : float
        Weight of the span loss beside the label loss.
    bf16 : bool or None
        bfloat16 autocast; None uses it where it is faster.
    checkpoint_minutes : float
        How often the state is saved, besides the end of each epoch.
    """

    base: str = "minilm"
    layers: int = 0
    seed: int = 0
    epochs: int = 8
    patience: int = 3
    learning_rate: float = 1.5e-4
    head_factor: float = 4.0
    weight_decay: float = 0.01
    dropout: float = 0.1
    warmup: float = 0.06
    clip: float = 1.0
    freeze_embeddings: bool = True
    batch_tokens: int = 768
    average: float = 0.998
    negatives: float = 0.5
    noise: float = 0.0
    unlabelled: int = 60_000
    lexical: bool = True
    window: int = 256
    context: int = 0
    joint: bool = False
    span_weight: float = 1.0
    bf16: bool | None = None
    checkpoint_minutes: float = 5.0


def read_config(
    path: str | Path | None = None, given: dict[str, Any] | None = None
) -> TrainingConfig:
    """Read the settings of a run from a TOML file; `given` overrides it.

    Parameters
    ----------
    path : str or Path, optional
        Keys are the fields of :class:`TrainingConfig`.
    given : dict, optional
        More fields, such as those of a command line.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    InputError
        If the file is not TOML, or a key is unknown or has a value of a wrong type.
    """
    content: dict[str, Any] = {}
    if path is not None:
        try:
            content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: not a TOML file: {error}") from error
    content |= given if given is not None else {}
    defaults = TrainingConfig()
    for key, value in content.items():
        if key not in asdict(defaults):
            raise InputError(
                f"{path}: unknown setting {key!r}; known: {', '.join(asdict(defaults))}"
            )
        expected = getattr(defaults, key)
        if isinstance(expected, tuple) and isinstance(value, list):
            content[key] = value = tuple(value)
        if isinstance(expected, float) and isinstance(value, int) and not isinstance(value, bool):
            content[key] = value = float(value)
        if key == "bf16" and type(value) is not bool:
            raise InputError(f"{path}: bf16 must be bool, got {value!r}")
        if expected is not None and type(value) is not type(expected):
            raise InputError(f"{path}: {key} must be {type(expected).__name__}, got {value!r}")
    return TrainingConfig(**content)
