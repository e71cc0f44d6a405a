from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from framing.estimation.estimate import estimate
from framing.estimation.report import to_html
from framing.estimation.results import Estimates
from framing.estimation.sampling import sample

VOID = {"meta"}


class Checker(HTMLParser):
    """Notes tags that are not closed in order and anything that reaches out to the network."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.opened.append(tag)
        self.wrong += [f"{tag} {k}" for k, _ in attrs if k in ("src", "href")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if not self.opened or self.opened.pop() != tag:
            self.wrong.append(f"/{tag}")


@pytest.fixture
def found(predictions: Path, fill: Callable[..., Path], tmp_path: Path) -> Callable[..., Estimates]:
    sample(predictions, 40, seed=2).write(tmp_path / "s")
    sheet = fill(tmp_path / "s" / "sheet.csv")

    def run(**arguments: Any) -> Estimates:
        return estimate(predictions, sheet, **arguments)

    return run


@pytest.mark.parametrize("by", [None, "outlet", "month", "year"])
def test_the_page_is_whole(by: str | None, found: Callable[..., Estimates]) -> None:
    page = to_html(found(by=by))
    checker = Checker()
    checker.feed(page)
    assert (checker.opened, checker.wrong) == ([], [])
    assert "http" not in page
    plots = re.findall(r"<figure[^>]*>(<svg.*?</svg>)</figure>", page)
    assert len(plots) == 2
    for plot in plots:
        root = ElementTree.fromstring(plot)
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        for circle in root.iter("circle"):
            assert 0 <= float(circle.attrib["cx"]) <= width
            assert 0 <= float(circle.attrib["cy"]) <= height


def test_dates_run_over_time(found: Callable[..., Estimates]) -> None:
    assert "Share over time of threat" in to_html(found(by="month"))
    assert "Share by group of threat" in to_html(found(by="outlet"))


def test_names_are_escaped(predictions: Path, fill: Callable[..., Path], tmp_path: Path) -> None:
    predictions.write_text(predictions.read_text().replace("Wire, late", "<b>&"))
    sample(predictions, 40, seed=2).write(tmp_path / "s")
    page = to_html(estimate(predictions, fill(tmp_path / "s" / "sheet.csv"), by="outlet"))
    assert "<b>" not in page
    assert "&lt;b&gt;&amp;" in page
