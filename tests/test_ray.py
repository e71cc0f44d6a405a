"""Prediction with Ray. What starts a cluster takes a minute and runs with FRAMING_RAY=1 only."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

import framing.ray
from framing.cli import main
from framing.commands.codes import SOME_FAILED, USAGE
from framing.errors import InputError
from framing.inference.classifier import Classifier

TEXTS = [f"Duties of {i}% will follow. Nobody saw match {i}." for i in range(400)]
needs_cluster = pytest.mark.skipif(
    os.environ.get("FRAMING_RAY") != "1", reason="starts a Ray cluster; FRAMING_RAY=1 runs it"
)
ignore_warnings = pytest.mark.filterwarnings("ignore")  # Ray's own, of its own parts


def table(n: int = len(TEXTS)) -> pyarrow.Table:
    return pyarrow.table({"id": list(range(n)), "body": [*TEXTS[: n - 1], None]})


def check(rows: list[dict[str, Any]], model: Classifier) -> None:
    """Nothing is lost, nothing twice, and everything is what one process gives, to the bit."""
    documents = model.predict([row["body"] or "" for row in rows])
    assert [row["id"] for row in rows] == list(range(len(rows)))
    for row, document in zip(rows, documents, strict=True):
        assert row["labels"] == list(document.labels)
        assert row["sentences"] == [p.to_dict() for p in document]
    assert rows[-1]["reason"] == "'body' must be a string, got NoneType"
    assert all(row["reason"] is None for row in rows[:-1])


def test_a_batch_is_what_one_process_gives(tiny_folder: Path, model: Classifier) -> None:
    tagger = framing.ray._Tagger(str(tiny_folder), "body", None, True)
    check(tagger(table(50)).to_pylist(), model)
    assert tagger(table(50).slice(0, 0)).schema == tagger(table(50)).schema


def test_columns_are_checked() -> None:
    with pytest.raises(InputError, match="no column 'text'; the dataset has 'id', 'body'"):
        framing.ray._check(["id", "body"], ["text"])
    with pytest.raises(InputError, match="the dataset has a column 'labels'; rename it"):
        framing.ray._check(["text", "labels"], ["text", None])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.csv", "-o", "out.jsonl"], "writes a folder of Parquet files; name it: -o NAME"),
        (["a.csv"], "writes a folder of Parquet files"),
        (["a.csv", "-o", "o.parquet", "--resume"], "--resume does not go with --engine ray"),
        (["a.txt", "-o", "o.parquet"], r"reads tables of one kind"),
        (["a.csv", "b.jsonl", "-o", "o.parquet"], "got .csv, .jsonl"),
    ],
)
def test_usage(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", *arguments, "--engine", "ray"]) == USAGE
    assert message in capsys.readouterr().err


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    ray = pytest.importorskip("ray")
    os.environ["PYTHONPATH"] = str(Path(framing.__file__).parents[1])
    ray.init(
        num_cpus=3,  # two workers, and a core to read with
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        object_store_memory=100_000_000,
    )
    yield ray
    ray.shutdown()


@needs_cluster
@ignore_warnings
def test_a_worker_is_killed(
    cluster: Any, tiny_folder: Path, model: Classifier, tmp_path: Path
) -> None:
    psutil = pytest.importorskip("psutil")
    for i in range(0, len(TEXTS), 20):
        pyarrow.parquet.write_table(table().slice(i, 20), tmp_path / f"in-{i:04d}.parquet")
    import ray.data

    killed = []

    def kill() -> None:
        mine = psutil.Process()
        while not killed:
            time.sleep(0.05)
            workers = [p for p in mine.children(recursive=True) if "_Tagger" in p.name()]
            workers += [
                p
                for p in psutil.process_iter(["cmdline"])
                if "MapWorker(MapBatches(_Tagger)).submit" in " ".join(p.info["cmdline"] or [])
            ]
            if workers:
                workers[0].kill()
                killed.append(workers[0].pid)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    tagged = framing.ray.predict(
        ray.data.read_parquet(str(tmp_path)),
        text_column="body",
        model=tiny_folder,
        workers=2,
        batch_size=4,
    )
    rows = tagged.take_all()
    thread.join(5)
    assert killed
    check(rows, model)


@needs_cluster
@ignore_warnings
def test_the_command(
    cluster: Any,
    tiny_folder: Path,
    model: Classifier,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path, output = tmp_path / "in.jsonl", tmp_path / "out.parquet"
    path.write_text("".join(json.dumps(row) + "\n" for row in table(40).to_pylist()))
    program = ["predict", str(path), "--column", "body", "--model", str(tiny_folder)]
    assert main([*program, "--engine", "ray", "--workers", "2", "-o", str(output)]) == SOME_FAILED
    check(pyarrow.parquet.read_table(output).to_pylist(), model)
    assert f"1 rejected, see the column reason of {output}" in capsys.readouterr().err
    assert not output.with_name("out.parquet.partial").exists()
