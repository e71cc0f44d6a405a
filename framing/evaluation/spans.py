"""How far gold and predicted spans of one label agree in one sentence, by three measures.

exact      a predicted span counts if a gold span has the same first and last character
character  characters covered by a gold span and by a predicted one
token      words (runs of letters and digits) that a gold span and a predicted one touch
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from framing.evaluation.metrics import Counts, character_counts
from framing.schema import Prediction, Sentence

SPAN_KINDS = ("exact", "character", "token")
Bounds = Sequence[tuple[int, int]]

_WORD = re.compile(r"\w+")


def exact_counts(gold: Bounds, predicted: Bounds) -> Counts:
    """Count spans that agree in both ends; this is the "strict" scheme of SemEval 2013, task 9.

    Parameters
    ----------
    gold, predicted : sequence of (int, int)
        Half-open character offsets of the spans of one label.
    """
    both = (Counter(gold) & Counter(predicted)).total()
    return Counts(both, len(predicted) - both, len(gold) - both)


def token_counts(text: str, gold: Bounds, predicted: Bounds) -> Counts:
    """Count the words that gold and predicted spans touch; punctuation is no word.

    Parameters
    ----------
    text : str
        The sentence.
    gold, predicted : sequence of (int, int)
        Half-open character offsets into `text` of the spans of one label.
    """
    words = [match.span() for match in _WORD.finditer(text)]
    return character_counts(_touched(words, gold), _touched(words, predicted))


def _touched(words: Bounds, spans: Bounds) -> list[tuple[int, int]]:
    """Return the numbers of the touched words as half-open ranges."""
    return [
        (i, i + 1)
        for i, (a, b) in enumerate(words)
        if any(start < b and a < end for start, end in spans)
    ]


def span_counts(sentence: Sentence, prediction: Prediction, label: str) -> list[list[int]]:
    """Return true positives, false positives and false negatives for each of `SPAN_KINDS`."""
    offset = sentence.start
    gold = [(s.start - offset, s.end - offset) for s in sentence.spans if s.label == label]
    found = [(s.start - offset, s.end - offset) for s in prediction.spans if s.label == label]
    if not gold and not found:
        return [[0, 0, 0]] * len(SPAN_KINDS)
    counts = (
        exact_counts(gold, found),
        character_counts(gold, found),
        token_counts(sentence.text, gold, found),
    )
    return [[c.tp, c.fp, c.fn] for c in counts]
