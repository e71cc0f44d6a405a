"""``framing dataset check-contrast`` and ``framing evaluate --contrast``."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import Counter
from typing import TYPE_CHECKING

from framing.commands.codes import BROKEN, DONE

if TYPE_CHECKING:
    from framing.evaluation.contrast import ContrastScores, PairCounts


def add_parser(tools: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``check-contrast`` to the tools of ``framing dataset``."""
    check = tools.add_parser("check-contrast", help="check files of contrast pairs")
    check.add_argument("files", nargs="+", metavar="FILE", help="JSON lines, one pair a line")
    check.add_argument("--codebook", metavar="FILE", help="YAML file with your own labels")
    check.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    from framing.codebook import Codebook
    from framing.dataset.contrast import changed_words, check_contrast

    codebook = None if arguments.codebook is None else Codebook.read(arguments.codebook)
    pairs, errors = check_contrast(arguments.files, codebook)
    for error in errors:
        print(error, file=sys.stderr)
    print(f"{len(pairs)} sound pairs, {len(errors)} errors")
    if pairs:
        changed = [changed_words(pair) for pair in pairs]
        print(f"words changed: median {statistics.median(changed):g}, most {max(changed)}")
        for title, counts in (
            ("flips", Counter(pair.flips for pair in pairs)),
            ("kind", Counter(pair.kind for pair in pairs)),
        ):
            print(f"\n{'pairs':>7}  {title}")
            for name, count in counts.most_common():
                print(f"{count:>7}  {name}")
    return BROKEN if errors else DONE


def evaluate_contrast(arguments: argparse.Namespace) -> int:
    """Run ``framing evaluate --contrast [FILE]``: score a model on contrast pairs."""
    from framing.api import load
    from framing.codebook import Codebook
    from framing.dataset.contrast import read_contrast
    from framing.evaluation.contrast import evaluate_contrast
    from framing.resources import path_of

    codebook = None if arguments.codebook is None else Codebook.read(arguments.codebook)
    path = arguments.contrast if arguments.contrast else path_of("data/contrast/pairs.jsonl")
    pairs = read_contrast(path, codebook)
    model = load(
        arguments.model, context=not arguments.no_context, allow_pickle=arguments.allow_pickle
    )
    scores = evaluate_contrast(model, pairs)
    if arguments.format == "json":
        print(json.dumps(scores.to_dict(), indent=1))
    else:
        print(format_contrast(scores))
    return DONE


def format_contrast(scores: ContrastScores) -> str:
    """Return the scores as a table: pairs with both sides right, by label and by kind."""
    rows = [*scores.labels.items(), ("all", scores.total)]
    width = max(len(name) for name in [*scores.labels, *scores.kinds, "label"])
    lines = [f"{scores.total.pairs} contrast pairs; only the flipped label counts", ""]
    lines.append(_header("label", width))
    lines += [_line(name, counts, width) for name, counts in rows if counts.pairs]
    lines += ["", _header("kind", width)]
    lines += [_line(name, counts, width) for name, counts in sorted(scores.kinds.items())]
    return "\n".join(lines)


def _header(title: str, width: int) -> str:
    return (
        f"{title:<{width}}  pairs  both right [95 % interval]   given where due  withheld where due"
    )


def _line(name: str, counts: PairCounts, width: int) -> str:
    low, high = counts.interval
    return (
        f"{name:<{width}}  {counts.pairs:5d}  {counts.share:10.2f} [{low:.2f}, {high:.2f}]      "
        f"{counts.present / counts.pairs:17.2f}  {counts.absent / counts.pairs:18.2f}"
    )
