"""Tags the frames of economic coercion in news and official texts, sentence by sentence.

>>> import framing
>>> document = framing.predict("The ministry vowed to retaliate unless the duties are withdrawn.")
>>> [prediction.labels for prediction in document]
[('threat',)]
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Public name -> module that holds it. Nothing of it is imported before it is asked for, so that
# `import framing` is quick and prediction needs only the light core.
_PUBLIC = {
    "Article": "framing.schema",
    "Classifier": "framing.inference.classifier",
    "Codebook": "framing.codebook",
    "DataError": "framing.errors",
    "Document": "framing.schema",
    "FrameFeatures": "framing.features",
    "FramingError": "framing.errors",
    "InputError": "framing.errors",
    "MissingExtraError": "framing.errors",
    "ModelError": "framing.errors",
    "ModelNotFoundError": "framing.errors",
    "Prediction": "framing.schema",
    "Sentence": "framing.schema",
    "Span": "framing.schema",
    "default_codebook": "framing.codebook",
    "estimate": "framing.estimation.estimate",
    "evaluate": "framing.evaluation.evaluate",
    "load": "framing.api",
    "load_articles": "framing.dataset.load",
    "load_dataset": "framing.dataset.hub",
    "predict": "framing.api",
    "sample": "framing.estimation.sampling",
    "suggest": "framing.estimation.suggest",
    "tag": "framing.api",
    "train": "framing.model.training",
}

__all__ = [*sorted(_PUBLIC), "__version__"]

if TYPE_CHECKING:
    from framing.api import load as load
    from framing.api import predict as predict
    from framing.api import tag as tag
    from framing.codebook import Codebook as Codebook
    from framing.codebook import default_codebook as default_codebook
    from framing.dataset.hub import load_dataset as load_dataset
    from framing.dataset.load import load_articles as load_articles
    from framing.errors import DataError as DataError
    from framing.errors import FramingError as FramingError
    from framing.errors import InputError as InputError
    from framing.errors import MissingExtraError as MissingExtraError
    from framing.errors import ModelError as ModelError
    from framing.errors import ModelNotFoundError as ModelNotFoundError
    from framing.estimation.estimate import estimate as estimate
    from framing.estimation.sampling import sample as sample
    from framing.estimation.suggest import suggest as suggest
    from framing.evaluation.evaluate import evaluate as evaluate
    from framing.features import FrameFeatures as FrameFeatures
    from framing.inference.classifier import Classifier as Classifier
    from framing.model.training import train as train
    from framing.schema import Article as Article
    from framing.schema import Document as Document
    from framing.schema import Prediction as Prediction
    from framing.schema import Sentence as Sentence
    from framing.schema import Span as Span


def __getattr__(name: str) -> Any:
    if name == "ray":  # a module of its own: framing.ray.predict
        return importlib.import_module("framing.ray")
    if name not in _PUBLIC:
        raise AttributeError(f"module 'framing' has no attribute {name!r}")
    try:
        value = getattr(importlib.import_module(_PUBLIC[name]), name)
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.split(".")[0] == "framing":
            raise
        from framing.errors import MissingExtraError

        raise MissingExtraError(
            f"framing.{name} needs the package {error.name!r}; install it with: "
            "pip install 'framing[train]'"
        ) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
