"""The transformer engine: passages in, predictions out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from framing.inference.decode import (
    UNFITTED,
    find_spans,
    pool_sentences,
    sigmoid,
    word_probabilities,
)
from framing.inference.folder import ModelConfig
from framing.inference.lexical import LexicalModel
from framing.inference.running import Running
from framing.inference.windows import TokenRow, Window, opening_id, plan_windows, token_rows
from framing.schema import Prediction, Span

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Passage:
    """Some consecutive sentences of one document.

    Parameters
    ----------
    text : str
        The whole document.
    bounds : sequence of (int, int)
        Half-open character offsets of the sentences.
    context : sequence of str
        Sentences that stand before them (or the title), read as context only.
    """

    text: str
    bounds: Sequence[tuple[int, int]]
    context: Sequence[str] = ()


class Engine(Protocol):
    """What turns passages into predictions; :class:`framing.Classifier` feeds it."""

    @property
    def config(self) -> ModelConfig:
        """Labels, thresholds and the record of the training."""
        ...

    def start(self, passages: Sequence[Passage]) -> Running[list[list[Prediction]]]:
        """Begin to tag; what is returned gives a prediction for each sentence of each passage."""
        ...

    def with_config(self, config: ModelConfig) -> Engine:
        """Return an engine of the same model with another configuration."""
        ...


class Network(Protocol):
    """What runs the network: see :class:`framing.inference.runtime.OnnxNetwork`."""

    def start(self, windows: Sequence[NDArray[np.int64]]) -> Running[list[NDArray[np.float32]]]:
        """Begin to run windows (n_tokens,); what is returned waits for the outputs of each.

        They have the shape (n_tokens, 3, n_labels).
        """
        ...


class TransformerEngine:
    """Tokenises passages, runs the network over their windows, decodes labels and spans.

    Parameters
    ----------
    config : ModelConfig
        Labels, thresholds, calibration, window size.
    tokenizer : tokenizers.Tokenizer
        The encoder's tokenizer.
    network : Network
        Runs token windows.
    lexical : LexicalModel, optional
        Adds its logits to the network's, by the weights in ``config.lexical``.
    """

    def __init__(
        self,
        config: ModelConfig,
        tokenizer: Any,
        network: Network,
        lexical: LexicalModel | None = None,
    ) -> None:
        self.config = config
        self._tokenizer = tokenizer
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._network = network
        self._lexical = lexical
        names = config.labels
        self._opening = np.asarray([opening_id(tokenizer)], dtype=np.int64)
        self._slope = np.asarray([config.calibration[n][0] for n in names], dtype=np.float32)
        self._shift = np.asarray([config.calibration[n][1] for n in names], dtype=np.float32)
        self._mix = np.asarray([config.lexical.get(n, 0.0) for n in names], dtype=np.float32)
        self._words = [config.word_calibration.get(n, UNFITTED) for n in names]
        self._thresholds = np.asarray([config.thresholds[n] for n in names], dtype=np.float32)

    def start(self, passages: Sequence[Passage]) -> Running[list[list[Prediction]]]:
        """Tokenise, and begin to run the network; what is returned waits for it and decodes."""
        rows = self._rows(passages)
        running = self._run(rows)

        def finish() -> list[list[Prediction]]:
            return [
                list(self._decode(passage, row, outputs))
                for passage, row, outputs in zip(passages, rows, running.finish(), strict=True)
            ]

        return Running(finish, running.cancel, running.ahead)

    def with_config(self, config: ModelConfig) -> TransformerEngine:
        """Return an engine with another configuration over the same network."""
        return TransformerEngine(config, self._tokenizer, self._network, self._lexical)

    def token_rows(self, sentences: Sequence[str]) -> list[TokenRow]:
        """Return the tokens of sentences that stand alone, a row each."""
        return token_rows(self._tokenizer, [([], [clean(text)]) for text in sentences])

    def encode(self, passages: Sequence[Passage]) -> list[NDArray[np.int64]]:
        """Return the token ids of the windows (n_tokens,) that are read of passages."""
        return [ids for _, _, ids in self._windows(self._rows(passages))]

    def outputs(self, rows: Sequence[TokenRow]) -> list[NDArray[np.float32]]:
        """Run the network over token rows.

        Returns
        -------
        list of float array, shape (n_tokens, 3, n_labels)
            Span logit, attention score and value of each token of each row; zero for the tokens of
            context sentences.
        """
        return self._run(rows).finish()

    def _rows(self, passages: Sequence[Passage]) -> list[TokenRow]:
        return token_rows(
            self._tokenizer,
            [
                (
                    [clean(text) for text in passage.context],
                    [clean(passage.text[start:end]) for start, end in passage.bounds],
                )
                for passage in passages
            ],
        )

    def _windows(self, rows: Sequence[TokenRow]) -> list[tuple[int, Window, NDArray[np.int64]]]:
        """Return the windows of rows: number of the row, place, token ids."""
        return [
            (i, window, np.concatenate([self._opening, row.ids[window.begin : window.end]]))
            for i, row in enumerate(rows)
            for window in plan_windows(
                row, self.config.window, self.config.context, joint=self.config.joint
            )
        ]

    def _run(self, rows: Sequence[TokenRow]) -> Running[list[NDArray[np.float32]]]:
        windows = self._windows(rows)
        running = self._network.start([ids for _, _, ids in windows])

        def finish() -> list[NDArray[np.float32]]:
            shape = (3, len(self.config.labels))
            kept = [np.zeros((len(row), *shape), dtype=np.float32) for row in rows]
            for (i, window, _), outputs in zip(windows, running.finish(), strict=True):
                start = 1 + window.first - window.begin
                stop = start + window.last - window.first
                kept[i][window.first : window.last] = outputs[start:stop]
            return kept

        return Running(finish, running.cancel, running.ahead)

    def probabilities(
        self, rows: Sequence[TokenRow]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Return the probabilities of the sentences and of the tokens of each row.

        Returns
        -------
        list of (float array, float array)
            Calibrated probabilities of the labels, shape (n_sentences, n_labels), and what the
            network itself says of lying in a span, shape (n_tokens, n_labels), as a student is to
            learn it; spans are read out with ``config.word_calibration``.
        """
        return [
            (sigmoid(self._logits(row, outputs)), sigmoid(outputs[:, 0]))
            for row, outputs in zip(rows, self.outputs(rows), strict=True)
        ]

    def _logits(self, row: TokenRow, outputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the calibrated logits of a row's sentences (n_sentences, n_labels)."""
        bounds = row.bounds[row.n_context :]
        logits = pool_sentences(outputs, bounds)
        if self._lexical is not None:
            logits += self._lexical.logits(row.ids, bounds) * self._mix
        return np.asarray(logits * self._slope + self._shift, dtype=np.float32)

    def _decode(
        self, passage: Passage, row: TokenRow, outputs: NDArray[np.float32]
    ) -> Iterator[Prediction]:
        names = self.config.labels
        bounds = row.bounds[row.n_context :]
        logits = self._logits(row, outputs)
        scores = sigmoid(logits)
        chosen = scores >= self._thresholds
        for i, (start, end) in enumerate(passage.bounds):
            sentence = passage.text[start:end]
            first, last = bounds[i], bounds[i + 1]
            spans = [
                Span(names[k], start + a, start + b, sentence[a:b], score)
                for k in np.flatnonzero(chosen[i]).tolist()
                for a, b, score in find_spans(
                    sentence,
                    row.starts[first:last],
                    row.ends[first:last],
                    word_probabilities(outputs[first:last, 0, k], logits[i, k], self._words[k]),
                    self.config.span_thresholds[names[k]],
                )
            ]
            spans.sort(key=lambda span: (span.start, span.end))
            yield Prediction(
                text=sentence,
                start=start,
                end=end,
                labels=tuple(name for name, yes in zip(names, chosen[i], strict=True) if yes),
                scores=dict(zip(names, scores[i].tolist(), strict=True)),
                spans=tuple(spans),
            )


def clean(text: str) -> str:
    """Replace lone surrogates, which no tokenizer can encode, by U+FFFD of the same length."""
    return _SURROGATE.sub("\ufffd", text)
