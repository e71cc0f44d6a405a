"""Sets the packaged model beside what a user could take instead, all trained on the same text.

    python scripts/benchmark_quality.py --extra labelled.jsonl --data realdev=FILE.jsonl

The text is that of ``framing train``: the packaged training articles, the contrast pairs for
training where there are any, and the files given with --extra; thresholds are chosen on the same
validation articles. The packaged model was trained before; the head of the table says so if that
was on other text. Each finished system lies in --output as a JSON file and is not trained again;
delete the file to do so. ``pip install '.[train,benchmark]'`` brings the packages;
``taskset -c 0`` before the command keeps to one core.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import quality_spacy
import quality_systems as systems
from learning_curve import sample
from quality_tables import OURS, notes, tables

import framing
from framing.dataset.contrast import SIDES, ContrastPair, read_contrast
from framing.dataset.load import load_named, load_training
from framing.errors import InputError, MissingExtraError
from framing.evaluation.assess import assess
from framing.evaluation.contrast import evaluate_contrast
from framing.evaluation.tables import render
from framing.inference.classifier import Classifier
from framing.inference.runtime import cpu_count
from framing.model.checkpoint import check_same_run, data_hash
from framing.resources import path_of
from framing.schema import Article

SYSTEMS = {
    OURS: systems.System("framing", (), ("model",), True, systems.packaged),
    "tfidf": systems.System("TF-IDF + logistic regression", (), (), False, systems.tfidf),
    "setfit": systems.System(
        "SetFit",
        ("setfit",),
        ("seed", "base", "setfit_pairs", "setfit_sentences"),
        False,
        systems.setfit,
    ),
    "spacy-textcat": systems.System(
        "spaCy textcat", ("spacy",), ("seed", "spacy_epochs"), False, quality_spacy.textcat
    ),
    "spacy-spancat": systems.System(
        "spaCy spancat", ("spacy",), ("seed", "spancat_epochs"), True, quality_spacy.spancat
    ),
    "model2vec": systems.System(
        "model2vec", ("model2vec",), ("seed", "base"), False, systems.model2vec
    ),
}


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What every system is trained on and scored on."""

    data: systems.Data
    sets: dict[str, list[Article]]
    pairs: list[ContrastPair]


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says and print the tables."""
    arguments = parse(argv)
    names = arguments.systems.split(",")
    check_systems(names)
    options = [option.name for option in fields(systems.Settings)]
    settings = systems.Settings(**{name: getattr(arguments, name) for name in options})
    print(compare(names, settings, load(arguments), arguments.output))
    return 0


def compare(
    names: Sequence[str], settings: systems.Settings, benchmark: Benchmark, output: Path
) -> str:
    """Train and score the systems that lie not finished in `output`; return all as tables."""
    output.mkdir(parents=True, exist_ok=True)
    results = {
        name: result_of(name, settings, benchmark, output / f"{name}.json") for name in names
    }
    return render(head_of(benchmark), tables(results), notes(results), markdown=True)


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    default = systems.Settings()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--extra",
        action="append",
        default=[],
        metavar="FILE",
        help="more labelled sentences, as for framing train",
    )
    parser.add_argument(
        "--data", action="append", default=[], metavar="NAME=FILE", help="another set to score on"
    )
    parser.add_argument(
        "--systems", default=",".join(SYSTEMS), metavar="A,B", help=f"of {','.join(SYSTEMS)}"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("runs/quality"),
        metavar="DIR",
        help="finished systems (runs/quality)",
    )
    parser.add_argument("--model", metavar="DIR", help="in place of the packaged model")
    parser.add_argument(
        "--limit", type=int, metavar="N", help="train on a sample of so many sentences"
    )
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument(
        "--base", default=default.base, help=f"encoder of SetFit and model2vec ({default.base})"
    )
    parser.add_argument("--setfit-pairs", type=int, default=default.setfit_pairs, metavar="N")
    parser.add_argument(
        "--setfit-sentences", type=int, default=default.setfit_sentences, metavar="N"
    )
    parser.add_argument("--spacy-epochs", type=int, default=default.spacy_epochs, metavar="N")
    parser.add_argument("--spancat-epochs", type=int, default=default.spancat_epochs, metavar="N")
    return parser.parse_args(argv)


def check_systems(names: Sequence[str]) -> None:
    """Refuse unknown systems, and those whose package is missing, before anything is trained."""
    for name in names:
        if name not in SYSTEMS:
            raise InputError(f"--systems: no system {name!r}; there are {', '.join(SYSTEMS)}")
        for package in SYSTEMS[name].packages:
            if importlib.util.find_spec(package) is None:
                raise MissingExtraError(
                    f"{name} needs the package {package!r}; install it with: "
                    "pip install 'framing[benchmark]', or leave it out of --systems"
                )


def load(arguments: argparse.Namespace) -> Benchmark:
    """Load what to train on and what to score on."""
    train, validation = load_training(None, arguments.extra)
    if arguments.limit is not None:
        train = sample(train, arguments.limit, arguments.seed)
    sets = {"validation": validation}
    for split in ("test", "ood"):
        sets[split] = framing.load_articles(split=split)
    sets = load_named(arguments.data, sets)
    pairs = read_contrast(path_of("data/contrast/pairs.jsonl"))
    return Benchmark(systems.Data(train, validation), sets, pairs)


def result_of(
    name: str, settings: systems.Settings, benchmark: Benchmark, path: Path
) -> dict[str, Any]:
    """Return a system's result: from its file if it is finished, else by training and scoring."""
    key = key_of(name, settings, benchmark)
    if path.is_file():
        result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        check_same_run(result["key"], key, path)
        print(f"{name}: taken from {path}", file=sys.stderr)
        return result
    print(f"{name}: training", file=sys.stderr)
    started = time.process_time()
    model = SYSTEMS[name].fit(benchmark.data, settings)
    minutes = (time.process_time() - started) / 60
    print(f"{name}: {minutes:.1f} CPU minutes; scoring", file=sys.stderr)
    result = {
        "key": key,
        "title": SYSTEMS[name].title,
        "gives_spans": SYSTEMS[name].gives_spans,
        "minutes": minutes,
        "cores": cpu_count(),
        **scores_of(model, benchmark),
    }
    if name == OURS:
        result |= trained_before(model, benchmark)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
    return result


def key_of(name: str, settings: systems.Settings, benchmark: Benchmark) -> dict[str, Any]:
    """Return what a finished result must agree with to be taken again."""
    system = SYSTEMS[name]
    sides = [pair.article(side) for pair in benchmark.pairs for side in SIDES]
    return {
        "options": {option: getattr(settings, option) for option in system.options},
        "versions": {package: version(package) for package in system.packages},
        "training text": data_hash(benchmark.data.train),
        "sets": {set_: data_hash(articles) for set_, articles in benchmark.sets.items()},
        "contrast pairs": data_hash(sides),
    }


def scores_of(model: Classifier, benchmark: Benchmark) -> dict[str, Any]:
    """Score a model on every set; its speed is that of one pass over the test articles.

    CPU time, since a machine that is shared tells nothing by the clock.
    """
    found: dict[str, Any] = {"sets": {}}
    for name, articles in benchmark.sets.items():
        started = time.process_time()
        documents = list(model.predict_articles(articles))
        if name == "test":
            seconds = time.process_time() - started
            found["sentences_per_cpu_second"] = sum(map(len, articles)) / seconds
        found["sets"][name] = assess(articles, documents, model.labels).to_dict()
    found["contrast"] = evaluate_contrast(model, benchmark.pairs).to_dict()
    return found


def trained_before(model: Classifier, benchmark: Benchmark) -> dict[str, Any]:
    """Return what the packaged model's folder says of its training."""
    training = model.config.training
    text = training.get("train", {})
    return {
        "minutes": training["seconds"] / 60 if "seconds" in training else None,
        "same_text": text.get("sha256") == data_hash(benchmark.data.train),
        "trained_on": text.get("sentences"),
        "unlabelled": training["config"]["unlabelled"] if "soft" in training else None,
    }


def head_of(benchmark: Benchmark) -> list[str]:
    """Say what the figures rest on."""
    train = benchmark.data.train
    sets = ", ".join(
        f"{name} {len(articles):,} articles, {sum(map(len, articles)):,} sentences"
        for name, articles in benchmark.sets.items()
    )
    return [
        f"Trained on {sum(map(len, train)):,} sentences of {len(train):,} articles (or unbroken "
        f"passages). Scored on {sets}, and {len(benchmark.pairs)} contrast pairs. Macro-F1 with "
        "95 % intervals from 1,000 resamples of whole articles; contrast: share of pairs with both "
        "sides right. Thresholds were chosen on validation."
    ]


if __name__ == "__main__":
    sys.exit(main())
