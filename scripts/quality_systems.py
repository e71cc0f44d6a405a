"""What ``scripts/benchmark_quality.py`` compares: each system learns from the same sentences.

Every system is given the training and the validation articles and becomes a Classifier. Their
probabilities are calibrated and their thresholds chosen on the validation articles by the
project's own code, so that no system is judged by a threshold of 0.5 that does not suit it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from benchmark_systems import LABELS, gold_of, sentences_of

import framing
from framing.inference.classifier import Classifier
from framing.inference.folder import ModelConfig
from framing.model.base import base_folder, use_quick_attention
from framing.model.baseline import BaselineEngine, train_baseline
from framing.model.calibration import calibrate
from framing.model.device import autocast, bf16_helps
from framing.schema import Article


@dataclass(frozen=True, slots=True)
class Data:
    """What all systems learn from."""

    train: Sequence[Article]
    validation: Sequence[Article]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line says of the systems.

    Parameters
    ----------
    model : str or None
        Folder of the model set beside the others; the packaged one by default.
    seed : int
        Of every training.
    base : str
        The encoder of SetFit and model2vec, see :func:`framing.model.base.base_folder`.
    setfit_pairs, setfit_sentences : int
        Pairs of the contrastive stage, and sentences that they are drawn from.
    spacy_epochs, spancat_epochs : int
        Passes of spaCy's text and span categoriser; the best on validation is kept.
    """

    model: str | None = None
    seed: int = 0
    base: str = "minilm"
    setfit_pairs: int = 10_000
    setfit_sentences: int = 4_000
    spacy_epochs: int = 4
    spancat_epochs: int = 1


@dataclass(frozen=True, slots=True)
class System:
    """A system: its name in the table, what it needs, the settings it reads, how it is fitted."""

    title: str
    packages: tuple[str, ...]
    options: tuple[str, ...]
    gives_spans: bool
    fit: Callable[[Data, Settings], Classifier]


class Scorer(Protocol):
    """Texts to one logit a label."""

    def decision_function(self, texts: Sequence[str]) -> np.ndarray:
        """Return logits, shape (n_texts, n_labels)."""
        ...


def packaged(data: Data, settings: Settings) -> Classifier:
    """Load the model that was trained before; `data` is not looked at."""
    return framing.load(settings.model)


def tfidf(data: Data, settings: Settings) -> Classifier:
    """Fit what ``framing train --baseline`` fits; there is nothing random in it."""
    with tempfile.TemporaryDirectory() as folder:
        return train_baseline(data.train, folder, validation=data.validation)


def setfit(data: Data, settings: Settings) -> Classifier:
    """Fit SetFit (Tunstall et al. 2022) with its own package: pairs, then a logistic head.

    Its package lists all pairs of the sentences it is given before it draws some, which 4,000
    sentences can bear and 40,000 cannot. So the contrastive stage learns from a sample with equally
    many sentences of each label and without one; the head learns from all sentences. The encoder
    runs in bfloat16 where that is quicker, as the packaged model's did in training.
    """
    import torch
    from setfit import SetFitModel, Trainer, TrainingArguments

    # The seed of TrainingArguments sets only the order of the pairs, not dropout before training.
    torch.manual_seed(settings.seed)
    model = SetFitModel.from_pretrained(
        base_folder(settings.base),
        multi_target_strategy="one-vs-rest",
        device="cpu",
        head_params={"max_iter": 1000},
    )
    use_quick_attention(model.model_body[0].auto_model, model.model_body.device)
    texts, gold = sentences_of(data.train), gold_of(data.train).astype(int)
    chosen = balanced(gold, settings.setfit_sentences, settings.seed)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            batch_size=16,
            max_steps=max(1, settings.setfit_pairs // 16),
            seed=settings.seed,
            save_strategy="no",
            report_to="none",
            show_progress_bar=False,
        )
        trainer = Trainer(model=model, args=arguments)
        with quick():
            trainer.train_embeddings([texts[i] for i in chosen], gold[chosen].tolist())
            trainer.train_classifier(texts, gold.tolist())
    return calibrated("setfit", _SetFitScorer(model), data.validation)


class _SetFitScorer:
    def __init__(self, model: Any) -> None:
        self._model = model

    def decision_function(self, texts: Sequence[str]) -> np.ndarray:
        with quick():
            vectors = self._model.model_body.encode(list(texts), batch_size=32)
        return np.asarray(self._model.model_head.decision_function(vectors))


def quick() -> AbstractContextManager[None]:
    """Return the context of bfloat16 where it is quicker on the CPU."""
    import torch

    cpu = torch.device("cpu")
    return autocast(cpu, bf16_helps(cpu))


def balanced(gold: np.ndarray, count: int, seed: int) -> list[int]:
    """Draw equally many sentences of each label and without a label, fewer where there are fewer.

    Parameters
    ----------
    gold : bool or int array, shape (n_sentences, n_labels)
        The labels.
    count : int
        About how many to draw in all.
    seed : int
        Of the draw.
    """
    rng = np.random.default_rng(seed)
    groups = [np.flatnonzero(gold[:, k]) for k in range(gold.shape[1])]
    groups.append(np.flatnonzero(~gold.astype(bool).any(axis=1)))
    share = max(1, count // len(groups))
    drawn = {int(i) for group in groups for i in rng.permutation(group)[:share]}
    return sorted(drawn)


def model2vec(data: Data, settings: Settings) -> Classifier:
    """Fine-tune static vectors of the same encoder with model2vec's own classifier.

    It trains the vectors with a hidden layer on top and stops early on the validation articles.
    """
    import torch
    from model2vec.train import StaticModelForClassification

    # Drawn before `fit` seeds itself.
    torch.manual_seed(settings.seed)
    model = StaticModelForClassification.from_static_model(model=static_model(settings.base))
    named = [
        [
            [n for n, carried in zip(LABELS, row, strict=True) if carried]
            for row in gold_of(articles)
        ]
        for articles in (data.train, data.validation)
    ]
    model.fit(
        sentences_of(data.train),
        named[0],
        X_val=sentences_of(data.validation),
        y_val=named[1],
        device="cpu",
        random_seed=settings.seed,
    )
    return calibrated("model2vec", _StaticScorer(model.eval()), data.validation)


class _StaticScorer:
    def __init__(self, model: Any) -> None:
        self._model = model
        self._columns = [list(model.classes_).index(name) for name in LABELS]

    def decision_function(self, texts: Sequence[str]) -> np.ndarray:
        return logit(self._model.predict_proba(list(texts)))[:, self._columns]


def static_model(base: str, dimensions: int = 256, sif: float = 1e-4) -> Any:
    """Distil an encoder into one vector a word piece, as ``model2vec.distill`` does.

    Its own code asks for transformers below 5.4, so its steps stand here: each word piece goes
    through the encoder by itself, the mean of the outputs is reduced by principal components and
    weighted by smooth inverse frequency, the frequency by Zipf's law from the place in the
    vocabulary.
    """
    import torch
    from model2vec import StaticModel
    from sklearn.decomposition import PCA
    from transformers import AutoModel, AutoTokenizer

    folder = base_folder(base)
    wrapper = AutoTokenizer.from_pretrained(folder)
    encoder = AutoModel.from_pretrained(folder).eval()
    pieces = wrapper.convert_ids_to_tokens(range(len(wrapper)))
    used = [i for i, piece in enumerate(pieces) if not piece.startswith("[unused")]
    found = []
    with torch.inference_mode():
        for i in range(0, len(used), 256):
            rows = [[wrapper.cls_token_id, k, wrapper.sep_token_id] for k in used[i : i + 256]]
            output = encoder(input_ids=torch.tensor(rows)).last_hidden_state  # (n_pieces, 3, width)
            found.append(output.mean(dim=1).numpy())
    reduced = PCA(dimensions, svd_solver="full").fit_transform(np.concatenate(found))
    frequency = 1 / np.arange(2, len(used) + 2)
    weight = sif / (sif + frequency / frequency.sum())
    vectors = np.zeros((len(pieces), dimensions), dtype=np.float32)
    vectors[used] = reduced * weight[:, None]
    return StaticModel(vectors, wrapper.backend_tokenizer, normalize=True)


def calibrated(kind: str, scorer: Scorer, validation: Sequence[Article]) -> Classifier:
    """Calibrate a scorer, choose its thresholds, and make a Classifier of it."""
    logits = scorer.decision_function(sentences_of(validation))
    return Classifier(BaselineEngine(calibrated_config(kind, logits, validation), scorer))


def calibrated_config(kind: str, logits: np.ndarray, validation: Sequence[Article]) -> ModelConfig:
    """Return labels, calibration and thresholds for logits of the validation sentences."""
    calibration, thresholds = calibrate(logits.astype(np.float32), gold_of(validation))
    return ModelConfig(
        kind=kind,
        labels=LABELS,
        thresholds=dict(zip(LABELS, thresholds, strict=True)),
        calibration=dict(zip(LABELS, calibration, strict=True)),
        span_thresholds=dict.fromkeys(LABELS, 0.5),
    )


def logit(probabilities: np.ndarray) -> np.ndarray:
    """Return ``log(p / (1 - p))``, of 0 and 1 what one in a million gives."""
    p = np.clip(probabilities.astype(np.float64), 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))
