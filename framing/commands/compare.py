"""``framing compare``: two models on the same labelled articles."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from framing.commands.codes import DONE
from framing.commands.evaluate import add_data_options, load_data

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_parser(commands: Commands) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "compare", help="test the difference between two models on the same articles"
    )
    for name, metavar in (("first", "A"), ("second", "B")):
        parser.add_argument(
            name,
            metavar=metavar,
            help="a model folder, predictions in .jsonl, or default for the packaged model",
        )
    add_data_options(parser)
    parser.add_argument("--format", choices=("table", "json", "markdown"), default="table")
    parser.add_argument(
        "--output", "-o", metavar="FILE", help="write there instead of standard output"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compare and print."""
    from framing.evaluation.compare import RESAMPLES, compare
    from framing.evaluation.predictions import predictions_of
    from framing.outputs import opened

    articles, _ = load_data(arguments)
    first, second = (
        predictions_of(
            None if name == "default" else name, articles, allow_pickle=arguments.allow_pickle
        )
        for name in (arguments.first, arguments.second)
    )
    resamples = RESAMPLES if arguments.resamples is None else arguments.resamples
    found = compare(articles, first, second, resamples=resamples, seed=arguments.seed)
    if arguments.format == "json":
        import json

        text = json.dumps(found.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
    else:
        from framing.evaluation.tables import comparison_tables, render

        head = [
            f"A: {found.names[0]}",
            f"B: {found.names[1]}",
            f"{found.n_articles} articles, {found.n_sentences} sentences; in brackets 95 % "
            f"intervals from {found.resamples} resamples of whole articles, the same for both",
        ]
        markdown = arguments.format == "markdown"
        text = render(head, comparison_tables(found), found.notes, markdown=markdown)
    with opened(arguments.output) as stream:
        stream.write(text + "\n")
    return DONE
