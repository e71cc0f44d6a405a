from __future__ import annotations

import os
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from framing.errors import ModelError
from framing.inference.folder import GRAPH
from framing.inference.runtime import (
    MOST_TOGETHER,
    MOST_TOKENS,
    Ids,
    OnnxNetwork,
    cpu_count,
)


@pytest.fixture(scope="module")
def windows() -> list[Ids]:
    rng = np.random.default_rng(0)
    return [rng.integers(5, 900, size=n) for n in (1, 2, 3, 17, 64, 127, 128, 9, 9)]


@pytest.fixture(scope="module")
def network(tiny_folder: Path) -> OnnxNetwork:
    return OnnxNetwork(tiny_folder / GRAPH, threads=1)


def test_shapes(network: OnnxNetwork, windows: list[Ids]) -> None:
    for window, outputs in zip(windows, network.run(windows), strict=True):
        assert outputs.shape == (len(window), 3, 4)
        assert outputs.dtype == np.float32
        assert np.isfinite(outputs).all()


def test_no_window(network: OnnxNetwork) -> None:
    assert network.run([]) == []


def test_outputs_depend_on_the_window_alone(network: OnnxNetwork, windows: list[Ids]) -> None:
    together = network.run(windows)
    backwards = network.run(windows[::-1])[::-1]
    for i, window in enumerate(windows):
        (alone,) = network.run([window])
        np.testing.assert_array_equal(together[i], alone)
        np.testing.assert_array_equal(backwards[i], alone)


@pytest.mark.parametrize("threads", [2, 5, None])
def test_outputs_do_not_depend_on_threads(
    threads: int | None, tiny_folder: Path, network: OnnxNetwork, windows: list[Ids]
) -> None:
    other = OnnxNetwork(tiny_folder / GRAPH, threads)
    for one, several in zip(network.run(windows), other.run(windows), strict=True):
        np.testing.assert_array_equal(one, several)


def test_equal_windows_are_run_once(
    network: OnnxNetwork, windows: list[Ids], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = network.run(windows)
    run = []
    plain = network.run_batch
    monkeypatch.setattr(network, "run_batch", lambda ids: run.extend(ids) or plain(ids))
    found = network.run([*windows, *windows])
    assert len(run) == len({window.tobytes() for window in windows})
    for outputs, wanted in zip(found, [*expected, *expected], strict=True):
        np.testing.assert_array_equal(outputs, wanted)


def test_callers_may_share_a_network(tiny_folder: Path, windows: list[Ids]) -> None:
    shared = OnnxNetwork(tiny_folder / GRAPH, threads=2)
    expected = [outputs.tobytes() for outputs in shared.run(windows)]
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: shared.run(windows), range(8)):
            assert [outputs.tobytes() for outputs in found] == expected


def test_a_file_that_is_no_graph(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError, match=r"bad\.onnx: onnxruntime cannot read it: "):
        OnnxNetwork(tmp_path / "bad.onnx")


def test_cpu_count() -> None:
    assert 1 <= cpu_count() <= (os.cpu_count() or 1)


def test_what_was_not_begun_can_be_cancelled(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = OnnxNetwork(tiny_folder / GRAPH, threads=2)
    begun = threading.Event()
    go_on = threading.Event()
    run: list[int] = []

    def slow(ids: Ids) -> np.ndarray:
        run.append(len(ids))
        begun.set()
        assert go_on.wait(20)
        return np.zeros((*ids.shape, 3, 4), dtype=np.float32)

    monkeypatch.setattr(several, "run_batch", slow)
    running = several.start([np.full(n, 7) for n in range(1, 40)])
    assert running.ahead
    assert begun.wait(20)
    running.cancel()
    go_on.set()
    with pytest.raises(CancelledError):
        running.finish()
    assert len(run) <= 2


def test_long_windows_share_no_large_batch(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = OnnxNetwork(tiny_folder / GRAPH, threads=1)
    shapes: list[tuple[int, ...]] = []
    plain = network.run_batch
    monkeypatch.setattr(network, "run_batch", lambda ids: shapes.append(ids.shape) or plain(ids))
    random = np.random.default_rng(0)
    windows = [random.integers(5, 900, length) for length in (9, 128) for _ in range(20)]
    assert not network.start(windows).ahead
    network.run(windows)
    assert max(count for count, length in shapes if length == 9) == MOST_TOGETHER
    assert all(count * length <= MOST_TOKENS for count, length in shapes)
