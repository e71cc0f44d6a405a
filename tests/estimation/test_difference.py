from __future__ import annotations

import pytest

from framing.estimation.difference import difference, is_garbled

LONG = "The ministry said on Monday that it would aswer any further duties"


def test_the_first_difference_with_what_stands_around() -> None:
    assert difference(f"{LONG} at once, it said.", f"{LONG} in May, it said.") == (
        "from character 67, '\u2026swer any further duties at once, it said.' is now "
        "'\u2026swer any further duties in May, it said.'"
    )
    assert difference("Duties", "Duties follow") == (
        "from character 6, 'Duties' is now 'Duties follow'"
    )


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
@pytest.mark.parametrize("text", ["Duties \u2014 or talks", "caf\u00e9 in May"])
def test_utf8_that_was_read_as_something_else(encoding: str, text: str) -> None:
    garbled = text.encode().decode(encoding)
    assert is_garbled(garbled, text)
    assert not is_garbled(text, garbled)
    assert not is_garbled("Other", text)


def test_bytes_without_a_character() -> None:
    assert is_garbled("\u00e2\u20ac\u0153No\u00e2\u20ac\x9d", "\u201cNo\u201d")
