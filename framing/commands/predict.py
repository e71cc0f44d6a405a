"""``framing predict``: tags the sentences of files, folders or standard input."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framing.commands.codes import DONE, SOME_FAILED, USAGE
from framing.errors import InputError

if TYPE_CHECKING:
    from framing.inference.classifier import Classifier
    from framing.inputs import Reader
    from framing.jobs import Job, Rejects, Tagging
    from framing.journal import Journal, Mark

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
        help=".txt, .md, .jsonl, .csv, .tsv, .parquet, also .gz, .xz, .bz2; a folder with such "
        "files; a pattern such as 'news/**/*.txt'; - reads standard input",
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
        help="go on with the --output of an interrupted run (.jsonl, .csv, .parquet)",
    )
    parser.add_argument(
        "--rejects",
        metavar="FILE",
        help="write what cannot be used there, as JSON lines with where, reason and record, "
        "instead of naming it on standard error",
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
    parser.add_argument("--positive", action="store_true", help="only sentences with a label")
    parser.add_argument(
        "--allow-pickle",
        action="store_true",
        help="load a baseline model, which is a pickle; only your own",
    )
    parser.set_defaults(run=run)


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
        help="column or key to write beside each sentence (.jsonl, .csv, .parquet), such as date "
        "or outlet; may be given several times",
    )


def run(arguments: argparse.Namespace) -> int:
    """Tag the inputs and write the output."""
    from framing.inputs import Reader
    from framing.jobs import Rejects

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
    _check(arguments, files, form)
    rejects = Rejects()
    reader = Reader(files, _columns(arguments), stdin_format=arguments.input_format, refuse=rejects)
    _check_outputs(arguments, reader.files)
    if form in _LONG and arguments.output not in (None, "-"):
        _run_long(arguments, form, reader, rejects)
    else:
        _run_short(arguments, form, reader, rejects)
    if rejects.count and arguments.rejects is not None:
        print(f"framing: {rejects.count} rejected, see {arguments.rejects}", file=sys.stderr)
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


def _check_outputs(arguments: argparse.Namespace, files: list[str]) -> None:
    """Refuse to read what is written."""
    written = {
        option: Path(name).resolve()
        for option, name in (("--output", arguments.output), ("--rejects", arguments.rejects))
        if name not in (None, "-")
    }
    if len(set(written.values())) < len(written):
        raise InputError("--output and --rejects name the same file; name two")
    for name in files:
        for option, path in written.items():
            if Path(name).name == path.name and Path(name).resolve() == path:
                raise InputError(f"{option} {name} is among the inputs; write elsewhere")


def _run_short(arguments: argparse.Namespace, form: str, reader: Reader, rejects: Rejects) -> None:
    """Write in one go: to standard output, or a page or table to a file."""
    from framing.jobs import Tagging
    from framing.journal import Mark
    from framing.outputs import Writer, opened

    model = _load(arguments)
    if arguments.rejects is not None:
        rejects.open(Path(arguments.rejects), Mark())
    tagging = Tagging(model, reader, rejects, Mark(), split_sentences=not arguments.no_split)
    try:
        with (
            opened(arguments.output) as stream,
            Writer(form, stream, positive=arguments.positive, keep=arguments.keep) as writer,
            _progress(reader, rejects, tagging) as progress,
        ):
            for text, document in tagging:
                writer.add(text.name, document, text.kept)
                progress(tagging)
    except BaseException:
        if rejects.file is not None:
            rejects.file.close(remove=True)
        raise
    if rejects.file is not None:
        rejects.file.finish()


def _run_long(arguments: argparse.Namespace, form: str, reader: Reader, rejects: Rejects) -> None:
    """Write to a file in a way that can be taken up again."""
    from framing.jobs import Tagging
    from framing.journal import Mark, finish_named

    output = Path(arguments.output)
    journal = None if "-" in reader.files else _journal(arguments, form, reader)
    mark = Mark()
    if journal is not None and not arguments.resume:
        journal.remove()
    elif journal is not None:
        mark = journal.read()
        partial = output.with_name(output.name + ".partial")
        if not journal.exists and output.exists() and not partial.exists():
            # Complete: the kill came after the last file had its name, or there was none.
            print(f"framing: {output} is complete, nothing is left to do", file=sys.stderr)
            return
    if mark.complete and journal is not None:
        if arguments.rejects is not None:
            finish_named(Path(arguments.rejects))
        finish_named(output)
        journal.remove()
        rejects.count = mark.rejected
        return
    model = _load(arguments)
    job = _job(arguments, form, rejects, journal, mark)
    tagging = Tagging(model, reader, rejects, mark, split_sentences=not arguments.no_split)
    try:
        with _progress(reader, rejects, tagging) as progress:
            job.run(tagging, progress)
    except KeyboardInterrupt:
        if journal is not None and journal.exists:
            print(f"framing: {output} is not complete; go on with --resume", file=sys.stderr)
        raise


def _job(
    arguments: argparse.Namespace,
    form: str,
    rejects: Rejects,
    journal: Journal | None,
    mark: Mark,
) -> Job:
    from framing.jobs import Job
    from framing.journal import PartialFile
    from framing.outputs import Writer

    output, options = Path(arguments.output), {"positive": arguments.positive}
    if form == "parquet":
        from framing.parquet_output import ParquetWriter

        parts = ParquetWriter(output, parts=mark.output, keep=arguments.keep, **options)
        job = Job(parts, parts, rejects, journal)
    else:
        file = PartialFile(output, mark.output)
        begun = mark.output > 0
        writer = Writer(form, file, keep=arguments.keep, begun=begun, **options)
        job = Job(writer, file, rejects, journal)
    if arguments.rejects is not None:
        rejects.open(Path(arguments.rejects), mark)
    return job


def _journal(arguments: argparse.Namespace, form: str, reader: Reader) -> Journal:
    from framing import __version__
    from framing.inference.folder import CONFIG, sha256
    from framing.journal import Journal, inputs_hash
    from framing.resources import path_of

    model = path_of("models/default") if arguments.model is None else Path(arguments.model)
    config = model / CONFIG
    named = ("column", "title_column", "id_column", "keep", "no_split", "positive", "rejects")
    identity = {
        "version of framing": __version__,
        "model": sha256(config) if config.is_file() else "",
        "inputs": inputs_hash(reader.files),
        "options": {"format": form, **{name: getattr(arguments, name) for name in named}},
    }
    return Journal(Path(arguments.output), identity)


def _load(arguments: argparse.Namespace) -> Classifier:
    from framing.api import load

    return load(arguments.model, allow_pickle=arguments.allow_pickle)


@contextmanager
def _progress(reader: Reader, rejects: Rejects, tagging: Tagging) -> Iterator[Any]:
    """Show articles a second and the time left, if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from framing.progress import Progress

    with Progress(reader.size, tagging.texts) as bar:
        rejects.tell = bar.tell
        yield bar.update
        rejects.tell = None
