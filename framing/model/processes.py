"""Training over several processes, as ``accelerate launch`` or ``torchrun`` start them.

Every process draws the same batch and computes the gradient of its share of the windows, divided by
the totals of the whole batch. The gradients are summed, so that each process takes the very step
that one process would take, up to rounding (dropout apart, which each draws for itself).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn

from framing.model.batches import Batch


@dataclass(frozen=True, slots=True)
class Processes:
    """The processes of a run; one if nothing else was started.

    Parameters
    ----------
    rank : int
        Which of them this is, from 0.
    size : int
        How many there are.
    local : int
        Which of them this is on its machine: the number of its GPU.
    """

    rank: int = 0
    size: int = 1
    local: int = 0

    @classmethod
    def join(cls, device: torch.device) -> Processes:
        """Meet the other processes that the environment speaks of (RANK, WORLD_SIZE)."""
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            return cls()
        if not distributed.is_initialized():
            distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        local = int(os.environ.get("LOCAL_RANK", "0"))
        return cls(distributed.get_rank(), distributed.get_world_size(), local)

    @property
    def first(self) -> bool:
        """Whether this process writes the files and talks."""
        return self.rank == 0

    def share(self, batch: Batch) -> Batch | None:
        """Return the windows of a batch that this process computes; None if there are too few."""
        if self.size == 1:
            return batch
        n_windows, width = batch.input_ids.shape
        device = batch.input_ids.device
        if self.rank >= n_windows:
            return None
        rows = torch.arange(self.rank, n_windows, self.size, device=device)
        place = torch.full((n_windows,), -1, dtype=torch.long, device=device)
        place[rows] = torch.arange(len(rows), device=device)
        row = batch.token // width  # (n_kept,) the window of each token
        kept = place[row] >= 0  # (n_kept,)
        sentences, sentence = torch.unique(batch.sentence[kept], return_inverse=True)
        return Batch(
            input_ids=batch.input_ids[rows],
            attention_mask=batch.attention_mask[rows],
            token=place[row[kept]] * width + batch.token[kept] % width,
            sentence=sentence,
            separator=batch.separator[kept],
            labels=batch.labels[sentences],
            spans=batch.spans[kept],
            weight=batch.weight[sentences],
        )

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Give every process the sum of the gradients."""
        if self.size == 1:
            return
        for parameter in parameters:
            if parameter.requires_grad:
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
                distributed.all_reduce(parameter.grad)

    def sum(self, value: Tensor) -> Tensor:
        """Return the sum of a number over the processes."""
        if self.size > 1:
            distributed.all_reduce(value)
        return value

    def agree(self, value: float) -> float:
        """Return the first process's number."""
        if self.size == 1:
            return value
        backend = distributed.get_backend()
        device = torch.device("cuda", self.local) if backend == "nccl" else torch.device("cpu")
        shared = torch.tensor(value, dtype=torch.float64, device=device)
        distributed.broadcast(shared, 0)
        return float(shared.item())

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.size > 1:
            distributed.barrier()

    def leave(self) -> None:
        """Part from the others when all are done."""
        self.wait()
        if self.size > 1:
            distributed.destroy_process_group()
