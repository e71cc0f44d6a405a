"""A document becomes token windows: sentences alone or among their neighbours, none is ever cut.

The sentences of a document are tokenised and laid end to end, each closed by a separator::

    title [SEP] sentence 0 [SEP] sentence 1 [SEP] sentence 2 [SEP] ...

(``[SEP]`` and ``[CLS]`` stand for what the encoder has, which may be ``</s>`` and ``<s>``.)
The network reads windows of this row, each opened by ``[CLS]``. A window holds one sentence, or as
many as fit (joint encoding of neighbouring sentences: Cohan et al. 2019, "Pretrained Language
Models for Sequential Sentence Classification"); it may open with sentences before, as context. A
sentence longer than a window is read in overlapping pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TokenRow:
    """The tokens of one document in a row.

    Parameters
    ----------
    ids : int array, shape (n_tokens,)
        Token ids, separators included.
    starts, ends : int array, shape (n_tokens,)
        Character offsets of each token into its sentence; both 0 for a separator.
    bounds : int array, shape (n_context + n_sentences + 1,)
        Sentence `i` owns the tokens ``bounds[i]:bounds[i + 1]``, the last of them its separator.
    n_context : int
        How many leading sentences (a title, earlier sentences) only serve as context.
    """

    ids: Ints
    starts: Ints
    ends: Ints
    bounds: Ints
    n_context: int = 0

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Window:
    """A slice of a token row.

    Parameters
    ----------
    begin, end : int
        The tokens ``begin:end`` are read.
    first, last : int
        The outputs of the tokens ``first:last`` are kept; the others are context.
    """

    begin: int
    first: int
    last: int
    end: int

    def __len__(self) -> int:
        return self.end - self.begin


def token_rows(
    tokenizer: Tokenizer, passages: Sequence[tuple[Sequence[str], Sequence[str]]]
) -> list[TokenRow]:
    """Tokenise passages, each given as its context sentences and its own sentences.

    Parameters
    ----------
    tokenizer : tokenizers.Tokenizer
        With a separator, see :func:`separator_id`, and with truncation and padding switched off.
    passages : sequence of (context, sentences)
        Two sequences of str each. The context may be empty.

    Returns
    -------
    list of TokenRow
        One for each passage.
    """
    separator = separator_id(tokenizer)
    texts = [text for context, sentences in passages for text in (*context, *sentences)]
    encodings = iter(tokenizer.encode_batch(texts, add_special_tokens=False))
    rows = []
    for context, sentences in passages:
        ids: list[int] = []
        offsets: list[tuple[int, int]] = []
        bounds = [0]
        for _ in range(len(context) + len(sentences)):
            encoding = next(encodings)
            ids.extend(encoding.ids)
            ids.append(separator)
            offsets.extend(encoding.offsets)
            offsets.append((0, 0))
            bounds.append(len(ids))
        pairs = np.asarray(offsets, dtype=np.int64).reshape(-1, 2)
        rows.append(
            TokenRow(
                ids=np.asarray(ids, dtype=np.int64),
                starts=pairs[:, 0],
                ends=pairs[:, 1],
                bounds=np.asarray(bounds, dtype=np.int64),
                n_context=len(context),
            )
        )
    return rows


def separator_id(tokenizer: Tokenizer) -> int:
    """Return the id of the token that closes a sentence.

    Raises
    ------
    ModelError
        If the tokenizer adds none by itself and has none of the usual separator tokens.
    """
    return _added(tokenizer, -1, ("[SEP]", "</s>", "<|endoftext|>"))


def opening_id(tokenizer: Tokenizer) -> int:
    """Return the id of the token that opens a window; raises like :func:`separator_id`."""
    return _added(tokenizer, 0, ("[CLS]", "<s>", "<|endoftext|>"))


def padding_id(tokenizer: Tokenizer) -> int:
    """Return the id of the padding token, of the kind of the opening one; raises if there is none.

    Raises
    ------
    ModelError
        As :func:`separator_id` does.
    """
    angled = str(tokenizer.id_to_token(opening_id(tokenizer))).startswith("<")
    names = ("<pad>", "[PAD]") if angled else ("[PAD]", "<pad>")
    return _named(tokenizer, (*names, "<|endoftext|>"))


def _added(tokenizer: Tokenizer, place: int, names: tuple[str, ...]) -> int:
    """Return the special token that the tokenizer itself puts first (0) or last (-1), or a named.

    A vocabulary may hold tokens that its encoder never learnt: MPNet's has BERT's ``[CLS]`` beside
    its own ``<s>``. So what the tokenizer adds comes before what its vocabulary holds.
    """
    plain, whole = (
        [i for i, read in zip(found.ids, found.attention_mask, strict=True) if read]
        for found in (tokenizer.encode("a", add_special_tokens=False), tokenizer.encode("a"))
    )
    if whole and plain and whole[place] != plain[place]:
        return int(whole[place])
    return _named(tokenizer, names)


def _named(tokenizer: Tokenizer, names: tuple[str, ...]) -> int:
    for name in names:
        found = tokenizer.token_to_id(name)
        if found is not None:
            return int(found)
    from framing.errors import ModelError

    raise ModelError(f"the tokenizer has none of the tokens {', '.join(names)}")


def plan_windows(
    row: TokenRow, size: int, context: int = 0, *, joint: bool = False
) -> list[Window]:
    """Cover a token row with windows so that the output of every token is kept exactly once.

    Parameters
    ----------
    row : TokenRow
        The passage; its leading context sentences are read but not kept.
    size : int
        Most tokens a window may hold, its ``[CLS]`` included.
    context : int
        Most tokens of earlier sentences that a window opens with, whole sentences only.
    joint : bool
        Score as many sentences in a window as fit; else one.

    Returns
    -------
    list of Window
        In order; ``first:last`` of consecutive windows meet without gap or overlap.
    """
    room = size - 1
    edges: list[int] = row.bounds.tolist()
    n_edges = len(edges) - 1
    windows: list[Window] = []
    i = row.n_context
    while i < n_edges:
        first = edges[i]
        if edges[i + 1] - first > room:
            windows.extend(_pieces(first, edges[i + 1], room))
            i += 1
            continue
        # As many whole sentences before as the context allows and leave room for this one.
        allowed = min(context, room - (edges[i + 1] - first))
        j = i
        while j > 0 and first - edges[j - 1] <= allowed:
            j -= 1
        begin = edges[j]
        i += 1
        while joint and i < n_edges and edges[i + 1] - begin <= room:
            i += 1
        windows.append(Window(begin, first, edges[i], edges[i]))
    return windows


def _pieces(first: int, last: int, room: int) -> list[Window]:
    """Cover one long sentence by windows that overlap by half; each keeps its middle."""
    step = max(1, room // 2)
    margin = (room - step) // 2
    windows = []
    kept = first
    begin = first
    while True:
        end = min(begin + room, last)
        upto = last if end == last else end - margin
        windows.append(Window(begin, kept, upto, end))
        kept = upto
        if end == last:
            return windows
        begin += step
