"""Runs the network over token windows: onnxruntime on the CPU, torch on a GPU."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from framing.errors import InputError, ModelError
from framing.inference.running import Running

INVARIANT = "framing.batch_invariant"  # key of a graph's metadata; the value is yes or no
MOST_TOGETHER, MOST_TOKENS = 8, 512  # windows and tokens in a batch; more is no quicker

Ids = NDArray[np.int64]
Outputs = NDArray[np.float32]


def cpu_count() -> int:
    """Return the number of CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class OnnxNetwork:
    """The exported network on onnxruntime.

    Windows of one length are run together, several such batches at a time on as many threads;
    windows that say the same are run once. No window is padded. What is predicted for a window does
    not depend on the others of the call: a graph whose outputs would differ in a batch, as those of
    an int8 graph that scales its activations by the whole tensor, is run one window at a time (the
    export tries it and writes the answer into the file).

    Parameters
    ----------
    path : str or Path
        The ONNX file.
    threads : int, optional
        How many batches are run at a time; all cores by default.

    Raises
    ------
    InputError
        If `threads` is less than 1.
    ModelError
        If onnxruntime cannot read the file.
    """

    def __init__(self, path: str | Path, threads: int | None = None) -> None:
        if threads is not None and threads < 1:
            raise InputError(f"threads must be at least 1, got {threads}")
        self.threads = cpu_count() if threads is None else threads
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False
        try:
            self._session = onnxruntime.InferenceSession(
                os.fspath(path),
                options,
                providers=["CPUExecutionProvider"],
                # On the CPU it makes one slow operator of two quick ones.
                disabled_optimizers=["SkipLayerNormFusion"],
            )
        except Exception as error:  # onnxruntime's errors share no base but Exception
            raise ModelError(f"{path}: onnxruntime cannot read it: {error}") from error
        written = self._session.get_modelmeta().custom_metadata_map
        self._together = MOST_TOGETHER if written.get(INVARIANT) == "yes" else 1
        self._pool: ThreadPoolExecutor | None = None
        self._owner = os.getpid()

    def run(self, windows: Sequence[Ids]) -> list[Outputs]:
        """Run the network and wait for it; see :meth:`start`."""
        return self.start(windows).finish()

    def start(self, windows: Sequence[Ids]) -> Running[list[Outputs]]:
        """Start running the network on other threads, if it may use several.

        Parameters
        ----------
        windows : sequence of int arrays, shape (n_tokens,)
            Token ids, the opening token included.

        Returns
        -------
        Running
            Gives for each window a float array of shape (n_tokens, 3, n_labels): span logit,
            attention score and value of each token. Equal windows share an array.
        """
        same: dict[bytes, list[int]] = {}
        for i, window in enumerate(windows):
            same.setdefault(window.tobytes(), []).append(i)
        batches = list(_batches([(windows[p[0]], p) for p in same.values()], self._together))

        def place(answers: Iterable[Outputs]) -> list[Outputs]:
            found: list[Outputs | None] = [None] * len(windows)
            for batch, outputs in zip(batches, answers, strict=True):
                for (_, places), own in zip(batch, outputs, strict=True):
                    for i in places:
                        found[i] = own
            return cast(list[Outputs], found)

        tensors = [np.stack([window for window, _ in batch]) for batch in batches]
        if len(batches) < 2 or self.threads < 2:
            return Running(lambda: place(map(self.run_batch, tensors)))
        futures = [self._threads().submit(self.run_batch, tensor) for tensor in tensors]

        def cancel() -> None:
            for future in futures:
                future.cancel()

        def finish() -> list[Outputs]:
            try:
                return place(future.result() for future in futures)
            finally:
                cancel()  # after an error; else all are done

        return Running(finish, cancel, ahead=True)

    def _threads(self) -> ThreadPoolExecutor:
        """Return the pool of this process; that of a parent has no threads after a fork."""
        if self._pool is None or self._owner != os.getpid():
            self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="framing")
            self._owner = os.getpid()
        return self._pool

    def run_batch(self, ids: Ids) -> Outputs:
        """Run windows of one length, shape (n_windows, n_tokens), as they are."""
        outputs: Outputs = self._session.run(None, {"input_ids": ids})[0]
        return outputs


def _batches(
    windows: Iterable[tuple[Ids, list[int]]], most: int
) -> Iterator[list[tuple[Ids, list[int]]]]:
    """Yield windows of one length together, the longest first, so that no thread waits long."""
    by_length = sorted(windows, key=lambda window: len(window[0]), reverse=True)
    for _, group in itertools.groupby(by_length, key=lambda window: len(window[0])):
        equal = list(group)
        size = max(1, min(most, MOST_TOKENS // len(equal[0][0])))
        for i in range(0, len(equal), size):
            yield equal[i : i + size]
