"""Labelled articles become padded batches of token windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from framing.inference.windows import TokenRow, Window, opening_id, padding_id, token_rows
from framing.schema import Article

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """The token row of an article with its targets.

    Parameters
    ----------
    row : TokenRow
        The tokens.
    labels : float array, shape (n_sentences, n_labels)
        1 where the sentence carries the label.
    spans : float array, shape (n_tokens, n_labels)
        1 where the token lies in a gold span.
    weight : float
        Weight of the article's sentences in the loss.
    """

    row: TokenRow
    labels: NDArray[np.float32]
    spans: NDArray[np.float32]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded windows with flattened targets.

    ``token`` (n_kept,) are the positions of the sentences' tokens in the flattened batch,
    ``sentence`` (n_kept,) the sentence each belongs to, ``labels`` (n_sentences, n_labels) and
    ``spans`` (n_kept, n_labels) the targets, ``separator`` (n_kept,) marks separators, and
    ``weight`` (n_sentences,) the sentences' weights.
    """

    input_ids: Tensor  # (batch, tokens)
    attention_mask: Tensor  # (batch, tokens)
    token: Tensor
    sentence: Tensor
    separator: Tensor
    labels: Tensor
    spans: Tensor
    weight: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch on another device."""
        return Batch(*(getattr(self, name).to(device) for name in self.__slots__))


def labelled_rows(
    tokenizer: Tokenizer,
    articles: Sequence[Article],
    label_names: Sequence[str],
    weights: Sequence[float] | None = None,
) -> list[LabelledRow]:
    """Tokenise articles and align their gold spans with the tokens.

    A token belongs to a span when it shares at least one character with it.
    """
    order = {name: i for i, name in enumerate(label_names)}
    rows = token_rows(
        tokenizer,
        [(article.context, [s.text for s in article.sentences]) for article in articles],
    )
    labelled = []
    for i, (article, row) in enumerate(zip(articles, rows, strict=True)):
        labels = np.zeros((len(article.sentences), len(order)), dtype=np.float32)
        spans = np.zeros((len(row), len(order)), dtype=np.float32)
        for j, sentence in enumerate(article.sentences):
            for name in sentence.labels:
                labels[j, order[name]] = 1.0
            begin, end = row.bounds[row.n_context + j], row.bounds[row.n_context + j + 1]
            for span in sentence.spans:
                start, stop = span.start - sentence.start, span.end - sentence.start
                touched = (row.starts[begin:end] < stop) & (row.ends[begin:end] > start)
                spans[begin:end][touched, order[span.label]] = 1.0
        labelled.append(LabelledRow(row, labels, spans, 1.0 if weights is None else weights[i]))
    return labelled


def sentence_windows(
    row: TokenRow, rng: np.random.Generator, context: int, longest: int
) -> list[Window]:
    """Make one window of each sentence, in every second case with sentences before as context.

    Parameters
    ----------
    row : TokenRow
        The article.
    rng : numpy.random.Generator
        Source of randomness.
    context : int
        Most tokens of context; 0 reads every sentence alone.
    longest : int
        Most tokens that the encoder reads. Of a single sentence that is longer still, training
        reads the first `longest` tokens; prediction reads all of it.
    """
    edges: list[int] = row.bounds.tolist()
    windows = []
    for i in range(row.n_context, len(edges) - 1):
        first, last = edges[i], min(edges[i + 1], edges[i] + longest - 1)
        begin = first
        if context and rng.random() < 0.5:
            allowed = min(context, longest - 1 - (last - first))
            begin = next(edge for edge in edges if first - edge <= allowed)
        windows.append(Window(begin, first, last, last))
    return windows


def random_windows(
    row: TokenRow, rng: np.random.Generator, sizes: tuple[int, int], longest: int
) -> list[Window]:
    """Cut a row into consecutive windows of random size, every sentence in exactly one.

    Parameters
    ----------
    row : TokenRow
        The article.
    rng : numpy.random.Generator
        Source of randomness.
    sizes : (int, int)
        Least and greatest size of a window in tokens. A window holds at least one sentence.
    longest : int
        As in :func:`sentence_windows`.
    """
    edges: list[int] = row.bounds.tolist()
    n_edges = len(edges) - 1
    windows = []
    i = row.n_context
    begin = 0 if rng.random() < 0.5 else edges[i]  # with the title or without
    while i < n_edges:
        size = int(rng.integers(sizes[0], sizes[1] + 1))
        first = edges[i]
        if first - begin > size // 2:
            begin = first  # the title would fill the window
        i += 1
        while i < n_edges and edges[i + 1] - begin < size:
            i += 1
        last = edges[i]
        if last - begin >= longest:
            begin = first
        end = min(last, begin + longest - 1)
        windows.append(Window(begin, first, end, end))
        begin = last
    return windows


def collate(pieces: Sequence[tuple[LabelledRow, Window]], opening: int, padding: int) -> Batch:
    """Pad windows into a batch."""
    width = max(len(window) for _, window in pieces) + 1
    ids = np.full((len(pieces), width), padding, dtype=np.int64)
    mask = np.zeros((len(pieces), width), dtype=np.int64)
    token, sentence, separator, labels, spans, weight = [], [], [], [], [], []
    n_sentences = 0
    for k, (labelled, window) in enumerate(pieces):
        row = labelled.row
        ids[k, 0] = opening
        ids[k, 1 : len(window) + 1] = row.ids[window.begin : window.end]
        mask[k, : len(window) + 1] = 1
        owner = np.searchsorted(row.bounds, np.arange(window.first, window.last), side="right") - 1
        owner -= row.n_context
        token.append(k * width + 1 + np.arange(window.first, window.last) - window.begin)
        sentence.append(owner - owner[0] + n_sentences)
        separator.append(row.ends[window.first : window.last] == 0)
        labels.append(labelled.labels[owner[0] : owner[-1] + 1])
        spans.append(labelled.spans[window.first : window.last])
        weight.append(np.full(len(labels[-1]), labelled.weight, dtype=np.float32))
        n_sentences += len(labels[-1])
    return Batch(
        torch.from_numpy(ids),
        torch.from_numpy(mask),
        torch.from_numpy(np.concatenate(token)),
        torch.from_numpy(np.concatenate(sentence)),
        torch.from_numpy(np.concatenate(separator)),
        torch.from_numpy(np.concatenate(labels)),
        torch.from_numpy(np.concatenate(spans)),
        torch.from_numpy(np.concatenate(weight)),
    )


def epoch_batches(
    rows: Sequence[LabelledRow],
    tokenizer: Tokenizer,
    rng: np.random.Generator,
    *,
    batch_tokens: int,
    context: int,
    joint_sizes: tuple[int, int] | None,
    negatives: float,
    longest: int,
) -> Iterator[Batch]:
    """Yield the batches of one epoch: new random windows, similar lengths together, shuffled.

    Parameters
    ----------
    rows : sequence of LabelledRow
        The training articles.
    tokenizer : tokenizers.Tokenizer
        For the ids of the special tokens.
    rng : numpy.random.Generator
        Source of randomness.
    batch_tokens : int
        Most tokens in a batch, padding included.
    context, longest
        See :func:`sentence_windows`.
    joint_sizes : (int, int) or None
        Sizes of windows of several sentences, see :func:`random_windows`; None reads one at a time.
    negatives : float
        Share of the windows without any label that the epoch draws.
    """
    drawn = [
        (labelled, window)
        for labelled in rows
        for window in (
            sentence_windows(labelled.row, rng, context, longest)
            if joint_sizes is None
            else random_windows(labelled.row, rng, joint_sizes, longest)
        )
    ]
    pieces = [
        (labelled, window)
        for labelled, window in drawn
        if labelled.spans[window.first : window.last].any() or rng.random() < negatives
    ]
    if not pieces:
        return
    jitter = rng.random(len(pieces))
    order = sorted(range(len(pieces)), key=lambda i: len(pieces[i][1]) * (1 + 0.2 * jitter[i]))
    groups: list[list[int]] = [[]]
    widest = 0
    for i in order:
        widest = max(widest, len(pieces[i][1]) + 1)
        if groups[-1] and widest * (len(groups[-1]) + 1) > batch_tokens:
            groups.append([])
            widest = len(pieces[i][1]) + 1
        groups[-1].append(i)
    for g in rng.permutation(len(groups)):
        yield collate([pieces[i] for i in groups[g]], opening_id(tokenizer), padding_id(tokenizer))
