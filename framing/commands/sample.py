"""``framing sample``: draws the sentences or articles to code by hand."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from framing.commands.codes import DONE
from framing.errors import InputError

if TYPE_CHECKING:
    from framing.estimation.sampling import Draw

_FILES = {"label-studio": "label-studio.json", "doccano": "doccano.jsonl", "csv": "articles.csv"}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "sample", help="draw sentences or articles to code by hand, with known probabilities"
    )
    parser.add_argument(
        "corpus",
        nargs="+",
        metavar="CORPUS",
        help="a file of framing predict (.jsonl, .csv), or texts as framing predict reads them",
    )
    parser.add_argument(
        "-n", type=int, required=True, metavar="N", help="how many sentences, or articles"
    )
    parser.add_argument(
        "--output", "-o", metavar="DIR", required=True, help="folder for the sheets; must be new"
    )
    parser.add_argument(
        "--strategy",
        choices=("simple", "score", "articles"),
        default="simple",
        help="simple: every sentence alike; score: rather those that seem to carry a label; "
        "articles: whole articles (simple)",
    )
    parser.add_argument(
        "--by", metavar="NAME", help="draw in each group of this column, or year, month, day"
    )
    parser.add_argument(
        "--format",
        metavar="FORM",
        action="append",
        default=[],
        help="write for an annotation tool as well: a format of framing dataset export, such as "
        "label-studio, doccano, brat, webanno; may be given several times",
    )
    parser.add_argument("--seed", type=int, default=0, help="(0)")
    parser.add_argument("--column", metavar="NAME", default="text", help="of texts: as for predict")
    parser.add_argument("--id-column", metavar="NAME", help="of texts: as for predict")
    parser.add_argument(
        "--codebook", metavar="FILE", help="of texts: YAML file with the labels to code"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draw and write the sheets."""
    from framing.codebook import Codebook, default_codebook
    from framing.estimation.corpus import read_corpus
    from framing.estimation.sampling import sample
    from framing.estimation.texts import is_predictions, read_texts

    labels: tuple[str, ...] | None = None
    if any(is_predictions(name) for name in arguments.corpus if name != "-"):
        if len(arguments.corpus) > 1 or arguments.codebook is not None:
            raise InputError(
                "predictions come in one file and bring their labels; give that file alone, "
                "without --codebook"
            )
        corpus = read_corpus(arguments.corpus[0])
    else:
        by = arguments.by
        keep = [] if by is None else ["date" if by in ("year", "month", "day") else by]
        corpus = read_texts(
            arguments.corpus, column=arguments.column, id_column=arguments.id_column, keep=keep
        )
        codebook = arguments.codebook
        labels = (default_codebook() if codebook is None else Codebook.read(codebook)).names
    draw = sample(
        corpus, arguments.n, strategy=arguments.strategy, by=arguments.by, seed=arguments.seed
    )
    draw.write(arguments.output, labels=labels)
    for form in arguments.format:
        _write_for_tool(form, draw, Path(arguments.output), arguments.codebook)
    articles = len(set(corpus.articles[draw.rows].tolist()))
    print(
        f"{arguments.output}: {len(draw)} of {len(corpus)} sentences, from {articles} of "
        f"{len(corpus.documents)} articles\n"
        "code sheet.csv or sheet.jsonl (records.jsonl for annotation tools); keep design.csv "
        "beside it",
        file=sys.stderr,
    )
    return DONE


def _write_for_tool(form: str, draw: Draw, folder: Path, codebook_file: str | None) -> None:
    """Write the drawn articles in a format of ``framing dataset export``."""
    from framing.codebook import Codebook, Label

    names = draw.corpus.labels
    if codebook_file is not None or not names:
        codebook = None if codebook_file is None else Codebook.read(codebook_file)
    else:
        codebook = Codebook("predictions", "", tuple(Label(name, "") for name in names))
    exchange = importlib.import_module("framing.dataset.exchange")
    exchange.write(form, draw.articles(), folder / _FILES.get(form, form), codebook)
