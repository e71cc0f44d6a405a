"""``framing estimate``: shares of labels, corrected by hand codes."""

from __future__ import annotations

import argparse
import json

from framing.errors import MissingExtraError


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "estimate", help="shares of labels in a corpus, corrected by a hand-coded sample"
    )
    parser.add_argument(
        "predictions", metavar="PREDICTIONS", help="file of framing predict (.jsonl or .csv)"
    )
    parser.add_argument(
        "--coded",
        metavar="FILE",
        required=True,
        help="the sheet of framing sample, filled in, or .jsonl of labelled sentences",
    )
    parser.add_argument(
        "--design", metavar="FILE", help="design.csv of framing sample (the one beside the sheet)"
    )
    parser.add_argument(
        "--equal-probabilities",
        action="store_true",
        help="the codes are a simple random sample of the sentences, or of whole articles",
    )
    parser.add_argument("--unit", choices=("sentence", "article"), default="sentence")
    parser.add_argument(
        "--by", metavar="NAME", help="column of the predictions, or year, month, day of date"
    )
    parser.add_argument(
        "--target",
        choices=("population", "corpus"),
        default="population",
        help="the share in the stream of articles that these come from, or in these (population)",
    )
    parser.add_argument(
        "--use",
        choices=("score", "label"),
        default="score",
        help="correct the calibrated score or the predicted label (score)",
    )
    parser.add_argument("--level", type=float, default=0.95, help="of the intervals (0.95)")
    parser.add_argument("--format", choices=("table", "json", "csv"), default="table")
    parser.add_argument("--output", "-o", metavar="FILE", help="instead of standard output")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Estimate and print."""
    try:
        return _run(arguments)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"framing estimate needs the package {error.name!r}; install it with: "
            "pip install 'framing[estimate]'"
        ) from error


def _run(arguments: argparse.Namespace) -> int:
    from framing.estimation.estimate import estimate
    from framing.outputs import opened

    found = estimate(
        arguments.predictions,
        arguments.coded,
        design=arguments.design,
        equal_probabilities=arguments.equal_probabilities,
        unit=arguments.unit,
        by=arguments.by,
        target=arguments.target,
        use=arguments.use,
        level=arguments.level,
    )
    with opened(arguments.output) as stream:
        if arguments.format == "json":
            stream.write(json.dumps(found.to_dict(), indent=1, ensure_ascii=False) + "\n")
        elif arguments.format == "csv":
            stream.write(found.to_csv())
        else:
            stream.write(f"{found}\n")
    return 0
