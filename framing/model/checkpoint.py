"""Saves and restores the whole state of a training run, without pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from framing.dataset.tagged import format_article
from framing.errors import DataError, InputError
from framing.schema import Article

_TENSORS = "checkpoint.safetensors"
_STATE = "checkpoint.json"


class Checkpoint:
    """The newest state of a run, written so that a kill at any moment leaves the one before.

    Parameters
    ----------
    folder : Path
        Where it lies; made when the first state is saved.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def exists(self) -> bool:
        """Whether a state was saved."""
        return (self.folder / _STATE).is_file()

    def save(
        self,
        network: nn.Module,
        averaged: nn.Module,
        optimizer: torch.optim.Optimizer,
        state: Mapping[str, Any],
    ) -> None:
        """Save weights, their running mean, optimizer, random state and `state`.

        The tensors go into a new file named after the step, then the JSON file that names it
        replaces the old one, then older tensors are removed: at any moment one pair is whole.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        tensors = {f"network.{k}": v.contiguous() for k, v in network.state_dict().items()}
        tensors |= {f"averaged.{k}": v.contiguous() for k, v in averaged.state_dict().items()}
        tensors |= _optimizer_tensors(optimizer)
        tensors["random.cpu"] = torch.get_rng_state()
        if torch.cuda.is_available():
            tensors["random.cuda"] = torch.cuda.get_rng_state()
        name = f"{state['epoch']:04d}-{state['step']:07d}-{_TENSORS}"
        save_file({k: v.detach().cpu().clone() for k, v in tensors.items()}, self.folder / name)
        partial = self.folder / (_STATE + ".partial")
        partial.write_text(json.dumps({**state, "tensors": name}, indent=1), encoding="utf-8")
        partial.replace(self.folder / _STATE)
        for old in self.folder.glob(f"*-{_TENSORS}"):
            if old.name != name:
                old.unlink()

    def read(self) -> dict[str, Any]:
        """Return the saved `state`."""
        content: dict[str, Any] = json.loads((self.folder / _STATE).read_text(encoding="utf-8"))
        return content

    def restore(
        self, network: nn.Module, averaged: nn.Module, optimizer: torch.optim.Optimizer
    ) -> None:
        """Put weights, their running mean, optimizer and random state back."""
        tensors = load_file(self.folder / self.read()["tensors"])
        for prefix, module in (("network.", network), ("averaged.", averaged)):
            module.load_state_dict(
                {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            )
        for g, group in enumerate(optimizer.param_groups):
            for p, parameter in enumerate(group["params"]):
                prefix = f"optimizer.{g}.{p}."
                found = {
                    k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)
                }
                if found:
                    optimizer.state[parameter] = {
                        k: v if k == "step" else v.to(parameter.device) for k, v in found.items()
                    }
        torch.set_rng_state(tensors["random.cpu"])
        if "random.cuda" in tensors and torch.cuda.is_available():
            torch.cuda.set_rng_state(tensors["random.cuda"])

    def remove(self) -> None:
        """Delete the state once the run is complete."""
        for path in self.folder.glob("*"):
            path.unlink()
        if self.folder.is_dir():
            self.folder.rmdir()


def _optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    tensors = {}
    for g, group in enumerate(optimizer.param_groups):
        for p, parameter in enumerate(group["params"]):
            for name, value in optimizer.state.get(parameter, {}).items():
                tensors[f"optimizer.{g}.{p}.{name}"] = torch.as_tensor(value)
    return tensors


def data_hash(articles: Sequence[Article]) -> str:
    """Return a SHA-256 over the articles with their labels, whatever their order."""
    parts = []
    for article in articles:
        try:
            before = ("before:", *article.before) if article.before else ()
            parts.append("\n".join((format_article(article), *before)))
        except DataError:  # what tagged text cannot say is hashed by its repr
            parts.append(repr(article))
    return hashlib.sha256("\0".join(sorted(parts)).encode("utf-8", "surrogatepass")).hexdigest()


def check_same_run(saved: Mapping[str, Any], now: Mapping[str, Any], where: Path) -> None:
    """Refuse to resume a run with other settings or other data.

    Raises
    ------
    InputError
        With the first difference.
    """
    for key in now:
        if saved.get(key) != now[key]:
            raise InputError(
                f"{where}: the interrupted run had {key} = {saved.get(key)!r}, this one has "
                f"{now[key]!r}; resume with the same settings, or start afresh in another folder"
            )
