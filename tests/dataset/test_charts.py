from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from framing.dataset.charts import WIDTH, Bar, bars, histogram, matrix

ROWS = [Bar("a <b>", 10, "10"), Bar("a name that is much too long to fit", 5, "5", "five")]


def svg(figure: str) -> ET.Element:
    found = ET.fromstring(figure).find("svg")  # well-formed XML, or this raises
    assert found is not None
    return found


def numbers(figure: str, name: str) -> list[float]:
    return [float(rect.get(name, "")) for rect in svg(figure).iter("rect")]


def test_bars_are_in_proportion_and_stay_inside() -> None:
    widths = numbers(bars("t & u", ROWS, "red"), "width")
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.1)
    assert max(numbers(bars("t", ROWS, "red", top=20), "width")) == pytest.approx(
        widths[1], abs=0.1
    )
    figure = bars("t & u", ROWS, "red")
    assert max(float(t.get("x", "")) for t in svg(figure).iter("text")) < WIDTH
    assert svg(figure).get("aria-label") == "t & u"
    assert [t.text for t in svg(figure).iter("title")] == ["a <b>: 10", "five"]
    assert "too lo" not in "".join(t.text or "" for t in svg(figure).iter("text"))


def test_columns_are_in_proportion() -> None:
    tall = numbers(histogram("t", ROWS, "red", axis="words"), "height")
    assert tall[0] == pytest.approx(2 * tall[1], abs=0.1)
    many = histogram("t", [Bar(f"{i}", 1, "1") for i in range(20)], "red", axis="words")
    names = [t.text for t in svg(many).iter("text") if re.fullmatch(r"\d+", t.text or "")]
    assert names.count("1") == 20  # the counts, and no name 1: only every second is written
    assert "2" in names


def test_nothing_to_draw() -> None:
    assert numbers(bars("t", [Bar("a", 0, "0")], "red"), "width") == [0]
    assert numbers(histogram("t", [Bar("a", 0, "0")], "red", axis="x"), "height") == [0]
    assert numbers(bars("t", [], "red"), "width") == []


def test_a_matrix() -> None:
    cells = [["1", "2"], ["3", "4"]]
    figure = matrix("t", ["rain", "heat"], [[0, 1], [0.5, 0]], cells, cells, "red")
    opacities = numbers(figure, "fill-opacity")
    assert opacities[1] > opacities[2] > opacities[0] == opacities[3]
    assert [t.text for t in svg(figure).iter("title")] == ["1", "2", "3", "4"]
