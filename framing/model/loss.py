"""The loss of training: labels of sentences and words of spans together."""

from __future__ import annotations

from torch import Tensor, nn

from framing.model.batches import Batch
from framing.model.network import pool_sentences


def frame_loss(outputs: Tensor, batch: Batch, whole: Batch, span_weight: float) -> Tensor:
    """Return the loss of a share of a batch, divided by the totals of the whole batch.

    Binary cross-entropy of the labels, and of the words that lie in a span.

    Parameters
    ----------
    outputs : Tensor, shape (windows, tokens, 3, n_labels)
        What the network says of the share.
    batch, whole : Batch
        The share, and the batch that it is a share of; the same in a single process.
    span_weight : float
        Weight of the words beside the labels.

    Returns
    -------
    Tensor, shape ()
    """
    outputs = outputs.float().flatten(0, 1)[batch.token]  # (kept tokens, 3, n_labels)
    logits = pool_sentences(outputs, batch.sentence, len(batch.labels))
    cross_entropy = nn.functional.binary_cross_entropy_with_logits
    labels = cross_entropy(logits, batch.labels, weight=batch.weight[:, None], reduction="sum")
    words = cross_entropy(outputs[:, 0], batch.spans, weight=word_weights(batch), reduction="sum")
    total: Tensor = 4.0 * labels / whole.labels.numel()
    return total + span_weight * words / word_weights(whole).sum()


def word_weights(batch: Batch) -> Tensor:
    """Return the weights of the words in the span loss, shape (kept tokens, n_labels).

    Words of sentences that carry the label matter most: spans are read out only there.
    """
    weight = 0.1 + 0.9 * batch.labels[batch.sentence]
    return weight * (~batch.separator).float()[:, None] * batch.weight[batch.sentence][:, None]
