"""Which device and number format to use, and the network on torch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from framing.errors import InputError
from framing.inference import folder as model_folder
from framing.inference.running import Running
from framing.model.network import FrameNetwork
from framing.model.weights import load_network


def pick_device(name: str = "auto") -> torch.device:
    """Return a torch device: CUDA, then MPS, then the CPU for ``"auto"``.

    Raises
    ------
    InputError
        If torch does not know the name, or this machine has no such device.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"device {name!r} cannot be used here: {error}") from error
    return device


def bf16_helps(device: torch.device) -> bool:
    """Tell whether bfloat16 autocast is faster than float32 on a device.

    CUDA chips tell whether they have bfloat16 units. On a CPU a product is timed, since chips with
    the same instructions differ: with AVX-512 BF16 alone, bfloat16 was 1.6 times as slow on an
    Intel chip and 2.6 times as quick on an AMD one.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return device.type == "cpu" and _seconds(torch.bfloat16) < 0.8 * _seconds(torch.float32)


@cache
def _seconds(number: torch.dtype) -> float:
    """Return how long a product as a layer has it takes, the quickest of five runs."""
    left, right = torch.ones(512, 768, dtype=number), torch.ones(3072, 768, dtype=number)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        nn.functional.linear(left, right)
        times.append(time.perf_counter() - start)
    return min(times)


def autocast(device: torch.device, bf16: bool) -> AbstractContextManager[None]:
    """Return the context in which the network runs."""
    context: AbstractContextManager[None] = torch.autocast(
        device.type, dtype=torch.bfloat16, enabled=bf16
    )
    return context


class TorchNetwork:
    """The network on torch, for a GPU and for validation during training.

    Parameters
    ----------
    network : FrameNetwork
        The weights.
    device : torch.device
        Where to run.
    bf16 : bool
        Run in bfloat16 autocast.
    batch_tokens : int
        Most tokens in a batch, padding included.
    padding : int
        Id of the padding token.
    """

    def __init__(
        self,
        network: FrameNetwork,
        device: torch.device,
        *,
        bf16: bool = False,
        batch_tokens: int = 8192,
        padding: int = 0,
    ) -> None:
        self.network = network
        network.to(device)  # type: ignore[arg-type]
        self.device = device
        self.bf16 = bf16
        self.batch_tokens = batch_tokens
        self.padding = padding

    @classmethod
    def load(cls, path: str | Path, config: model_folder.ModelConfig, device: str) -> TorchNetwork:
        """Load a model folder onto a device; see :func:`framing.model.weights.load_network`."""
        where = pick_device(device)
        network = load_network(path, config)
        return cls(network, where, bf16=bf16_helps(where), batch_tokens=65536)

    def start(self, windows: Sequence[NDArray[np.int64]]) -> Running[list[NDArray[np.float32]]]:
        """Run the network over windows at once; what is returned only hands the outputs over."""
        return Running.done(self.run(windows))

    def run(self, windows: Sequence[NDArray[np.int64]]) -> list[NDArray[np.float32]]:
        """Run the network over windows (n_tokens,); returns (n_tokens, 3, n_labels) each."""
        order = sorted(range(len(windows)), key=lambda i: len(windows[i]), reverse=True)
        results: list[NDArray[np.float32]] = [np.zeros(0, dtype=np.float32)] * len(windows)
        self.network.train(False)
        begin = 0
        while begin < len(order):
            width = len(windows[order[begin]])
            chosen = order[begin : begin + max(1, self.batch_tokens // width)]
            begin += len(chosen)
            ids = np.full((len(chosen), width), self.padding, dtype=np.int64)
            mask = np.zeros((len(chosen), width), dtype=np.int64)
            for k, i in enumerate(chosen):
                ids[k, : len(windows[i])] = windows[i]
                mask[k, : len(windows[i])] = 1
            with torch.inference_mode(), autocast(self.device, self.bf16):
                outputs = self.network(
                    torch.from_numpy(ids).to(self.device), torch.from_numpy(mask).to(self.device)
                )
            array = outputs.float().cpu().numpy()
            for k, i in enumerate(chosen):
                results[i] = array[k, : len(windows[i])]
        return results
