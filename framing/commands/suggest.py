"""``framing suggest``: which articles to annotate next."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from framing.commands.codes import DONE

if TYPE_CHECKING:
    from framing.estimation.suggest import Suggestion


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("suggest", help="rank unlabelled articles for annotation")
    parser.add_argument(
        "corpus", metavar="PREDICTIONS", help="file of framing predict (.jsonl or .csv)"
    )
    parser.add_argument("-n", type=int, default=50, metavar="N", help="how many articles (50)")
    parser.add_argument(
        "--strategy",
        choices=("both", "uncertainty", "diversity"),
        default="both",
        help="unsure and unlike each other, or one of the two (both)",
    )
    parser.add_argument(
        "--labelled", metavar="PATH", help="articles that are labelled already, to keep away from"
    )
    parser.add_argument("--codebook", metavar="FILE", help="of --labelled: YAML file of its labels")
    parser.add_argument("--format", choices=("table", "jsonl", "csv"), default="table")
    parser.add_argument("--output", "-o", metavar="FILE", help="instead of standard output")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Rank and print."""
    from framing.codebook import Codebook
    from framing.dataset.load import load_articles
    from framing.estimation.suggest import suggest
    from framing.outputs import opened

    codebook = None if arguments.codebook is None else Codebook.read(arguments.codebook)
    path = arguments.labelled
    labelled = [] if path is None else load_articles(path, codebook=codebook)
    found = suggest(arguments.corpus, arguments.n, strategy=arguments.strategy, labelled=labelled)
    with opened(arguments.output) as stream:
        _write(stream, found, arguments.format)
    return DONE


def _write(stream: IO[str], found: Sequence[Suggestion], form: str) -> None:
    rows = [suggestion.to_dict() for suggestion in found]
    if form == "jsonl":
        for row in rows:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    elif form == "csv":
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    else:
        for row in rows:
            words = " ".join(str(row["sentence"]).split())
            short = words if len(words) <= 96 else words[:95] + "\u2026"
            stream.write(
                f"{row['rank']:3d}. {row['document']} ({row['n_sentences']} sentences)\n"
                f"     {row['reason']}\n     {short}\n"
            )
