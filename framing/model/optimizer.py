"""The optimizer, its learning rate from step to step, and the running mean of the weights."""

from __future__ import annotations

import torch
from torch.optim.swa_utils import AveragedModel

from framing.model.network import FrameNetwork
from framing.model.settings import TrainingConfig


def make_optimizer(network: FrameNetwork, config: TrainingConfig) -> torch.optim.Optimizer:
    """Return AdamW with a peak rate and a decay of their own for new layers, biases and norms.

    Each of its groups has its highest rate as ``peak``. Word embeddings are frozen if the settings
    say so.
    """
    if config.freeze_embeddings:
        for parameter in network.encoder.get_input_embeddings().parameters():
            parameter.requires_grad_(False)
    groups = []
    for new in (False, True):
        for decay in (False, True):
            chosen = [
                parameter
                for name, parameter in network.named_parameters()
                if parameter.requires_grad
                and name.startswith("encoder.") != new
                and (parameter.ndim >= 2) == decay
            ]
            peak = config.learning_rate * (config.head_factor if new else 1.0)
            groups.append(
                {
                    "params": chosen,
                    "peak": peak,
                    "lr": peak,
                    "weight_decay": config.weight_decay if decay else 0.0,
                }
            )
    return torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)


def learning_rate(done: int, total: int, warmup: float) -> float:
    """Return the share of the peak rate: it rises in a line, then falls in one to 2 %.

    Parameters
    ----------
    done, total : int
        Steps done and planned.
    warmup : float
        Share of the steps in which the rate rises.
    """
    rise = max(1.0, warmup * total)
    return min((done + 1) / rise, max(0.02, 1 - done / total))


def move_mean(averaged: AveragedModel, network: FrameNetwork, most: float) -> None:
    """Move the running mean of the weights on by one step; its decay rises from small to `most`."""
    n = int(averaged.n_averaged)
    decay = min(most, n / (n + 10))
    moving = [
        (mean.detach(), now.detach())
        for mean, now in zip(averaged.module.parameters(), network.parameters(), strict=True)
        if now.requires_grad
    ]
    means, current = zip(*moving, strict=True)
    torch._foreach_lerp_(means, current, 1 - decay)
    averaged.n_averaged += 1
