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
from quality_systems import Data, Settings, calibrated, calibrated_config, logit

from framing.inference.classifier import Classifier
from framing.inference.decode import sigmoid
from framing.inference.engine import Passage
from framing.inference.folder import ModelConfig
from framing.schema import Article, Prediction, Span

LONGEST = 40  # tokens of a span: 99.9 % of the packaged ones are shorter
FINDER = 0.2
CANDIDATES = "candidates"
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
    train_pipeline(nlp, data, settings, scorer.decision_function)
    return calibrated("spacy-textcat", scorer, data.validation)


class _Categories:
    def __init__(self, nlp: Any) -> None:
        self._nlp = nlp

    def decision_function(self, texts: Sequence[str]) -> np.ndarray:
        docs = self._nlp.pipe(texts, batch_size=256)
        return logit(np.array([[doc.cats[label] for label in LABELS] for doc in docs]))


def spancat(data: Data, settings: Settings) -> Classifier:
    """Train ``span_finder`` and ``spancat``; a sentence has a label if a span of it has.

    The spans are clauses of 3 to 40 tokens, too many for the default suggester, which lists all
    runs of 1 to 3 tokens: so the span finder suggests, as spaCy advises for long spans.
    """
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe(
        "span_finder",
        config={"spans_key": CANDIDATES, "threshold": FINDER, "max_length": LONGEST},
    )
    suggester = {"@misc": "spacy.preset_spans_suggester.v1", "spans_key": CANDIDATES}
    component = nlp.add_pipe("spancat", config={"spans_key": KEY, "suggester": suggester})
    for label in LABELS:
        component.add_label(label)
    finder = SpanScorer(nlp)
    train_pipeline(nlp, data, settings, finder.decision_function, annotates=["span_finder"])
    logits = finder.decision_function(sentences_of(data.validation))
    config = calibrated_config("spacy-spancat", logits, data.validation)
    return Classifier(SpanEngine(config, finder))


def train_pipeline(
    nlp: Any,
    data: Data,
    settings: Settings,
    score: Callable[[Sequence[str]], np.ndarray],
    annotates: Sequence[str] = (),
) -> None:
    """Train a pipeline in place and leave it as it was after its best pass.

    Parameters
    ----------
    nlp : spacy.Language
        With its labels.
    data, settings
        What to learn from, seed and number of passes.
    score : callable
        Texts to logits (n_texts, n_labels) by the pipeline as it is.
    annotates : sequence of str
        Components whose output later ones learn from.
    """
    from spacy.training.batchers import minibatch_by_words
    from thinc.api import compounding, fix_random_seed

    fix_random_seed(settings.seed)
    examples = examples_of(nlp, data.train)
    optimizer = nlp.initialize(lambda: examples[:100])
    held_out, gold = sentences_of(data.validation), gold_of(data.validation)
    order = random.Random(settings.seed)
    best, kept = -1.0, b""
    sizes = compounding(100.0, 1000.0, 1.001)
    for epoch in range(settings.spacy_epochs):
        order.shuffle(examples)
        for batch in minibatch_by_words(examples, size=sizes, tolerance=0.2):
            nlp.update(batch, sgd=optimizer, drop=0.1, annotates=annotates)
        logits = score(held_out)
        config = calibrated_config("spacy", logits, data.validation)
        found = macro_f1(gold, probabilities(config, logits) >= thresholds(config))
        print(f"{nlp.pipe_names[-1]}: pass {epoch + 1}, validation {found:.3f}", file=sys.stderr)
        if found > best:
            best, kept = found, nlp.to_bytes()
    nlp.from_bytes(kept)


def examples_of(nlp: Any, articles: Sequence[Article]) -> list[Any]:
    """Return one spaCy example a sentence, with labels and spans."""
    from spacy.training import Example

    examples = []
    for sentence in (s for article in articles for s in article.sentences):
        reference = nlp.make_doc(sentence.text)
        reference.cats = {label: float(label in sentence.labels) for label in LABELS}
        spans = [
            reference.char_span(
                span.start - sentence.start,
                span.end - sentence.start,
                label=span.label,
                alignment_mode="expand",
            )
            for span in sentence.spans
        ]
        reference.spans[KEY] = reference.spans[CANDIDATES] = spans
        examples.append(Example(nlp.make_doc(sentence.text), reference))
    return examples


def probabilities(config: ModelConfig, logits: np.ndarray) -> np.ndarray:
    """Return calibrated probabilities (n, n_labels) of logits."""
    slope, shift = np.array([config.calibration[name] for name in config.labels]).T
    return sigmoid(logits * slope + shift)


def thresholds(config: ModelConfig) -> np.ndarray:
    """Return the thresholds (n_labels,)."""
    return np.array([config.thresholds[name] for name in config.labels])


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that was suggested: characters of the sentence, a probability for each label."""

    start: int
    end: int
    scores: np.ndarray


class SpanScorer:
    """Scores every candidate span of a sentence with a pipeline that ends in ``spancat``."""

    def __init__(self, nlp: Any) -> None:
        self._nlp = nlp

    def candidates(self, texts: Sequence[str]) -> list[list[Candidate]]:
        """Return the candidates of each text."""
        component = self._nlp.get_pipe("spancat")
        docs = list(self._nlp.pipe(texts, batch_size=256, disable=["spancat"]))
        found: list[list[Candidate]] = []
        for i in range(0, len(docs), 256):
            block = docs[i : i + 256]
            indices, scores = component.predict(block)
            rows = iter(scores)  # (n_candidates, n_labels)
            for doc, bounds in zip(block, indices, strict=True):
                spans = [doc[int(start) : int(end)] for start, end in bounds.dataXd]
                found.append([Candidate(s.start_char, s.end_char, next(rows)) for s in spans])
        return found

    def decision_function(self, texts: Sequence[str]) -> np.ndarray:
        """Return the logit of the best candidate for each label, shape (n_texts, n_labels)."""
        none = np.zeros(len(LABELS))
        best = [
            np.max([none, *(candidate.scores for candidate in row)], axis=0)
            for row in self.candidates(texts)
        ]
        return logit(np.array(best).reshape(-1, len(LABELS)))


class SpanEngine:
    """Gives a sentence the labels of its candidate spans, and those spans.

    Of the candidates of a label that was given the best one is a span, and every further one with
    an even chance or better that does not overlap a better one.
    """

    def __init__(self, config: ModelConfig, scorer: SpanScorer) -> None:
        self.config = config
        self._scorer = scorer

    def tag(self, passages: Sequence[Passage]) -> list[list[Prediction]]:
        """Return one prediction for each sentence of each passage."""
        texts = [p.text[start:end] for p in passages for start, end in p.bounds]
        rows = iter(self._scorer.candidates(texts))
        return [[self._prediction(p.text, *b, next(rows)) for b in p.bounds] for p in passages]

    def _prediction(self, text: str, start: int, end: int, row: list[Candidate]) -> Prediction:
        best = np.max([np.zeros(len(LABELS)), *(c.scores for c in row)], axis=0)
        scores = probabilities(self.config, logit(best[None]))[0]
        spans: list[Span] = []
        for k in np.flatnonzero(scores >= thresholds(self.config)):
            for a, b, score in _chosen(row, int(k), end - start):
                words = text[start + a : start + b]
                spans.append(Span(LABELS[k], start + a, start + b, words, score))
        spans.sort(key=lambda span: (span.start, span.end))
        given = {span.label for span in spans}
        return Prediction(
            text[start:end],
            start,
            end,
            tuple(label for label in LABELS if label in given),
            dict(zip(LABELS, scores.tolist(), strict=True)),
            tuple(spans),
        )


def _chosen(row: list[Candidate], label: int, length: int) -> list[tuple[int, int, float]]:
    """Return the spans of a label, the best first; the whole sentence if there is no candidate."""
    taken: list[tuple[int, int, float]] = []
    for candidate in sorted(row, key=lambda c: -c.scores[label]):
        score = float(candidate.scores[label])
        if taken and score < 0.5:
            break
        if all(candidate.end <= a or b <= candidate.start for a, b, _ in taken):
            taken.append((candidate.start, candidate.end, score))
    return taken if taken else [(0, length, 0.0)]
