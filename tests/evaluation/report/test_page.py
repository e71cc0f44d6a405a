from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from made_up import LABELS, Sample, made_up

from framing.evaluation.agreement import agreement
from framing.evaluation.assess import assess_pairs
from framing.evaluation.curves import all_curves
from framing.evaluation.pairs import pair
from framing.evaluation.report.page import Report
from framing.evaluation.slices import BUILT_IN, group_values, slices
from framing.schema import Prediction, Sentence, Span

VOID = {"meta", "input", "wbr", "path", "circle"}
Build = Callable[..., str]


class Page(HTMLParser):
    """Checks that every tag is closed in order; keeps attributes and the script's data."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: dict[str, str] = {}
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attributes]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        self.text[inside] = self.text.get(inside, "") + data


@pytest.fixture
def build() -> Build:
    def page(sample: Sample, *, second: bool = True, resamples: int = 100) -> str:
        articles, documents = sample
        pairs = pair(articles, documents, LABELS)
        draws = {"resamples": resamples, "seed": 0}
        groups = {
            by: slices(pairs, by, group_values(articles, by), **draws) for by in BUILT_IN if second
        }
        found = (
            agreement(articles, documents, LABELS, (articles, articles), note="We.", **draws)
            if second
            else None
        )
        return Report(
            "my-model",
            "my-data",
            articles,
            documents,
            assess_pairs(pairs, **draws),
            all_curves(pairs, **draws),
            dict.fromkeys(LABELS, 0.5),
            groups,
            found,
        ).to_html()

    return page


def records_of(page: str) -> dict[str, object]:
    match = re.search(r'<script type="application/json" id="records">(.*?)</script>', page, re.S)
    assert match is not None
    found: dict[str, object] = json.loads(match[1])
    return found


def test_the_page_is_whole_and_asks_the_network_for_nothing(build: Build, sample: Sample) -> None:
    page = build(sample)
    parsed = Page(page)
    assert not [a for a in parsed.attributes if a[1] in ("src", "srcset", "data", "action")]
    links = [value for _, name, value in parsed.attributes if name in ("href", "xlink:href")]
    assert links
    assert all(link.startswith("#") for link in links)
    ids = [value for _, name, value in parsed.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links} <= set(ids)
    assert "default-src 'none'" in page
    assert "url(" not in page
    assert "@import" not in page
    assert not re.search(r"https?://", page)


def test_the_figures_are_there(build: Build, sample: Sample) -> None:
    page = build(sample)
    found = assess_pairs(pair(*sample, LABELS), resamples=100)
    for row in (*LABELS, "macro", "micro"):
        for column in ("precision", "recall", "f1", "character_f1", "exact_f1"):
            assert f"{found[row, column].value:.3f}" in page
    for words in ("Krippendorff", "By genre", "By length", "only 12 articles", "We."):
        assert words in page
    assert page.count("<svg viewBox") == 3 * len(LABELS)


def test_the_sentences_are_there(build: Build, sample: Sample) -> None:
    content = records_of(build(sample))
    assert content["labels"] == list(LABELS)
    for entry, article, document in zip(content["articles"], *sample, strict=True):
        assert entry["id"] == article.id
        for row, gold, found in zip(entry["s"], article, document, strict=True):
            text, labels, predicted, scores, spans, marked, _ = row
            assert text == gold.text
            assert [LABELS[k] for k in labels] == list(gold.labels)
            assert [LABELS[k] for k in predicted] == list(found.labels)
            assert scores == pytest.approx(list(found.scores.values()), abs=1e-3)
            for (k, start, end), span in zip(spans + marked, gold.spans + found.spans, strict=True):
                assert (LABELS[k], text[start:end]) == (span.label, span.text)


def hostile(sample: Sample, text: str, start: int) -> Sample:
    """Return the sample with another first sentence, gold span from `start` to its end."""
    article, document = sample[0][0], sample[1][0]
    span = Span(LABELS[0], start, len(text), text[start:])
    sentence = Sentence(text, 0, len(text), (span,), (LABELS[0],))
    scores = dict.fromkeys(LABELS, 0.1)
    prediction = Prediction(text, 0, len(text), (), scores, ())
    changed = dataclasses.replace(
        article, text=text, sentences=(sentence,), title=text, genre=text, dispute=text
    )
    told = dataclasses.replace(document, text=text, predictions=(prediction,))
    return [changed, *sample[0][1:]], [told, *sample[1][1:]]


def test_texts_are_escaped(build: Build, sample: Sample) -> None:
    attack = "</script><script>alert(1)</script><img src=x onerror=alert(2)> & \"'"
    page = build(hostile(sample, attack, 3))
    parsed = Page(page)
    assert not [a for a in parsed.attributes if a[0] == "img" or a[1] == "onerror"]
    assert page.count("<script") == 2
    assert records_of(page)["articles"][0]["s"][0][0] == attack


def test_offsets_count_as_javascript_does(build: Build, sample: Sample) -> None:
    text = "😀 Duties 😀 follow"
    row = records_of(build(hostile(sample, text, 11)))["articles"][0]["s"][0]
    (_, start, end) = row[4][0]
    units = text.encode("utf-16-le")
    assert units[2 * start : 2 * end].decode("utf-16-le") == "follow"


def test_lone_surrogates_can_be_written(build: Build, sample: Sample) -> None:
    page = build(hostile(sample, "Duties \ud800 follow", 3))
    page.encode("utf-8", errors="backslashreplace")


def test_one_article_without_scores(build: Build, sample: Sample) -> None:
    document = sample[1][0]
    bare = dataclasses.replace(
        document, predictions=tuple(dataclasses.replace(p, scores={}) for p in document)
    )
    page = build((sample[0][:1], [bare]), second=False)
    Page(page)
    assert "one article only: no interval can be given" in page
    assert page.count("The predictions carry no scores.") == len(LABELS)
    assert '<span class="none">–</span>' in page
    assert "nan" not in re.sub(r"<(script|style).*?</\1>", "", page, flags=re.S)
    assert records_of(page)["articles"][0]["s"][0][3] == [None] * len(LABELS)


def test_a_sample_without_positives(build: Build) -> None:
    page = build(made_up(6, rate=0.0), second=False)
    Page(page)
    assert page.count("No gold sentence carries the label.") == len(LABELS)
    assert "no sentence carries a gold label" in page
    assert "nan" not in re.sub(r"<(script|style).*?</\1>", "", page, flags=re.S)


def test_thousands_of_sentences_stay_small(build: Build) -> None:
    sample = made_up(300, sentences=34)
    n = sum(len(article) for article in sample[0])
    page = build(sample, second=False)
    assert n > 5000
    assert len(page) < 600 * n + 150_000
