"""``framing estimate``: shares of labels, corrected by hand codes."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from framing.commands.codes import DONE
from framing.errors import InputError

if TYPE_CHECKING:
    from framing.estimation.corpus import Corpus
    from framing.estimation.match import Coded
    from framing.estimation.plan import Plan
    from framing.estimation.results import Estimates


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
    parser.add_argument(
        "--plan", action="store_true", help="how many more hand codes buy which width, instead"
    )
    parser.add_argument(
        "--width", type=float, metavar="SHARE", help="with --plan: codes for this width (0.02)"
    )
    parser.add_argument("--report", metavar="FILE.html", help="also write a page with plots")
    parser.add_argument(
        "--dsl", metavar="FILE.csv", help="write a table for R's dsl package as well"
    )
    parser.add_argument("--format", choices=("table", "json", "csv"), default="table")
    parser.add_argument("--output", "-o", metavar="FILE", help="instead of standard output")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Estimate and print."""
    from framing.estimation.corpus import read_corpus
    from framing.estimation.estimate import design_beside, estimate_coded, join
    from framing.estimation.plan import plan_coded
    from framing.estimation.report import to_html
    from framing.outputs import opened

    if arguments.width is not None and not arguments.plan:
        raise InputError("--width goes with --plan")
    corpus = read_corpus(arguments.predictions)
    design = arguments.design or design_beside(arguments.coded)
    coded = join(corpus, arguments.coded, design, equal_probabilities=arguments.equal_probabilities)
    question = {name: getattr(arguments, name) for name in ("unit", "target", "use", "level")}
    if arguments.dsl is not None:
        _write_dsl(arguments, corpus, coded, design)
    found: Estimates | Plan
    if arguments.plan:
        found = plan_coded(corpus, coded, width=arguments.width, **question)
    else:
        found = estimate_coded(corpus, coded, by=arguments.by, **question)
        if arguments.report is not None:
            with opened(arguments.report) as stream:
                stream.write(to_html(found))
    with opened(arguments.output) as stream:
        stream.write(_formatted(found, arguments.format))
    return DONE


def _formatted(found: Estimates | Plan, form: str) -> str:
    if form == "json":
        return json.dumps(found.to_dict(), indent=1, ensure_ascii=False) + "\n"
    return found.to_csv() if form == "csv" else f"{found}\n"


def _write_dsl(
    arguments: argparse.Namespace, corpus: Corpus, coded: Coded, design: str | Path | None
) -> None:
    from framing.estimation.dsl import write_dsl
    from framing.outputs import opened

    draw = None if design is None else Path(design).parent / "draw.json"
    with opened(arguments.dsl) as stream:
        write_dsl(
            stream,
            corpus,
            coded,
            unit=arguments.unit,
            draw=draw if draw is not None and draw.is_file() else None,
        )
