from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.render import page_end, page_start, to_html, to_html_section, to_text
from framing.schema import Document, Prediction, Span

NAMES = ("threat", "concession", "security_justification")
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Reads HTML strictly: every tag is closed in order; keeps the text and the attributes."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.marked: list[tuple[str, str]] = []  # title of each mark and its text
        self.body = False
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "mark":
            self.marked.append((dict(attributes)["title"] or "", ""))
        self.body = self.body or "pre-wrap" in str(dict(attributes).get("style"))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.body:
            self.text += data
        if "mark" in self.open:
            self.marked[-1] = (self.marked[-1][0], self.marked[-1][1] + data)


def document_of(
    text: str, spans: list[tuple[str, int, int]], title: str = "", names: tuple[str, ...] = NAMES
) -> Document:
    """Return a document of one sentence."""
    if not text:
        return Document(text, (), title, names)
    labels = tuple(name for name in names if any(span[0] == name for span in spans))
    marked = tuple(Span(name, a, b, text[a:b], 0.5) for name, a, b in spans)
    prediction = Prediction(text, 0, len(text), labels, dict.fromkeys(names, 0.5), marked)
    return Document(text, (prediction,), title, names)


@st.composite
def documents(draw: st.DrawFn, excluded: tuple[str, ...] = ("Cs", "Cc")) -> Document:
    alphabet = st.one_of(
        st.characters(exclude_categories=excluded),  # type: ignore[arg-type]
        st.sampled_from("<>&\"' ab"),
    )
    text = draw(st.text(alphabet, min_size=1, max_size=60))
    spans = []
    for name in NAMES:
        for _ in range(draw(st.integers(0, 2))):
            start = draw(st.integers(0, len(text) - 1))
            spans.append((name, start, draw(st.integers(start + 1, len(text)))))
    return document_of(text, spans, draw(st.text(alphabet, max_size=10)))


@given(documents())
def test_html_is_well_formed_and_shows_the_text(document: Document) -> None:
    page = Page(to_html(document))
    assert page.text == document.text
    assert set(page.tags) <= {"div", "span", "strong", "mark"}


@given(documents())
def test_every_span_is_marked(document: Document) -> None:
    page = Page(to_html(document))
    marked = "".join(text for _, text in page.marked)
    covered = sorted({c for span in document.spans for c in range(span.start, span.end)})
    assert marked == "".join(document.text[c] for c in covered)
    named = {name.rsplit(" ", 1)[0] for title, _ in page.marked for name in title.split(", ")}
    assert named == {span.label for span in document.spans}


@given(documents(excluded=()))
def test_html_of_any_characters_can_be_written(document: Document) -> None:
    Page(to_html_section(document.title, document)).text.encode("utf-8")


def test_markup_is_escaped_in_text_title_and_name() -> None:
    attack = '<script>alert("1")</script>&amp;\'<b>'
    document = document_of(attack, [("threat", 0, 8)], title=attack)
    html = page_start() + to_html_section(attack, document) + page_end()
    page = Page(html)
    assert "script" not in page.tags
    assert "b" not in page.tags
    assert html.count("&lt;script&gt;") >= 2
    assert page.text.startswith(attack)
    assert page.tags.count("html") == page.tags.count("body") == page.tags.count("h2") == 1


def test_label_names_are_escaped() -> None:
    name = 'a"><b'
    html = to_html(document_of("Text.", [(name, 0, 4)], names=(name,)))
    assert "b" not in Page(html).tags


def test_the_legend_lists_what_occurs() -> None:
    text = "Duties follow."
    assert "threat" in to_html(document_of(text, [("threat", 0, 6)]))
    for name in NAMES:
        assert name not in to_html(document_of(text, []))
    assert "security" not in to_html(document_of(text, [("threat", 0, 6)]))


def test_a_document_shows_itself() -> None:
    document = document_of("Duties follow.", [("threat", 0, 6)])
    assert document._repr_html_() == document.to_html() == to_html(document)
    assert str(document) == to_text(document)


def test_spans_of_two_labels() -> None:
    page = Page(to_html(document_of("abcdef", [("threat", 0, 4), ("concession", 2, 6)])))
    assert page.marked == [
        ("threat 0.50", "ab"),
        ("threat 0.50, concession 0.50", "cd"),
        ("concession 0.50", "ef"),
    ]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], "abcdef"),
        ([("threat", 0, 6)], "[abcdef]"),
        ([("threat", 0, 2), ("threat", 2, 4)], "[ab][cd]ef"),
        ([("threat", 0, 4), ("concession", 2, 6)], "[ab[cd]ef]"),
        ([("threat", 1, 5), ("concession", 2, 3)], "a[b[c]de]f"),
        ([("threat", 1, 3), ("concession", 1, 3)], "a[bc]def"),
    ],
)
def test_brackets(spans: list[tuple[str, int, int]], expected: str) -> None:
    lines = to_text(document_of("abcdef", spans)).splitlines()
    assert lines[0].rsplit("  ", 1)[-1] == expected


@given(documents(), st.integers(70, 200))
def test_no_line_is_wider_than_the_table(document: Document, width: int) -> None:
    margin = len("  security_justification 0.00")
    for line in to_text(document, width=width).split("\n"):
        assert len(line) <= width
        assert line == line.rstrip()
        assert len(line) - len(line.lstrip()) <= margin + 2


def test_a_table() -> None:
    text = "The government granted a subsidy of two billion dollars to build a chip plant at home."
    spans = [("threat", 0, 14), ("security_justification", 25, 32)]
    assert to_text(document_of(text, spans), width=70).split("\n") == [
        "                  threat 0.50  [The government] granted a [subsidy] of",
        "  security_justification 0.50  two billion dollars to build a chip",
        "                               plant at home.",
    ]


def test_more_labels_than_lines() -> None:
    document = document_of("Duties.", [(name, 0, 6) for name in NAMES])
    lines = to_text(document).split("\n")
    assert [line.split()[0] for line in lines] == list(NAMES)
    assert "[Duties]." in lines[0]


def test_colours_change_nothing_but_colour() -> None:
    document = document_of("Duties follow.", [("threat", 0, 6)])
    coloured = to_text(document, color=True)
    assert "\033[31m" in coloured
    assert re.sub(r"\033\[\d*m", "", coloured) == to_text(document)


def test_control_characters_do_not_reach_the_terminal() -> None:
    text = "Safe \033[2J\033]0;title\007 text."
    assert not re.search(r"[\000-\010\013-\037\177]", to_text(document_of(text, [])))


def test_nothing_to_show() -> None:
    empty = document_of("", [])
    assert to_text(empty) == ""
    assert Page(to_html(empty)).text == ""
