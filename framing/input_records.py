"""One record of a table or of JSON lines becomes a text to tag."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from framing.errors import InputError
from framing.input_tables import Columns


@dataclass(frozen=True, slots=True)
class Text:
    """A text to tag: its name, itself, its title, and the columns kept of its record."""

    name: str
    text: str
    title: str | None
    kept: dict[str, str]


def to_text(record: Any, where: str, columns: Columns) -> Text:
    """Take text, title, name and columns to keep from a record.

    Parameters
    ----------
    record : object
        As it was read; a dict, if it is a good one.
    where : str
        Where it stands; begins the message, and names a text without a name.
    columns : Columns
        Where things stand in it.

    Raises
    ------
    InputError
        If the text is missing or no string, or title or name are asked for and missing; a column
        to keep may be absent and is blank then.
    """
    if not isinstance(record, dict):
        raise InputError(f"{where}: expected a JSON object, got {type(record).__name__}")
    text = _value(record, columns.text, where)
    if not isinstance(text, str):
        raise InputError(
            f"{where}: {columns.text!r} must be a string, got {type(text).__name__} {text!r:.40}"
        )
    title = _value(record, columns.title, where) if columns.title is not None else None
    if title is not None and not isinstance(title, str):
        raise InputError(f"{where}: {columns.title!r} must be a string, got {type(title).__name__}")
    key = columns.name if columns.name is not None else "id" if "id" in record else None
    kept = {name: _plain(record.get(name)) for name in columns.keep}
    return Text(where if key is None else str(_value(record, key, where)), text, title, kept)


def _value(record: dict[str, Any], key: str, where: str) -> Any:
    if key not in record:
        raise InputError(f"{where}: no {key!r}; the record has {', '.join(map(repr, record))}")
    return record[key]


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (bool, int, float, list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
