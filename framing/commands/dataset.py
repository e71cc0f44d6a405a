"""``framing dataset``: check, split, count, exchange and join labelled articles."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from typing import TYPE_CHECKING

from framing.commands import contrast, exchange
from framing.commands.codes import BROKEN, DONE

if TYPE_CHECKING:
    from framing.codebook import Codebook


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``dataset`` and its tools to the commands."""
    dataset = commands.add_parser("dataset", help="check, split, count, exchange labelled articles")
    tools = dataset.add_subparsers(required=True, metavar="TOOL")

    check = tools.add_parser("check", help="look for broken rules; exits 1 if there is one")
    add_source(check)
    check.add_argument(
        "--against",
        metavar="FILE",
        action="append",
        default=[],
        help="real text (.jsonl, key text) from which no article may have copied",
    )
    check.set_defaults(run=_check)

    splits = tools.add_parser("assign-splits", help="give new articles a split; old ones stay")
    add_source(splits)
    splits.set_defaults(run=_assign_splits)

    agreement = tools.add_parser("agreement", help="how well two annotators agree, by label")
    add_source(agreement)
    agreement.add_argument(
        "--second",
        metavar="PATH",
        help="the second annotator: a folder of the same articles, or a file as in data/second",
    )
    agreement.add_argument("--format", choices=("table", "json"), default="table")
    agreement.set_defaults(run=_agreement)

    stats = tools.add_parser("stats", help="charts of what the dataset is made of, as an HTML page")
    add_source(stats)
    stats.add_argument("--output", "-o", metavar="FILE", default="stats.html")
    stats.set_defaults(run=_stats)

    card = tools.add_parser("card", help="count the tables of the data card (README.md) anew")
    add_source(card)
    card.set_defaults(run=_card)

    resolve = tools.add_parser("resolve", help="join standoff labels with documents that you have")
    resolve.add_argument("--documents", metavar="FILE", action="append", required=True)
    resolve.add_argument("--labels", metavar="DIR", help="standoff folder; the packaged by default")
    resolve.add_argument("--output", "-o", metavar="FILE", required=True)
    resolve.set_defaults(run=_resolve)

    contrast.add_parser(tools)
    exchange.add_parser(tools)


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add ``--data`` and ``--codebook``."""
    parser.add_argument(
        "--data",
        metavar="DIR",
        help="a folder with articles/ in it, or of articles; the packaged one by default",
    )
    parser.add_argument("--codebook", metavar="FILE", help="YAML file with your own labels")


def codebook_of(arguments: argparse.Namespace) -> Codebook:
    """Return the codebook that ``--codebook`` names, the packaged one by default."""
    from framing.codebook import Codebook, default_codebook

    if arguments.codebook is None:
        return default_codebook()
    return Codebook.read(arguments.codebook)


def _check(arguments: argparse.Namespace) -> int:
    from framing.dataset.check import check
    from framing.dataset.folder import data_folder
    from framing.dataset.tables import family_table, length_table, split_table

    codebook = codebook_of(arguments)
    found = check(data_folder(arguments.data), codebook, arguments.against)
    if found.articles:
        print(split_table(found.articles, found.splits, codebook))
        print()
        print(family_table(found.articles, codebook, found.rules))
        print()
        print(length_table(found.articles, found.rules))
        print()
        counts = ", ".join(f"{count} {spread}" for spread, count in found.runs.items())
        print(f"runs of six words that repeat: {counts}")
    for line in found.layers:
        print(line)
    sys.stdout.flush()
    for error in found.errors:
        print(error, file=sys.stderr)
    print(f"{len(found.errors)} rules broken" if found.errors else "no rule broken")
    return BROKEN if found.errors else DONE


def _assign_splits(arguments: argparse.Namespace) -> int:
    from framing.dataset.folder import data_folder
    from framing.dataset.splits import SPLITS, assign_splits, read_splits, write_splits
    from framing.dataset.tagged import read_articles

    folder = data_folder(arguments.data)
    articles = read_articles(folder.articles, codebook_of(arguments))
    fixed = read_splits(folder.splits) if folder.splits.is_file() else {}
    splits = assign_splits(articles, fixed)
    write_splits(folder.splits, articles, splits)
    counts = Counter(splits.values())
    new = Counter(split for name, split in splits.items() if name not in fixed)
    print(f"{'split':<12}{'articles':>9}{'new':>6}")
    for split in SPLITS:
        print(f"{split:<12}{counts[split]:>9}{new[split]:>6}")
    return DONE


def _agreement(arguments: argparse.Namespace) -> int:
    from framing.dataset.agreement import format_agreement
    from framing.dataset.folder import data_folder
    from framing.dataset.pairings import agreement_of

    folder = data_folder(arguments.data)
    found = agreement_of(folder, codebook_of(arguments), arguments.second)
    if arguments.format == "json":
        print(json.dumps([one.to_dict() for one in found], indent=1))
    else:
        print(format_agreement(found))
    return DONE


def _stats(arguments: argparse.Namespace) -> int:
    from framing.dataset.folder import data_folder
    from framing.dataset.rules import read_rules
    from framing.dataset.splits import read_splits
    from framing.dataset.stats import stats_page
    from framing.dataset.tagged import read_articles
    from framing.outputs import opened

    folder, codebook = data_folder(arguments.data), codebook_of(arguments)
    articles = read_articles(folder.articles, codebook)
    splits = read_splits(folder.splits) if folder.splits.is_file() else {}
    page = stats_page(articles, splits, codebook, read_rules(folder.rules))
    with opened(arguments.output) as stream:
        stream.write(page)
    print(
        f"{arguments.output}: {len(articles)} articles, {sum(map(len, articles))} sentences",
        file=sys.stderr,
    )
    return DONE


def _card(arguments: argparse.Namespace) -> int:
    from framing.dataset.card import stale_tables
    from framing.dataset.check import card_of, check
    from framing.dataset.folder import data_folder

    folder, codebook = data_folder(arguments.data), codebook_of(arguments)
    found = check(folder, codebook)
    broken = [error for error in found.errors if "run framing dataset card" not in error]
    if broken:
        for error in broken:
            print(error, file=sys.stderr)
        print("not written: a card cannot be counted from a broken dataset", file=sys.stderr)
        return BROKEN
    text = folder.card.read_text(encoding="utf-8")
    fresh = card_of(folder, codebook, found, text)
    folder.card.write_text(fresh, encoding="utf-8")
    changed = [name for _, name in stale_tables(text, fresh)]
    print(f"{folder.card}: {', '.join(changed) or 'nothing'} changed")
    return DONE


def _resolve(arguments: argparse.Namespace) -> int:
    from framing.dataset.standoff import read_standoff, resolve
    from framing.outputs import opened
    from framing.resources import path_of

    labels = path_of("data/standoff") if arguments.labels is None else arguments.labels
    lines = read_standoff(labels)
    result = resolve(lines, arguments.documents)
    with opened(arguments.output) as stream:
        for record in result.records:
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    documents = {line["doc_id"] for line in lines}
    print(
        f"{len(result.records)} of {result.sentences} sentences joined; "
        f"{len(result.missing)} of {len(documents)} documents missing, with "
        f"{sum(result.missing.values())} sentences; {len(result.changed)} sentences with another "
        f"text, {len(result.overlapping)} that overlap another",
        file=sys.stderr,
    )
    for name in [*sorted(result.missing)[:10], *result.changed[:10]]:
        print(f"framing: not joined: {name}", file=sys.stderr)
    return DONE if result.records else BROKEN
