"""The command ``framing``: predict, evaluate, train.

Exit codes: 0 done, 1 some input failed (named on standard error, the rest delivered), 2 usage.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from framing import __version__
from framing.commands import estimate, sample, suggest
from framing.errors import FramingError, InputError

if TYPE_CHECKING:
    from framing.evaluation.metrics import Scores

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

    evaluate = commands.add_parser("evaluate", help="score a model on labelled articles")
    evaluate.add_argument(
        "--model", metavar="DIR", help="a model folder; the packaged model by default"
    )
    evaluate.add_argument(
        "--data",
        metavar="PATH",
        help="folder of tagged articles, or .jsonl of labelled sentences",
    )
    evaluate.add_argument(
        "--split",
        choices=("train", "validation", "test"),
        help="of a folder with splits.tsv beside it; test for the packaged articles",
    )
    evaluate.add_argument("--codebook", metavar="FILE", help="YAML file with your own labels")
    evaluate.add_argument("--format", choices=("table", "json"), default="table")
    evaluate.add_argument(
        "--allow-pickle",
        action="store_true",
        help="load a baseline model, which is a pickle; only your own",
    )
    evaluate.set_defaults(run=_evaluate)

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

    sample.add_parser(commands)
    estimate.add_parser(commands)
    suggest.add_parser(commands)

    dataset = commands.add_parser("dataset", help="check the articles, join standoff labels")
    tools = dataset.add_subparsers(required=True, metavar="TOOL")
    resolve = tools.add_parser("resolve", help="join standoff labels with documents that you have")
    resolve.add_argument("--documents", metavar="FILE", action="append", required=True)
    resolve.add_argument("--labels", metavar="DIR", help="standoff folder; the packaged by default")
    resolve.add_argument("--output", "-o", metavar="FILE", required=True)
    resolve.set_defaults(run=_resolve)
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


def _evaluate(arguments: argparse.Namespace) -> int:
    from framing.api import load
    from framing.dataset.load import load_articles
    from framing.evaluation.evaluate import evaluate

    split = arguments.split
    if split is None and arguments.data is None:
        split = "test"
    from framing.codebook import Codebook

    codebook = None if arguments.codebook is None else Codebook.read(arguments.codebook)
    articles = load_articles(arguments.data, split=split, codebook=codebook)
    model = load(arguments.model, allow_pickle=arguments.allow_pickle)
    scores = evaluate(model, articles)
    if arguments.format == "json":
        import json

        print(json.dumps(scores.to_dict(), indent=1))
    else:
        print(format_scores(scores))
    return DONE


def format_scores(scores: Scores) -> str:
    """Return the scores as a table that says on how many articles and sentences it rests."""
    width = max(len(name) for name in [*scores.labels, "label", "macro"])
    lines = [
        f"{scores.n_articles} articles, {scores.n_sentences} sentences",
        "",
        f"{'label':<{width}}  precision  recall     F1   gold   span F1",
    ]
    for name, counts in scores.labels.items():
        lines.append(
            f"{name:<{width}}  {counts.precision:9.3f}  {counts.recall:6.3f}  {counts.f1:5.3f}  "
            f"{counts.support:5d}  {scores.spans[name].f1:8.3f}"
        )
    lines.append(
        f"{'macro':<{width}}  {'':9}  {'':6}  {scores.macro_f1:5.3f}  {'':5}  {scores.span_f1:8.3f}"
    )
    return "\n".join(lines)


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
            device=arguments.device,
            resume=arguments.resume,
            quantize=not arguments.no_quantize,
            progress=not arguments.quiet,
        )
    from framing.evaluation.evaluate import evaluate

    print(f"{arguments.output}, on validation:")
    print(format_scores(evaluate(model, validation)))
    return DONE


def _resolve(arguments: argparse.Namespace) -> int:
    import json

    from framing.dataset.standoff import read_standoff, resolve
    from framing.outputs import opened
    from framing.resources import path_of

    labels = path_of("data/standoff") if arguments.labels is None else arguments.labels
    result = resolve(read_standoff(labels), arguments.documents)
    with opened(arguments.output) as stream:
        for record in result.records:
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    print(
        f"{len(result.records)} sentences joined, {sum(result.missing.values())} of "
        f"{len(result.missing)} documents missing, {len(result.changed)} with another text",
        file=sys.stderr,
    )
    for name in [*sorted(result.missing)[:10], *result.changed[:10]]:
        print(f"framing: not joined: {name}", file=sys.stderr)
    return DONE if result.records else SOME_FAILED


if __name__ == "__main__":
    sys.exit(main())
