"""What is written in any format is read back as it was: the property that exchange stands on."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from framing.codebook import Codebook, default_codebook
from framing.dataset.exchange import FORMATS, read, write
from framing.dataset.load import load_articles
from framing.errors import DataError, InputError
from framing.schema import Article, Sentence, Span

# Any character but the line ends, which end a sentence; \r\n and the like become blanks on reading.
CHARACTER = st.one_of(
    st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"),
    st.sampled_from(list("ab \t\\[]|_;*->#=\"',<%🚢é\u2028\x85\x0b")),
)
LINE = st.text(CHARACTER, min_size=1, max_size=30).map(str.strip).filter(bool)
NAME = st.text(CHARACTER, max_size=12).map(str.strip)
DATE = st.one_of(st.just(""), st.dates().map(str), st.sampled_from(["1999", "1999-05"]))


@st.composite
def sentences(draw: st.DrawFn, start: int, apart: bool) -> Sentence:
    text = draw(LINE)
    cuts = st.integers(0, len(text))
    spans = set()
    for label in ("rain", "heat"):
        ends = sorted(draw(st.lists(cuts, max_size=6, unique=True)))
        pairs = zip(ends[::2], ends[1::2], strict=False)
        if not apart:  # spans of one label may overlap too
            pairs = draw(st.lists(st.tuples(cuts, cuts), max_size=3))
        for a, b in pairs:
            words = text[a:b]
            if words and words == words.strip():
                spans.add((a, b, label))
    order = {"rain": 0, "heat": 1}
    found = sorted(spans, key=lambda span: (span[0], span[1], order[span[2]]))
    labels = tuple(name for name in order if any(name == span[2] for span in found))
    return Sentence(
        text,
        start,
        start + len(text),
        tuple(Span(label, start + a, start + b, text[a:b]) for a, b, label in found),
        labels,
    )


@st.composite
def articles(draw: st.DrawFn, apart: bool) -> list[Article]:
    found = []
    keys = st.tuples(NAME.filter(bool), NAME)
    for name, annotator in draw(st.lists(keys, min_size=1, max_size=3, unique=True)):
        text = ""
        parts: list[Sentence] = []
        for _ in range(draw(st.integers(1, 4))):
            text += draw(st.sampled_from(["\n", "\n\n"])) if parts else ""
            parts.append(draw(sentences(len(text), apart)))
            text += parts[-1].text
        found.append(
            Article(
                id=name,
                title=draw(NAME),
                text=text,
                sentences=tuple(parts),
                dispute=draw(NAME),
                genre=draw(NAME),
                date=draw(DATE),
                group=draw(NAME.filter(bool)),
                annotator=annotator,
            )
        )
    return found


def key(article: Article) -> tuple[str, str]:
    return article.id, article.annotator


def gone_and_back(
    form: str, given: list[Article], codebook: Codebook, tmp_path: Path
) -> list[Article]:
    path = tmp_path / "exchanged"
    if path.is_dir():
        shutil.rmtree(path)
    write(form, given, path, codebook)
    return sorted(read(form, path, codebook), key=key)


@pytest.mark.parametrize("form", FORMATS)
@given(data=st.data())
@settings(max_examples=60)
def test_nothing_is_lost(
    form: str, data: st.DataObject, own_codebook: Codebook, tmp_path: Path
) -> None:
    given_ = data.draw(articles(apart=form == "tagged"))
    if form == "tagged":  # which refuses a text that holds something like a tag
        assume(not any(re.search("</?[A-Za-z]", article.text) for article in given_))
    back = gone_and_back(form, given_, own_codebook, tmp_path)
    assert back == sorted(given_, key=key)


@pytest.mark.parametrize("form", FORMATS)
def test_the_packaged_articles_survive(form: str, tmp_path: Path) -> None:
    packaged = load_articles(split="validation")
    assert gone_and_back(form, packaged, default_codebook(), tmp_path) == sorted(packaged, key=key)


def test_what_cannot_be_exchanged(own_articles: list[Article], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no format 'xml'; there are tagged, csv"):
        write("xml", own_articles, tmp_path / "x")
    with pytest.raises(InputError, match="no format 'xml'"):
        read("xml", tmp_path)
    with pytest.raises(InputError, match="'weather-1' by '' is given twice"):
        write("csv", [own_articles[0]] * 2, tmp_path / "x")
    for form in FORMATS:
        with pytest.raises(FileNotFoundError, match="none: no such file or folder"):
            read(form, tmp_path / "none")


@pytest.mark.parametrize("form", FORMATS)
def test_another_codebook_is_refused(
    form: str, own_articles: list[Article], own_codebook: Codebook, tmp_path: Path
) -> None:
    path = tmp_path / "exchanged"
    write(form, own_articles, path, own_codebook)
    with pytest.raises(DataError, match=r"unknown label '(rain|heat)'; the codebook"):
        read(form, path, default_codebook())
