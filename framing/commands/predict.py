"""``framing predict``: tags the sentences of files, folders or standard input."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from framing.commands.codes import DONE, SOME_FAILED, USAGE
from framing.errors import InputError

_FORMATS = {
    "": "table",
    ".txt": "table",
    ".jsonl": "jsonl",
    ".csv": "csv",
    ".html": "html",
    ".parquet": "parquet",
}
_LONG = ("jsonl", "csv", "parquet")  # formats that can be taken up again


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("predict", help="tag the sentences of files or standard input")
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help=".txt, .md, .jsonl, .ndjson, .csv, .tsv, .parquet, also .gz, .xz, .bz2; a name "
        "without an ending is plain text; a folder with such files; a pattern such as "
        "'news/**/*.txt'; - reads standard input",
    )
    parser.add_argument(
        "--format",
        choices=tuple(dict.fromkeys(_FORMATS.values())),
        help="by default that of the --output name, else table",
    )
    parser.add_argument(
        "--output", "-o", metavar="FILE", help="write there instead of standard output"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the --output of an interrupted run (.jsonl, .csv, .parquet); one that is "
        "complete is left alone",
    )
    parser.add_argument(
        "--rejects",
        metavar="FILE",
        help="write what cannot be used there, empty texts too, as JSON lines with where, reason "
        "and record, instead of naming it on standard error",
    )
    parser.add_argument(
        "--model", metavar="DIR", help="a model folder; the packaged model by default"
    )
    parser.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="this process, or the workers of a Ray cluster: tables in, a Parquet folder out, all "
        "columns kept (local)",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="of --engine ray")
    _add_input_options(parser)
    parser.add_argument("--no-split", action="store_true", help="take each text as one sentence")
    parser.add_argument(
        "--no-context",
        action="store_true",
        help="read every sentence by itself, also with a model trained to read those before it",
    )
    parser.add_argument(
        "--threshold",
        metavar="LABEL=NUMBER",
        action="append",
        default=[],
        type=_threshold,
        help="probability from which on a sentence carries the label, in place of the model's; "
        "higher gives fewer labels, more of them right; may be given for several labels",
    )
    parser.add_argument("--positive", action="store_true", help="only sentences with a label")
    parser.add_argument(
        "--allow-pickle",
        action="store_true",
        help="load a baseline model, which is a pickle; only your own",
    )
    parser.add_argument(
        "--quiet",
        action="store_true",
        help="no progress bar, and no line of counts when an --output is written",
    )
    parser.set_defaults(run=run)


def _threshold(given: str) -> tuple[str, float]:
    """Read ``threat=0.6``; whether the model has the label is seen when it is loaded."""
    label, _, number = given.partition("=")
    try:
        return label, float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected LABEL=NUMBER, such as threat=0.6, got {given!r}"
        ) from None


def _add_input_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--input-format",
        choices=("text", "jsonl"),
        default="text",
        help="of standard input: one plain text, or JSON lines (text)",
    )
    parser.add_argument(
        "--column",
        metavar="NAME",
        default="text",
        help="column or key of the text in tables and JSON lines (text)",
    )
    parser.add_argument(
        "--title-column",
        metavar="NAME",
        help="column or key of the title, for models trained to read context",
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
        help="column or key to write beside each sentence (.jsonl, .csv, .parquet), such as date "
        "or outlet, blank where a record has no such key; may be given several times",
    )


def run(arguments: argparse.Namespace) -> int:
    """Tag the inputs and write the output."""
    files = arguments.files or (["-"] if not sys.stdin.isatty() else [])
    if not files:
        print("framing predict: no input; name files, or - for standard input", file=sys.stderr)
        return USAGE
    form = _format_of(arguments.output) if arguments.format is None else arguments.format
    if arguments.engine == "ray":
        from framing.commands.predict_ray import run_ray

        return run_ray(arguments, files, form)
    if arguments.workers is not None:
        raise InputError("--workers goes with --engine ray")
    from framing.commands.predict_local import run_long, run_short
    from framing.inputs import Reader
    from framing.jobs import Rejects

    _check(arguments, files, form)
    rejects = Rejects()
    reader = Reader(
        files,
        _columns(arguments),
        stdin_format=arguments.input_format,
        refuse=rejects,
        tell=rejects.say,
    )
    _check_outputs(arguments, reader.files, form)
    if form in _LONG and arguments.output not in (None, "-"):
        run_long(arguments, form, reader, rejects)
    else:
        run_short(arguments, form, reader, rejects)
    return SOME_FAILED if rejects.count else DONE


def _columns(arguments: argparse.Namespace) -> Any:
    from framing.input_tables import Columns

    return Columns(
        arguments.column, arguments.title_column, arguments.id_column, tuple(arguments.keep)
    )


def _format_of(output: str | None) -> str:
    suffix = Path(output).suffix.lower() if output is not None else ""
    if suffix not in _FORMATS:
        raise InputError(
            f"--output {output}: no format goes with {suffix}; name one with --format, or end the "
            f"name in {', '.join(filter(None, _FORMATS))}"
        )
    return _FORMATS[suffix]


def _check(arguments: argparse.Namespace, files: list[str], form: str) -> None:
    """Refuse options that do not go together."""
    columns = [arguments.title_column, arguments.id_column, *arguments.keep]
    if (
        "-" in files
        and arguments.input_format == "text"
        and (arguments.column != "text" or any(name is not None for name in columns))
    ):
        raise InputError(
            "standard input is read as one plain text, which has no columns; feed JSON lines with "
            "--input-format jsonl, or write the table to a .csv or .jsonl file and name that"
        )
    if arguments.keep and form not in _LONG:
        raise InputError(
            f"--keep needs the format jsonl, csv or parquet, not {form}; name it with --format"
        )
    to_file = arguments.output not in (None, "-")
    if form == "parquet" and not to_file:
        raise InputError("Parquet is not written to standard output; name a folder with --output")
    if arguments.resume and (form not in _LONG or not to_file):
        raise InputError(
            "--resume needs an --output of the format jsonl, csv or parquet, not "
            f"{form if to_file else 'standard output'}; others are written in one go"
        )
    if arguments.resume and "-" in files:
        raise InputError("--resume cannot read standard input again; write it to a file first")


def _check_outputs(arguments: argparse.Namespace, files: list[str], form: str) -> None:
    """Refuse to write where no file can be, or what is read."""
    from framing.outputs import check_place

    written: dict[str, Path] = {}
    for option, name in (("--output", arguments.output), ("--rejects", arguments.rejects)):
        if name not in (None, "-"):
            check_place(Path(name), folder=option == "--output" and form == "parquet")
            written[option] = Path(name).resolve()
    if len(set(written.values())) < len(written):
        raise InputError("--output and --rejects name the same file; name two")
    for name in files:
        for option, path in written.items():
            if Path(name).name == path.name and Path(name).resolve() == path:
                raise InputError(f"{option} {name} is among the inputs; write elsewhere")
