"""``framing train``: fine-tunes an encoder on labelled articles."""

from __future__ import annotations

import argparse
import os

from framing.commands.codes import DONE
from framing.errors import InputError, MissingExtraError


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("train", help="fine-tune an encoder on labelled articles")
    parser.add_argument(
        "--output", "-o", metavar="DIR", required=True, help="the model folder to write"
    )
    parser.add_argument(
        "--data", metavar="PATH", help="folder of tagged articles; the packaged articles by default"
    )
    parser.add_argument(
        "--extra",
        metavar="FILE",
        action="append",
        default=[],
        help="more labelled sentences (.jsonl); may be given several times",
    )
    parser.add_argument(
        "--teacher",
        metavar="DIR",
        action="append",
        default=[],
        help="a trained model that labels the --unlabelled texts; may be given several times",
    )
    parser.add_argument(
        "--unlabelled",
        metavar="FILE",
        action="append",
        default=[],
        help="texts for the teachers, as for predict; may be given several times",
    )
    parser.add_argument("--codebook", metavar="FILE", help="YAML file with your own labels")
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="TOML file with settings of framing.model.settings.TrainingConfig",
    )
    parser.add_argument(
        "--base", help="minilm, default (the packaged model), an encoder on the hub, or a folder"
    )
    parser.add_argument("--seed", type=int)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, mps")
    parser.add_argument("--resume", action="store_true", help="go on after an interruption")
    parser.add_argument(
        "--baseline", action="store_true", help="TF-IDF and logistic regression instead"
    )
    parser.add_argument("--no-quantize", action="store_true", help="keep the float32 graph")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train, and print how the model does on validation."""
    from framing.codebook import Codebook

    try:
        from framing.model.baseline import train_baseline
        from framing.model.settings import read_config
        from framing.model.training import train
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"training needs the package {error.name!r}; "
            "install it with: pip install 'framing[train]'"
        ) from error
    from framing.dataset.load import load_training
    from framing.inputs import read_inputs

    if bool(arguments.teacher) != bool(arguments.unlabelled):
        raise InputError("--teacher and --unlabelled go together; give both or neither")
    codebook = None if arguments.codebook is None else Codebook.read(arguments.codebook)
    articles, validation = load_training(arguments.data, arguments.extra, codebook)
    given = {name: getattr(arguments, name) for name in ("base", "seed", "epochs")}
    if arguments.baseline:
        model = train_baseline(articles, arguments.output, validation=validation, codebook=codebook)
    else:
        model = train(
            articles,
            arguments.output,
            validation=validation,
            codebook=codebook,
            config=read_config(arguments.config, {k: v for k, v in given.items() if v is not None}),
            teachers=arguments.teacher,
            unlabelled=(text for _, text, _ in read_inputs(arguments.unlabelled)),
            device=arguments.device,
            resume=arguments.resume,
            quantize=not arguments.no_quantize,
            progress=not arguments.quiet,
        )
    if os.environ.get("RANK", "0") != "0":
        return DONE  # of several processes the first one talks
    from framing.evaluation.evaluate import evaluate
    from framing.evaluation.tables import format_scores

    print(f"{arguments.output}, on validation:")
    print(format_scores(evaluate(model, validation)))
    return DONE
