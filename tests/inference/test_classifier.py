from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from framing import load
from framing.errors import InputError
from framing.inference import blocks
from framing.inference.classifier import Classifier
from framing.schema import Article, Document
from framing.sentences import split

TEXTS = [
    "The ministry vowed to retaliate. It later agreed to talk.",
    "",
    "Duties of 30% will follow unless a deal is signed!",
    " \n ",
    "No full stop",
    "The curbs keep the metals out of weapons programmes. Nobody spoke. The match was a draw.",
]


def check(document: Document, text: str, model: Classifier) -> None:
    """Check what holds for every document."""
    assert document.text == text
    assert document.label_names == model.labels
    position = 0
    for prediction in document:
        assert position <= prediction.start < prediction.end
        assert not text[position : prediction.start].strip()
        position = prediction.end
        assert text[prediction.start : prediction.end] == prediction.text
        assert list(prediction.scores) == list(model.labels)
        assert all(0 <= score <= 1 for score in prediction.scores.values())
        assert all(type(score) is float for score in prediction.scores.values())
        assert prediction.labels == tuple(
            name
            for name in model.labels
            if np.float32(prediction.scores[name]) >= np.float32(model.thresholds[name])
        )
        assert {span.label for span in prediction.spans} == set(prediction.labels)
        assert list(prediction.spans) == sorted(prediction.spans, key=lambda s: (s.start, s.end))
        for span in prediction.spans:
            assert prediction.start <= span.start < span.end <= prediction.end
            assert text[span.start : span.end] == span.text
            assert span.score is not None
            assert 0 <= span.score <= 1
        for name in prediction.labels:
            mine = [span for span in prediction.spans if span.label == name]
            assert all(a.end <= b.start for a, b in itertools.pairwise(mine))
    assert not text[position:].strip()


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
PIECES = ["The ban", " ends", ". ", "\n\n", "(30%)", " \u201cno\u201d", "x" * 300]
SIGNS = ["\ud800", "\x00", "\u0647\u0644", "\u202e", "\u200d", FAMILY, "\U0001f389", "e\u0301"]
RARE = ["\ufeff", "\u4e0d\u884c\u3002", "\u00a0", "\u0130"]
ANY_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.lists(st.sampled_from([*PIECES, *SIGNS, *RARE]), max_size=30).map("".join),
)


@given(text=ANY_TEXT)
@example(text="\ud800\udfff. \x00\x00 \u202eduties\u202c")
@example(text="\U0001f468\u200d\U0001f469\u200d\U0001f467 said no. \U0001f389")
@example(text="\u200b")
@example(text="word " * 500)
def test_any_text(text: str, model: Classifier, joint_model: Classifier) -> None:
    for each in (model, joint_model):
        check(each.predict(text), text, each)
        whole = each.predict(text, title=text, split_sentences=False)
        check(whole, text, each)
        assert len(whole) == bool(text.strip())


def test_the_tiny_model_gives_some_sentences_some_labels(
    model: Classifier, articles: list[Article]
) -> None:
    found = {p.labels for document in model.predict_articles(articles[:20]) for p in document}
    assert () in found
    assert len(found) > 2


def test_sentences_are_those_of_the_splitter(model: Classifier) -> None:
    for text in TEXTS:
        assert [(p.start, p.end) for p in model.predict(text)] == split(text)


def test_a_str_gives_a_document_and_a_list_a_list(model: Classifier) -> None:
    document = model.predict(TEXTS[0])
    assert isinstance(document, Document)
    assert model.predict([TEXTS[0]]) == [document]
    assert model.predict([]) == []
    assert model.predict(()) == []
    assert model.predict(TEXTS) == [model.predict(text) for text in TEXTS]


def test_any_iterable_of_texts(model: Classifier) -> None:
    expected = model.predict(TEXTS)
    assert model.predict(text for text in TEXTS) == expected
    assert model.predict(tuple(TEXTS)) == expected
    assert model.predict(dict.fromkeys(TEXTS).keys()) == expected
    assert model.predict(np.array(TEXTS)) == expected
    assert list(model.stream(iter(TEXTS))) == expected


@pytest.mark.parametrize("text", ["", " ", "\n\n\t", "\u00a0\u2003\u2028"])
def test_a_blank_text_has_no_prediction(text: str, model: Classifier) -> None:
    for flag in (True, False):
        document = model.predict(text, title="Steel", split_sentences=flag)
        assert len(document) == 0
        assert (document.text, document.title) == (text, "Steel")
        assert document.label_names == model.labels
        assert document.labels == document.spans == ()


def test_one_sentence(model: Classifier) -> None:
    text = "  Talks failed. Duties follow. "
    (prediction,) = model.predict(text, split_sentences=False)
    assert (prediction.start, prediction.end) == (2, len(text) - 1)
    assert len(model.predict(text)) == 2


def test_titles(model: Classifier, joint_model: Classifier) -> None:
    text = TEXTS[0]
    for each in (model, joint_model):
        titled = each.predict(text, title="Duties of 30% on steel")
        assert titled.title == "Duties of 30% on steel"
        assert each.predict([text, text], title=["Duties of 30% on steel", None]) == [
            titled,
            each.predict(text),
        ]
        assert each.predict(text, title=" ").predictions == each.predict(text).predictions
    assert joint_model.predict(text, title="Duties").predictions != (
        joint_model.predict(text).predictions
    )
    # Read one by one, sentences have no context.
    assert model.predict(text, title="Duties").predictions == model.predict(text).predictions


BAD_TEXTS: list[tuple[Any, str]] = [
    (None, "texts must be a str or an iterable of str, got None"),
    (5, "texts must be a str or an iterable of str, got int 5"),
    (1.5, "texts must be a str or an iterable of str, got float 1.5"),
    (b"bytes", r"got bytes b'bytes'; decode it first, for example \.decode\('utf-8'\)"),
    (bytearray(b"x"), r"got bytearray bytearray\(b'x'\); decode it first"),
    ({"text": "a"}, "texts must be a str or an iterable of str, got a mapping; pass its values"),
    (["a", None], "text 1 must be a str, got None"),
    ([5], "text 0 must be a str, got int 5"),
    (["a", b"b"], "text 1 must be a str, got bytes b'b'; decode it first"),
    (["a", ["b"]], r"text 1 must be a str, got list \['b'\]"),
    (np.array([1.0]), r"text 0 must be a str, got float64"),
    (Path("a.txt"), "texts must be a str or an iterable of str, got PosixPath"),
    ([{"text": "x" * 500}], r"text 0 must be a str, got dict \{'text': 'x{1,40}$"),
]


@pytest.mark.parametrize(("texts", "message"), BAD_TEXTS)
def test_what_is_no_text(texts: Any, message: str, model: Classifier) -> None:
    with pytest.raises(InputError, match=message):
        model.predict(texts)


@pytest.mark.parametrize(
    ("texts", "title", "message"),
    [
        ("a", ["b"], r"title must be a str for a single text, got list \['b'\]"),
        ("a", 5, "title must be a str for a single text, got int 5"),
        ("a", b"b", "title must be a str for a single text, got bytes b'b'"),
        (["a", "b"], "c", "title needs one entry for each of the 2 texts, got one str"),
        (["a", "b"], ["c"], "title needs one entry for each of the 2 texts, got 1 of them"),
        (["a"], [], "title needs one entry for each of the 1 texts, got 0 of them"),
        (["a", "b"], ["c", 5], "the title of text 1 must be a str or None, got int 5"),
        (["a", "b"], ["c", b"d"], "the title of text 1 must be a str or None, got bytes b'd'"),
        (["a", "b"], 5, "title needs one entry for each of the 2 texts, got int 5"),
        (["a"], (title for title in ["b"]), "title needs one entry for each of the 1 texts"),
    ],
)
def test_titles_that_do_not_fit(texts: Any, title: Any, message: str, model: Classifier) -> None:
    with pytest.raises(InputError, match=message):
        model.predict(texts, title=title)


@pytest.mark.parametrize("titles", [["c"], ["c", "d", "e"]])
def test_titles_of_a_stream_that_do_not_fit(titles: list[str], model: Classifier) -> None:
    with pytest.raises(InputError, match="title"):
        list(model.stream(["a", "b"], titles=titles))


def test_documents_before_a_bad_text_are_delivered(
    model: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "_BLOCK", 1)
    stream = model.stream(["One. Two.", "Three.", "Four.", None])  # type: ignore[list-item]
    assert [next(stream).text, next(stream).text] == ["One. Two.", "Three."]
    with pytest.raises(InputError, match="text 3 must be a str, got None"):
        list(stream)


@pytest.mark.parametrize("threads", [1, 3])
def test_results_do_not_depend_on_threads_or_company(
    threads: int,
    model: Classifier,
    joint_model: Classifier,
    tiny_folder: Path,
    joint_folder: Path,
    articles: list[Article],
) -> None:
    texts = [article.text for article in articles[:8]] + TEXTS
    for each, folder in ((model, tiny_folder), (joint_model, joint_folder)):
        alone = [each.predict(text) for text in texts]
        other = load(folder, threads=threads)
        assert other.predict(texts) == alone
        assert other.predict(texts[::-1])[::-1] == alone


def test_threads_may_share_a_model(model: Classifier, articles: list[Article]) -> None:
    texts = [article.text for article in articles[:6]]
    expected = [model.predict(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(model.predict, texts * 3)) == expected * 3


def test_sentences_read_alone_do_not_depend_on_their_neighbours(
    model: Classifier, articles: list[Article]
) -> None:
    document = model.predict(articles[0].text)
    for prediction in document:
        (alone,) = model.predict(prediction.text, split_sentences=False)
        assert alone.scores == prediction.scores
        assert alone.labels == prediction.labels
        assert [s.text for s in alone.spans] == [s.text for s in prediction.spans]


@pytest.mark.parametrize("block", [1, 2, 7, 10_000])
@pytest.mark.parametrize("passage", [1, 3, 256])
def test_a_stream_over_the_borders_of_blocks(
    block: int,
    passage: int,
    joint_model: Classifier,
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocks, "_PASSAGE", passage)
    texts = [article.text[:900] for article in articles[:4]]
    texts = [texts[0], *TEXTS, texts[1], texts[2], "", texts[3]]
    titles = [f"Title {i}" if i % 2 else None for i in range(len(texts))]
    pairs = zip(texts, titles, strict=True)
    expected = [joint_model.predict(text, title=title) for text, title in pairs]
    monkeypatch.setattr(blocks, "_BLOCK", block)
    assert list(joint_model.stream(texts, titles=titles)) == expected


def test_passages_change_nothing_where_sentences_are_read_alone(
    model: Classifier, articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [article.text for article in articles[:5]]
    expected = model.predict(texts)
    monkeypatch.setattr(blocks, "_PASSAGE", 2)
    monkeypatch.setattr(blocks, "_BLOCK", 3)
    assert model.predict(texts) == expected


class Endless:
    """Texts of two sentences without end; `read` counts those that were asked for."""

    read = 0

    def __iter__(self) -> Iterator[str]:
        while True:
            self.read += 1
            yield f"Sentence {self.read}. Another."


def test_a_stream_reads_two_blocks_ahead(
    model: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "_BLOCK", 10)
    texts = Endless()
    stream = model.stream(texts)
    assert texts.read == 0
    for i in range(1, 40):
        assert next(stream).text == f"Sentence {i}. Another."
        assert texts.read <= i + 11


def test_blank_texts_do_not_pile_up(model: Classifier) -> None:
    def blank() -> Iterator[str]:
        yield from itertools.repeat("", 100_000)
        pytest.fail("100000 blank texts were read before the first document came")

    assert next(model.stream(blank())).text == ""


def test_articles_keep_their_gold_sentences(
    model: Classifier, joint_model: Classifier, articles: list[Article]
) -> None:
    for each in (model, joint_model):
        documents = list(each.predict_articles(iter(articles[:10])))
        for article, document in zip(articles, documents, strict=False):
            assert document.title == article.title
            assert [(p.start, p.end, p.text) for p in document] == [
                (s.start, s.end, s.text) for s in article.sentences
            ]
            check(document, article.text, each)
    assert list(model.predict_articles([])) == []


def test_a_megabyte_without_a_full_stop(model: Classifier, joint_model: Classifier) -> None:
    text = "word " * 209_715
    start = time.process_time()
    document = model.predict(text)
    assert time.process_time() - start < 120
    assert len(document) == 1
    check(document, text, model)
    short = text[:50_000]
    check(joint_model.predict(short), short, joint_model)


def test_a_long_article_of_short_sentences(joint_model: Classifier) -> None:
    text = "Talks failed today. The ban stays. Duties may rise. " * 40_330
    assert len(text) > 2_000_000
    start = time.process_time()
    count = 0
    for document in joint_model.stream([text]):
        count += len(document)
    assert time.process_time() - start < 180
    assert count == 120_990


def test_what_a_model_says_of_itself(model: Classifier) -> None:
    assert repr(model).startswith("Classifier(kind='transformer', labels=['threat', ")
    assert set(model.thresholds) == set(model.labels)
    assert model.config.kind == "transformer"


def test_the_torch_network_agrees_with_the_exported_one(
    tiny_folder: Path, model: Classifier, articles: list[Article]
) -> None:
    on_torch = load(tiny_folder, device="cpu:0")
    graph = model.config.training["export"]["precision"]
    for article in articles[:3]:
        for a, b in zip(on_torch.predict(article.text), model.predict(article.text), strict=True):
            for name in model.labels:
                difference = abs(a.scores[name] - b.scores[name])
                assert difference < (1e-3 if graph == "float32" else 0.2)


def test_a_device_that_is_not_there(tiny_folder: Path) -> None:
    with pytest.raises(InputError, match="device 'tpu9' cannot be used here"):
        load(tiny_folder, device="tpu9")


def test_an_error_of_the_input_comes_after_what_was_read_before(
    model: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "_BLOCK", 10)

    def broken() -> Iterator[str]:
        for i in range(25):
            yield f"Sentence {i}. Another."
        raise OSError("the disk is gone")

    stream = model.stream(broken())
    for i in range(25):
        assert next(stream).text == f"Sentence {i}. Another."
    with pytest.raises(OSError, match="the disk is gone"):
        next(stream)


def test_one_thread_reads_no_further_than_it_must(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "_BLOCK", 10)
    texts = Endless()
    stream = Classifier.load(tiny_folder, threads=1).stream(texts)
    next(stream)
    assert texts.read == 5
    stream.close()


def test_other_thresholds(model: Classifier) -> None:
    before = dict(model.thresholds)
    none = model.with_thresholds(dict.fromkeys(model.labels, 1.0))
    every = model.with_thresholds(dict.fromkeys(model.labels, 0))
    assert not any(prediction.labels for prediction in none.predict(TEXTS[0]))
    for prediction in every.predict(TEXTS[0]):
        assert prediction.labels == model.labels
        assert {span.label for span in prediction.spans} == set(model.labels)
    one = model.with_thresholds({"threat": 0.25})
    assert one.thresholds == {**before, "threat": 0.25}
    assert dict(model.thresholds) == before
    check(one.predict(TEXTS[0]), TEXTS[0], one)
    scores = [[p.scores for p in m.predict(TEXTS[0])] for m in (model, none, every, one)]
    assert scores[0] == scores[1] == scores[2] == scores[3]


@pytest.mark.parametrize(
    ("thresholds", "message"),
    [
        ({"greed": 0.5}, "threshold for 'greed': no such label; the model has threat, concession"),
        ({"threat": 1.5}, "the threshold for 'threat' must be a number from 0 to 1, got 1.5"),
        ({"threat": -0.1}, "must be a number from 0 to 1, got -0.1"),
        ({"threat": float("nan")}, "must be a number from 0 to 1, got nan"),
        ({"threat": True}, "must be a number from 0 to 1, got True"),
        ({"threat": "high"}, "must be a number from 0 to 1, got 'high'"),
    ],
)
def test_thresholds_that_cannot_be(
    thresholds: dict[str, Any], message: str, model: Classifier
) -> None:
    with pytest.raises(InputError, match=message):
        model.with_thresholds(thresholds)


def test_thresholds_are_to_be_read_only(model: Classifier) -> None:
    with pytest.raises(TypeError, match="does not support item assignment"):
        model.thresholds["threat"] = 0.9  # type: ignore[index]


def test_a_table_is_no_list_of_texts(model: Classifier) -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"text": TEXTS, "date": TEXTS})
    with pytest.raises(InputError, match=r"got a DataFrame; pass the column .* table\['text'\]"):
        model.predict(table)
    assert [d.text for d in model.predict(table["text"])] == TEXTS


@pytest.mark.parametrize("threads", [0, -3])
def test_too_few_threads(threads: int, tiny_folder: Path) -> None:
    with pytest.raises(InputError, match=f"threads must be at least 1, got {threads}"):
        load(tiny_folder, threads=threads)


def test_an_excerpt_is_read_as_within_its_article(
    context_model: Classifier, articles: list[Article]
) -> None:
    whole = articles[3]
    cut = whole.sentences[4].start
    sentences = tuple(
        replace(s, start=s.start - cut, end=s.end - cut, spans=()) for s in whole.sentences[4:]
    )
    before = tuple(s.text for s in whole.sentences[:4])
    excerpt = replace(whole, text=whole.text[cut:], sentences=sentences, before=before)
    first, second = context_model.predict_articles([whole, excerpt])
    assert [p.scores for p in second] == [p.scores for p in first][4:]
    (alone,) = context_model.predict_articles([replace(excerpt, before=())])
    assert [p.scores for p in alone] != [p.scores for p in second]


def test_passages_change_nothing_where_context_is_read(
    context_model: Classifier, articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [article.text for article in articles[:3]] + ["It is. " * 40]
    expected = context_model.predict(texts)
    monkeypatch.setattr(blocks, "_PASSAGE", 5)
    assert context_model.predict(texts) == expected
