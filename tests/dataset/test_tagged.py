from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.codebook import default_codebook
from framing.dataset.tagged import (
    format_article,
    format_sentence,
    parse_article,
    parse_sentence,
    read_articles,
)
from framing.errors import DataError
from framing.schema import Article, Sentence, Span

HEADER = """\
# id: a1
# title: Steel
# dispute: Steel quotas
# genre: wire
# date: 2018-05
# split-group: steel
"""
NAMES = default_codebook().names


def test_a_sentence_with_spans() -> None:
    sentence = parse_sentence(
        "No. <threat>It <concession>will</threat> end</concession>.", offset=7
    )
    assert sentence == Sentence(
        "No. It will end.",
        7,
        23,
        (Span("threat", 11, 18, "It will"), Span("concession", 14, 22, "will end")),
        ("threat", "concession"),
    )


def test_an_article() -> None:
    article = parse_article(HEADER + "\nOne.\n<threat>Two</threat>.\n\n\nThree < 4.\n")
    assert article == Article(
        id="a1",
        title="Steel",
        text="One.\nTwo.\n\nThree < 4.",
        sentences=(
            Sentence("One.", 0, 4),
            Sentence("Two.", 5, 9, (Span("threat", 5, 8, "Two"),), ("threat",)),
            Sentence("Three < 4.", 11, 21),
        ),
        dispute="Steel quotas",
        genre="wire",
        date="2018-05",
        group="steel",
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("<greed>a</greed>", "unknown label 'greed'; the codebook 'economic-coercion' has threat"),
        ("<Threat>a</Threat>", "unknown label 'Threat'"),
        ("<b>a</b>", "unknown label 'b'"),
        ("<threat>a <threat>b</threat></threat>", "<threat> is opened twice before it is closed"),
        ("a</threat>", "</threat> closes a tag that is not open"),
        ("<threat>a</threat></threat>", "</threat> closes a tag that is not open"),
        ("<threat>a", "<threat> is never closed on its line"),
        ("<threat>a</concession>", "</concession> closes a tag that is not open"),
        ("<threat></threat>a", "the <threat> span '' is empty or begins or ends with white space"),
        ("<threat> a</threat>", "the <threat> span ' a' is empty or begins or ends"),
        ("<threat>a </threat>", "the <threat> span 'a ' is empty or begins or ends"),
        ("<threat a", "malformed tag near '<threat a'; tags look like <label> and </label>"),
        ("</threat a", "malformed tag near '</threat a'"),
        ("<threat >a</threat >", "malformed tag near '<threat >a</threat >'"),
    ],
)
def test_a_bad_sentence_is_named_by_file_and_line(line: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"^here: {re.escape(message)}"):
        parse_sentence(line, where="here")
    path = tmp_path / "bad.txt"
    path.write_text(f"{HEADER}\nGood.\n\n{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match=f"^{re.escape(str(path))}:10: {re.escape(message)}"):
        read_articles(path)


def without(key: str) -> str:
    return re.sub(rf"# {key}: .*\n", "", HEADER)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ":1: the header lacks id, title, dispute, genre, date, split-group"),
        ("\n" + HEADER, ":1: the header lacks id"),
        (without("date") + "\nA.", ":6: the header lacks date"),
        (HEADER + "Sentence.\n", ":7: expected a header line '# key: value' or the blank line"),
        (HEADER + "# colour: red\n\nA.", ":7: unknown header key 'colour'; known: id, title"),
        (HEADER + "# genre: wire\n\nA.", ":7: header key 'genre' stands twice"),
        (HEADER.replace("a1", "") + "\nA.", ":1: 'id' and 'split-group' must not be empty"),
        (HEADER.replace(": steel", ":") + "\nA.", ":1: 'id' and 'split-group' must not be empty"),
        (HEADER.replace("2018-05", "May 2018") + "\nA.", ":5: date 'May 2018' is not YYYY-MM-DD"),
        (
            HEADER.replace("2018-05", "-") + "\nA.",
            ":5: date '-' is not YYYY-MM-DD, YYYY-MM or YYYY",
        ),
        (HEADER + "\n A.", ":8: the sentence begins or ends with white space"),
        (HEADER + "\nA.\nB.\t\n", ":9: the sentence begins or ends with white space"),
        (HEADER, ":7: the article has no sentence"),
        (HEADER + "\n\n\n", "the article has no sentence"),
        (HEADER.strip(), "the article has no sentence"),
    ],
)
def test_a_bad_article_is_named_by_file_and_line(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"^<string>.*{re.escape(message)}"):
        parse_article(text)
    path = tmp_path / "bad.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=f"^{re.escape(str(path))}.*{re.escape(message)}"):
        read_articles(path)


@pytest.mark.parametrize(
    ("text", "spans", "message"),
    [
        ("a\nb", [], "cannot hold a line break or a literal tag: 'a"),
        ("a <b> c", [], "cannot hold a line break or a literal tag: 'a <b> c'"),
        ("a </b", [], "cannot hold a line break or a literal tag"),
        ("a b c", [(0, 3), (2, 5)], "two threat spans overlap, which tagged text cannot say"),
        ("a b c", [(0, 5), (2, 3)], "two threat spans overlap"),
    ],
)
def test_what_tagged_text_cannot_say(text: str, spans: list[tuple[int, int]], message: str) -> None:
    marked = tuple(Span("threat", start, end, text[start:end]) for start, end in spans)
    with pytest.raises(DataError, match=message):
        format_sentence(Sentence(text, 0, len(text), marked, ("threat",)))


LOOKS_LIKE_TAG = re.compile("</?[A-Za-z]")
CHARACTERS = st.one_of(
    st.characters(exclude_categories=("Cs",), exclude_characters="\n"), st.sampled_from("<>/ ab")
)


@st.composite
def sentences(draw: st.DrawFn, offset: int) -> Sentence:
    text = draw(
        st.text(CHARACTERS, min_size=1, max_size=40).filter(
            lambda text: text == text.strip() and not LOOKS_LIKE_TAG.search(text)
        )
    )
    spans = []
    for name in NAMES:
        last = 0
        for _ in range(draw(st.integers(0, 2))):
            start = draw(st.integers(last, len(text)))
            end = draw(st.integers(start, len(text)))
            words = text[start:end]
            if words and words == words.strip():
                spans.append(Span(name, start + offset, end + offset, words))
                last = end
    spans.sort(key=lambda span: (span.start, span.end, NAMES.index(span.label)))
    labels = default_codebook().sort({span.label for span in spans})
    return Sentence(text, offset, offset + len(text), tuple(spans), labels)


def header_values(least: int = 0) -> st.SearchStrategy[str]:
    return st.text(CHARACTERS, min_size=least, max_size=20).filter(lambda x: x == x.strip())


@st.composite
def tagged_articles(draw: st.DrawFn) -> Article:
    found: list[Sentence] = []
    text = ""
    for _ in range(draw(st.integers(1, 5))):
        if found:
            text += draw(st.sampled_from(["\n", "\n\n"]))
        found.append(draw(sentences(len(text))))
        text += found[-1].text
    return Article(
        id=draw(header_values(1)),
        title=draw(header_values()),
        text=text,
        sentences=tuple(found),
        dispute=draw(header_values()),
        genre=draw(header_values()),
        date=draw(st.dates().map(str)),
        group=draw(header_values(1)),
    )


@given(tagged_articles())
def test_what_was_formatted_parses_to_the_same(article: Article) -> None:
    assert parse_article(format_article(article)) == article


def test_the_packaged_articles_survive_formatting(articles: list[Article]) -> None:
    for article in articles:
        assert parse_article(format_article(article)) == article


def test_reading_a_folder_in_order_of_names(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.txt").write_text(HEADER.replace("a1", name) + "\nA.", encoding="utf-8")
    (tmp_path / "notes.md").write_text("no article", encoding="utf-8")
    assert [article.id for article in read_articles(tmp_path)] == ["a", "b"]
    files = [tmp_path / "b.txt", tmp_path / "a.txt"]
    assert [article.id for article in read_articles(files)] == ["b", "a"]
    assert [article.id for article in read_articles(str(files[0]))] == ["b"]


def test_windows_line_ends(tmp_path: Path) -> None:
    text = HEADER + "\nOne.\n\nTwo.\n"
    path = tmp_path / "dos.txt"
    path.write_bytes(text.replace("\n", "\r\n").encode())
    assert read_articles(path) == [parse_article(text)]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none: no such file or folder of tagged articles"):
        read_articles(tmp_path / "none")
    with pytest.raises(DataError, match=r"holds no \.txt file; expected one tagged article a file"):
        read_articles(tmp_path)
    (tmp_path / "a.txt").write_text(HEADER + "\nA.", encoding="utf-8")
    (tmp_path / "b.txt").write_text(HEADER + "\nB.", encoding="utf-8")
    with pytest.raises(DataError, match=r"b\.txt:1: id 'a1' was already used in .*a\.txt"):
        read_articles(tmp_path)
    (tmp_path / "b.txt").write_bytes(HEADER.encode() + b"\nCaf\xe9.")
    with pytest.raises(DataError, match=r"b\.txt: not UTF-8 at byte \d+; convert the file"):
        read_articles(tmp_path)


def test_an_article_without_a_date_and_with_an_annotator() -> None:
    header = HEADER.replace("2018-05", "") + "# annotator: s1\n"
    article = parse_article(header + "\nA.\n")
    assert (article.date, article.decade, article.annotator) == ("", "", "s1")
    assert parse_article(format_article(article)) == article
