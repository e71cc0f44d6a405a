from __future__ import annotations

import pytest

from framing.errors import InputError
from framing.evaluation.splitting import running_text, sentences_found
from framing.schema import Article, Sentence, Span


def article(name: str, text: str, *sentences: str) -> Article:
    found, position = [], 0
    for words in sentences:
        start = text.index(words, position)
        position = start + len(words)
        span = Span("threat", start, start + 2, words[:2])
        found.append(Sentence(words, start, position, (span,), ("threat",)))
    return Article(name, "", text, tuple(found), group=name)


TEXT = "A title\nDuties rise.\nQuotas “fall.”\n\nPorts close!\nBy a writer\nTalks end."
LINES = ("A title", "Duties rise.", "Quotas “fall.”", "Ports close!", "By a writer", "Talks end.")


def test_running_text_by_hand() -> None:
    old = article("a", TEXT, *LINES)
    new = running_text(old)
    assert new.text == (
        "A title\nDuties rise. Quotas “fall.”\n\nPorts close! By a writer\nTalks end."
    )
    assert [s.text for s in new] == [s.text for s in old]
    for sentence in new:
        assert new.text[sentence.start : sentence.end] == sentence.text
        for span in sentence.spans:
            assert new.text[span.start : span.end] == span.text == sentence.text[:2]


def test_found_by_hand() -> None:
    clean = [article("a", "Duties rise. Quotas fall.", "Duties rise.", "Quotas fall.")]
    clean += [article("b", "Talks go on.", "Talks go on.")]
    glued = [article("a", "duties riseQuotas fall.", "duties rise", "Quotas fall.")]
    first, second = sentences_found([clean, [*glued, clean[1]]], resamples=200)
    assert (first.share.value, first.n_found, first.difference.value) == (1.0, 3, 0.0)
    assert (second.share.value, second.n_found) == (pytest.approx(1 / 3), 2)
    assert second.difference.value == pytest.approx(-2 / 3)
    assert second.difference.low == -1.0
    assert second.difference.high == 0.0
    assert second.to_dict()["n_found"] == 2


def test_white_space_at_the_ends_does_not_count() -> None:
    texts = [article("a", " Duties rise. \n", " Duties rise. ")]
    assert sentences_found([texts])[0].share.value == 1.0


def test_other_articles_are_refused() -> None:
    one, other = article("a", "A b.", "A b."), article("b", "A b.", "A b.")
    with pytest.raises(InputError, match="the copies are not of the same articles"):
        sentences_found([[one], [other]])
    with pytest.raises(InputError, match="no sentence to look for"):
        sentences_found([])
