"""Several processes take the steps that one takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from framing.codebook import default_codebook
from framing.dataset.tagged import format_article
from framing.inference.windows import opening_id, padding_id
from framing.model.batches import collate, labelled_rows, sentence_windows
from framing.model.processes import Processes
from framing.model.run import Run
from framing.model.settings import TrainingConfig
from framing.schema import Article

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(
    tiny_config: TrainingConfig, tiny_data: tuple[list[Article], list[Article]], tmp_path: Path
) -> Run:
    config = replace(tiny_config, dropout=0.0)
    made = Run(*tiny_data, tmp_path / "model", default_codebook(), config, "cpu", False)
    made.network.train()
    return made


@pytest.mark.parametrize(("n_windows", "size"), [(24, 2), (7, 3), (2, 4)])
def test_shares_add_up_to_the_batch(n_windows: int, size: int, run: Run) -> None:
    rng = np.random.default_rng(n_windows)
    rows = labelled_rows(run.tokenizer, run.articles, run.codebook.names)
    pieces = [
        (labelled, window)
        for labelled in rows
        for window in sentence_windows(labelled.row, rng, 40, 128)
    ]
    chosen = [pieces[i] for i in rng.permutation(len(pieces))[:n_windows]]
    batch = collate(chosen, opening_id(run.tokenizer), padding_id(run.tokenizer))
    whole = run._loss(batch, batch)
    whole.backward()
    expected = [p.grad.clone() for p in run.network.parameters() if p.grad is not None]
    run.network.zero_grad()
    losses = []
    for rank in range(size):
        share = Processes(rank, size).share(batch)
        assert (share is None) == (rank >= n_windows)
        if share is not None:
            loss = run._loss(share, batch)
            loss.backward()
            losses.append(loss.item())
    assert sum(losses) == pytest.approx(whole.item(), rel=1e-5)
    found = [p.grad for p in run.network.parameters() if p.grad is not None]
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_one_process_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    alone = Processes.join(torch.device("cpu"))
    assert alone == Processes()
    assert alone.first
    assert alone.agree(0.5) == 0.5


def test_two_processes_train_like_one(
    articles: list[Article], base_folder: Path, tmp_path: Path
) -> None:
    data = tmp_path / "articles"
    data.mkdir()
    for article in articles[:14]:
        (data / f"{article.id}.txt").write_text(format_article(article), encoding="utf-8")
    settings = tmp_path / "run.toml"
    settings.write_text(
        "dropout = 0.0\nbf16 = false\nlearning_rate = 0.002\nwindow = 128\nepochs = 1\n"
        "batch_tokens = 1024\n"
    )
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    for name, launcher in (("one", []), ("two", launch)):
        program = [sys.executable, *launcher, str(ROOT / "scripts" / "train.py")]
        program += ["--data", str(data), "--base", str(base_folder), "--config", str(settings)]
        program += ["--device", "cpu", "--quiet", "--no-quantize", "-o", str(tmp_path / name)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("on validation:") == 1
    configs = [
        json.loads((tmp_path / n / "config.json").read_text(encoding="utf-8"))["training"]
        for n in ("one", "two")
    ]
    losses = [[epoch["loss"] for epoch in config["history"]] for config in configs]
    assert losses[0] == pytest.approx(losses[1], abs=2e-4)
    one, two = (load_file(tmp_path / name / "model.safetensors") for name in ("one", "two"))
    # The biases of the attention scores cancel in the pooling: their gradient is rounding, which
    # AdamW takes to full steps.
    for tensors in (one, two):
        tensors["output.bias"].reshape(3, -1)[1] = 0.0
    for name, tensor in one.items():
        torch.testing.assert_close(tensor, two[name], rtol=1e-3, atol=1e-4)
