from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from framing.codebook import Codebook, default_codebook
from framing.dataset.stats import stats_page
from framing.errors import InputError
from framing.schema import Article


class Strict(HTMLParser):
    """Fails on a tag that is not closed, and on anything fetched from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not {"src", "href"} & {name for name, _ in attrs}
        assert tag not in ("script", "link")
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def hints(page: str) -> list[str]:
    return re.findall(r"<g><title>(.*?)</title>", page)


def test_the_page_of_the_packaged_articles(articles: list[Article]) -> None:
    page = stats_page(articles, {}, default_codebook())
    parser = Strict()
    parser.feed(page)
    assert parser.open == []
    assert "url(" not in page
    sentences = [s for a in articles for s in a]
    for name in default_codebook().names:
        spans = sum(span.label == name for s in sentences for span in s.spans)
        assert f"{name}: {spans:,} spans, median" in page
        count = sum(name in s.labels for s in sentences)
        assert f"{name}: {count} sentences" in hints(page)


def test_the_numbers_behind_the_bars(own_articles: list[Article], own_codebook: Codebook) -> None:
    later = [replace(a, date="1999", dispute=f"row {a.id}") for a in own_articles[:3]]
    page = stats_page([*later, *own_articles[3:]], {}, own_codebook)
    found = hints(page)
    assert "2020s: 9 articles, 36 sentences" in found
    assert "1990s: 6 of 12 sentences" in found
    assert "wire: 24 of 48 sentences" in found
    assert found.count("45 to 100 % of the sentences: 3 disputes") == 2
    assert "rain and heat: 12 sentences, 50.0% of rain; 12 if they were independent" in found
    assert "2 labels: 12" in found
    assert "median 5 words" in page


def test_nothing_to_count(own_codebook: Codebook) -> None:
    with pytest.raises(InputError, match="no article to count"):
        stats_page([], {}, own_codebook)


def test_names_are_escaped(own_articles: list[Article], own_codebook: Codebook) -> None:
    article = replace(own_articles[0], genre="<b>&", dispute="<i>", date="")
    page = stats_page([article], {}, own_codebook)
    assert "<b>" not in page
    assert "&lt;b&gt;&amp;" in page
    assert "no date" in page
