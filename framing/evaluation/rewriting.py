"""Text rewritten with an exact account of where every character went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from framing.errors import InputError

Edit = tuple[int, int, str]  # first and last character (half-open) and what stands there instead


@dataclass(frozen=True, slots=True)
class Noisy:
    """A rewritten text and where each old character went.

    Parameters
    ----------
    text : str
        The new text.
    starts, ends : tuple of int, length of the old text
        Half-open offsets into the new text of what stands for each old character; neither ever
        falls. They are equal where the character was dropped. Characters that were replaced
        together, such as ``rn`` by ``m``, share one place.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def move(self, start: int, end: int) -> tuple[int, int]:
        """Return where the characters ``[start, end)`` of the old text are in the new one.

        What was inserted before the first or after the last of them is left out.

        Raises
        ------
        InputError
            If it is no stretch of the old text.
        """
        if not 0 <= start < end <= len(self.starts):
            raise InputError(
                f"[{start}, {end}) is no stretch of a text of {len(self.starts)} characters; "
                "give half-open offsets into the text before it was rewritten"
            )
        return self.starts[start], self.ends[end - 1]


def rewrite(text: str, edits: Iterable[Edit]) -> Noisy:
    """Apply edits to a text.

    Parameters
    ----------
    text : str
        The old text.
    edits : iterable of (int, int, str)
        Half-open offsets into `text` and the new words; in order, not overlapping. Equal offsets
        insert.

    Raises
    ------
    InputError
        If the edits overlap, are out of order or lie outside the text.
    """
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = length = 0
    for first, last, new in [*edits, (len(text), len(text), "")]:
        if not position <= first <= last <= len(text):
            raise InputError(
                f"edit [{first}, {last}) of a text of {len(text)} characters stands after one that "
                f"ends at {position}; edits must be in order and must not overlap"
            )
        kept = first - position
        starts += [*range(length, length + kept), *[length + kept] * (last - first)]
        ends += [*range(length + 1, length + kept + 1)]
        ends += [length + kept + len(new)] * (last - first)
        pieces += [text[position:first], new]
        length += kept + len(new)
        position = last
    return Noisy("".join(pieces), tuple(starts), tuple(ends))
