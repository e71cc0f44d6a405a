"""Tests of `framing.sentences`: hard cases, properties of any text, and time."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.sentences import blocks, split

pytestmark = pytest.mark.filterwarnings("error")

CASES = Path(__file__).parent / "data" / "sentence_cases.txt"
BAR = "\u00a6"


def read_cases() -> list[tuple[str, list[str]]]:
    """Return the texts of the hard cases with their sentences; the file's head tells the format."""
    cases = []
    for line in CASES.read_text(encoding="utf-8").split("\n"):
        if line and line != "#" and not line.startswith(("# ", "## ")):
            escaped = line.encode("latin-1", "backslashreplace")
            marked = escaped.decode("unicode_escape")
            sentences = [sentence.strip() for sentence in marked.split(BAR)]
            cases.append((marked.replace(BAR, ""), sentences))
    return cases


def sentences_of(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@pytest.mark.parametrize(("text", "expected"), read_cases(), ids=ascii)
def test_hard_case(text: str, expected: list[str]) -> None:
    assert sentences_of(text) == expected


def test_there_are_enough_hard_cases() -> None:
    assert len(read_cases()) >= 120


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\t \r\n\u00a0\u2003\u2028"])
def test_blank_text_has_no_sentence(text: str) -> None:
    assert split(text) == []


@pytest.mark.parametrize("text", [".", "...", "\u200b", "\x00", "\ud800", "\U0001f389", "?!", "a"])
def test_text_without_words_is_kept(text: str) -> None:
    assert split(text) == [(0, len(text))]


# Text dense in what the rules look at, and text of any characters, lone surrogates among them.
MARKS = [
    ".",
    "?",
    "!",
    "...",
    "\u2026",
    "\u3002",
    '"',
    "'",
    "\u201c",
    "\u201d",
    "(",
    ")",
    "[2]",
    "-",
]
ITEMS = [
    "\u2014",
    "*",
    "1.",
    "(a)",
    "U.S.",
    "Mr.",
    "No.",
    "Inc.",
    "e.g.",
    "a.m.",
    "Sept.",
    "J.",
    "3.5",
]
WORDS = ["He", "he", "The", "the", "minister", "said", "4", "2018", "www.wto.org", "x" * 50]
SIGNS = ["\U0001f389", "\ufeff", "\u200b", "\x00", "\ud800", "\u0647\u0644", "\u4e0d\u884c"]
GAPS = [" ", " ", " ", " ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u2028"]
PIECES = st.sampled_from(MARKS + ITEMS + WORDS + SIGNS + 3 * GAPS)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=60).map("".join),
    st.text(st.characters(exclude_categories=())),
)


def assert_covers(text: str, spans: list[tuple[int, int]]) -> None:
    position = 0
    for start, end in spans:
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@given(TEXTS)
def test_offsets_are_ordered_stripped_and_cover_the_text(text: str) -> None:
    assert_covers(text, split(text))
    assert_covers(text, blocks(text))


@given(TEXTS)
def test_sentences_do_not_cross_blocks(text: str) -> None:
    starts, ends = zip(*split(text), strict=True) if split(text) else ((), ())
    for start, end in blocks(text):
        assert start in starts
        assert end in ends


@given(TEXTS, TEXTS)
def test_a_blank_line_separates_whatever_stands_around_it(before: str, after: str) -> None:
    shift = len(before) + 2
    shifted = [(start + shift, end + shift) for start, end in split(after)]
    assert split(f"{before}\n\n{after}") == split(before) + shifted


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_line_ends_of_other_systems_change_nothing(text: str) -> None:
    text = text.replace("\r", "")
    dos = text.replace("\n", "\r\n")
    assert ["".join(sentence.split("\r")) for sentence in sentences_of(dos)] == sentences_of(text)


LONG = {
    "no stop": "word " * 200_000,
    "no space": "x" * 1_000_000,
    "stops only": "." * 1_000_000,
    "spaced stops": "! " * 500_000,
    "dots in words": "a.B" * 333_333,
    "initials": "J. " * 333_333,
    "open brackets": "(" * 500_000 + ". A" * 166_666,
    "quotes": 'he said."' * 111_111,
    "datelines": "AA, AA. - " * 100_000,
    "numbers": "1. " * 333_333,
    "small letters": "he said no. " * 83_333,
    "spaces": "A." + " " * 1_000_000 + "B",
    "short lines": "a\n" * 500_000,
    "blank lines": "a\n\n" * 333_333,
    "line ends": "\n" * 1_000_000,
    "emoji": "! \U0001f389" * 333_333,
    "sentences": "The U.S. said on Sept. 3 that Mr. He left. He did. " * 20_000,
}


@pytest.mark.parametrize("name", LONG)
def test_a_megabyte_takes_linear_time(name: str) -> None:
    text = LONG[name]
    start = time.process_time()
    spans = split(text)
    seconds = time.process_time() - start
    # Quadratic time would be minutes; a candidate every other character may take a while.
    assert seconds < (2 if name in ("no stop", "no space") else 6)
    characters = sum(len("".join(text[start:end].split())) for start, end in spans)
    assert characters == len("".join(text.split()))


def test_a_long_article_takes_linear_time() -> None:
    text = LONG["sentences"] * 10
    start = time.process_time()
    assert len(split(text)) == 400_000
    assert time.process_time() - start < 20


def test_threads_agree() -> None:
    texts = [text for text, _ in read_cases()] * 4
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(split, texts)) == [split(text) for text in texts]


def test_import_is_light() -> None:
    program = (
        "import sys, framing.sentences\n"
        "heavy = {'torch', 'transformers', 'numpy', 'regex'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
