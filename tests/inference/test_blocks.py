from __future__ import annotations

import pytest

from framing.inference import blocks as module
from framing.inference.blocks import Entry, blocks


@pytest.mark.parametrize(
    ("context", "read"),
    [
        (0, [[], [], []]),
        (1, [["T"], ["b"], ["d"]]),
        (3, [["T"], ["T", "a", "b"], ["b", "c", "d"]]),
        (9, [["T"], ["T", "a", "b"], ["T", "a", "b", "c", "d"]]),
    ],
)
def test_what_a_passage_can_read(
    context: int, read: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PASSAGE", 2)
    entry = Entry("abcde", "Title", [(i, i + 1) for i in range(5)], ["T"])
    (block,) = blocks([entry], context)
    assert [list(passage.context) for _, passage in block.passages] == read
    assert [list(passage.bounds) for _, passage in block.passages] == [
        [(0, 1), (1, 2)],
        [(2, 3), (3, 4)],
        [(4, 5)],
    ]


def test_a_document_is_complete_with_its_last_passage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PASSAGE", 2)
    monkeypatch.setattr(module, "_BLOCK", 3)
    texts = ["abcde", "", "fg"]
    entries = [Entry(text, "", [(i, i + 1) for i in range(len(text))]) for text in texts]
    found = [block for block in blocks(entries) if block.passages]
    assert [sum(len(p.bounds) for _, p in block.passages) for block in found] == [4, 3]
    assert [[text for text, _, _ in block.complete] for block in found] == [[], ["abcde", "", "fg"]]
