"""The network: one encoder, a span head on its tokens, a label head that pools them by sentence.

Every token gets three numbers for each label: a span logit (is this word part of a span?), an
attention score and a value. The logit of a sentence for a label is the attention-weighted mean of
the values over its tokens, separator included, each label with its own attention (Mullenbach et
al. 2018, "Explainable Prediction of Medical Codes from Clinical Text"). Because the pooling needs
nothing but these numbers, it can be done outside the exported graph, over any number of windows.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel

N_OUTPUTS = 3  # span logit, attention score, value


class FrameConfig(PretrainedConfig):
    """Configuration of :class:`FrameNetwork`.

    Parameters
    ----------
    labels : list of str
        Label names in order.
    encoder : dict
        The encoder's own configuration.
    head_dropout : float
        Dropout before the output layer.
    """

    model_type = "framing"

    def __init__(
        self,
        labels: list[str] | None = None,
        encoder: dict[str, Any] | None = None,
        head_dropout: float = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.frame_labels = list(labels) if labels is not None else []
        self.encoder = encoder if encoder is not None else {}
        self.head_dropout = head_dropout


class FrameNetwork(PreTrainedModel):
    """Encoder with one output layer of ``3 * n_labels`` numbers a token.

    Parameters
    ----------
    config : FrameConfig
        Labels and encoder configuration.
    encoder : transformers.PreTrainedModel, optional
        A pretrained encoder; built from ``config.encoder`` with random weights if left out.
    """

    config_class = FrameConfig
    base_model_prefix = "encoder"

    def __init__(self, config: FrameConfig, encoder: Any = None) -> None:
        super().__init__(config)
        if encoder is None:
            settings = dict(config.encoder)
            encoder = AutoModel.from_config(
                AutoConfig.for_model(settings.pop("model_type"), **settings)
            )
        if hasattr(encoder, "pooler"):
            encoder.pooler = None  # not used; without it old and new networks have the same weights
        self.encoder: Any = encoder
        width = int(encoder.config.hidden_size)
        self.n_labels = len(config.frame_labels)
        self.transform = nn.Linear(width, width)
        self.dropout = nn.Dropout(config.head_dropout)
        self.output = nn.Linear(width, N_OUTPUTS * self.n_labels)
        self.post_init()  # type: ignore[no-untyped-call]

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return the outputs of every token.

        Parameters
        ----------
        input_ids, attention_mask : int tensor, shape (batch, tokens)
            Padded windows; the mask is 0 on padding.

        Returns
        -------
        Tensor, shape (batch, tokens, 3, n_labels)
            Span logit, attention score and value.
        """
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        hidden = self.dropout(nn.functional.gelu(self.transform(self.dropout(hidden))))
        outputs: Tensor = self.output(hidden)  # (batch, tokens, 3 * n_labels)
        return outputs.reshape(*outputs.shape[:2], N_OUTPUTS, self.n_labels)


def pool_sentences(outputs: Tensor, sentence: Tensor, n_sentences: int) -> Tensor:
    """Pool token outputs into sentence logits.

    Parameters
    ----------
    outputs : Tensor, shape (tokens, 3, n_labels)
        Outputs of all tokens of a batch, flattened, padding left out.
    sentence : int tensor, shape (tokens,)
        The sentence that each token belongs to, from 0 to ``n_sentences - 1``.
    n_sentences : int
        Number of sentences; each must own at least one token.

    Returns
    -------
    Tensor, shape (n_sentences, n_labels)
        Attention-weighted mean of the values over the tokens of each sentence.
    """
    attention, value = outputs[:, 1].float(), outputs[:, 2].float()  # (tokens, n_labels)
    index = sentence.unsqueeze(1).expand_as(attention)
    peak = attention.new_full((n_sentences, attention.shape[1]), float("-inf"))
    peak = peak.scatter_reduce(0, index, attention.detach(), "amax")
    weight = torch.exp(attention - peak[sentence])  # (tokens, n_labels)
    total = torch.zeros_like(peak).index_add(0, sentence, weight)
    pooled = torch.zeros_like(peak).index_add(0, sentence, weight * value)
    return pooled / total
