from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer

from framing import evaluate, load
from framing.codebook import Codebook, default_codebook
from framing.dataset.tagged import format_article, parse_article, parse_sentence
from framing.errors import DataError
from framing.model.settings import TrainingConfig
from framing.model.training import train
from framing.schema import Article

EXAMPLES = [
    (label.name, example) for label in default_codebook().labels for example in label.examples
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_every_example_of_the_codebook_is_tagged_text(name: str, example: str) -> None:
    sentence = parse_sentence(example)
    assert "<" not in sentence.text
    assert set(sentence.labels) <= set(default_codebook().names)
    assert {span.label for span in sentence.spans} == set(sentence.labels)
    assert all(sentence.text[span.start : span.end] == span.text for span in sentence.spans)


def test_every_label_has_examples_with_it_and_without() -> None:
    for label in default_codebook().labels:
        carried = [label.name in parse_sentence(example).labels for example in label.examples]
        assert any(carried), label.name
        assert not all(carried), label.name
        assert label.definition
        assert label.includes
        assert label.excludes


def test_the_packaged_codebook_has_the_four_frames() -> None:
    codebook = default_codebook()
    assert codebook.names == (
        "threat",
        "concession",
        "security_justification",
        "industrial_policy",
    )
    assert len(codebook) == 4
    assert codebook.unit
    assert codebook.answer
    assert codebook.settled_cases


def test_looking_up(own_codebook: Codebook) -> None:
    assert "rain" in own_codebook
    assert "threat" not in own_codebook
    assert own_codebook["heat"].includes == ("a forecast of heat",)
    assert own_codebook.sort({"heat", "rain", "snow"}) == ("rain", "heat")
    assert (own_codebook.name, own_codebook.version) == ("weather", "7")
    with pytest.raises(KeyError, match="label 'snow' is not in codebook 'weather'"):
        own_codebook["snow"]


LABEL = "labels: [{name: rain, definition: wet}]\n"


def test_the_least_codebook(tmp_path: Path) -> None:
    path = tmp_path / "least.yaml"
    path.write_text(LABEL, encoding="utf-8")
    codebook = Codebook.read(path)
    assert (codebook.name, codebook.version, codebook.names) == ("least", "", ("rain",))


def test_a_missing_codebook(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.yaml"):
        Codebook.read(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("labels: [", "not a YAML file in UTF-8"),
        ("labels: !!python/object:os.system {}", "not a YAML file in UTF-8"),
        (b"labels: \xff", "not a YAML file in UTF-8"),
        ("", "expected a mapping with a list under 'labels'"),
        ("just words", "expected a mapping with a list under 'labels'"),
        ("name: weather", "expected a mapping with a list under 'labels'"),
        ("labels: {rain: wet}", "expected a mapping with a list under 'labels'"),
        ("labels: []", r"labels must be at least one and all different, got \[\]"),
        (LABEL + "lables: []", r"unknown keys \['lables'\]; remove or rename them"),
        (LABEL + "lables: []\n1: x", "unknown keys"),
        ("labels: [rain]", "label 0: expected a mapping with 'name' and 'definition', got 'rain'"),
        ("labels: [{name: rain}]", "label 0: expected a mapping with 'name' and 'definition'"),
        ("labels: [{definition: wet}]", "label 0: expected a mapping with 'name'"),
        (
            "labels: [{name: a, definition: wet}, {name: b, definition: x, color: red}]",
            r"label 1: unknown keys \['color'\]",
        ),
        ("labels: [{name: Rain, definition: wet}]", "name 'Rain' is not a lower-case identifier"),
        ("labels: [{name: a b, definition: wet}]", "name 'a b' is not a lower-case identifier"),
        ("labels: [{name: 1a, definition: wet}]", "name '1a' is not a lower-case identifier"),
        ("labels: [{name: 5, definition: wet}]", "name 5 is not a lower-case identifier"),
        (
            "labels: [{name: a, definition: x}, {name: a, definition: y}]",
            r"all different, got \['a', 'a'\]",
        ),
        ("labels: [{name: a, definition: x, includes: wet}]", "'includes' must be a list of"),
        ("labels: [{name: a, definition: x, excludes: [1]}]", "'excludes' must be a list of"),
        ("labels: [{name: a, definition: x, examples: }]", "'examples' must be a list of"),
        ("labels: [{name: a, definition: }]", "definition"),
        (LABEL + "settled_cases: [{case: x}]", "needs the keys 'case' and 'decision'"),
        (LABEL + "settled_cases: [x]", "needs the keys 'case' and 'decision'"),
        (LABEL + "settled_cases: 5", "settled_cases"),
        (LABEL + "settled_cases: ", "settled_cases"),
        (LABEL + "name: one\nname: two", "name"),
    ],
)
def test_a_bad_codebook(content: str | bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=rf"bad\.yaml: .*{message}"):
        Codebook.read(path)


def test_another_codebook_goes_the_whole_way(
    own_codebook: Codebook,
    own_articles: list[Article],
    tiny_config: TrainingConfig,
    tokenizer: Tokenizer,
    tmp_path: Path,
) -> None:
    for article in own_articles:
        assert parse_article(format_article(article), own_codebook) == article
    model = train(
        own_articles[:8],
        tmp_path / "weather",
        validation=own_articles[8:],
        codebook=own_codebook,
        config=tiny_config,
        device="cpu",
        progress=False,
    )
    assert model.labels == ("rain", "heat")
    assert model.config.codebook == {"name": "weather", "version": "7"}
    assert set(model.thresholds) == {"rain", "heat"}
    scores = evaluate(load(tmp_path / "weather"), own_articles)
    assert list(scores.labels) == list(scores.spans) == ["rain", "heat"]
    assert scores.labels["rain"].support == 24
    assert scores.labels["heat"].support == 24
    assert (scores.n_articles, scores.n_sentences) == (12, 48)
    (prediction,) = model.predict("Rain fell on the hot harbour.")
    assert set(prediction.scores) == {"rain", "heat"}
    assert set(prediction.labels) <= {"rain", "heat"}
