"""``framing predict``: tags the sentences of files or standard input."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from framing.commands.codes import DONE, SOME_FAILED, USAGE
from framing.errors import InputError


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("predict", help="tag the sentences of files or standard input")
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help=".txt, .md, .jsonl or .csv; - reads standard input"
    )
    parser.add_argument(
        "--format",
        choices=("table", "jsonl", "csv", "html"),
        help="by default that of the --output name, else table",
    )
    parser.add_argument(
        "--output", "-o", metavar="FILE", help="write there instead of standard output"
    )
    parser.add_argument(
        "--model", metavar="DIR", help="a model folder; the packaged model by default"
    )
    parser.add_argument(
        "--column",
        metavar="NAME",
        default="text",
        help="column or key of the text in .csv and .jsonl (text)",
    )
    parser.add_argument(
        "--title-column",
        metavar="NAME",
        help="column or key of the title, for models trained with context",
    )
    parser.add_argument(
        "--id-column",
        metavar="NAME",
        help="column or key of the document's name; by default id if there is one",
    )
    parser.add_argument(
        "--keep",
        metavar="NAME",
        action="append",
        default=[],
        help="column or key to write beside each sentence (.jsonl, .csv), such as date or outlet; "
        "may be given several times",
    )
    parser.add_argument("--no-split", action="store_true", help="take each text as one sentence")
    parser.add_argument("--positive", action="store_true", help="only sentences with a label")
    parser.add_argument(
        "--allow-pickle",
        action="store_true",
        help="load a baseline model, which is a pickle; only your own",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Tag the inputs and write the output."""
    from framing.api import load
    from framing.inputs import read_inputs
    from framing.outputs import Writer, opened

    files = arguments.files or (["-"] if not sys.stdin.isatty() else [])
    if not files:
        print("framing predict: no input; name files, or - for standard input", file=sys.stderr)
        return USAGE
    columns = [arguments.title_column, arguments.id_column, *arguments.keep]
    if "-" in files and (arguments.column != "text" or any(name is not None for name in columns)):
        raise InputError(
            "standard input is read as one plain text, which has no columns; write the table to a "
            ".csv or .jsonl file and name that"
        )
    form = _format_of(arguments.output) if arguments.format is None else arguments.format
    if arguments.keep and form not in ("jsonl", "csv"):
        raise InputError(f"--keep needs the format jsonl or csv, not {form}; name it with --format")
    failures: list[str] = []
    kept: deque[dict[str, str]] = deque()
    inputs = read_inputs(
        files,
        column=arguments.column,
        title_column=arguments.title_column,
        id_column=arguments.id_column,
        keep=arguments.keep,
        kept=kept,
        failures=failures,
    )
    model = load(arguments.model, allow_pickle=arguments.allow_pickle)
    with opened(arguments.output) as stream:
        names: deque[str] = deque()
        texts, titles = _columns(_progress(inputs), names)
        with Writer(form, stream, positive=arguments.positive, keep=arguments.keep) as writer:
            for document in model.stream(
                texts, titles=titles, split_sentences=not arguments.no_split
            ):
                writer.add(names.popleft(), document, kept.popleft())
    for failure in failures:
        print(f"framing: {failure}", file=sys.stderr)
    return SOME_FAILED if failures else DONE


def _columns(
    inputs: Iterator[tuple[str, str, str | None]], names: deque[str]
) -> tuple[Iterator[str], Iterator[str | None]]:
    """Return texts and titles as two iterators in step, collecting the names on the way."""
    first, second = itertools.tee(inputs)

    def texts() -> Iterator[str]:
        for name, text, _ in first:
            names.append(name)
            yield text

    return texts(), (title for _, _, title in second)


def _progress(
    inputs: Iterator[tuple[str, str, str | None]],
) -> Iterator[tuple[str, str, str | None]]:
    """Show a progress bar when standard error is a terminal and the input is more than one text."""
    if not sys.stderr.isatty():
        yield from inputs
        return
    from tqdm import tqdm

    yield from tqdm(inputs, unit=" texts", delay=1.0, leave=False)


def _format_of(output: str | None) -> str:
    suffix = Path(output).suffix.lower() if output is not None else ""
    known = {"": "table", ".txt": "table", ".jsonl": "jsonl", ".csv": "csv", ".html": "html"}
    if suffix not in known:
        raise InputError(
            f"--output {output}: no format goes with {suffix}; name one with --format, or end the "
            f"name in {', '.join(filter(None, known))}"
        )
    return known[suffix]
