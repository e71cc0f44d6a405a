"""Says where the text of a code departs from that of the corpus, and whether it was garbled."""

from __future__ import annotations

from itertools import zip_longest

_AROUND = 24  # characters shown on either side of the first difference
_WRONG_ENCODINGS = ("cp1252", "mac_roman")  # in which spreadsheets open UTF-8 that is not marked

GARBLED = (
    "the spreadsheet has opened the sheet in another encoding than UTF-8 (\u2014 has become "
    "\u00e2\u20ac\u201d or the like); copy the columns of the labels and of coder into the sheet "
    "as it was drawn, opened as UTF-8, and save that as 'CSV UTF-8'"
)


def difference(coded: str, now: str) -> str:
    """Return both texts around the first character in which they differ."""
    at = next(i for i, (a, b) in enumerate(zip_longest(coded, now)) if a != b)
    return f"from character {at}, {_around(coded, at)} is now {_around(now, at)}"


def _around(text: str, at: int) -> str:
    start, end = max(0, at - _AROUND), at + _AROUND
    before, after = ("\u2026" if cut else "" for cut in (start > 0, end < len(text)))
    return repr(f"{before}{text[start:end]}{after}")


def is_garbled(coded: str, now: str) -> bool:
    """Tell whether `coded` is `now`, written as UTF-8 and read in the encoding of a spreadsheet."""
    return any(_misread(now, encoding) == coded for encoding in _WRONG_ENCODINGS)


def _misread(text: str, encoding: str) -> str:
    found = []
    for byte in text.encode("utf-8", errors="replace"):
        try:
            found.append(bytes([byte]).decode(encoding))
        except UnicodeDecodeError:  # a byte without a character becomes that of its number
            found.append(chr(byte))
    return " ".join("".join(found).split())
