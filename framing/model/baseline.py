"""The baseline: TF-IDF of words and characters with logistic regression, same interface."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline, make_union

from framing.codebook import Codebook, default_codebook
from framing.errors import ModelError
from framing.inference import folder as model_folder
from framing.inference.classifier import Classifier
from framing.inference.engine import Passage
from framing.inference.running import Running
from framing.model.calibration import calibrate
from framing.model.checkpoint import data_hash
from framing.schema import Article, Prediction, Span


class BaselineEngine:
    """Scores each sentence on its own; its one span for a label is the whole sentence.

    Parameters
    ----------
    config : ModelConfig
        Labels, thresholds, calibration.
    pipeline : sklearn.pipeline.Pipeline
        Text to one decision value a label.
    """

    def __init__(self, config: model_folder.ModelConfig, pipeline: Any) -> None:
        self.config = config
        self._pipeline = pipeline

    def start(self, passages: Sequence[Passage]) -> Running[list[list[Prediction]]]:
        """Tag at once; what is returned only hands the predictions over."""
        return Running.done(self.tag(passages))

    def with_config(self, config: model_folder.ModelConfig) -> BaselineEngine:
        """Return an engine with another configuration over the same pipeline."""
        return BaselineEngine(config, self._pipeline)

    def tag(self, passages: Sequence[Passage]) -> list[list[Prediction]]:
        """Return one prediction for each sentence of each passage."""
        texts = [p.text[start:end] for p in passages for start, end in p.bounds]
        names = self.config.labels
        scores = np.zeros((0, len(names)))
        if texts:
            logits = self._pipeline.decision_function(texts).reshape(len(texts), -1)
            slope = np.array([self.config.calibration[name][0] for name in names])
            shift = np.array([self.config.calibration[name][1] for name in names])
            scores = 1 / (1 + np.exp(-(logits * slope + shift)))
        rows = iter(scores.tolist())
        return [
            [self._prediction(p.text, start, end, next(rows)) for start, end in p.bounds]
            for p in passages
        ]

    def _prediction(self, text: str, start: int, end: int, scores: list[float]) -> Prediction:
        names = self.config.labels
        chosen = tuple(
            name
            for name, score in zip(names, scores, strict=True)
            if score >= self.config.thresholds[name]
        )
        words = text[start:end]
        by_name = dict(zip(names, scores, strict=True))
        spans = tuple(Span(name, start, end, words, by_name[name]) for name in chosen)
        return Prediction(words, start, end, chosen, by_name, spans)


def train_baseline(
    articles: Sequence[Article],
    output: str | Path,
    *,
    validation: Sequence[Article],
    codebook: Codebook | None = None,
) -> Classifier:
    """Fit the baseline and write its model folder.

    Parameters
    ----------
    articles, validation : sequence of Article
        To fit on, and to calibrate and choose thresholds on.
    output : str or Path
        The folder to write; it holds a joblib pickle.
    codebook : Codebook, optional
        The labels; the packaged codebook by default.

    Returns
    -------
    Classifier
        With the same interface as the transformer.
    """
    if codebook is None:
        codebook = default_codebook()
    from framing.model.training import check_articles

    check_articles(articles, validation, codebook)
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True),
    )
    pipeline = make_pipeline(
        features,
        OneVsRestClassifier(LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000)),
    )
    texts, gold = _matrix(articles, codebook)
    pipeline.fit(texts, gold)
    held_out, held_out_gold = _matrix(validation, codebook)
    logits = np.asarray(pipeline.decision_function(held_out), dtype=np.float32)
    calibration, thresholds = calibrate(logits.reshape(held_out_gold.shape), held_out_gold)
    # scikit-learn decides on 0, an even chance, for a label that no sentence carried: never say it.
    learnt = gold.any(axis=0)
    calibration = [c if learnt[k] else (1.0, -20.0) for k, c in enumerate(calibration)]
    names = codebook.names
    config = model_folder.ModelConfig(
        kind="baseline",
        labels=names,
        thresholds=dict(zip(names, thresholds, strict=True)),
        calibration=dict(zip(names, calibration, strict=True)),
        span_thresholds=dict.fromkeys(names, 0.5),
        codebook={"name": codebook.name, "version": codebook.version},
        training={
            "train": {
                "articles": len(articles),
                "sentences": len(texts),
                "sha256": data_hash(articles),
            },
            "validation": {
                "articles": len(validation),
                "sentences": len(held_out),
                "sha256": data_hash(validation),
            },
        },
    )
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(pipeline, folder / model_folder.BASELINE, compress=3)
    config = model_folder.write_config(folder, config, [model_folder.BASELINE])
    return Classifier(BaselineEngine(config, pipeline))


def load_baseline(folder: str | Path, *, allow_pickle: bool) -> Classifier:
    """Load a baseline's folder.

    Raises
    ------
    ModelError
        If `allow_pickle` is False, or the file is not the one that ``config.json`` names.
    """
    config = model_folder.read_config(folder)
    if not allow_pickle:
        raise ModelError(
            f"{folder}: is a baseline kept as a pickle, which can run any code when it is loaded; "
            "if it is your own, pass allow_pickle=True (--allow-pickle)"
        )
    path = model_folder.check_file(folder, config, model_folder.BASELINE)
    return Classifier(BaselineEngine(config, joblib.load(path)))


def _matrix(articles: Sequence[Article], codebook: Codebook) -> tuple[list[str], Any]:
    sentences = [sentence for article in articles for sentence in article.sentences]
    gold = np.array(
        [[name in sentence.labels for name in codebook.names] for sentence in sentences],
        dtype=np.bool_,
    )
    return [sentence.text for sentence in sentences], gold.reshape(len(sentences), len(codebook))
