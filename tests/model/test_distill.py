from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from framing.errors import InputError
from framing.inference.classifier import Classifier
from framing.inference.windows import TokenRow
from framing.model.distill import (
    LEAST,
    draw_sentences,
    soft_rows,
    targets_hash,
    words_as_tokens,
)
from framing.model.settings import TrainingConfig
from framing.model.training import train
from framing.schema import Article

SENTENCES = [
    "The ministry vowed to retaliate unless the duties are withdrawn.",
    "Both sides agreed to meet again in May.",
    "Shares rose by one percent on Tuesday.",
]


@pytest.fixture
def names(model: Classifier) -> tuple[str, ...]:
    return model.labels


def test_sentences_are_drawn_once_each_and_in_order() -> None:
    texts = ["One two three. Four five six.", "One two three. Seven eight nine. Ten."]
    assert draw_sentences(texts, 10, 0) == ["One two three.", "Four five six.", "Seven eight nine."]
    assert draw_sentences(["A lone \ud83d half."], 1, 0) == ["A lone \ufffd half."]
    drawn = draw_sentences(texts, 2, 0)
    assert len(drawn) == 2
    assert drawn == draw_sentences(texts, 2, 0)


def test_one_teacher_gives_its_own_scores(
    model: Classifier,
    tiny_folder: Path,
    tokenizer: Tokenizer,
    names: tuple[str, ...],
    tmp_path: Path,
) -> None:
    rows = soft_rows([tiny_folder], SENTENCES, tokenizer, names, tmp_path)
    for row, sentence in zip(rows, SENTENCES, strict=True):
        (prediction,) = model.predict(sentence, split_sentences=False)
        expected = [prediction.scores[name] for name in names]
        assert np.allclose(row.labels[0], expected, atol=1e-5)
        assert row.spans.shape == (len(row.row), len(names))
        improbable = row.labels[0] < LEAST
        assert not row.spans[:, improbable].any()
        assert (row.spans[:-1, ~improbable] > 0).all()
        assert not row.spans[-1].any()  # the separator


def test_teachers_are_averaged_and_not_asked_again(
    tiny_folder: Path, tokenizer: Tokenizer, names: tuple[str, ...], tmp_path: Path
) -> None:
    one = soft_rows([tiny_folder], SENTENCES, tokenizer, names, tmp_path / "one")
    two = soft_rows([tiny_folder, tiny_folder], SENTENCES, tokenizer, names, tmp_path / "two")
    assert targets_hash(one) == targets_hash(two)
    saved = tmp_path / "one" / "teacher-0.npz"
    with np.load(saved) as content:
        changed = {**content, "labels": np.full_like(content["labels"], 0.25)}
    np.savez(saved, **changed)
    again = soft_rows([tiny_folder], SENTENCES, tokenizer, names, tmp_path / "one")
    assert np.allclose([row.labels for row in again], 0.25)
    others = soft_rows([tiny_folder], SENTENCES[::-1], tokenizer, names, tmp_path / "one")
    assert not np.allclose([row.labels for row in others], 0.25)  # other sentences: asked again
    np.savez(saved, **changed)
    coarse = _by_word(" ".join(SENTENCES))  # the student reads them in other tokens: so too
    others = soft_rows([tiny_folder], SENTENCES, coarse, names, tmp_path / "one")
    assert not np.allclose([row.labels for row in others], 0.25)


def _by_word(sentence: str) -> Tokenizer:
    """Return a tokenizer whose tokens are the words of a sentence, whole."""
    words = dict.fromkeys([*sentence.split(), "[CLS]", "[SEP]", "[PAD]", "?"])
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, "?"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


def test_a_teacher_may_have_another_tokenizer(
    model: Classifier, tiny_folder: Path, names: tuple[str, ...], tmp_path: Path
) -> None:
    sentence = SENTENCES[0]
    (row,) = soft_rows([tiny_folder], [sentence], _by_word(sentence), names, tmp_path)
    (prediction,) = model.predict(sentence, split_sentences=False)
    assert np.allclose(row.labels[0], [prediction.scores[name] for name in names], atol=1e-5)
    assert row.spans.shape == (len(sentence.split()) + 1, len(names))
    assert not row.spans[-1].any()  # the separator


def _row(*offsets: tuple[int, int]) -> TokenRow:
    pairs = np.array([*offsets, (0, 0)], dtype=np.int64)  # the separator last
    bounds = np.array([0, len(pairs)], dtype=np.int64)
    return TokenRow(np.zeros(len(pairs), dtype=np.int64), pairs[:, 0], pairs[:, 1], bounds)


def test_words_are_carried_over_by_their_characters() -> None:
    coarse = _row((0, 6), (7, 14))  # "unless tariffs"
    fine = _row((0, 2), (2, 6), (7, 13), (13, 14))
    said = np.array([[0.1], [0.9], [0.5]], dtype=np.float32)
    assert words_as_tokens(said, coarse, fine)[:, 0] == pytest.approx([0.1, 0.1, 0.9, 0.9, 0])
    pieces = np.array([[0.3], [0.6], [0.9], [0.2], [0.5]], dtype=np.float32)
    back = words_as_tokens(pieces, fine, coarse)[:, 0]
    assert back == pytest.approx([(2 * 0.3 + 4 * 0.6) / 6, (6 * 0.9 + 0.2) / 7, 0])
    assert words_as_tokens(said, coarse, coarse)[:, 0] == pytest.approx([0.1, 0.9, 0])
    spaced = _row((0, 6), (6, 14))  # the space is counted to the word behind it
    assert words_as_tokens(said, coarse, spaced)[:, 0] == pytest.approx([0.1, 0.9, 0])


def test_a_teacher_with_other_labels_is_refused(
    tiny_folder: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    with pytest.raises(
        InputError, match=r"has the labels threat.*expected a transformer with rain"
    ):
        soft_rows([tiny_folder], SENTENCES, tokenizer, ("rain",), tmp_path)


def test_a_student_learns_from_teachers(
    tiny_config: TrainingConfig,
    tiny_data: tuple[list[Article], list[Article]],
    tiny_folder: Path,
    tmp_path: Path,
) -> None:
    texts = [article.text for article in tiny_data[1]]
    student = train(
        tiny_data[0],
        tmp_path / "student",
        validation=tiny_data[1],
        config=replace(tiny_config, unlabelled=40),
        teachers=[tiny_folder],
        unlabelled=texts,
        device="cpu",
        quantize=False,
        progress=False,
    )
    record = student.config.training["soft"]
    assert record["sentences"] == 40
    assert len(record["teachers"]) == 1
    assert not (tmp_path / "student" / "soft").exists()


def test_teachers_need_text(
    tiny_config: TrainingConfig,
    tiny_data: tuple[list[Article], list[Article]],
    tiny_folder: Path,
    tmp_path: Path,
) -> None:
    with pytest.raises(InputError, match="no unlabelled text"):
        train(
            tiny_data[0],
            tmp_path / "student",
            validation=tiny_data[1],
            config=tiny_config,
            teachers=[tiny_folder],
            device="cpu",
            progress=False,
        )
