"""``framing predict --engine ray``: tables through the workers of a Ray cluster."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from framing.commands.codes import DONE, SOME_FAILED
from framing.errors import InputError, MissingExtraError
from framing.input_paths import find_files, kind_of

_READERS = {
    ".parquet": "read_parquet",
    ".jsonl": "read_json",
    ".ndjson": "read_json",
    ".csv": "read_csv",
}


_NOT_WITH_RAY = (  # options of the other engine
    "resume",
    "rejects",
    "keep",
    "no_split",
    "positive",
    "id_column",
    "threshold",
)


def run_ray(arguments: argparse.Namespace, files: list[str], form: str) -> int:
    """Read the tables, tag them on the cluster, write a folder of Parquet files."""
    _check(arguments, form)
    kind, paths = _paths(files)
    try:
        import ray.data
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"--engine ray needs the package {error.name!r}; install it with: "
            "pip install 'framing[ray]'"
        ) from error
    from framing.ray import predict

    output = arguments.output
    local = "://" not in output
    if local and Path(output).exists():
        raise InputError(f"{output}: exists; Parquet is written into a new folder, name another")
    dataset = predict(
        getattr(ray.data, _READERS[kind])(paths),
        text_column=arguments.column,
        title_column=arguments.title_column,
        model=arguments.model,
        workers=arguments.workers,
        context=not arguments.no_context,
    )
    # Ray gives each file its name only when it is whole; the folder gets its own when all are.
    target = f"{output}.partial" if local else output
    if local:
        import shutil

        shutil.rmtree(target, ignore_errors=True)
    dataset.write_parquet(str(Path(target).resolve()) if local else target)
    if local:
        Path(target).replace(output)
    return _report(Path(output)) if local else DONE


def _report(output: Path) -> int:
    """Count the rows that could not be tagged."""
    import pyarrow.parquet

    reasons = pyarrow.parquet.read_table(output, columns=["reason"])["reason"]
    count = len(reasons) - reasons.null_count
    if count:
        print(f"framing: {count} rejected, see the column reason of {output}", file=sys.stderr)
    return SOME_FAILED if count else DONE


def _check(arguments: argparse.Namespace, form: str) -> None:
    if form != "parquet" or arguments.output in (None, "-"):
        raise InputError("--engine ray writes a folder of Parquet files; name it: -o NAME.parquet")
    for option in _NOT_WITH_RAY:
        if getattr(arguments, option):
            raise InputError(
                f"--{option.replace('_', '-')} does not go with --engine ray: Ray starts dead "
                "workers again, keeps every column, and writes why a row failed into the column "
                "reason"
            )


def _paths(files: list[str]) -> tuple[str, list[str]]:
    """Return the kind of the tables and their paths; addresses of object storage as they are."""
    paths: list[str] = []
    for name in files:
        found = [name] if "://" in name else find_files(name)
        paths += [path if "://" in path else str(Path(path).resolve()) for path in found]
    kinds = sorted({kind_of(path) for path in paths})
    if len(kinds) != 1 or kinds[0] not in _READERS:
        raise InputError(
            f"--engine ray reads tables of one kind, {', '.join(_READERS)}; got "
            f"{', '.join(kind if kind else 'a name without a suffix' for kind in kinds)}"
        )
    return kinds[0], paths
