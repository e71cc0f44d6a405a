from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from framing.model.base import load_base
from framing.model.network import FrameConfig, FrameNetwork, pool_sentences
from framing.model.settings import TrainingConfig


def make(base: str, n_labels: int = 3) -> FrameNetwork:
    torch.manual_seed(0)
    encoder = load_base(base, 0.1).encoder
    config = FrameConfig(labels=list("abcdef"[:n_labels]), encoder=encoder.config.to_dict())
    network = FrameNetwork(config, encoder)
    network.train(False)
    return network


def test_pretrained_weights_are_left_as_they_are(tiny_config: TrainingConfig) -> None:
    network = make(tiny_config.base)
    saved = load_file(f"{tiny_config.base}/model.safetensors")
    found = network.encoder.state_dict()
    assert len(found) > 30
    for name, tensor in found.items():
        assert torch.equal(tensor, saved[name]), name


def test_new_layers_start_small(tiny_config: TrainingConfig) -> None:
    network = make(tiny_config.base)
    assert 0 < float(network.output.weight.detach().std()) < 0.05
    assert not network.output.bias.any()


def test_shape_and_padding(tiny_config: TrainingConfig) -> None:
    network = make(tiny_config.base, n_labels=5)
    ids = torch.randint(5, 900, (2, 9))
    mask = torch.ones_like(ids)
    with torch.inference_mode():
        outputs = network(ids, mask)
        assert outputs.shape == (2, 9, 3, 5)
        padded = torch.cat([ids, torch.zeros(2, 4, dtype=torch.long)], dim=1)
        longer = torch.cat([mask, torch.zeros(2, 4, dtype=torch.long)], dim=1)
        torch.testing.assert_close(network(padded, longer)[:, :9], outputs, rtol=1e-4, atol=1e-5)


def test_weights_go_into_a_new_network(tiny_config: TrainingConfig) -> None:
    network = make(tiny_config.base)
    other = FrameNetwork(network.config)
    other.load_state_dict(network.state_dict())
    other.train(False)
    ids = torch.randint(5, 900, (1, 7))
    with torch.inference_mode():
        found, expected = other(ids, torch.ones_like(ids)), network(ids, torch.ones_like(ids))
    torch.testing.assert_close(found, expected)  # their attention may be computed in other ways


def test_pooling_by_definition_in_any_order() -> None:
    torch.manual_seed(0)
    outputs = torch.randn(40, 3, 2)
    sentence = torch.cat([torch.arange(6), torch.randint(0, 6, (34,))])[torch.randperm(40)]
    pooled = pool_sentences(outputs, sentence, 6)
    for i in range(6):
        mine = outputs[sentence == i]
        expected = (mine[:, 1].softmax(0) * mine[:, 2]).sum(0)
        torch.testing.assert_close(pooled[i], expected)


def test_the_gradient_of_pooling_is_finite_and_right() -> None:
    torch.manual_seed(0)
    outputs = torch.randn(8, 3, 2, requires_grad=True)
    sentence = torch.tensor([0, 0, 0, 1, 1, 1, 1, 2])
    pool_sentences(outputs, sentence, 3).sum().backward()
    found = outputs.grad.clone()
    outputs.grad = None
    sum(
        (outputs[sentence == i, 1].softmax(0) * outputs[sentence == i, 2]).sum() for i in range(3)
    ).backward()
    torch.testing.assert_close(found, outputs.grad)
    assert not found[:, 0].any()


@pytest.mark.parametrize("peak", [1e4, -1e4])
def test_pooling_does_not_overflow(peak: float) -> None:
    outputs = torch.tensor([[[0.0], [peak], [1.0]], [[0.0], [0.0], [3.0]]])
    pooled = pool_sentences(outputs, torch.tensor([0, 0]), 1)
    assert np.isfinite(pooled.numpy()).all()
    assert float(pooled) == (1.0 if peak > 0 else 3.0)
