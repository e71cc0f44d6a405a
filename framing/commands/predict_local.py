"""``framing predict --engine local``: texts through this process, into a stream or file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from framing.inference.classifier import Classifier
    from framing.inputs import Reader
    from framing.jobs import Job, Rejects, Tagging
    from framing.journal import Journal, Mark


def run_short(arguments: argparse.Namespace, form: str, reader: Reader, rejects: Rejects) -> None:
    """Write in one go: to standard output, or a page or table to a file."""
    from framing.jobs import Tagging
    from framing.journal import Mark
    from framing.outputs import Writer, opened

    to_stdout = arguments.output in (None, "-")
    model = _load(arguments)
    if arguments.rejects is not None:
        rejects.open(Path(arguments.rejects), Mark())
    tagging = Tagging(model, reader, rejects, Mark(), split_sentences=not arguments.no_split)
    try:
        with (
            opened(arguments.output) as stream,
            Writer(form, stream, positive=arguments.positive, keep=arguments.keep) as writer,
            _progress(arguments, reader, rejects, tagging) as progress,
        ):
            for text, document in tagging:
                writer.add(text.name, document, text.kept)
                progress(tagging)
            tagging.check(None if to_stdout else Path(arguments.output))
    except BaseException:
        if rejects.file is not None:
            rejects.file.close(remove=True)
        raise
    if rejects.file is not None:
        rejects.file.finish()
    _report(arguments, rejects, None if to_stdout else tagging)


def run_long(arguments: argparse.Namespace, form: str, reader: Reader, rejects: Rejects) -> None:
    """Write to a file in a way that can be taken up again."""
    from framing.jobs import Tagging
    from framing.journal import Mark, check_newer, finish_named

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
            check_newer(output, reader.files)
            rejects.say(
                f"{output} is complete, nothing is left to do; it is newer than the input files, "
                "but options and model were not compared: to tag anew, delete it first"
            )
            return
    if mark.complete and journal is not None:
        if arguments.rejects is not None:
            finish_named(Path(arguments.rejects))
        finish_named(output)
        journal.remove()
        rejects.count = mark.rejected
        _report(arguments, rejects, None)
        return
    model = _load(arguments)
    job = _job(arguments, form, rejects, journal, mark)
    tagging = Tagging(model, reader, rejects, mark, split_sentences=not arguments.no_split)
    try:
        with _progress(arguments, reader, rejects, tagging) as progress:
            job.run(tagging, progress)
    except KeyboardInterrupt:
        if journal is not None and journal.exists:
            print(f"framing: {output} is not complete; go on with --resume", file=sys.stderr)
        raise
    _report(arguments, rejects, tagging)


def _report(arguments: argparse.Namespace, rejects: Rejects, tagging: Tagging | None) -> None:
    """Say what was written to a file, and where what was rejected is."""
    see = f", see {arguments.rejects}" if arguments.rejects is not None and rejects.count else ""
    if tagging is not None and not arguments.quiet:
        rejects.say(f"{tagging.summary()}{see}")
    elif see:
        rejects.say(f"{rejects.count:,} rejected{see}")


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
    named = (
        "column",
        "title_column",
        "id_column",
        "keep",
        "no_split",
        "no_context",
        "positive",
        "threshold",
        "rejects",
    )
    identity = {
        "version of framing": __version__,
        "model": sha256(config) if config.is_file() else "",
        "inputs": inputs_hash(reader.files),
        "options": {"format": form, **{name: getattr(arguments, name) for name in named}},
    }
    return Journal(Path(arguments.output), identity)


def _load(arguments: argparse.Namespace) -> Classifier:
    from framing.api import load

    return load(
        arguments.model,
        thresholds=dict(arguments.threshold),
        context=not arguments.no_context,
        allow_pickle=arguments.allow_pickle,
    )


@contextmanager
def _progress(
    arguments: argparse.Namespace, reader: Reader, rejects: Rejects, tagging: Tagging
) -> Iterator[Any]:
    """Show articles a second and the time left, if standard error is a terminal."""
    if arguments.quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from framing.progress import Progress

    with Progress(reader.size, tagging.texts) as bar:
        rejects.tell = bar.tell
        yield bar.update
        rejects.tell = None
