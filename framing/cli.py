"""The command ``framing``: predict, evaluate, compare, train.

Exit codes: 0 done, 1 some input failed (named on standard error, the rest delivered), 2 usage.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from framing import __version__
from framing.commands import compare, dataset, estimate, evaluate, sample, suggest
from framing.errors import FramingError, InputError

DONE, SOME_FAILED, USAGE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; those of the process by default.

    Returns
    -------
    int
        The exit code.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except FramingError as error:
        print(f"framing: {error}", file=sys.stderr)
        return USAGE
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
        what = f"{error.filename}: {error.strerror}" if error.strerror else str(error)
        print(f"framing: {what}", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away; nothing is left to say
        return DONE
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="framing",
        description="Tags the frames of economic coercion in news and official texts.",
    )
    parser.add_argument("--version", action="version", version=f"framing {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    predict = commands.add_parser("predict", help="tag the sentences of files or standard input")
    predict.add_argument(
        "files", nargs="*", metavar="FILE", help=".txt, .md, .jsonl or .csv; - reads standard input"
    )
    predict.add_argument(
        "--format",
        choices=("table", "jsonl", "csv", "html"),
        help="by default that of the --output name, else table",
    )
    predict.add_argument(
        "--output", "-o", metavar="FILE", help="write there instead of standard output"
    )
    predict.add_argument(
        "--model", metavar="DIR", help="a model folder; the packaged model by default"
    )
    predict.add_argument(
        "--column",
        metavar="NAME",
        default="text",
        help="column or key of the text in .csv and .jsonl (text)",
    )
    predict.add_argument(
        "--title-column",
        metavar="NAME",
        help="column or key of the title, for models trained with context",
    )
    predict.add_argument(
        "--id-column",
        metavar="NAME",
        help="column or key of the document's name; by default id if there is one",
    )
    predict.add_argument(
        "--keep",
        metavar="NAME",
        action="append",
        default=[],
        help="column or key to write beside each sentence (.jsonl, .csv), such as date or outlet; "
        "may be given several times",
    )
    predict.add_argument("--no-split", action="store_true", help="take each text as one sentence")
    predict.add_argument("--positive", action="store_true", help="only sentences with a label")
    predict.add_argument(
        "--allow-pickle",
        action="store_true",
        help="load a baseline model, which is a pickle; only your own",
    )
    predict.set_defaults(run=_predict)

    evaluate.add_parser(commands)
    compare.add_parser(commands)

    train = commands.add_parser("train", help="fine-tune an encoder on labelled articles")
    train.add_argument(
        "--output", "-o", metavar="DIR", required=True, help="the model folder to write"
    )
    train.add_argument(
        "--data", metavar="PATH", help="folder of tagged articles; the packaged articles by default"
    )
    train.add_argument(
        "--extra",
        metavar="FILE",
        action="append",
        default=[],
        help="more labelled sentences (.jsonl); may be given several times",
    )
    train.add_argument(
        "--teacher",
        metavar="DIR",
        action="append",
        default=[],
        help="a trained model that labels the --unlabelled texts; may be given several times",
    )
    train.add_argument(
        "--unlabelled",
        metavar="FILE",
        action="append",
        default=[],
        help="texts for the teachers, as for predict; may be given several times",
    )
    train.add_argument("--codebook", metavar="FILE", help="YAML file with your own labels")
    train.add_argument(
        "--config",
        metavar="FILE",
        help="TOML file with settings of framing.model.training.TrainingConfig",
    )
    train.add_argument("--base", help="minilm, an encoder's name on the hub, or a folder")
    train.add_argument("--seed", type=int)
    train.add_argument("--epochs", type=int)
    train.add_argument("--device", default="auto", help="auto, cpu, cuda, mps")
    train.add_argument("--resume", action="store_true", help="go on after an interruption")
    train.add_argument(
        "--baseline", action="store_true", help="TF-IDF and logistic regression instead"
    )
    train.add_argument("--no-quantize", action="store_true", help="keep the float32 graph")
    train.add_argument("--quiet", action="store_true", help="no progress bar")
    train.set_defaults(run=_train)

    dataset.add_parser(commands)
    sample.add_parser(commands)
    estimate.add_parser(commands)
    suggest.add_parser(commands)
    return parser


def _predict(arguments: argparse.Namespace) -> int:
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


def _train(arguments: argparse.Namespace) -> int:
    from framing.codebook import Codebook
    from framing.errors import MissingExtraError

    try:
        from framing.model.baseline import train_baseline
        from framing.model.training import read_config, train
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"training needs the package {error.name!r}; "
            "install it with: pip install 'framing[train]'"
        ) from error
    from framing.dataset.load import load_training
    from framing.inputs import read_inputs

    if bool(arguments.teacher) != bool(arguments.unlabelled):
        raise InputError("--teacher and --unlabelled go together; give both or neither")
    codebook = None if arguments.codebook is None else Codebook.read(arguments.codebook)
    articles, validation = load_training(arguments.data, arguments.extra, codebook)
    given = {name: getattr(arguments, name) for name in ("base", "seed", "epochs")}
    if arguments.baseline:
        model = train_baseline(articles, arguments.output, validation=validation, codebook=codebook)
    else:
        model = train(
            articles,
            arguments.output,
            validation=validation,
            codebook=codebook,
            config=read_config(arguments.config, {k: v for k, v in given.items() if v is not None}),
            teachers=arguments.teacher,
            unlabelled=(text for _, text, _ in read_inputs(arguments.unlabelled)),
            device=arguments.device,
            resume=arguments.resume,
            quantize=not arguments.no_quantize,
            progress=not arguments.quiet,
        )
    from framing.evaluation.evaluate import evaluate
    from framing.evaluation.tables import format_scores

    print(f"{arguments.output}, on validation:")
    print(format_scores(evaluate(model, validation)))
    return DONE


if __name__ == "__main__":
    sys.exit(main())
