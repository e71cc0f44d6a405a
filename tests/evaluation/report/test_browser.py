"""The page in a real browser: filters, order, keyboard, phone, dark mode, many sentences."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_up import LABELS, Sample, made_up
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait
from test_page import Build, build

from framing.schema import Article, Document

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
DRIVER = shutil.which("chromedriver") or ""
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="no Chromium with chromedriver here: apt-get install chromium chromium-driver",
)
__all__ = ["build"]  # the fixture

Driver = webdriver.Chrome


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    options = Options()
    options.binary_location = CHROMIUM
    folder = tmp_path_factory.mktemp("profile")
    for argument in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage"):
        options.add_argument(f"--{argument}")
    options.add_argument(f"--user-data-dir={folder}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def big() -> Sample:
    return made_up(300, sentences=34)


@pytest.fixture
def opened(browser: Driver, build: Build, sample: Sample, tmp_path: Path) -> Driver:
    """The page of the small sample in a desktop window."""
    return show(browser, build(sample), tmp_path)


def show(
    browser: Driver, page: str, folder: Path, *, width: int = 1280, scheme: str = "light"
) -> Driver:
    file = folder / "report.html"
    file.write_text(page, encoding="utf-8")
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get(file.as_uri())
    return browser


def choose(browser: Driver, field: str, value: str) -> None:
    Select(browser.find_element(By.ID, field)).select_by_value(value)


def count(browser: Driver) -> int:
    return int(browser.find_element(By.ID, "count").text.split()[0].replace(",", ""))


def expected(sample: tuple[list[Article], list[Document]], kind: str, label: str | None) -> int:
    found = 0
    for article, document in zip(*sample, strict=True):
        for gold, prediction in zip(article, document, strict=True):
            one, other = set(gold.labels), set(prediction.labels)
            wrong = {"missed": one - other, "extra": other - one}[kind]
            found += bool(wrong if label is None else wrong & {label})
    return found


def test_nothing_is_logged_and_nothing_fetched(opened: Driver) -> None:
    assert opened.get_log("browser") == []
    requests = [
        e["message"] for e in opened.get_log("performance") if "requestWillBeSent" in e["message"]
    ]
    assert any('"url":"file:' in r for r in requests)
    assert not [r for r in requests if '"url":"http' in r]


@pytest.mark.parametrize("kind", ["missed", "extra"])
def test_filters(kind: str, opened: Driver, sample: Sample) -> None:
    choose(opened, "by-kind", kind)
    assert count(opened) == expected(sample, kind, None)
    for k, label in enumerate(LABELS):
        choose(opened, "by-label", str(k))
        assert count(opened) == expected(sample, kind, label)
        for item in opened.find_elements(By.CLASS_NAME, "item"):
            assert f"{kind} {label}" in item.text


def test_the_order_is_that_of_confidence(opened: Driver) -> None:
    choose(opened, "by-kind", "extra")
    choose(opened, "by-label", "0")

    def shown() -> list[float]:
        texts = [e.text for e in opened.find_elements(By.CSS_SELECTOR, ".verdicts li")]
        wanted = [t for t in texts if t.startswith(f"extra {LABELS[0]}")]
        return [float(t.split("probability ")[1][:4].replace("over", "1")) for t in wanted]

    assert len(shown()) > 2
    assert shown() == sorted(shown(), reverse=True)
    choose(opened, "by-order", "unsure")
    assert shown() == sorted(shown())


def test_spans_are_drawn(opened: Driver, sample: Sample) -> None:
    choose(opened, "by-kind", "missed")
    choose(opened, "by-label", "0")
    gold = {span.text for article in sample[0] for s in article for span in s.spans}
    marks = opened.find_elements(By.CSS_SELECTOR, ".item mark")
    lined = [m for m in marks if m.value_of_css_property("box-shadow") != "none"]
    assert lined
    assert all("gold: " in mark.get_attribute("title") for mark in lined)
    assert all(any(mark.text in words for words in gold) for mark in lined)
    shaded = [m for m in marks if "predicted: " in m.get_attribute("title")]
    clear = "rgba(0, 0, 0, 0)"
    assert all(
        (mark.value_of_css_property("background-color") != clear)
        or (mark.value_of_css_property("background-image") != "none")
        for mark in shaded
    )


def test_words(opened: Driver, sample: Sample) -> None:
    choose(opened, "by-kind", "any")
    opened.find_element(By.ID, "by-words").send_keys("STEEL")
    wanted = sum("steel" in s.text.lower() for a in sample[0] for s in a)
    WebDriverWait(opened, 5).until(lambda driver: count(driver) == wanted)


def test_the_keyboard(opened: Driver) -> None:
    body = opened.find_element(By.TAG_NAME, "body")
    body.send_keys("j")
    first = opened.switch_to.active_element
    assert first.get_attribute("class") == "item"
    first.send_keys("j")
    second = opened.switch_to.active_element
    assert second != first
    second.send_keys("k")
    assert opened.switch_to.active_element == first
    button = first.find_elements(By.CLASS_NAME, "open")
    if button:
        first.send_keys(Keys.ENTER)
        assert button[0].get_attribute("aria-expanded") == "true"
        assert first.find_elements(By.CLASS_NAME, "whole")
    first.send_keys("/")
    field = opened.switch_to.active_element
    assert field.get_attribute("id") == "by-words"
    field.send_keys("jk/")
    assert field.get_attribute("value") == "jk/"
    field.send_keys(Keys.ESCAPE)
    assert opened.switch_to.active_element.get_attribute("id") != "by-words"


def test_every_control_can_be_reached_by_tab(opened: Driver) -> None:
    reached = set()
    opened.find_element(By.CSS_SELECTOR, "nav a").send_keys(Keys.TAB)
    for _ in range(80):
        element = opened.switch_to.active_element
        reached.add(element.get_attribute("id") or element.get_attribute("class"))
        element.send_keys(Keys.TAB)
    assert {"by-label", "by-kind", "by-order", "by-words", "scroll", "open"} <= reached


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone(
    scheme: str, browser: Driver, build: Build, sample: Sample, tmp_path: Path
) -> None:
    show(browser, build(sample), tmp_path, width=390, scheme=scheme)
    width = browser.execute_script("return document.documentElement.scrollWidth")
    assert width == 390
    for field in ("by-label", "by-kind", "by-order", "by-words"):
        assert browser.find_element(By.ID, field).rect["height"] >= 36  # a finger's width


def contrast(one: list[float], other: list[float]) -> float:
    """Return the contrast ratio of two sRGB colours (WCAG 2.1)."""

    def light(color: list[float]) -> float:
        parts = [c / 255 for c in color]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_marks_stand_out(
    scheme: str, browser: Driver, build: Build, sample: Sample, tmp_path: Path
) -> None:
    show(browser, build(sample), tmp_path, scheme=scheme)
    script = """
    const canvas = document.createElement('canvas').getContext('2d');
    const style = getComputedStyle(document.documentElement);
    return Object.fromEntries(arguments[0].map((name) => {
      canvas.fillStyle = style.getPropertyValue('--' + name).trim();
      canvas.fillRect(0, 0, 1, 1);
      return [name, [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)];
    }));"""
    marks = [f"c{k}" for k in range(7)]
    colors = browser.execute_script(script, ["ground", "raised", "ink", "soft", *marks])
    dark = sum(colors["ground"]) < 200
    assert dark == (scheme == "dark")
    for ground in ("ground", "raised"):
        assert contrast(colors["ink"], colors[ground]) > 7
        assert contrast(colors["soft"], colors[ground]) > 4.5
        for mark in marks:
            assert contrast(colors[mark], colors[ground]) > 3


def test_thousands_of_sentences(browser: Driver, build: Build, big: Sample, tmp_path: Path) -> None:
    show(browser, build(big, second=False), tmp_path)
    choose(browser, "by-kind", "any")
    n = sum(len(article) for article in big[0])
    assert count(browser) == n > 5000
    assert len(browser.find_elements(By.CLASS_NAME, "item")) == 25
    more = browser.find_element(By.ID, "more")
    assert more.text == f"Show 25 more of {n - 25:,}"
    more.click()
    assert len(browser.find_elements(By.CLASS_NAME, "item")) == 50
    assert browser.switch_to.active_element == browser.find_elements(By.CLASS_NAME, "item")[25]
    took = browser.execute_script(
        "const t = performance.now(); document.getElementById('by-kind').onchange();"
        "return performance.now() - t;"
    )
    assert took < 1000  # 40 ms where nothing else runs
