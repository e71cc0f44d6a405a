"""``framing evaluate``: score a model on labelled articles."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from framing.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from framing.codebook import Codebook
    from framing.schema import Article

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_parser(commands: Commands) -> None:
    """Register the command."""
    parser = commands.add_parser("evaluate", help="score a model on labelled articles")
    parser.add_argument(
        "--model",
        metavar="DIR",
        help="a model folder, or predictions in .jsonl; the packaged model by default",
    )
    add_data_options(parser)
    parser.add_argument(
        "--by",
        metavar="NAME",
        action="append",
        default=[],
        help="figures for each genre, dispute, decade, length, position, labels, or each value of "
        "a key of your .jsonl; may be given several times",
    )
    parser.add_argument(
        "--contrast",
        nargs="?",
        const="",
        metavar="FILE",
        help="score contrast pairs instead; the packaged ones by default",
    )
    parser.add_argument(
        "--second",
        metavar="PATH",
        help="the same articles as a second annotator labelled them: the human ceiling",
    )
    parser.add_argument("--no-context", action="store_true", help="read every sentence by itself")
    parser.add_argument("--format", choices=("table", "json", "markdown"), default="table")
    parser.add_argument(
        "--output", "-o", metavar="FILE", help="write there instead of standard output"
    )
    parser.add_argument("--report", metavar="FILE", help="write a page for the browser (.html)")
    parser.add_argument(
        "--predictions", metavar="FILE", help="write the predictions (.jsonl), for framing compare"
    )
    group = parser.add_argument_group("cross-validation, in place of a model")
    group.add_argument(
        "--leave-out",
        metavar="NAME",
        help="train without each genre, dispute, decade, or value of a key of your .jsonl, and "
        "predict it; of all packaged articles where no --data and no --split is given",
    )
    group.add_argument(
        "--folds", type=int, metavar="N", help="join the groups in so many folds, at most (10)"
    )
    group.add_argument(
        "--train-config",
        metavar="FILE",
        help="train the transformer with these settings (TOML) instead of the TF-IDF baseline",
    )
    group.add_argument("--device", default="auto", help="for the transformer: auto, cpu, cuda, mps")
    group.add_argument("--jobs", type=int, metavar="N", help="processes; one a core by default")
    parser.set_defaults(run=run)


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """Add what every command that evaluates needs: data, split, codebook, resampling."""
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="folder of tagged articles, or .jsonl of labelled sentences",
    )
    parser.add_argument(
        "--split",
        choices=("train", "validation", "test", "ood"),
        help="of a folder with splits.tsv beside it; test for the packaged articles",
    )
    parser.add_argument("--codebook", metavar="FILE", help="YAML file with your own labels")
    parser.add_argument(
        "--resamples", type=int, metavar="N", help="resamples of articles for the intervals"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the resamples (0)")
    parser.add_argument(
        "--allow-pickle",
        action="store_true",
        help="load a baseline model, which is a pickle; only your own",
    )


def load_data(
    arguments: argparse.Namespace, *, whole: bool = False
) -> tuple[list[Article], Codebook | None]:
    """Load the gold articles that the options name, and the codebook.

    Without options these are the packaged test articles, or all packaged ones if `whole`.
    """
    from framing.codebook import Codebook
    from framing.dataset.load import load_articles

    split = arguments.split
    if split is None and arguments.data is None and not whole:
        split = "test"
    codebook = None if arguments.codebook is None else Codebook.read(arguments.codebook)
    return load_articles(arguments.data, split=split, codebook=codebook), codebook


def run(arguments: argparse.Namespace) -> int:
    """Evaluate and print, or write the page."""
    from framing.commands.evaluate_output import write
    from framing.evaluation.predictions import predictions_of

    if arguments.contrast is not None:
        from framing.commands.contrast import evaluate_contrast

        return evaluate_contrast(arguments)
    if arguments.leave_out is not None:
        return _cross_validate(arguments)
    for option in ("folds", "train_config", "jobs"):
        if getattr(arguments, option) is not None:
            raise InputError(f"--{option.replace('_', '-')} goes with --leave-out only")
    articles, codebook = load_data(arguments)
    predicted = predictions_of(
        arguments.model,
        articles,
        context=not arguments.no_context,
        allow_pickle=arguments.allow_pickle,
    )
    return write(arguments, articles, codebook, predicted)


def _cross_validate(arguments: argparse.Namespace) -> int:
    from framing.commands.evaluate_output import write
    from framing.evaluation.slices import group_values

    if arguments.model is not None:
        raise InputError("--leave-out trains its own models; leave --model out")
    try:
        from framing.evaluation.crossvalidate import FOLDS, cross_validate, make_folds
        from framing.model.settings import read_config
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"cross-validation needs the package {error.name!r}; "
            "install it with: pip install 'framing[train]'"
        ) from error
    articles, codebook = load_data(arguments, whole=True)
    by = arguments.leave_out
    values = group_values(articles, by, arguments.data, codebook)
    count = FOLDS if arguments.folds is None else arguments.folds
    folds = make_folds(articles, by, values, count)
    config = None if arguments.train_config is None else read_config(arguments.train_config)
    predicted = cross_validate(
        articles,
        folds,
        codebook=codebook,
        config=config,
        device=arguments.device,
        jobs=arguments.jobs,
        progress=sys.stderr.isatty(),
    )
    return write(arguments, articles, codebook, predicted, folds)
