"""Tests of the packaged model; they say what a reader would expect of plain sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

import framing
from framing.codebook import default_codebook
from framing.inference.folder import GRAPH, TOKENIZER, read_config
from framing.resources import path_of

PLAIN = [
    ("The ministry vowed to impose duties of 30% unless the ban is lifted.", "threat"),
    ("Both sides agreed to extend the truce for ninety days.", "concession"),
    (
        "The government granted a subsidy of two billion dollars to build a chip plant at home.",
        "industrial_policy",
    ),
    ("The minister said the ban protects national security.", "security_justification"),
]
NEUTRAL = ["The match ended in a draw on Sunday."]
DEMO = """\
Ministers weigh answer to steel quotas

The ministry vowed to impose duties of 30% unless the ban is lifted. It gave no date.
The minister said the ban protects national security.

Both sides agreed to extend the truce for ninety days. The match ended in a draw on Sunday.
"""


@pytest.mark.parametrize(("text", "label"), PLAIN)
def test_a_plain_sentence(text: str, label: str) -> None:
    (prediction,) = framing.predict(text)
    assert label in prediction.labels
    assert any(span.label == label for span in prediction.spans)


@pytest.mark.parametrize("text", NEUTRAL)
def test_a_sentence_about_something_else(text: str) -> None:
    (prediction,) = framing.predict(text)
    assert prediction.labels == ()
    assert prediction.spans == ()


def test_the_words_that_carry_a_label() -> None:
    (prediction,) = framing.predict(PLAIN[0][0])
    words = " ".join(span.text for span in prediction.spans if span.label == "threat")
    assert "duties" in words


def test_a_demo_article() -> None:
    document = framing.predict(DEMO, title="Steel quotas")
    by_text = {prediction.text: prediction for prediction in document}
    assert len(document) == 6
    for text, label in PLAIN:
        if text in by_text:
            assert label in by_text[text].labels
    assert by_text[NEUTRAL[0]].labels == ()
    assert set(document.labels) >= {"threat", "concession", "security_justification"}
    for span in document.spans:
        assert DEMO[span.start : span.end] == span.text
    assert "threat" in str(document)
    assert "<mark" in document.to_html()


def test_the_example_of_the_package() -> None:
    document = framing.predict("The ministry vowed to retaliate unless the duties are withdrawn.")
    assert [prediction.labels for prediction in document] == [("threat",)]


def test_the_folder_is_whole() -> None:
    folder: Path = path_of("models/default")
    config = read_config(folder)
    assert config.labels == default_codebook().names
    assert config.codebook["version"] == default_codebook().version
    assert {GRAPH, TOKENIZER} <= set(config.files)
    assert (folder / "README.md").is_file()
    assert framing.load().labels == config.labels


def test_it_finds_frames_in_articles_that_it_has_not_seen() -> None:
    scores = framing.evaluate(framing.load(), framing.load_articles(split="test"))
    assert scores.macro_f1 > 0.5
    assert scores.span_f1 > 0.4
