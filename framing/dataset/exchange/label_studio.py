"""Label Studio: tasks in JSON, one text a task, one annotation for each annotator.

Metadata and sentences lie under ``data``, which Label Studio keeps as it is. Beside the tasks a
labelling configuration is written, ``NAME.config.xml``, with one ``<Label>`` for each label. An
annotation names its annotator under ``annotator``; where there is none, as after work in Label
Studio, ``completed_by`` is taken. Predictions and cancelled annotations are not read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from framing.codebook import Codebook
from framing.dataset.exchange.common import (
    Mark,
    bounds_of,
    build_article,
    marks_of,
    metadata,
    read_bounds,
    read_text,
    write_text,
)
from framing.errors import DataError
from framing.schema import Article

_CONTROL, _OBJECT = "label", "text"


def write(articles: Sequence[Article], path: Path, codebook: Codebook) -> None:
    """Write the tasks, and the labelling configuration beside them."""
    tasks: dict[str, dict[str, Any]] = {}
    for article in articles:
        data: dict[str, Any] = {k: v for k, v in metadata(article).items() if k != "annotator"}
        data |= {"text": article.text, "sentences": bounds_of(article)}
        key = json.dumps(data)  # one task for all annotators of one text
        task = tasks.setdefault(key, {"data": data, "annotations": []})
        task["annotations"].append(_annotation(article))
    text = json.dumps(list(tasks.values()), ensure_ascii=False, indent=1)
    write_text(path, text + "\n")
    write_text(path.with_suffix(".config.xml"), _configuration(codebook))


def _annotation(article: Article) -> dict[str, Any]:
    result = [
        {
            "id": f"{i}",
            "from_name": _CONTROL,
            "to_name": _OBJECT,
            "type": "labels",
            "value": {
                "start": start,
                "end": end,
                "text": article.text[start:end],
                "labels": [label],
            },
        }
        for i, (label, start, end) in enumerate(marks_of(article))
    ]
    return {"annotator": article.annotator, "result": result}


def _configuration(codebook: Codebook) -> str:
    labels = "".join(f"    <Label value={quoteattr(name)}/>\n" for name in codebook.names)
    return (
        f'<View>\n  <Labels name="{_CONTROL}" toName="{_OBJECT}" showInline="true">\n{labels}'
        f'  </Labels>\n  <Text name="{_OBJECT}" value="$text" granularity="word"/>\n</View>\n'
    )


def read(path: Path, codebook: Codebook) -> list[Article]:
    """Read tasks; a task without an annotation is an article without labels."""
    try:
        tasks = json.loads(read_text(path))
    except ValueError as error:
        raise DataError(f"{path}: not a JSON file: {error}") from error
    if not isinstance(tasks, list):
        raise DataError(f"{path}: expected a list of tasks, got {type(tasks).__name__}")
    articles = []
    for number, task in enumerate(tasks, start=1):
        where = f"{path}: task {number}"
        data = task.get("data") if isinstance(task, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("text"), str):
            raise DataError(f"{where}: expected an object with data.text")
        if "id" not in data:
            data["id"] = f"{path.stem}-{task.get('id', number)}"
        given = [a for a in task.get("annotations", []) if not a.get("was_cancelled")]
        articles += [
            build_article(
                data | {"annotator": _annotator(annotation)},
                data["text"],
                _marks(annotation, data["text"], where),
                codebook,
                where=where,
                bounds=read_bounds(data.get("sentences"), where),
            )
            for annotation in given or [{"result": []}]
        ]
    return articles


def _annotator(annotation: dict[str, Any]) -> str:
    who = annotation.get("annotator", annotation.get("completed_by"))
    if isinstance(who, dict):
        who = who.get("email", who.get("id"))
    return "" if who is None else str(who)


def _marks(annotation: dict[str, Any], text: str, where: str) -> list[Mark]:
    marks: list[Mark] = []
    for result in annotation.get("result", []):
        if result.get("type") != "labels":
            raise DataError(
                f"{where}: a result of type {result.get('type')!r} cannot be carried over; only "
                "labels of stretches of text can"
            )
        value = result["value"]
        start, end = _characters(value, text, where)
        marks += [(label, start, end) for label in value["labels"]]
    return marks


def _characters(value: dict[str, Any], text: str, where: str) -> tuple[int, int]:
    """Return start and end in characters.

    Label Studio counts characters; before version 1.5 it counted UTF-16 units, which differ after
    an emoji. The words, which it gives too, tell which of the two are meant.
    """
    start, end = value["start"], value["end"]
    words = value.get("text")
    if words is None or text[start:end] == words:
        return start, end
    units = text.encode("utf-16-le", "surrogatepass")
    first = len(units[: 2 * start].decode("utf-16-le", "replace"))
    last = len(units[: 2 * end].decode("utf-16-le", "replace"))
    if text[first:last] == words:
        return first, last
    raise DataError(f"{where}: {words!r:.60} does not stand at {start} to {end} of the text")
