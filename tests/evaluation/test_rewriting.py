from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.errors import InputError
from framing.evaluation.rewriting import Edit, rewrite

CHARACTERS = st.text(max_size=60)


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    text = draw(CHARACTERS)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return text, [(a, b, draw(st.text(max_size=5))) for a, b in pairs]


@given(edited())
def test_every_character_has_its_place(case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    noisy = rewrite(text, edits)
    assert len(noisy.starts) == len(noisy.ends) == len(text)
    for line in (noisy.starts, noisy.ends):
        assert list(line) == sorted(line)
        assert all(0 <= place <= len(noisy.text) for place in line)
    touched = {i for a, b, _ in edits for i in range(a, b)}
    for i, character in enumerate(text):
        if i not in touched:
            assert noisy.text[noisy.starts[i] : noisy.ends[i]] == character
    for a, b, new in edits:
        if a < b:
            start, end = noisy.move(a, b)
            assert noisy.text[start:end] == new
    # the other way round, an independent way to apply edits
    backwards = text
    for a, b, new in reversed(edits):
        backwards = backwards[:a] + new + backwards[b:]
    assert noisy.text == backwards


def test_what_is_inserted_beside_a_stretch_is_not_in_it() -> None:
    noisy = rewrite("duties rise", [(0, 0, "<"), (6, 6, "-"), (11, 11, ">")])
    assert noisy.text == "<duties- rise>"
    assert noisy.move(0, 6) == (1, 7)
    assert noisy.move(0, 11) == (1, 13)
    assert noisy.move(7, 11) == (9, 13)


@pytest.mark.parametrize(
    "edits", [[(3, 5, ""), (4, 6, "")], [(4, 5, ""), (1, 2, "")], [(5, 4, "")], [(0, 99, "")]]
)
def test_edits_out_of_order_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(InputError, match="must be in order and must not overlap"):
        rewrite("duties rise", edits)


@pytest.mark.parametrize("stretch", [(0, 0), (3, 2), (-1, 4), (0, 12)])
def test_no_stretch_of_the_text(stretch: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="is no stretch of a text of 11 characters"):
        rewrite("duties rise", []).move(*stretch)
