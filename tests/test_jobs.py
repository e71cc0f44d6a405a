"""Long jobs: killed at any moment and taken up, they write what one run writes."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet
import pytest

from framing import jobs, parquet_output
from framing.cli import main
from framing.commands.codes import DONE, SOME_FAILED, USAGE
from framing.inference.classifier import Classifier

KILLS = int(os.environ.get("FRAMING_KILLS", "3"))  # of each format
PROGRAM = """
import sys
from framing import jobs, parquet_output
jobs.CHECKPOINT_SECONDS, parquet_output._GROUP, parquet_output._PART = 0.03, 50, 200
from framing.cli import main
sys.exit(main(sys.argv[1:]))
"""
Capture = pytest.CaptureFixture[str]
Program = Callable[..., list[str]]


def write_corpus(path: Path, n: int) -> None:
    """Many texts, some blank, and a bad record now and then."""
    lines = []
    for i in range(n):
        text = "" if i % 50 == 7 else f"Duties of {i}% will follow. Nobody saw match {i}. " * 2
        lines.append(json.dumps({"id": f"n{i}", "text": text, "date": f"2020-{i % 12 + 1:02d}"}))
        if i % 23 == 5:
            lines.append('{"text": 5, "id": "x", "date": ""}' if i % 2 else "{")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.jsonl"
    write_corpus(path, 200)
    return path


@pytest.fixture
def program(tiny_folder: Path, corpus: Path) -> Program:
    """Arguments that tag the corpus into a file of a folder, with a rejects file beside it."""

    def arguments(output: Path, *more: str) -> list[str]:
        base = ["predict", str(corpus), "--model", str(tiny_folder), "--keep", "date"]
        rejects = str(output.with_name("rejects.jsonl"))
        return [*base, "-o", str(output), "--rejects", rejects, *more]

    return arguments


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(os, "fsync", lambda number: None)  # no power is cut here
    monkeypatch.setattr(parquet_output, "_GROUP", 50)
    monkeypatch.setattr(parquet_output, "_PART", 200)


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_killed_at_any_moment(
    form: str, program: Program, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch)
    write_corpus(corpus, 1000)
    (tmp_path / "whole").mkdir()
    started = time.monotonic()
    assert main(program(tmp_path / "whole" / f"out.{form}")) == SOME_FAILED
    seconds = time.monotonic() - started
    expected = contents(tmp_path / "whole")
    folder, draw = tmp_path / "killed", random.Random(form)
    command = [sys.executable, "-c", PROGRAM, *program(folder / f"out.{form}", "--resume")]
    journal = folder / f"out.{form}.journal"
    kills = taken_up = 0
    # On a busy machine the first kills may all come before anything was saved.
    while kills < KILLS or (taken_up < KILLS // 3 and kills < 10 * KILLS):
        folder.mkdir(exist_ok=True)
        taken_up += journal.exists()
        if killed(command, journal, draw, seconds):
            kills += 1
            assert not (folder / f"out.{form}").exists() or complete(journal)
        if (folder / f"out.{form}").exists() and not journal.exists():
            assert contents(folder) == expected
            shutil.rmtree(folder)
    if folder.exists():
        assert subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 1
        assert not journal.exists()
        assert contents(folder) == expected
    print(f"{form}: {kills} kills, {taken_up} runs taken up")
    assert taken_up >= KILLS // 3


def killed(command: list[str], journal: Path, draw: random.Random, seconds: float) -> bool:
    """Start the job and kill it at random, mostly when it has something to lose."""
    before = changed(journal)
    early, wait = draw.random() < 0.2, draw.uniform(0, seconds / 2)
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while not early and process.poll() is None and changed(journal) == before:
            time.sleep(0.005)
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
    assert process.returncode in (-signal.SIGKILL, SOME_FAILED)
    return process.returncode == -signal.SIGKILL


def changed(journal: Path) -> int:
    try:
        return journal.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def complete(journal: Path) -> bool:
    return not journal.exists() or json.loads(journal.read_text())["mark"]["complete"] is True


class Killed(BaseException):
    """Stands for a kill inside this process."""


@pytest.fixture
def killed_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the model fail after so many documents."""
    stream = Classifier.stream

    def set_up(n: int) -> None:
        def failing(*arguments: object, **options: object) -> object:
            for i, document in enumerate(stream(*arguments, **options)):  # type: ignore[arg-type]
                if i == n:
                    monkeypatch.setattr(Classifier, "stream", stream)
                    raise Killed
                yield document

        monkeypatch.setattr(Classifier, "stream", failing)

    return set_up


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize("n", [1, 100, 195])
def test_interrupted_and_taken_up(
    form: str,
    n: int,
    program: Program,
    killed_after: Callable[[int], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    small(monkeypatch)
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    whole, parts = (tmp_path / name / f"out.{form}" for name in ("whole", "parts"))
    assert main(program(whole)) == SOME_FAILED
    killed_after(n)
    with pytest.raises(Killed):
        main(program(parts))
    assert not parts.exists()
    assert parts.with_name(f"out.{form}.journal").exists() == (form != "parquet" or n > 1)
    capsys.readouterr()
    assert main(program(parts, "--resume", "--quiet")) == SOME_FAILED
    rejects = parts.with_name("rejects.jsonl")
    assert capsys.readouterr().err == f"framing: 13 rejected, see {rejects}\n"
    assert contents(parts.parent) == contents(whole.parent)


def test_only_what_is_missing_is_tagged(
    program: Program,
    killed_after: Callable[[int], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    small(monkeypatch)
    killed_after(150)
    with pytest.raises(Killed):
        main(program(tmp_path / "out.jsonl"))
    capsys.readouterr()
    seen: list[int] = []
    stream = Classifier.stream

    def counting(self: Classifier, *arguments: object, **options: object) -> object:
        for document in stream(self, *arguments, **options):  # type: ignore[arg-type]
            seen.append(len(document))
            yield document

    monkeypatch.setattr(Classifier, "stream", counting)
    assert main(program(tmp_path / "out.jsonl", "--resume")) == SOME_FAILED
    assert len(seen) == 46  # of 196 that are not empty
    counts = f"46 texts, {sum(seen)} sentences, 0 with a label, after 150 texts of the interrupted"
    assert capsys.readouterr().err.startswith(f"framing: {counts} run, 13 rejected, see ")


@pytest.mark.parametrize("named", ["neither", "rejects", "both"])
def test_killed_while_the_files_get_their_names(
    named: str, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, rejects = tmp_path / "out.jsonl", tmp_path / "rejects.jsonl"
    main(program(output))
    expected = output.read_bytes(), rejects.read_bytes()
    for path in (output, rejects):
        path.unlink()
    done = {"neither": 0, "rejects": 1, "both": 2}[named]
    replace, calls = Path.replace, []

    def failing(self: Path, target: object) -> Path:
        if self.name in ("out.jsonl.partial", "rejects.jsonl.partial"):
            if len(calls) == done:
                raise Killed
            calls.append(self)
        return replace(self, target)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "replace", failing)
    if named == "both":
        monkeypatch.setattr(jobs.Journal, "remove", lambda self: self.path.exists() and kill())
    with pytest.raises(Killed):
        main(program(output))
    monkeypatch.undo()
    assert output.with_name("out.jsonl.journal").exists()
    assert main(program(output, "--resume")) == SOME_FAILED
    assert (output.read_bytes(), rejects.read_bytes()) == expected
    assert not list(tmp_path.glob("*.journal"))
    assert not list(tmp_path.glob("*.partial"))


def kill() -> None:
    raise Killed


def test_a_complete_output_is_left_alone(
    program: Program, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "Job", None)  # nothing may be written
    for output in (tmp_path / "out.jsonl", tmp_path / "out.parquet"):
        output.write_text("complete")
        assert main(program(output, "--resume")) == DONE
        told = capsys.readouterr().err
        assert f"{output} is complete, nothing is left to do" in told
        assert "options and model were not compared: to tag anew, delete it first" in told
        assert output.read_text() == "complete"


def test_a_complete_output_that_is_older_than_its_input(
    program: Program, corpus: Path, tmp_path: Path, capsys: Capture
) -> None:
    output = tmp_path / "out.jsonl"
    output.write_text("complete")
    later = output.stat().st_mtime_ns + 1_000_000_000
    os.utime(corpus, ns=(later, later))
    resumed = program(output, "--resume")
    assert main(resumed) == USAGE
    message = f"{output}: is complete, but {corpus} was changed after it; to tag anew, delete"
    assert message in capsys.readouterr().err
    for name, message in [
        ("none.jsonl", "none.jsonl cannot be looked at: No such file or directory"),
        ("none*", "there is no input file to compare it with"),
    ]:
        assert main([resumed[0], str(tmp_path / name), *resumed[2:]]) == USAGE
        assert message in capsys.readouterr().err
    assert output.read_text() == "complete"


def test_another_input_another_option_another_model(
    program: Program,
    corpus: Path,
    joint_folder: Path,
    killed_after: Callable[[int], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    small(monkeypatch)
    output = tmp_path / "out.jsonl"
    killed_after(100)
    with pytest.raises(Killed):
        main(program(output))
    capsys.readouterr()
    resumed = program(output, "--resume")
    for what, arguments in [
        ("options", [*resumed, "--positive"]),
        ("options", [*resumed, "--no-context"]),
        ("model", [*resumed, "--model", str(joint_folder)]),
        ("inputs", [*resumed[:2], str(corpus), *resumed[2:]]),
    ]:
        assert main(arguments) == USAGE
        assert f"the interrupted run had other {what}; run it with the" in capsys.readouterr().err
    with corpus.open("a") as file:
        file.write('{"text": "More.", "date": ""}\n')
    assert main(resumed) == USAGE
    assert "had other inputs" in capsys.readouterr().err
    journal = output.with_name("out.jsonl.journal")
    journal.write_text(json.dumps({**json.loads(journal.read_text()), "format": 1}))
    assert main(resumed) == USAGE
    assert "out.jsonl.journal: of another version of framing" in capsys.readouterr().err
    journal.write_text("{")
    assert main(resumed) == USAGE
    assert "out.jsonl.journal: damaged" in capsys.readouterr().err
    assert main(program(output)) == SOME_FAILED  # without --resume it starts afresh
    assert not journal.exists()


def test_a_partial_file_that_was_cut(
    program: Program,
    killed_after: Callable[[int], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    small(monkeypatch)
    output = tmp_path / "out.jsonl"
    killed_after(100)
    with pytest.raises(Killed):
        main(program(output))
    output.with_name("out.jsonl.partial").write_text("cut")
    assert main(program(output, "--resume")) == USAGE
    assert "holds 3 bytes, its journal says" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["a.txt", "-o", "out.html"],
            "--resume needs an --output of the format jsonl, csv or parquet, not",
        ),
        (["a.txt", "-o", "out.txt"], "not table; others are written in one go"),
        (["a.txt"], "not standard output"),
        (["-", "-o", "out.jsonl"], "--resume cannot read standard input again"),
    ],
)
def test_what_cannot_be_taken_up(arguments: list[str], message: str, capsys: Capture) -> None:
    assert main(["predict", *arguments, "--resume"]) == USAGE
    assert message in capsys.readouterr().err


def test_what_is_written_is_not_read(
    tiny_folder: Path, corpus: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(corpus.parent)
    for option in ("-o", "--rejects"):
        base = ["predict", "--model", str(tiny_folder), "--format", "jsonl", str(corpus.parent)]
        assert main([*base, option, "corpus.jsonl"]) == USAGE
        assert "corpus.jsonl is among the inputs; write elsewhere" in capsys.readouterr().err
    assert main([*base, "-o", "x.jsonl", "--rejects", "x.jsonl"]) == USAGE
    assert "name the same file" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["jsonl", "html"])
def test_rejects(form: str, program: Program, corpus: Path, tmp_path: Path) -> None:
    arguments = program(tmp_path / f"out.{form}")
    keep = arguments.index("--keep")
    arguments[keep : keep + 2] = []
    arguments.insert(2, str(tmp_path / "none.txt"))
    assert main(arguments) == SOME_FAILED
    rows = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert len(rows) == 14
    assert rows[0] == {
        "where": f"{corpus}:7",
        "reason": "'text' must be a string, got int 5",
        "record": {"text": 5, "id": "x", "date": ""},
    }
    empty = {"id": "n7", "text": "", "date": "2020-08"}
    assert rows[1] == {"where": f"{corpus}:9", "reason": "empty text", "record": empty}
    assert rows[2]["record"] == "{"
    assert rows[-1]["reason"] == "No such file or directory"
    assert not list(tmp_path.glob("*.partial"))


def test_parquet_holds_what_json_lines_hold(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    small(monkeypatch)
    main(program(tmp_path / "out.jsonl"))
    main(program(tmp_path / "out.parquet"))
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    rows = pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert len(list((tmp_path / "out.parquet").iterdir())) == len(lines) // 200 + 1
    assert len(rows) == len(lines)
    for row, line in zip(rows, lines, strict=True):
        for name in ("document", "sentence", "start", "end", "text", "date"):
            assert row[name] == line[name]
        assert [label for label in line["scores"] if row[label]] == line["labels"]
        assert {k: round(row[f"{k}_score"], 4) for k in line["scores"]} == line["scores"]
        assert [{**s, "score": round(s["score"], 4)} for s in row["spans"]] == line["spans"]
    capsys.readouterr()
    assert main(program(tmp_path / "out.parquet")) == USAGE
    assert "out.parquet: exists; Parquet is written into a new folder" in capsys.readouterr().err
    assert main(["predict", "a.txt", "--format", "parquet"]) == USAGE
    assert "Parquet is not written to standard output" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["jsonl", "csv", "html", "parquet"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no text was tagged, 1 rejected, see "),
        ('{"text": 5}\n{"text": " "}\n', "no text was tagged, 2 rejected, see "),
        ("", "no text was tagged, the input holds none"),
    ],
)
def test_no_text_at_all_leaves_the_output(
    content: str | None,
    message: str,
    form: str,
    tiny_folder: Path,
    tmp_path: Path,
    capsys: Capture,
) -> None:
    name, output, rejects = (tmp_path / n for n in ("a.jsonl", f"out.{form}", "rejects.jsonl"))
    if content is not None:
        name.write_text(content)
    if form != "parquet":
        output.write_text("old")
    base = ["predict", "--model", str(tiny_folder), str(name), "--rejects", str(rejects)]
    assert main([*base, "-o", str(output)]) == USAGE
    told = capsys.readouterr().err
    assert told.startswith(f"framing: {message}")
    assert told.endswith(f"; {output} was not written\n")
    assert len(rejects.read_text().splitlines()) == (1 if content is None else content.count("\n"))
    assert output.exists() == (form != "parquet")
    assert form == "parquet" or output.read_text() == "old"
    assert not {path.suffix for path in tmp_path.iterdir()} & {".partial", ".journal"}
    assert main(base) == USAGE
    assert capsys.readouterr().err.startswith(f"framing: {message}")
