"""``framing dataset import`` and ``framing dataset export``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from framing.commands.codes import DONE

if TYPE_CHECKING:
    from framing.codebook import Codebook
    from framing.dataset.folder import DataFolder

# As in framing.dataset.exchange, written out so that `framing --help` need not load it.
FORMATS = ("tagged", "csv", "label-studio", "doccano", "brat", "webanno")


def add_parser(tools: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``import`` and ``export`` to the tools of ``framing dataset``."""
    reads = tools.add_parser("import", help="turn the output of an annotation tool into articles")
    reads.add_argument("source", metavar="PATH", help="the file, or the folder for brat, webanno")
    reads.add_argument("--format", choices=FORMATS, required=True)
    reads.add_argument(
        "--output", "-o", metavar="DIR", required=True, help="the folder of tagged articles to make"
    )
    reads.add_argument("--codebook", metavar="FILE", help="YAML file with your own labels")
    reads.set_defaults(run=_import)

    writes = tools.add_parser("export", help="write articles for an annotation tool or as a table")
    writes.add_argument("--format", choices=(*FORMATS, "hub"), required=True)
    writes.add_argument(
        "--output", "-o", metavar="PATH", required=True, help="the file or folder to write"
    )
    writes.add_argument(
        "--data",
        metavar="DIR",
        help="a folder with articles/ in it, or of articles; the packaged one by default",
    )
    writes.add_argument("--split", choices=("train", "validation", "test", "ood"))
    writes.add_argument(
        "--layer",
        choices=("gold", "second", "writer"),
        action="append",
        help="whose labels; may be given several times (gold)",
    )
    writes.add_argument("--codebook", metavar="FILE", help="YAML file with your own labels")
    writes.set_defaults(run=_export)


def _import(arguments: argparse.Namespace) -> int:
    from framing.codebook import Codebook
    from framing.dataset.exchange import read, write
    from framing.errors import InputError

    codebook = None if arguments.codebook is None else Codebook.read(arguments.codebook)
    output = Path(arguments.output)
    if output.exists() and any(output.iterdir()):
        raise InputError(f"{output}: is not empty; name a new folder")
    articles = read(arguments.format, arguments.source, codebook)
    write("tagged", articles, output, codebook)
    sentences = sum(map(len, articles))
    labelled = sum(bool(sentence.labels) for article in articles for sentence in article)
    print(f"{len(articles)} articles, {sentences} sentences, {labelled} with a label: {output}")
    annotators = sorted({article.annotator for article in articles if article.annotator})
    if annotators:
        print(f"annotators, each in a folder: {', '.join(annotators)}")
    return DONE


def _export(arguments: argparse.Namespace) -> int:
    from framing.codebook import Codebook, default_codebook
    from framing.dataset.exchange import write
    from framing.dataset.folder import data_folder
    from framing.dataset.layers import layer_articles

    codebook = (
        default_codebook() if arguments.codebook is None else Codebook.read(arguments.codebook)
    )
    folder = data_folder(arguments.data)
    if arguments.format == "hub":
        return _export_hub(arguments, folder, codebook)
    articles = [
        article
        for layer in dict.fromkeys(arguments.layer if arguments.layer is not None else ["gold"])
        for article in layer_articles(folder, layer, codebook, split=arguments.split)
    ]
    write(arguments.format, articles, arguments.output, codebook)
    print(f"{len(articles)} articles, {sum(map(len, articles))} sentences: {arguments.output}")
    return DONE


def _export_hub(arguments: argparse.Namespace, folder: DataFolder, codebook: Codebook) -> int:
    from framing.dataset.hub_folder import write_hub
    from framing.errors import InputError

    if arguments.split is not None or arguments.layer is not None:
        raise InputError("--format hub writes all splits and layers; leave out --split and --layer")
    layers = write_hub(folder, arguments.output, codebook)
    for layer, splits in layers.items():
        print(f"{arguments.output}/{layer}: {', '.join(splits)}")
    return DONE
