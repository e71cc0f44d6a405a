from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from framing.dataset.repeats import (
    Line,
    count_runs,
    near_duplicates,
    shared_runs,
    words_of,
)

WORD = st.sampled_from(list("abcd"))


def line(where: int, text: str, article: str, split: str = "train") -> Line:
    return Line(f"x:{where}", article, split, words_of(text))


@st.composite
def corpora(draw: st.DrawFn) -> list[Line]:
    texts = draw(st.lists(st.lists(WORD, min_size=1, max_size=14).map(" ".join), max_size=8))
    names = draw(st.lists(st.sampled_from("pqr"), min_size=len(texts), max_size=len(texts)))
    pairs = zip(texts, sorted(names), strict=True)
    return [line(i, text, name, name) for i, (text, name) in enumerate(pairs)]


def test_words() -> None:
    assert words_of("The U.S.'s “steel”, it's 2.5%!") == (
        "the",
        "u",
        "s",
        "s",
        "steel",
        "it's",
        "2.5",
    )
    phrase = ["Reached for comment"]
    assert words_of("He was not reached for comment today", phrase) == (
        *("he", "was", "not", "*0", "*1", "*2", "today"),
    )
    assert words_of("Unreached for comment", phrase) == ("unreached", "for", "comment")


def test_runs_by_distance() -> None:
    lines = [
        line(1, "one two three four five six seven", "p"),
        line(2, "one two three four five six", "p"),
        line(3, "two three four five six seven", "q"),
        line(4, "alpha beta gamma delta epsilon zeta", "q"),
        line(5, "alpha beta gamma delta epsilon zeta", "r", "test"),
    ]
    assert count_runs(lines) == {"within an article": 1, "within a split": 1, "across splits": 1}


def test_a_shared_run_is_found_at_its_full_length() -> None:
    lines = [
        line(1, "x one two three four five y", "p"),
        line(2, "z one two three four five w one two three", "q"),
        line(3, "z one two three four five w", "q"),
    ]
    runs = shared_runs(lines, 3)
    assert [(r.line.where, r.other.where, " ".join(r.words)) for r in runs] == [
        ("x:2", "x:1", "one two three four five"),
        ("x:2", "x:1", "one two three"),
        ("x:3", "x:1", "one two three four five"),
    ]
    assert not shared_runs(lines, 6)
    (run,) = shared_runs([line(9, "a three four five b", "r")], 3, against=lines)
    assert (run.other.where, run.words) == ("x:1", ("three", "four", "five"))


def test_set_phrases_are_left_out() -> None:
    phrases = ["did not respond to a request for comment on the matter"]
    text = f"The ministry {phrases[0]} today"
    lines = [Line(str(i), str(i), "train", words_of(text, phrases)) for i in range(2)]
    assert sum(count_runs(lines).values()) == 0
    assert not shared_runs(lines, 3)
    assert not near_duplicates(lines, 0.6)


@given(corpora(), st.integers(2, 5))
def test_runs_are_those_of_a_plain_search(lines: list[Line], n: int) -> None:
    def grams(one: Line) -> set[tuple[str, ...]]:
        return {one.words[i : i + n] for i in range(len(one.words) - n + 1)}

    shared = set()
    for i, one in enumerate(lines):
        for other in lines[:i]:
            if one.article != other.article:
                shared |= grams(one) & grams(other)
    found = shared_runs(lines, n)
    assert {w for run in found for w in grams(run.line) & grams(run.other)} <= shared
    covered = {run.words[i : i + n] for run in found for i in range(len(run.words) - n + 1)}
    assert covered == shared


@given(corpora(), st.sampled_from([0.3, 0.5, 0.6, 0.8, 1.0]))
def test_near_duplicates_are_those_of_a_plain_search(lines: list[Line], least: float) -> None:
    def grams(one: Line) -> set[tuple[str, ...]]:
        if len(one.words) < 8:
            return set()
        return {one.words[i : i + 3] for i in range(len(one.words) - 2)}

    expected = {}
    for i, one in enumerate(lines):
        for other in lines[:i]:
            union = len(grams(one) | grams(other))
            if one.article != other.article and grams(one) and grams(other):
                similarity = len(grams(one) & grams(other)) / union
                if similarity >= least:
                    expected[one.where, other.where] = similarity
    found = near_duplicates(lines, least)
    assert {(p.line.where, p.other.where): p.similarity for p in found} == expected


def test_numbers_do_not_hide_a_copy() -> None:
    lines = [
        line(1, "The peso slipped 0.4 percent to 20.59 per dollar on Monday.", "p"),
        line(2, "The peso slipped 1.9 percent to 17.03 per dollar on Monday.", "q"),
        line(3, "Rain fell on the harbour for three hours that night.", "q"),
    ]
    (pair,) = near_duplicates(lines, 0.9)
    assert (pair.line.where, pair.other.where, pair.similarity) == ("x:2", "x:1", 1.0)
