"""Runs the network over token windows: onnxruntime on the CPU, torch on a GPU."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from framing.errors import ModelError

Ids = NDArray[np.int64]
Outputs = NDArray[np.float32]


def cpu_count() -> int:
    """Return the number of CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class OnnxNetwork:
    """The exported network on onnxruntime.

    Windows are run one by one, several at a time on as many threads. A window is never padded and
    never shares a tensor with another, so that its outputs do not depend on what else is
    predicted in the same call: an int8 graph scales its activations by the whole tensor.

    Parameters
    ----------
    path : str or Path
        The ONNX file.
    threads : int, optional
        How many windows are run at a time; all cores by default.

    Raises
    ------
    ModelError
        If onnxruntime cannot read the file.
    """

    def __init__(self, path: str | Path, threads: int | None = None) -> None:
        self.threads = cpu_count() if threads is None else threads
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False
        try:
            self._session = onnxruntime.InferenceSession(
                os.fspath(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors share no base but Exception
            raise ModelError(f"{path}: onnxruntime cannot read it: {error}") from error
        self._pool: ThreadPoolExecutor | None = None

    def run(self, windows: Sequence[Ids]) -> list[Outputs]:
        """Run the network.

        Parameters
        ----------
        windows : sequence of int arrays, shape (n_tokens,)
            Token ids, the opening token included.

        Returns
        -------
        list of float arrays, shape (n_tokens, 3, n_labels)
            Span logit, attention score and value of each token.
        """
        if len(windows) < 2 or self.threads < 2:
            return [self._run_one(window) for window in windows]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="framing")
        return list(self._pool.map(self._run_one, windows))

    def _run_one(self, window: Ids) -> Outputs:
        outputs: Outputs = self._session.run(None, {"input_ids": window[np.newaxis]})[0][0]
        return outputs
