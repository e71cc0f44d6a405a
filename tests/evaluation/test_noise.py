from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framing.errors import InputError
from framing.evaluation import noise
from framing.evaluation.noisy_copies import NOISES, Noise, draw_copies, perturb
from framing.evaluation.rewriting import Noisy
from framing.schema import Article, Sentence, Span

WORDS = st.sampled_from(
    ["Duties", "rise", "“unfairly”", "1990", "modern", "governments,", "'70s", "USA", "said.", "l"]
)
TEXTS = st.one_of(st.lists(WORDS, min_size=1, max_size=30).map(" ".join), st.text(max_size=40))
EVERY = {
    **{kind.name: kind.change for kind in NOISES},
    "all spaces": functools.partial(noise.drop_spaces, share=1.0),
    "all letters": functools.partial(noise.misread, share=1.0, line=1),
    "all words": functools.partial(noise.mistype, every=1),
    "all invisible": functools.partial(noise.add_invisible, words=1.0, spaces=1.0),
}
LONG = "Modern governments in 1990 learned that “better” terms returned slowly, he said. " * 60


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=30)
@given(text=TEXTS, seed=st.integers(0, 99))
def test_the_map_is_monotone_and_the_seed_repeats(name: str, text: str, seed: int) -> None:
    noisy = EVERY[name](text, seed)
    assert noisy == EVERY[name](text, seed)
    assert len(noisy.starts) == len(noisy.ends) == len(text)
    for line in (noisy.starts, noisy.ends):
        assert list(line) == sorted(line)
    for i, (start, end) in enumerate(zip(noisy.starts, noisy.ends, strict=True)):
        assert 0 <= start <= end <= len(noisy.text)
        if name in ("all capitals", "social post") and text[i] not in ".!?…:;,":
            assert noisy.text[start:end] == text[i].upper()
        if name == "all small letters":
            assert noisy.text[start:end] == text[i].lower()


@pytest.mark.parametrize(
    "name",
    [
        *("5 % of spaces missing", "misread letters, broken words (OCR)", "social post"),
        *("a typing error in 12 words", "soft hyphens, non-breaking spaces"),
    ],
)
def test_another_seed_gives_another_text(name: str) -> None:
    assert len({EVERY[name](LONG, seed).text for seed in range(5)}) > 1


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (noise.shout, "Straße", "STRASSE"),
        (noise.whisper, "The USA", "the usa"),
        (noise.straighten_quotes, "“No”, it’s ‘bad’ «here»", '"No", it\'s \'bad\' "here"'),
        (noise.curl_quotes, '"No", it\'s \'bad\' ("here")', "“No”, it’s ‘bad’ (“here”)"),
        (noise.drop_quotes, "\"No\", it's 'bad' for workers'", "No, it's bad for workers"),
        (noise.drop_final_mark, 'He said: "No..."', 'He said: "No"'),
        (noise.drop_final_mark, "No mark", "No mark"),
        (EVERY["all spaces"], "a b  c", "abc"),
        (functools.partial(noise.misread, share=1.0, line=1e9), "burn 10 ml", "bum lO rn1"),
        (EVERY["all invisible"], "a strategy", "a\xa0stra\xadtegy"),
    ],
)
def test_by_hand(change: Callable[[str, int], Noisy], before: str, after: str) -> None:
    assert change(before, 0).text == after


def test_a_post_by_hand() -> None:
    assert re.fullmatch(r"DUTIES RISE!{1,3}( #\w+){2}", noise.post("Duties rise.").text)
    assert re.fullmatch(r"“DUTIES!{1,3}”( #\w+){2}", noise.post("“Duties.”").text)
    assert re.fullmatch(r"DUTIES!{1,3}( #\w+){2}", noise.post("Duties").text)


def test_a_head_stands_in_front_spaced_or_not() -> None:
    found = {noise.glue_head("duties", seed).text for seed in range(60)}
    assert all(text.endswith("duties") and len(text) > 6 for text in found)
    assert {text[-7] == " " for text in found} == {True, False}


def test_how_often() -> None:
    words = len(LONG.split())
    spaces = LONG.count(" ")
    dropped = [spaces - noise.drop_spaces(LONG, seed).text.count(" ") for seed in range(20)]
    assert np.mean(dropped) == pytest.approx(0.05 * spaces, rel=0.15)
    typed = [
        sum(a != b for a, b in zip(LONG.split(), noise.mistype(LONG, s).text.split(), strict=True))
        for s in range(20)
    ]
    assert np.mean(typed) == pytest.approx(words / 12, rel=0.15)
    broken = [noise.misread(LONG, seed).text.count("-\n") for seed in range(20)]
    assert np.mean(broken) == pytest.approx(words / 12, rel=0.15)
    looks = len(re.findall("rn|[ml10O]", LONG))
    # each confusion leaves a character that is not in its place: count the edits by their map
    misread = []
    for seed in range(20):
        noisy = noise.misread(LONG, seed, line=1e9)
        pieces = [noisy.text[a:b] for a, b in zip(noisy.starts, noisy.ends, strict=True)]
        wrong = sum(a != b for a, b in zip(pieces, LONG, strict=True))
        pairs = sum(
            LONG[k.start() : k.end()] == "rn" and pieces[k.start()] == "m"
            for k in re.finditer("rn", LONG)
        )
        misread.append(wrong - pairs)
    assert np.mean(misread) == pytest.approx(0.1 * looks, rel=0.15)


def test_a_typing_error_is_in_one_word_and_not_its_first_letter() -> None:
    kinds = set()
    for seed in range(40):
        noisy = noise.mistype("governments", seed, every=1).text
        assert noisy[0] == "g"
        kinds.add(len(noisy) - len("governments"))
    assert kinds == {-1, 0, 1}
    assert noise.mistype("a to the", 0, every=1).text == "a to the"


def article(*texts: str, span: tuple[int, int] = (0, 6)) -> Article:
    sentences, position = [], 0
    for text in texts:
        a, b = position + span[0], position + span[1]
        spans = (Span("threat", a, b, text[slice(*span)]),)
        sentences.append(Sentence(text, position, position + len(text), spans, ("threat",)))
        position += len(text) + 1
    return Article("a", "Title", " ".join(texts), tuple(sentences), "d", "wire", "2020", "g")


@st.composite
def articles(draw: st.DrawFn) -> Article:
    texts = draw(st.lists(TEXTS.filter(lambda text: bool(text.strip())), min_size=1, max_size=4))
    sentences, position = [], 0
    for text in texts:
        a = draw(st.integers(0, len(text) - 1))
        b = draw(st.integers(a + 1, len(text)))
        span = Span("threat", position + a, position + b, text[a:b])
        spans = (span,) if span.text.strip() else ()
        labels = tuple(s.label for s in spans)
        sentences.append(Sentence(text, position, position + len(text), spans, labels))
        position += len(text) + 1
    return Article("a", "Title", "\n".join(texts), tuple(sentences), group="g")


@pytest.mark.parametrize("kind", NOISES, ids=lambda kind: kind.name)
@settings(max_examples=30)
@given(old=articles(), seed=st.integers(0, 99))
def test_copies_keep_labels_and_their_words(kind: Noise, old: Article, seed: int) -> None:
    new = perturb(old, kind, seed)
    assert new == perturb(old, kind, seed)
    assert (new.id, new.title, new.group, len(new)) == (old.id, old.title, old.group, len(old))
    end = 0
    for before, after in zip(old, new, strict=True):
        assert after.labels == before.labels
        assert end <= after.start < after.end
        assert new.text[after.start : after.end] == after.text
        assert [s.label for s in after.spans] == [s.label for s in before.spans]
        for span in after.spans:
            assert after.start <= span.start < span.end <= after.end
            assert new.text[span.start : span.end] == span.text != ""
        end = after.end


def test_a_span_keeps_its_words_and_takes_nothing_beside_them() -> None:
    old = article("Duties rise.", "Quotas fall.")
    for kind, words in [
        ("all capitals", ["DUTIES", "QUOTAS"]),
        ("byline or caption glued on", ["Duties", "Quotas"]),
        ("social post", ["DUTIES", "QUOTAS"]),
    ]:
        new = perturb(old, next(k for k in NOISES if k.name == kind))
        assert [span.text for s in new for span in s.spans] == words


def test_a_span_that_would_vanish_stays_with_its_sentence() -> None:
    old = article('"Duties"', "'Quotas'", span=(0, 1))
    assert perturb(old, Noise("", noise.drop_quotes)) == old


def test_spaces_between_sentences() -> None:
    new = perturb(article("Duties rise.", "Quotas fall."), Noise("", noise.same, unspaced=True))
    assert new.text == "Duties rise.Quotas fall."
    assert [(s.start, s.end) for s in new] == [(0, 12), (12, 24)]
    lines = Article("a", "", "A.\nB.", (Sentence("A.", 0, 2), Sentence("B.", 3, 5)))
    assert perturb(lines, Noise("", noise.same, unspaced=True)).text == "A.\nB."


def test_copies_to_train_on() -> None:
    articles = [replace(article(LONG.strip()), id=f"a{i}") for i in range(200)]
    copies = draw_copies(articles, 0.3, seed=1)
    assert 35 < len(copies) < 85
    assert copies == draw_copies(articles, 0.3, seed=1)
    assert copies != draw_copies(articles, 0.3, seed=2)
    assert all(copy.text != LONG.strip() for copy in copies)
    assert len({copy.id for copy in copies}) == len(copies)
    assert draw_copies(articles[::-1], 0.3, seed=1) == copies[::-1]
    assert draw_copies(articles, 0.0, seed=1) == []
    assert len(draw_copies(articles, 1.0, seed=1)) == len(articles)
    for share, seed in ((1.5, 0), (-0.1, 0), (float("nan"), 0), (0.5, -1)):
        with pytest.raises(InputError, match="noise must be a share from 0 to 1"):
            draw_copies(articles, share, seed)
