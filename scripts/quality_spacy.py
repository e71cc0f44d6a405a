"""The two spaCy systems of ``scripts/benchmark_quality.py``: a text and a span categoriser.

Both are trained as ``spacy train`` does by default (Adam with rate 0.001, dropout 0.1, batches
that grow from 100 to 1,000 words) from nothing, since word vectors are no package of the index;
after each pass the validation articles are scored, and the best pass is kept.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from benchmark_systems import LABELS, gold_of, macro_f1, sentences_of
from quality_systems import Data, Settings, calibrated_config, logit

from framing.inference.classifier import Classifier
from framing.inference.decode import sigmoid
from framing.inference.engine import Passage
from framing.inference.folder import ModelConfig
from framing.inference.running import Running
from framing.model.baseline import BaselineEngine
from framing.schema import Article, Prediction, Span

SIZES = (3, 25)  # tokens of a candidate span: nine of ten of the packaged ones
KEY = "sc"


def textcat(data: Data, settings: Settings) -> Classifier:
    """Train ``textcat_multilabel`` with its default network.

    That is the ensemble of a bag of words and a convolution with attention, which spaCy's own
    configuration for accuracy on a CPU takes.
    """
    import spacy

    nlp = spacy.blank("en")
    component = nlp.add_pipe("textcat_multilabel")
    for label in LABELS:
        component.add_label(label)
    scorer = _Categories(nlp)
    examples = examples_of(nlp, data.train)
    config = train_pipeline(
        nlp, data.validation, scorer.decision_function, settings, [examples] * settings.spacy_epochs
    )
    return Classifier(BaselineEngine(config, scorer))


class _Categories:
    def __init__(self, nlp: Any) -> None:
        self._nlp = nlp

    def decision_function(self, texts: Sequence[str]) -> np.ndarray:
        docs = self._nlp.pipe(texts, batch_size=256)
        return logit(np.array([[doc.cats[label] for label in LABELS] for doc in docs]))


def spancat(data: Data, settings: Settings) -> Classifier:
    """Train ``spancat_singlelabel``; a sentence has a label if a span of it has.

    The spans are clauses, so all runs of 3 to 25 tokens are candidates, some 400 a sentence and one
    right among a thousand. On so few the losses of ``spancat`` and ``span_finder`` (squared, behind
    a sigmoid) push every score to 0 and stay there, measured on 5,000 sentences; the softmax of
    the variant with one label a span learns. Each pass takes all sentences with a label and as many
    without one, drawn anew: the candidates make it slow.
    """
    nlp = spancat_pipeline()
    scorer = SpanScorer(nlp)
    examples = examples_of(nlp, data.train)
    labelled = [example for example in examples if example.reference.spans[KEY]]
    others = [example for example in examples if not example.reference.spans[KEY]]
    draw = random.Random(settings.seed)
    count = min(len(labelled), len(others))
    passes = [labelled + draw.sample(others, count) for _ in range(settings.spancat_epochs)]
    config = train_pipeline(nlp, data.validation, scorer.decision_function, settings, passes)
    return Classifier(SpanEngine(config, scorer))


def spancat_pipeline() -> Any:
    """Return the untrained pipeline of :func:`spancat`."""
    import spacy

    nlp = spacy.blank("en")
    suggester = {"@misc": "spacy.ngram_range_suggester.v1"}
    suggester |= {"min_size": SIZES[0], "max_size": SIZES[1]}
    component = nlp.add_pipe(
        "spancat_singlelabel", config={"spans_key": KEY, "suggester": suggester}
    )
    for label in LABELS:
        component.add_label(label)
    return nlp


def train_pipeline(
    nlp: Any,
    validation: Sequence[Article],
    score: Callable[[Sequence[str]], np.ndarray],
    settings: Settings,
    passes: Sequence[Sequence[Any]],
) -> ModelConfig:
    """Train a pipeline in place and leave it as it was after its best pass.

    Parameters
    ----------
    nlp : spacy.Language
        With its labels.
    validation : sequence of Article
        What the passes are compared on by macro-F1.
    score : callable
        Texts to logits (n_texts, n_labels) by the pipeline as it is.
    settings : Settings
        With the seed.
    passes : sequence of sequences of spacy.training.Example
        What each pass learns from.

    Returns
    -------
    ModelConfig
        Calibration and thresholds of the best pass.
    """
    from spacy.training.batchers import minibatch_by_words
    from thinc.api import compounding, fix_random_seed

    fix_random_seed(settings.seed)
    optimizer = nlp.initialize(lambda: passes[0][:100])
    texts, gold = sentences_of(validation), gold_of(validation)
    order = random.Random(settings.seed)
    best, state, kept = -1.0, b"", None
    sizes = compounding(100.0, 1000.0, 1.001)
    for number, examples in enumerate(passes, start=1):
        shuffled = order.sample(examples, len(examples))
        for batch in minibatch_by_words(shuffled, size=sizes, tolerance=0.2):
            nlp.update(batch, sgd=optimizer, drop=0.1)
        logits = score(texts)
        config = calibrated_config(nlp.pipe_names[0], logits, validation)
        found = macro_f1(gold, probabilities(config, logits) >= thresholds(config))
        print(f"{nlp.pipe_names[0]}: pass {number}, validation {found:.3f}", file=sys.stderr)
        if found > best or kept is None:
            best, state, kept = found, nlp.to_bytes(), config
    if kept is None:
        raise ValueError("no pass to train: the number of epochs must be at least 1")
    nlp.from_bytes(state)
    return kept


def examples_of(nlp: Any, articles: Sequence[Article]) -> list[Any]:
    """Return one spaCy example a sentence, with labels and spans."""
    from spacy.training import Example

    examples = []
    for sentence in (s for article in articles for s in article.sentences):
        reference = nlp.make_doc(sentence.text)
        reference.cats = {label: float(label in sentence.labels) for label in LABELS}
        reference.spans[KEY] = [
            reference.char_span(
                span.start - sentence.start,
                span.end - sentence.start,
                label=span.label,
                alignment_mode="expand",
            )
            for span in sentence.spans
        ]
        examples.append(Example(nlp.make_doc(sentence.text), reference))
    return examples


def probabilities(config: ModelConfig, logits: np.ndarray) -> np.ndarray:
    """Return calibrated probabilities (n, n_labels) of logits."""
    slope, shift = np.array([config.calibration[name] for name in config.labels]).T
    return sigmoid(logits * slope + shift)


def thresholds(config: ModelConfig) -> np.ndarray:
    """Return the thresholds (n_labels,)."""
    return np.array([config.thresholds[name] for name in config.labels])


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The candidate spans of a sentence.

    Parameters
    ----------
    starts, ends : int array, shape (n_candidates,)
        Characters of the sentence.
    scores : float array, shape (n_candidates, n_labels)
        Probabilities.
    """

    starts: np.ndarray
    ends: np.ndarray
    scores: np.ndarray

    @property
    def best(self) -> np.ndarray:
        """The greatest probability of each label (n_labels,); 0 without a candidate."""
        return self.scores.max(axis=0, initial=0.0)

    def chosen(self, label: int, length: int) -> list[tuple[int, int, float]]:
        """Return the best candidate, and every even chance that does not overlap a better one.

        Without a candidate that is the whole sentence, which has `length` characters.
        """
        taken: list[tuple[int, int, float]] = []
        for i in np.argsort(-self.scores[:, label], kind="stable"):
            start, end = int(self.starts[i]), int(self.ends[i])
            score = float(self.scores[i, label])
            if taken and score < 0.5:
                break
            if all(end <= a or b <= start for a, b, _ in taken):
                taken.append((start, end, score))
        return taken if taken else [(0, length, 0.0)]


class SpanScorer:
    """Scores every candidate span of a sentence with a pipeline of ``spancat_singlelabel``."""

    def __init__(self, nlp: Any) -> None:
        self._nlp = nlp

    def candidates(self, texts: Sequence[str]) -> list[Candidates]:
        """Return the candidates of each text."""
        component = self._nlp.get_pipe("spancat_singlelabel")
        found: list[Candidates] = []
        for i in range(0, len(texts), 32):  # the words of all candidates lie in memory
            docs = [self._nlp.make_doc(text) for text in texts[i : i + 32]]
            indices, scores = component.predict(docs)  # the last column means no label
            first = 0
            for doc, count in zip(docs, indices.lengths.tolist(), strict=True):
                tokens = np.asarray(indices.dataXd[first : first + count]).reshape(-1, 2)
                starts = np.array([token.idx for token in doc], dtype=np.int64)
                ends = starts + np.array([len(token) for token in doc], dtype=np.int64)
                rows = np.zeros((count, len(LABELS)))
                if count:  # a sentence of two tokens has no candidate
                    rows[:] = scores[first : first + count, : len(LABELS)]
                found.append(Candidates(starts[tokens[:, 0]], ends[tokens[:, 1] - 1], rows))
                first += count
        return found

    def decision_function(self, texts: Sequence[str]) -> np.ndarray:
        """Return the logit of the best candidate for each label, shape (n_texts, n_labels)."""
        best = [row.best for row in self.candidates(texts)]
        return logit(np.array(best).reshape(-1, len(LABELS)))


class SpanEngine:
    """Gives a sentence the labels of its candidate spans, and those spans."""

    def __init__(self, config: ModelConfig, scorer: SpanScorer) -> None:
        self.config = config
        self._scorer = scorer

    def start(self, passages: Sequence[Passage]) -> Running[list[list[Prediction]]]:
        """Tag at once; what is returned only hands the predictions over."""
        return Running.done(self.tag(passages))

    def tag(self, passages: Sequence[Passage]) -> list[list[Prediction]]:
        """Return one prediction for each sentence of each passage."""
        texts = [p.text[start:end] for p in passages for start, end in p.bounds]
        rows = iter(self._scorer.candidates(texts))
        return [[self._prediction(p.text, *b, next(rows)) for b in p.bounds] for p in passages]

    def _prediction(self, text: str, start: int, end: int, row: Candidates) -> Prediction:
        scores = probabilities(self.config, logit(row.best[None]))[0]
        given = [int(k) for k in np.flatnonzero(scores >= thresholds(self.config))]
        spans = [
            Span(LABELS[k], start + a, start + b, text[start + a : start + b], score)
            for k in given
            for a, b, score in row.chosen(k, end - start)
        ]
        spans.sort(key=lambda span: (span.start, span.end))
        return Prediction(
            text[start:end],
            start,
            end,
            tuple(LABELS[k] for k in given),
            dict(zip(LABELS, scores.tolist(), strict=True)),
            tuple(spans),
        )
