from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from framing.errors import InputError
from framing.model import checkpoint
from framing.model.checkpoint import Checkpoint, check_same_run, data_hash
from framing.schema import Article, Sentence

Parts = tuple[nn.Module, nn.Module, torch.optim.Optimizer]


def parts(seed: int) -> Parts:
    torch.manual_seed(seed)
    network, averaged = nn.Linear(3, 2), nn.Linear(3, 2)
    return network, averaged, torch.optim.AdamW(network.parameters(), lr=0.1)


def step(network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    network(torch.rand(4, 3)).square().sum().backward()
    optimizer.step()
    optimizer.zero_grad()


def test_the_state_comes_back(tmp_path: Path) -> None:
    network, averaged, optimizer = parts(0)
    step(network, optimizer)
    saved = Checkpoint(tmp_path / "checkpoint")
    assert not saved.exists
    saved.save(network, averaged, optimizer, {"epoch": 1, "step": 5, "note": "x"})
    assert saved.exists
    state = saved.read()
    assert (state["epoch"], state["step"], state["note"]) == (1, 5, "x")
    step(network, optimizer)  # draws random numbers
    expected = [p.clone() for p in network.parameters()]

    network, other, optimizer = parts(9)
    saved.restore(network, other, optimizer)
    assert all(map(torch.equal, other.parameters(), averaged.parameters()))
    step(network, optimizer)
    assert all(map(torch.equal, network.parameters(), expected))


def test_only_the_newest_state_is_kept(tmp_path: Path) -> None:
    network, averaged, optimizer = parts(0)
    saved = Checkpoint(tmp_path)
    for i in range(3):
        saved.save(network, averaged, optimizer, {"epoch": 0, "step": i})
        assert saved.read()["step"] == i
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["0000-0000002-checkpoint.safetensors", "checkpoint.json"]


def test_a_kill_while_saving_leaves_the_state_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, averaged, optimizer = parts(0)
    saved = Checkpoint(tmp_path)
    saved.save(network, averaged, optimizer, {"epoch": 0, "step": 1})
    expected = [p.clone() for p in network.parameters()]
    step(network, optimizer)

    def half(tensors: object, path: Path) -> None:
        Path(path).write_bytes(b"half")
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save_file", half)
        with pytest.raises(OSError, match="killed"):
            saved.save(network, averaged, optimizer, {"epoch": 0, "step": 2})
    assert saved.read()["step"] == 1
    network, averaged, optimizer = parts(9)
    saved.restore(network, averaged, optimizer)
    assert all(map(torch.equal, network.parameters(), expected))


def test_no_pickle(tmp_path: Path) -> None:
    network, averaged, optimizer = parts(0)
    Checkpoint(tmp_path).save(network, averaged, optimizer, {"epoch": 0, "step": 1})
    tensors, state = sorted(tmp_path.iterdir())
    assert "network.weight" in load_file(tensors)
    assert json.loads(state.read_text(encoding="utf-8"))["tensors"] == tensors.name


def test_removing(tmp_path: Path) -> None:
    network, averaged, optimizer = parts(0)
    saved = Checkpoint(tmp_path / "checkpoint")
    saved.remove()
    saved.save(network, averaged, optimizer, {"epoch": 0, "step": 1})
    saved.remove()
    assert not (tmp_path / "checkpoint").exists()
    assert not saved.exists


def test_the_hash_of_data(articles: list[Article]) -> None:
    part = articles[:5]
    assert data_hash(part) == data_hash(part[::-1])
    assert data_hash(part) != data_hash(part[1:])
    assert data_hash(part) != data_hash([*part[1:], part[1]])
    bare = replace(part[0].sentences[0], spans=(), labels=())
    changed = replace(part[0], sentences=(bare, *part[0].sentences[1:]))
    assert part[0].sentences[0] != bare
    assert data_hash([changed]) != data_hash([part[0]])
    odd = Article("a", "", "a\nb \ud800", (Sentence("a\nb \ud800", 0, 5),))
    assert len(data_hash([odd])) == 64


def test_another_run_is_refused(tmp_path: Path) -> None:
    check_same_run({"a": 1, "b": 2}, {"a": 1, "b": 2}, tmp_path)
    with pytest.raises(InputError, match="run had b = 2, this one has 3; resume with the same set"):
        check_same_run({"a": 1, "b": 2}, {"a": 1, "b": 3}, tmp_path)
    with pytest.raises(InputError, match="run had c = None, this one has 3"):
        check_same_run({}, {"c": 3}, tmp_path)
