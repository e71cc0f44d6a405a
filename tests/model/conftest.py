from __future__ import annotations

import pytest
import torch
from transformers import MPNetConfig

from framing.model.network import FrameConfig, FrameNetwork


@pytest.fixture(scope="module")
def mpnet() -> FrameNetwork:
    """An MPNet with random weights; its biases by distance are far from 0."""
    torch.manual_seed(0)
    config = MPNetConfig(
        vocab_size=900,
        hidden_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=96,
        max_position_embeddings=514,
    )
    network = FrameNetwork(FrameConfig(labels=["a", "b"], encoder=config.to_dict()))
    torch.nn.init.normal_(network.encoder.encoder.relative_attention_bias.weight)
    for parameter in network.parameters():
        if parameter.ndim == 1:  # the exporter writes equal ones, as those of a new network, once
            torch.nn.init.normal_(parameter, float(parameter.detach().mean()), 0.1)
    return network
