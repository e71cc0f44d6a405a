"""What ``framing dataset check`` holds a dataset to, read from ``check.toml`` beside it.

    unlabelled = [0.58, 0.72]       # share of sentences without a label
    require_date = true             # an article without a date is an error
    run = 10                        # so many words in a row shared by two articles are an error
    similarity = 0.6                # and so are sentences as similar as this
    set_phrases = ["at the time of writing"]

    [families]                      # the first family of which a word stands in the genre
    news = ["wire", "newspaper"]

    [real_lengths]                  # words a sentence in real text: 5, 25, 50, 75, 95 %
    news = [11, 19, 26, 31, 40]

Every key may be left out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from framing.errors import DataError

OTHER = "other"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one dataset.

    Parameters
    ----------
    unlabelled : (float, float)
        Least and greatest share of sentences without a label.
    require_date : bool
        Whether every article needs a date.
    run : int
        Two articles must not share so many words in a row. Six words are often a set phrase
        ("the spokesman said in a statement that"); ten in a row hardly ever come about twice.
    similarity : float
        Two sentences of two articles must not have a Jaccard similarity of their word trigrams,
        numbers set equal, as high as this.
    set_phrases : tuple of str
        Formulas that may be repeated, such as the opening words of decrees.
    families : dict of str to tuple of str
        Families of genres: a genre belongs to the first one of which a word stands in it.
    real_lengths : dict of str to tuple of float
        Quantiles (5, 25, 50, 75, 95 %) of words a sentence in real text, by family.
    """

    unlabelled: tuple[float, float] = (0.0, 1.0)
    require_date: bool = False
    run: int = 10
    similarity: float = 0.6
    set_phrases: tuple[str, ...] = ()
    families: dict[str, tuple[str, ...]] = field(default_factory=dict)
    real_lengths: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def family(self, genre: str) -> str:
        """Return the family of a genre; the genre itself where no family is known."""
        for name, words in self.families.items():
            if any(word in genre.lower() for word in words):
                return name
        return OTHER if self.families else genre


def read_rules(path: str | Path) -> Rules:
    """Read the rules; the defaults where there is no such file.

    Raises
    ------
    DataError
        If the file is not TOML in UTF-8, a key is unknown, or a value is of a wrong type.
    """
    path = Path(path)
    if not path.is_file():
        return Rules()
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not a TOML file in UTF-8: {error}") from error
    known = [f.name for f in fields(Rules)]
    if unknown := sorted(set(raw) - set(known)):
        raise DataError(f"{path}: unknown keys {', '.join(unknown)}; known: {', '.join(known)}")
    _check(path, raw)
    values = {key: _frozen(value) for key, value in raw.items()}
    return Rules(**values)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dict):
        return {name: tuple(values) for name, values in value.items()}
    return value


def _check(path: Path, raw: dict[str, Any]) -> None:
    tests: dict[str, tuple[str, Callable[[Any], bool]]] = {
        "unlabelled": ("two rising numbers", lambda value: _numbers(value, 2)),
        "require_date": ("true or false", lambda value: isinstance(value, bool)),
        "run": ("a whole number of at least 2", lambda value: type(value) is int and value >= 2),
        "similarity": (
            "a number in (0, 1]",
            lambda value: isinstance(value, (int, float)) and 0 < value <= 1,
        ),
        "set_phrases": ("a list of strings", _strings),
        "families": (
            "lists of strings",
            lambda value: isinstance(value, dict) and all(map(_strings, value.values())),
        ),
        "real_lengths": (
            "lists of five rising numbers",
            lambda value: isinstance(value, dict) and all(_numbers(v, 5) for v in value.values()),
        ),
    }
    for key, value in raw.items():
        expected, sound = tests[key]
        if not sound(value):
            raise DataError(f"{path}: {key!r} must be {expected}, got {value!r:.60}")


def _numbers(value: Any, count: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) == count
        and all(isinstance(number, (int, float)) for number in value)
        and value == sorted(value)
    )


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
