"""Texts are cut into blocks: enough sentences to keep the network busy, few enough for memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from framing.inference.engine import Passage
from framing.schema import Prediction

Bounds = Sequence[tuple[int, int]]

_PASSAGE = 256  # sentences of one document that are handed over together
_BLOCK = 1024  # sentences that are in memory as tokens at a time


@dataclass(frozen=True, slots=True)
class Entry:
    """A text to tag.

    Parameters
    ----------
    text, title : str
        The text and its headline, which is kept with the document.
    bounds : sequence of (int, int)
        Half-open character offsets of its sentences.
    context : sequence of str
        What is read before the first sentence.
    """

    text: str
    title: str
    bounds: Bounds
    context: Sequence[str] = ()


@dataclass(slots=True)
class Block:
    """What is tagged together.

    Parameters
    ----------
    passages : list of (list of Prediction, Passage)
        Each with the list that its predictions are to be appended to.
    complete : list of (str, str, list of Prediction)
        The documents that are complete with the block: text, title, predictions.
    """

    passages: list[tuple[list[Prediction], Passage]] = field(default_factory=list)
    complete: list[tuple[str, str, list[Prediction]]] = field(default_factory=list)


def blocks(entries: Iterable[Entry], context: int = 0) -> Iterator[Block]:
    """Yield blocks of about a thousand sentences; a long document goes on in the next.

    Parameters
    ----------
    entries : iterable of Entry
        The texts.
    context : int
        How many tokens before a sentence may be read. A passage gets as many sentences before it,
        since each has at least one token: so nothing depends on where a document was cut.
    """
    block, size = Block(), 0
    for entry in entries:
        found: list[Prediction] = []
        size += not entry.bounds  # a blank text counts as well
        for passage in _passages(entry, context):
            if size >= _BLOCK:
                yield block
                block, size = Block(), 0
            block.passages.append((found, passage))
            size += len(passage.bounds)
        block.complete.append((entry.text, entry.title, found))
        if size >= _BLOCK:
            yield block
            block, size = Block(), 0
    yield block


def _passages(entry: Entry, context: int) -> Iterator[Passage]:
    text, bounds = entry.text, entry.bounds
    for i in range(0, len(bounds), _PASSAGE):
        before = [text[a:b] for a, b in bounds[max(0, i - context) : i]]
        if len(before) < context:
            before = [*entry.context, *before]
        yield Passage(text, bounds[i : i + _PASSAGE], before[-context:] if context else [])
