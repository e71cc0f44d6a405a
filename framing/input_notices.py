"""What is told of inputs that are used all the same: names that come again, absent keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

_ENOUGH = 100  # records after which a key that none has is told


class Notices:
    """Tells what is probably a mistake, each kind once and at the end how often.

    Parameters
    ----------
    keep : sequence of str
        Keys of records that are written beside each sentence.
    tell : callable
        Is given a line for the user.
    """

    def __init__(self, keep: Sequence[str], tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._absent = list(keep)  # in all records so far
        self._records = 0
        self._names: set[str] = set()
        self._again = 0

    def record(self, record: Mapping[str, Any]) -> None:
        """Look at the keys of one record."""
        self._records += 1
        self._absent = [key for key in self._absent if key not in record]
        if self._records == _ENOUGH:
            self._tell_absent(f"none of the first {_ENOUGH} records has it")

    def name(self, name: str) -> None:
        """Look at the name of one text."""
        if name in self._names:
            self._again += 1
            if self._again == 1:
                self._tell(
                    f"two documents are called {name!r}; framing sample and estimate need names "
                    "that come once (--id-column)"
                )
        self._names.add(name)

    def end(self) -> None:
        """Say what is known when all has been read."""
        if self._names:
            self._tell_absent("no record has it")
        if self._again > 1:
            self._tell(f"{self._again} documents have a name that came before")

    def _tell_absent(self, how: str) -> None:
        for key in self._absent:
            self._tell(f"--keep {key}: {how}; it is written blank")
        self._absent = []
