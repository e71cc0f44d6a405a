"""JSON lines with the place of each, for readers that go on after an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from framing.errors import DataError


def read_json_lines(path: str | Path) -> Iterator[tuple[str, dict[str, Any] | DataError]]:
    """Read a JSON-lines file.

    Parameters
    ----------
    path : str or Path
        One JSON object a line; blank lines are passed over.

    Yields
    ------
    (str, dict or DataError)
        ``path:line``, and the object or what is wrong with the line.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    with Path(path).open("rb") as file:
        for number, raw in enumerate(file, start=1):
            where = f"{path}:{number}"
            if not raw.strip():
                continue
            try:
                record = json.loads(raw.decode("utf-8"))
            except (ValueError, RecursionError) as error:
                yield where, DataError(f"{where}: not a JSON object in UTF-8: {error}")
                continue
            if not isinstance(record, dict):
                kind = type(record).__name__
                yield where, DataError(f"{where}: expected a JSON object, got {kind}")
            else:
                yield where, record
