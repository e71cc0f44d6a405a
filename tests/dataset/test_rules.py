from __future__ import annotations

from pathlib import Path

import pytest

from framing.dataset.rules import Rules, read_rules
from framing.errors import DataError
from framing.resources import path_of


def test_the_packaged_rules() -> None:
    rules = read_rules(path_of("data/check.toml"))
    assert rules.family("regional newspaper") == "agency, newspaper copy"
    assert rules.family("General news") == "general news"
    assert rules.family("WTO report summary") == "official texts"
    assert rules.family("haiku") == "other"
    assert set(rules.real_lengths) <= set(rules.families)


def test_no_rules(tmp_path: Path) -> None:
    rules = read_rules(tmp_path / "check.toml")
    assert rules == Rules()
    assert rules.family("haiku") == "haiku"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("run =", "not a TOML file"),
        ("runs = 3", "unknown keys runs; known: unlabelled, require_date, run, similarity"),
        ("require_date = 1", "'require_date' must be true or false, got 1"),
        ("run = 1", "'run' must be a whole number of at least 2, got 1"),
        ("run = 2.0", "'run' must be a whole number"),
        ("similarity = 0", r"'similarity' must be a number in \(0, 1\], got 0"),
        ("unlabelled = [0.7, 0.6]", "'unlabelled' must be two rising numbers"),
        ("set_phrases = 'a'", "'set_phrases' must be a list of strings"),
        ("families = 3", "'families' must be lists of strings"),
        ("[families]\nx = [1]", "'families' must be lists of strings"),
        ("[real_lengths]\nx = [1, 2]", "'real_lengths' must be lists of five rising numbers"),
    ],
)
def test_bad_rules(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "check.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=rf"check\.toml: {message}"):
        read_rules(path)
