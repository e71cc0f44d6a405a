"""Measures speed, cold start, latency and memory on this machine; prints tables.

Systems take turns: each round runs every system once on the same sentences, and the median over
the rounds counts. ``--quick`` only shows that everything works; its figures mean nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import benchmark_systems as systems
import numpy as np

import framing
from framing.inference.runtime import cpu_count
from framing.resources import path_of
from framing.schema import Article

LAUNCHER = """
import os, sys, time
null = os.open(os.devnull, os.O_WRONLY)
started = time.perf_counter()
actions = [(os.POSIX_SPAWN_DUP2, null, 1)]
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions)
_, status, usage = os.wait4(process, 0)
print(time.perf_counter() - started, usage.ru_maxrss)  # kilobytes on Linux
sys.exit(os.waitstatus_to_exitcode(status))
"""


def main() -> None:
    """Run what was asked for and print a table for each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, help="folder of a trained run, for the pipeline")
    parser.add_argument("--sentences", type=int, default=2000, help="in each round (2000)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="see that it works, in a minute or so")
    parser.add_argument(
        "--stream",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help="stream so many sentences through `framing predict`, such as 10000, 100000, 1000000; "
        "may be given several times, long",
    )
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.sentences, arguments.rounds = 150, 2
    print(machine(), "\n", sep="")
    throughput(arguments)
    cold_start(2 if arguments.quick else 7)
    latency(50 if arguments.quick else 1000)
    if arguments.stream:
        streaming(arguments.stream)


def machine() -> str:
    """Describe the machine and the versions."""
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ("onnxruntime", "tokenizers", "numpy", "torch", "transformers")
    load = os.getloadavg()[0]
    return (
        f"{model}, {cpu_count()} cores for this process, {memory:.0f} GiB; {platform.platform()}\n"
        f"Python {platform.python_version()}, framing {framing.__version__}, "
        + ", ".join(f"{name} {version(name)}" for name in packages)
        + f"; load {load:.1f} at the start"
        + (" (busy: the figures are worth little)" if load > 0.5 else "")
    )


def some_articles(n_sentences: int) -> list[Article]:
    """Return packaged articles with so many sentences in all, every so many-th one."""
    articles = framing.load_articles()
    order = np.random.default_rng(0).permutation(len(articles))
    chosen: list[Article] = []
    count = 0
    for i in order:
        if count >= n_sentences:
            break
        chosen.append(articles[i])
        count += len(articles[i])
    return chosen


def throughput(arguments: argparse.Namespace) -> None:
    """Time the systems in turns."""
    articles = some_articles(arguments.sentences)
    n = len(systems.sentences_of(articles))
    with tempfile.TemporaryDirectory() as folder:
        found = list(_systems(arguments, articles, Path(folder)))
    seconds: dict[str, list[float]] = {system.name: [] for system in found}
    for round_ in range(arguments.rounds + 1):  # the first round warms up and is not counted
        for system in found:
            started = time.perf_counter()
            system.run()
            if round_:
                seconds[system.name].append(time.perf_counter() - started)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    slowest = next((m for name, m in medians.items() if "pipeline" in name), None)
    print(
        f"\n{n} sentences of {len(articles)} articles, {arguments.rounds} rounds in turns, medians"
    )
    print(f"{'':<64}{'sentences/s':>12}{'range':>14}{'x pipeline':>12}{'macro F1':>10}")
    for system in found:
        values = [n / value for value in seconds[system.name]]
        times = "" if slowest is None else f"{slowest / medians[system.name]:.2f}"
        score = "" if system.macro_f1 is None else f"{system.macro_f1:.3f}"
        spread = f"{min(values):.0f}-{max(values):.0f}"
        print(
            f"{system.name:<64}{n / medians[system.name]:>12.0f}{spread:>14}{times:>12}{score:>10}"
        )


def _systems(
    arguments: argparse.Namespace, articles: Sequence[Article], folder: Path
) -> Iterator[systems.System]:
    train = framing.load_articles(split="train")
    test = framing.load_articles(split="test")
    if arguments.quick:
        train, test = train[:20], test[:5]
    makers = [
        lambda: systems.framing_predict(articles, test),
        lambda: systems.pipeline(articles, arguments.weights),
        lambda: systems.bare_onnx(articles),
        lambda: systems.setfit_like(articles, train, test),
        lambda: systems.spacy_textcat(articles, train, test),
        lambda: systems.tfidf(articles, train, test, folder),
    ]
    for make in makers:
        try:
            yield make()
        except ModuleNotFoundError as error:
            print(f"left out: {error.name} is not installed")


def cold_start(times: int) -> None:
    """Time whole processes and their peak memory."""
    article = str(path_of("data/demo/article.txt"))
    print(f"\nwhole processes, median of {times}")
    for name, program in [
        ("framing predict article.txt", ["-m", "framing.cli", "predict", article]),
        ("framing --help", ["-m", "framing.cli", "--help"]),
        ("import framing", ["-c", "import framing"]),
        ("python alone", ["-c", "pass"]),
    ]:
        runs = [timed([sys.executable, *program]) for _ in range(times)]
        seconds = statistics.median(run[0] for run in runs)
        memory = max(run[1] for run in runs)
        print(f"{name:<32}{seconds:>8.3f} s{memory:>8.0f} MB at the peak")


def timed(command: list[str]) -> tuple[float, float]:
    """Run a command; return seconds and its peak memory in MB.

    A small process starts it and waits: a child's peak counts what its parent held at the fork.
    """
    launched = [sys.executable, "-S", "-c", LAUNCHER, *command]
    found = subprocess.run(launched, capture_output=True, text=True, check=False)
    if found.returncode:
        raise SystemExit(f"{' '.join(command)}: {found.stderr}")
    seconds, kilobytes = found.stdout.split()
    return float(seconds), float(kilobytes) / 1024


def latency(n: int) -> None:
    """Time single sentences, as a server gets them."""
    sentences = systems.sentences_of(some_articles(n))[:n]
    model = framing.load()
    for sentence in sentences[:20]:
        model.predict(sentence)
    times = []
    for sentence in sentences:
        started = time.perf_counter()
        model.predict(sentence)
        times.append(1000 * (time.perf_counter() - started))
    p50, p99 = np.percentile(times, [50, 99])
    print(f"\none sentence at a time, {n} sentences: p50 {p50:.1f} ms, p99 {p99:.1f} ms")


def streaming(sizes: Sequence[int]) -> None:
    """Stream corpora through the command line; speed and peak memory."""
    articles = framing.load_articles()
    print("\nframing predict corpus.jsonl -o out.jsonl")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "corpus.jsonl"
            n = systems.corpus(path, articles, size)
            output = str(Path(folder) / "out.jsonl")
            command = [sys.executable, "-m", "framing.cli", "predict", str(path), "-o", output]
            seconds, memory = timed(command)
        print(
            f"{n:>10,} sentences {seconds:>9.1f} s {n / seconds:>7.0f} a second"
            f"{memory:>8.0f} MB at the peak"
        )


if __name__ == "__main__":
    main()
