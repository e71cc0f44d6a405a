"""Coding sheets: blind by default, with the probabilities in a file of their own.

sheet.csv       one row a sentence with what stands before and after it; for a spreadsheet
sheet.jsonl     the same as JSON lines, ``labels`` null until coded
records.jsonl   the sentences as :func:`framing.load_articles` reads them, for annotation tools
design.csv      how each sentence was drawn: not for the coders, since it tells what the
classifier thinks of it
draw.json       how the draw can be repeated
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framing.errors import InputError
from framing.estimation.codes import AFTER_LABELS, SHEET
from framing.estimation.design import DESIGN
from framing.outputs import opened
from framing.schema import BEFORE

if TYPE_CHECKING:
    from framing.estimation.sampling import Draw

_MARK = "\ufeff"  # without it a spreadsheet on Windows does not take the sheet for UTF-8
_RECORD = ("title", "dispute", "genre", "date")  # columns that a record of a sentence may carry


def write_sheets(draw: Draw, folder: str | Path, *, labels: Sequence[str] | None = None) -> None:
    """Write all sheets of a draw.

    Parameters
    ----------
    draw : Draw
        See :func:`framing.sample`.
    folder : str or Path
        Made if it is not there; must be empty, since filled sheets are work.
    labels : sequence of str, optional
        The labels to code; those of the predictions by default.

    Raises
    ------
    InputError
        If the folder is not empty, or there are no labels.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            f"{folder}: is there already and not an empty folder; sheets are never written over, "
            "choose another name"
        )
    labels = draw.corpus.labels if labels is None else tuple(labels)
    if not labels:
        raise InputError("no label to code; the corpus is without predictions, so name them")
    folder.mkdir(parents=True, exist_ok=True)
    places = [_place(draw, int(row)) for row in draw.rows]
    _write_csv(
        folder / "sheet.csv",
        [*SHEET, *labels, *AFTER_LABELS],
        [[*place, *("" for _ in (*labels, *AFTER_LABELS))] for place in places],
        start=_MARK,
    )
    _write_lines(
        folder / "sheet.jsonl",
        [dict(zip(SHEET, place, strict=True)) | {"labels": None, "coder": ""} for place in places],
    )
    in_order = sorted(range(len(draw)), key=lambda i: int(draw.rows[i]))
    _write_lines(folder / "records.jsonl", [_record(draw, int(draw.rows[i])) for i in in_order])
    _write_csv(
        folder / "design.csv",
        DESIGN,
        [
            [place[0], place[1], repr(float(p)), stratum, int(size), draw.unit]
            for place, p, stratum, size in zip(
                places, draw.probabilities, draw.strata, draw.sizes, strict=True
            )
        ],
    )
    about = {
        "strategy": draw.strategy,
        "by": draw.by,
        "seed": draw.seed,
        "sentences_drawn": len(draw),
        "sentences": len(draw.corpus),
        "articles": len(draw.corpus.documents),
    }
    (folder / "draw.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def _place(draw: Draw, row: int) -> list[Any]:
    corpus = draw.corpus

    def beside(other: int) -> str:
        inside = 0 <= other < len(corpus) and corpus.articles[other] == corpus.articles[row]
        return corpus.texts[other] if inside else ""

    return [
        corpus.documents[corpus.articles[row]],
        int(corpus.sentences[row]),
        beside(row - 1),
        corpus.texts[row],
        beside(row + 1),
    ]


def _record(draw: Draw, row: int) -> dict[str, Any]:
    corpus = draw.corpus
    return {
        "doc_id": corpus.documents[corpus.articles[row]],
        "sent_idx": int(corpus.sentences[row]),
        **{name: corpus.columns[name][row] for name in _RECORD if name in corpus.columns},
        "before": [
            corpus.texts[other]
            for other in range(max(0, row - BEFORE), row)
            if corpus.articles[other] == corpus.articles[row]
        ],
        "text": corpus.texts[row],
        "labels": {},
    }


def _write_csv(
    path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]], *, start: str = ""
) -> None:
    with opened(str(path)) as stream:
        stream.write(start)
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _write_lines(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    with opened(str(path)) as stream:
        for row in rows:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
