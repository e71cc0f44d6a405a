"""Parts of an encoder in leaner forms, which give the same outputs and a graph of fewer operators.

transformers writes its encoders for training: masks, segments, distances put into buckets at every
call. A graph for prediction on whole windows needs none of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


class _Embeddings(nn.Module):
    """Embeddings of words at places: four operators instead of thirty."""

    def __init__(self, words: nn.Module, norm: nn.Module, positions: Tensor) -> None:
        super().__init__()
        self.words, self.norm = words, norm
        self.positions = nn.Parameter(positions.detach().clone())  # (longest, width)

    def forward(self, input_ids: Tensor, **_: Any) -> Tensor:
        embedded = self.words(input_ids) + self.positions[: input_ids.shape[1]]
        normed: Tensor = self.norm(embedded)
        return normed


def _bert_embeddings(old: Any) -> _Embeddings:
    """Return those of a BERT encoder that reads a single segment."""
    positions = old.position_embeddings.weight + old.token_type_embeddings.weight[0]
    return _Embeddings(old.word_embeddings, old.LayerNorm, positions)


def _mpnet_embeddings(old: Any) -> _Embeddings:
    """Return those of an MPNet encoder, which counts its positions from behind the padding's."""
    positions = old.position_embeddings.weight[old.padding_idx + 1 :]
    return _Embeddings(old.word_embeddings, old.LayerNorm, positions)


class _BiasedAttention(torch.autograd.Function):
    """Attention with a bias on its scores, which ONNX Runtime has as one operator."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, bias: Tensor, heads: int) -> Tensor:
        """Mix values (batch, tokens, width); the bias is (1, heads, tokens, tokens)."""
        q, k, v = (x.unflatten(2, (heads, -1)).transpose(1, 2) for x in (q, k, v))
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return mixed.transpose(1, 2).flatten(2)

    @staticmethod
    def symbolic(g: Any, q: Any, k: Any, v: Any, bias: Any, heads: int) -> Any:
        """Write the operator; its inputs for a bias of the projections and a mask stay empty."""
        empty = g.op("prim::Constant")
        empty.setType(torch._C.NoneType.get())
        name = "com.microsoft::MultiHeadAttention"
        return g.op(name, q, k, v, empty, empty, bias, num_heads_i=heads).setType(q.type())


class _MpnetAttention(nn.Module):
    """An MPNet layer's attention, written as one operator."""

    def __init__(self, attention: Any) -> None:
        super().__init__()
        self.q, self.k, self.v, self.o = attention.q, attention.k, attention.v, attention.o
        self.heads = attention.num_attention_heads

    def forward(self, hidden: Tensor, mask: Any, bias: Tensor, **_: Any) -> tuple[Tensor]:
        q, k, v = self.q(hidden), self.k(hidden), self.v(hidden)
        mixed = _BiasedAttention.apply(q, k, v, bias, self.heads)  # type: ignore[no-untyped-call]
        return (self.o(mixed),)


def _position_biases(encoder: Any, longest: int) -> Callable[[Tensor], Tensor]:
    """Return what looks MPNet's biases up by distance, in place of finding a bucket for each."""
    far = longest - 1
    heads = encoder.n_heads
    square = encoder.compute_position_bias(torch.empty((1, longest, 1)))[0].detach()
    # Row 0 holds the distances 0 to far, column 0 holds 0 to -far.
    by_distance = torch.cat([square[:, 1:, 0].flip(1), square[:, 0]], dim=1)

    def biases(x: Tensor) -> Tensor:
        positions = torch.arange(x.shape[1])
        distance = positions[None, :] - positions[:, None] + far  # (tokens, tokens)
        found = by_distance[:, distance.flatten()]
        return found.reshape(1, heads, x.shape[1], x.shape[1])

    return biases


@contextmanager
def lean(encoder: Any) -> Iterator[None]:
    """Put lean parts into an encoder as long as the context lasts; other kinds stay as they are.

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
        BERT gets lean embeddings, MPNet embeddings, position biases and attention.
    """
    swapped: list[tuple[Any, str, Any]] = []

    def swap(owner: Any, name: str, part: Any) -> None:
        swapped.append((owner, name, getattr(owner, name)))
        setattr(owner, name, part)

    kind = encoder.config.model_type
    try:
        if kind == "bert":
            swap(encoder, "embeddings", _bert_embeddings(encoder.embeddings))
        elif kind == "mpnet":
            embeddings = _mpnet_embeddings(encoder.embeddings)
            biases = _position_biases(encoder.encoder, len(embeddings.positions))
            swap(encoder, "embeddings", embeddings)
            swap(encoder.encoder, "compute_position_bias", biases)
            for layer in encoder.encoder.layer:
                swap(layer.attention, "attn", _MpnetAttention(layer.attention.attn))
        yield
    finally:
        for owner, name, part in swapped:
            if callable(getattr(type(owner), name, None)):
                delattr(owner, name)  # the class has it as a method
            else:
                setattr(owner, name, part)
