"""``framing evaluate``: score a model on labelled articles."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from framing.errors import InputError

if TYPE_CHECKING:
    from framing.codebook import Codebook
    from framing.evaluation.agreement import Agreement
    from framing.evaluation.assess import Assessment
    from framing.evaluation.pairs import Pairs
    from framing.evaluation.predictions import Predictions
    from framing.evaluation.slices import Slice
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
        "--second",
        metavar="PATH",
        help="the same articles as a second annotator labelled them: the human ceiling",
    )
    parser.add_argument("--format", choices=("table", "json", "markdown"), default="table")
    parser.add_argument(
        "--output", "-o", metavar="FILE", help="write there instead of standard output"
    )
    parser.add_argument("--report", metavar="FILE", help="write a page for the browser (.html)")
    parser.add_argument(
        "--predictions", metavar="FILE", help="write the predictions (.jsonl), for framing compare"
    )
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
        choices=("train", "validation", "test"),
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


def load_data(arguments: argparse.Namespace) -> tuple[list[Article], Codebook | None]:
    """Load the gold articles that the options name, and the codebook."""
    from framing.codebook import Codebook
    from framing.dataset.load import load_articles

    split = arguments.split
    if split is None and arguments.data is None:
        split = "test"
    codebook = None if arguments.codebook is None else Codebook.read(arguments.codebook)
    return load_articles(arguments.data, split=split, codebook=codebook), codebook


def run(arguments: argparse.Namespace) -> int:
    """Evaluate and print, or write the page."""
    from framing.evaluation.predictions import predictions_of

    articles, codebook = load_data(arguments)
    predicted = predictions_of(arguments.model, articles, allow_pickle=arguments.allow_pickle)
    return finish(arguments, articles, codebook, predicted)


def finish(
    arguments: argparse.Namespace,
    articles: Sequence[Article],
    codebook: Codebook | None,
    predicted: Predictions,
) -> int:
    """Compute the figures of predictions and write them wherever the options say."""
    from framing.evaluation.assess import assess_pairs
    from framing.evaluation.bootstrap import RESAMPLES
    from framing.evaluation.pairs import pair
    from framing.evaluation.slices import BUILT_IN, group_values, slices
    from framing.outputs import Writer, opened

    count = RESAMPLES if arguments.resamples is None else arguments.resamples
    draws: dict[str, int] = {"resamples": count, "seed": arguments.seed}
    pairs = pair(articles, predicted.documents, predicted.labels)
    groups = {by: group_values(articles, by, arguments.data, codebook) for by in arguments.by}
    found = assess_pairs(pairs, **draws)
    by = {name: slices(pairs, name, values, **draws) for name, values in groups.items()}
    second = _second(arguments, articles, codebook, predicted, draws)
    if arguments.predictions is not None:
        with opened(arguments.predictions) as stream, Writer("jsonl", stream) as writer:
            for article, document in zip(articles, predicted.documents, strict=True):
                writer.add(article.id, document)
    if arguments.report is not None:
        from framing.evaluation.curves import all_curves
        from framing.evaluation.report.page import Report

        for name in BUILT_IN:
            if name not in by:
                by |= _automatic(pairs, articles, name, draws)
        page = Report(
            predicted.name,
            _data_name(arguments),
            articles,
            predicted.documents,
            found,
            all_curves(pairs, **draws),
            predicted.thresholds,
            by,
            second,
        ).to_html()
        with opened(arguments.report) as stream:
            stream.write(page)
    if arguments.output is not None or arguments.report is None:
        with opened(arguments.output) as stream:
            text = _text(arguments.format, found, by, second, predicted, pairs)
            stream.write(text + "\n")
    return 0


def _data_name(arguments: argparse.Namespace) -> str:
    split = "test" if arguments.split is None else arguments.split
    if arguments.data is None:
        return f"the packaged {split} articles"
    return str(arguments.data) if arguments.split is None else f"{arguments.data} ({split})"


def _automatic(
    pairs: Pairs, articles: Sequence[Article], by: str, draws: dict[str, int]
) -> dict[str, list[Slice]]:
    """Group as the page does without being asked: only where there are several groups."""
    from framing.evaluation.slices import group_values, slices

    try:
        values = group_values(articles, by)
    except InputError:  # the data says nothing of it
        return {}
    several = 1 < len(set(values)) < len(articles) or by in ("length", "position", "labels")
    return {by: slices(pairs, by, values, **draws)} if several else {}


def _second(
    arguments: argparse.Namespace,
    articles: Sequence[Article],
    codebook: Codebook | None,
    predicted: Predictions,
    draws: dict[str, int],
) -> Agreement | None:
    from framing.dataset.load import load_articles
    from framing.evaluation.agreement import (
        PACKAGED_NOTE,
        agreement,
        packaged_layers,
        second_layer,
    )

    note = ""
    if arguments.second is not None:
        layers = second_layer(articles, load_articles(arguments.second, codebook=codebook))
    elif arguments.data is None:
        packaged = packaged_layers(articles, predicted.labels)
        if packaged is None:
            return None
        layers, note = packaged, PACKAGED_NOTE
    else:
        return None
    return agreement(
        articles,
        predicted.documents,
        predicted.labels,
        layers,
        note=note,
        resamples=draws["resamples"],
        seed=draws["seed"],
    )


def _text(
    form: str,
    found: Assessment,
    by: dict[str, list[Slice]],
    second: Agreement | None,
    predicted: Predictions,
    pairs: Pairs,
) -> str:
    from framing.evaluation import tables

    if form == "json":
        import json

        from framing.evaluation.curves import all_curves

        plain: dict[str, Any] = {"model": predicted.name, **found.to_dict()}
        draws = {"resamples": found.resamples, "seed": found.seed}
        drawn = zip(pairs.labels, all_curves(pairs, **draws), strict=True)
        plain["curves"] = {label: curve.to_dict() for label, curve in drawn}
        plain["slices"] = [s.to_dict() for group in by.values() for s in group]
        plain["agreement"] = None if second is None else second.to_dict()
        return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False)
    parts = tables.assessment_tables(found)
    parts += [tables.slice_table(group) for group in by.values()]
    notes = list(found.notes)
    if second is not None:
        parts.append(tables.agreement_table(second))
        notes += [f"second annotator: {second.note}"] if second.note else []
    if any(s.small for group in by.values() for s in group):
        notes.append("small: fewer than 10 articles or 20 gold labels; read nothing into them")
    return tables.render(tables.head_of(found), parts, notes, markdown=form == "markdown")
