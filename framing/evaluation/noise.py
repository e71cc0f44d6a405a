"""What happens to text on its way, as small pure functions of a sentence and a seed.

Each says how it rewrites the sentence as a list of edits, so that every old character has an exact
place in the new text and spans move with their words. :mod:`framing.evaluation.noisy_copies` makes
noisy copies of whole articles with them.

>>> noisy = shout("Duties rise.", seed=0)
>>> noisy.text, noisy.move(0, 6)
('DUTIES RISE.', (0, 6))
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from framing.evaluation.rewriting import Edit, Noisy, rewrite

Seed = int | Sequence[int]

_LETTERS = re.compile(r"[^\W\d_]+")
_MARKS = re.compile(r"[.!?\u2026:;,]+(?=[\"'\u201d\u2019)\]]*\s*\Z)")
_DOUBLE = '"\u201c\u201d\u201e\u00ab\u00bb'
_SINGLE = "'\u2018\u2019\u201a"
_CONFUSED = {"rn": "m", "m": "rn", "l": "1", "1": "l", "0": "O", "O": "0"}
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_HEADS = (
    "By ANNA MERTENS and staff",
    "By TOM OKELLO, Our Correspondent",
    "Photo: Lorries at the port gate / File",
    "Image caption A worker checks a machine",
    "Updated 14:05 GMT",
    "Advertisement",
    "(Staff report)",
)
_TAGS = ("#news", "#trade", "#economy", "#politics", "#BREAKING", "#world")


def same(text: str, seed: Seed = 0) -> Noisy:
    """Return the text as it is."""
    return rewrite(text, [])


def shout(text: str, seed: Seed = 0) -> Noisy:
    """Write everything in capitals."""
    return rewrite(text, _capitals(text))


def whisper(text: str, seed: Seed = 0) -> Noisy:
    """Write everything in small letters."""
    return rewrite(text, [(i, i + 1, c.lower()) for i, c in enumerate(text) if c != c.lower()])


def straighten_quotes(text: str, seed: Seed = 0) -> Noisy:
    """Write every quotation mark and apostrophe straight."""
    curly = {**dict.fromkeys(_DOUBLE[1:], '"'), **dict.fromkeys(_SINGLE[1:], "'")}
    return rewrite(text, [(i, i + 1, curly[c]) for i, c in enumerate(text) if c in curly])


def curl_quotes(text: str, seed: Seed = 0) -> Noisy:
    """Write straight quotation marks and apostrophes curly, the way a word processor does."""
    forms = {'"': "\u201c\u201d", "'": "\u2018\u2019"}
    edits = []
    for i, c in enumerate(text):
        if c in forms:
            opens = i == 0 or text[i - 1].isspace() or text[i - 1] in "([\u2014\u2013-\"'"
            edits.append((i, i + 1, forms[c][0 if opens else 1]))
    return rewrite(text, edits)


def drop_quotes(text: str, seed: Seed = 0) -> Noisy:
    """Drop quotation marks; an apostrophe between two letters stays."""
    return rewrite(text, [(i, i + 1, "") for i in range(len(text)) if _is_quote(text, i)])


def drop_spaces(text: str, seed: Seed = 0, share: float = 0.05) -> Noisy:
    """Drop each space with probability `share`."""
    rng = np.random.default_rng(seed)
    spaces = [i for i, c in enumerate(text) if c == " "]
    chosen = rng.random(len(spaces)) < share
    return rewrite(text, [(i, i + 1, "") for i, yes in zip(spaces, chosen, strict=True) if yes])


def misread(text: str, seed: Seed = 0, share: float = 0.1, line: float = 12) -> Noisy:
    """Confuse letters as optical character recognition does, and break words at line ends.

    Parameters
    ----------
    text : str
        A sentence.
    seed : int or sequence of int
        The same seed gives the same text.
    share : float
        Probability that ``rn``, ``m``, ``l``, ``1``, ``0`` or ``O`` is read as what it looks like.
    line : float
        Words a line: so often, on average, a word of seven letters or more is cut in two by a
        hyphen and the end of the line.
    """
    rng = np.random.default_rng(seed)
    edits = [
        (match.start(), match.end(), _CONFUSED[match.group()])
        for match in re.finditer("rn|[ml10O]", text)
        if rng.random() < share
    ]
    taken = {i for first, last, _ in edits for i in range(first + 1, last)}  # no cut in an "rn"
    words = [m for m in _LETTERS.finditer(text) if len(m.group()) >= 7]
    for match in _some(words, len(text.split()) / line, rng):
        cut = match.start() + int(rng.integers(3, len(match.group()) - 2))
        if cut not in taken:
            edits.append((cut, cut, "-\n"))
    return rewrite(text, sorted(edits))


def mistype(text: str, seed: Seed = 0, every: float = 12) -> Noisy:
    """Make a typing error in one word out of about `every`, in words of four letters or more.

    The error is a letter left out, doubled, swapped with the next one, or replaced by its
    neighbour on the keyboard; the first letter of a word stays.
    """
    rng = np.random.default_rng(seed)
    words = [m for m in _LETTERS.finditer(text) if len(m.group()) >= 4]
    edits = []
    for match in _some(words, len(text.split()) / every, rng):
        i = match.start() + int(rng.integers(1, len(match.group()) - 1))
        a, b = text[i], text[i + 1]
        kind = int(rng.integers(4))
        if kind == 3:
            edits.append((i, i + 1, _neighbour(a, rng)))
        elif kind == 2 and a != b:
            edits.append((i, i + 2, b + a))
        else:
            edits.append((i, i + 1, a + a if kind else ""))
    return rewrite(text, edits)


def drop_final_mark(text: str, seed: Seed = 0) -> Noisy:
    """Drop the punctuation at the end; quotation marks and brackets after it stay."""
    return rewrite(text, [(*match.span(), "") for match in _MARKS.finditer(text)])


def add_invisible(text: str, seed: Seed = 0, words: float = 0.3, spaces: float = 0.1) -> Noisy:
    """Put soft hyphens into long words and make spaces non-breaking.

    Parameters
    ----------
    text : str
        A sentence.
    seed : int or sequence of int
        The same seed gives the same text.
    words : float
        Probability that a word of eight letters or more has a soft hyphen.
    spaces : float
        Probability that a space does not break.
    """
    rng = np.random.default_rng(seed)
    edits = [
        (middle, middle, "\xad")
        for match in _LETTERS.finditer(text)
        if len(match.group()) >= 8 and rng.random() < words
        for middle in [(match.start() + match.end()) // 2]
    ]
    edits += [(i, i + 1, "\xa0") for i, c in enumerate(text) if c == " " and rng.random() < spaces]
    return rewrite(text, sorted(edits))


def glue_head(text: str, seed: Seed = 0) -> Noisy:
    """Put a byline, a caption or another leftover of the page in front, half the time unspaced."""
    rng = np.random.default_rng(seed)
    head = _HEADS[int(rng.integers(len(_HEADS)))] + ("", " ")[int(rng.integers(2))]
    return rewrite(text, [(0, 0, head)])


def post(text: str, seed: Seed = 0) -> Noisy:
    """Write as on social media: capitals, exclamation marks and two hashtags that say nothing."""
    rng = np.random.default_rng(seed)
    marks = "!" * int(rng.integers(1, 4))
    tags = rng.choice(len(_TAGS), 2, replace=False)
    final = [(*match.span(), marks) for match in _MARKS.finditer(text)]
    if not final:
        final = [(len(text), len(text), marks)]
    hashtags = "".join(f" {_TAGS[k]}" for k in tags)
    return rewrite(text, [*sorted(_capitals(text) + final), (len(text), len(text), hashtags)])


def _is_quote(text: str, i: int) -> bool:
    if text[i] in _SINGLE:
        return not (i > 0 and text[i - 1].isalnum() and text[i + 1 : i + 2].isalnum())
    return text[i] in _DOUBLE


def _capitals(text: str) -> list[Edit]:
    return [(i, i + 1, c.upper()) for i, c in enumerate(text) if c != c.upper()]


def _some(
    words: Sequence[re.Match[str]], expected: float, rng: np.random.Generator
) -> list[re.Match[str]]:
    """Choose so many words on average, in their order."""
    count = min(len(words), int(expected + rng.random()))
    return [words[i] for i in sorted(rng.choice(len(words), count, replace=False))] if count else []


def _neighbour(letter: str, rng: np.random.Generator) -> str:
    """Return a letter beside it on the keyboard, in its case; itself if it is on none."""
    for row in _KEYS:
        place = row.find(letter.lower())
        if place >= 0:
            beside = row[max(0, place - 1) : place] + row[place + 1 : place + 2]
            new = beside[int(rng.integers(len(beside)))]
            return new.upper() if letter.isupper() else new
    return letter
