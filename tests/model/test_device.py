from __future__ import annotations

import numpy as np
import pytest
import torch

from framing.errors import InputError
from framing.model import device
from framing.model.base import load_base
from framing.model.device import TorchNetwork, autocast, bf16_helps, pick_device
from framing.model.network import FrameConfig, FrameNetwork
from framing.model.settings import TrainingConfig


@pytest.fixture(scope="module")
def network(tiny_config: TrainingConfig) -> FrameNetwork:
    torch.manual_seed(0)
    encoder = load_base(tiny_config.base, 0.1).encoder
    return FrameNetwork(FrameConfig(labels=["a", "b"], encoder=encoder.config.to_dict()), encoder)


@pytest.mark.parametrize("name", ["tpu9", "cuda:99", "cpu:x", ""])
def test_a_device_that_is_not_there(name: str) -> None:
    with pytest.raises(InputError, match=f"device '{name}' cannot be used here: "):
        pick_device(name)


def test_devices() -> None:
    assert pick_device("cpu") == torch.device("cpu")
    assert pick_device().type in ("cpu", "cuda", "mps")
    assert isinstance(bf16_helps(torch.device("cpu")), bool)
    assert not bf16_helps(torch.device("meta"))


@pytest.mark.parametrize(("bf16", "helps"), [(0.5, True), (0.79, True), (0.81, False), (3, False)])
def test_bfloat16_is_taken_on_a_cpu_where_it_is_quicker(
    bf16: float, helps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = {torch.bfloat16: bf16, torch.float32: 1.0}
    monkeypatch.setattr(device, "_seconds", seconds.__getitem__)
    assert bf16_helps(torch.device("cpu")) is helps


def test_the_quickest_of_five_runs_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0, 9, 10, 12, 20, 25, 30, 37, 40, 44])
    monkeypatch.setattr(device.time, "perf_counter", lambda: float(next(clock)))
    assert device._seconds.__wrapped__(torch.float32) == 2.0


def test_autocast() -> None:
    cpu = torch.device("cpu")
    for bf16, dtype in ((True, torch.bfloat16), (False, torch.float32)):
        with autocast(cpu, bf16):
            assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype


@pytest.mark.parametrize("batch_tokens", [1, 40, 10_000])
def test_outputs_are_those_of_each_window(batch_tokens: int, network: FrameNetwork) -> None:
    rng = np.random.default_rng(0)
    windows = [rng.integers(5, 900, n) for n in (3, 20, 1, 20, 9, 5)]
    found = TorchNetwork(network, torch.device("cpu"), batch_tokens=batch_tokens).run(windows)
    assert not network.training
    for window, outputs in zip(windows, found, strict=True):
        ids = torch.from_numpy(window)[None]
        with torch.inference_mode():
            expected = network(ids, torch.ones_like(ids))[0].numpy()
        assert outputs.dtype == np.float32
        np.testing.assert_allclose(outputs, expected, atol=1e-5)


def test_no_window(network: FrameNetwork) -> None:
    assert TorchNetwork(network, torch.device("cpu")).run([]) == []


def test_bfloat16_is_near(network: FrameNetwork) -> None:
    windows = [np.arange(5, 30)]
    device = torch.device("cpu")
    (exact,) = TorchNetwork(network, device).run(windows)
    (rough,) = TorchNetwork(network, device, bf16=True).run(windows)
    assert rough.dtype == np.float32
    assert not np.array_equal(exact, rough)
    np.testing.assert_allclose(rough, exact, atol=0.05)
