"""A tiny real model: a WordPiece tokenizer and a BERT encoder of two layers, trained in seconds."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from framing import api
from framing.codebook import Codebook
from framing.dataset.load import load_articles
from framing.dataset.tagged import parse_article
from framing.inference.classifier import Classifier
from framing.inference.folder import read_config, replace_config, write_config
from framing.model.card import write_card
from framing.model.settings import TrainingConfig
from framing.model.training import train
from framing.schema import Article

torch.set_num_threads(1)  # threads that wait for each other on busy cores are ten times slower

# No example database: tests write under their temporary folder only. No deadline: cores are shared.
settings.register_profile(
    "offline",
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("offline")

_HYPOTHESIS = tempfile.TemporaryDirectory()


def pytest_configure() -> None:
    """Keep what hypothesis writes down out of the source tree."""
    set_hypothesis_home_dir(_HYPOTHESIS.name)


def pytest_unconfigure() -> None:
    _HYPOTHESIS.cleanup()


SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

OWN_CODEBOOK = """\
name: weather
version: 7
labels:
  - name: rain
    definition: Water falls from the sky.
    examples:
      - <rain>It rained on the harbour</rain> all night.
  - name: heat
    definition: It is hot.
    includes: [a forecast of heat]
"""

OWN_ARTICLE = """\
# id: weather-{i}
# title: Weather of day {i}
# dispute: none
# genre: wire
# date: 2020-01-{day:02d}
# split-group: day-{i}

<rain>Rain fell on the harbour</rain> for {i} hours.
<heat>The heat climbed to {i} degrees</heat> in the valley.

Nobody saw the match on day {i}.
Then <rain>rain cooled <heat>the hot valley</rain> by noon</heat>.
"""


@pytest.fixture(scope="session")
def articles() -> list[Article]:
    """The packaged articles, the oldest first, so that new ones leave the tiny model as it is."""
    return sorted(load_articles(), key=lambda article: article.id[0] not in "wx")


@pytest.fixture(scope="session")
def tokenizer(articles: list[Article]) -> Tokenizer:
    """A small WordPiece tokenizer: the letters and the frequent words of some packaged articles.

    The library's own trainer breaks ties by chance, and the tiny model would change from run to
    run.
    """
    normalizer, pre_tokenizer = BertNormalizer(lowercase=True), BertPreTokenizer()
    words = Counter(
        word
        for article in articles[:40]
        for word, _ in pre_tokenizer.pre_tokenize_str(normalizer.normalize_str(article.text))
    )
    letters = sorted({letter for word in words for letter in word})
    frequent = sorted(words, key=lambda word: (-words[word], word))[:1200]
    pieces = [
        *SPECIALS,
        *letters,
        *(f"##{letter}" for letter in letters),
        "##ed",
        "##ing",
        *frequent,
    ]
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.add_special_tokens(SPECIALS)
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, pre_tokenizer
    return tokenizer


@pytest.fixture(scope="session")
def base_folder(tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Hugging Face folder with a tiny untrained encoder."""
    folder = tmp_path_factory.mktemp("base")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    ).save_pretrained(folder)
    torch.manual_seed(0)
    BertModel(
        BertConfig(
            vocab_size=tokenizer.get_vocab_size(),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=128,
            initializer_range=0.1,
        )
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_config(base_folder: Path) -> TrainingConfig:
    """Settings with which training takes seconds."""
    return TrainingConfig(
        base=str(base_folder),
        epochs=1,
        learning_rate=2e-3,
        batch_tokens=1024,
        average=0.9,
        window=128,
        bf16=False,
    )


@pytest.fixture(scope="session")
def tiny_data(articles: list[Article]) -> tuple[list[Article], list[Article]]:
    """Articles to train and to validate on within a second."""
    return articles[:12], articles[12:18]


@pytest.fixture(scope="session")
def tiny_folder(
    tiny_config: TrainingConfig,
    articles: list[Article],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The folder of a trained tiny model; copy it before changing a file.

    Its thresholds are set so that some sentences get some labels and others none.
    """
    folder = tmp_path_factory.mktemp("models") / "tiny"
    config = replace(
        tiny_config, epochs=4, patience=4, learning_rate=4e-3, dropout=0.0, freeze_embeddings=False
    )
    validation = articles[100:120]
    trained = train(
        articles[:60], folder, validation=validation, config=config, device="cpu", progress=False
    )
    scores = [p.scores for document in trained.predict_articles(articles[:20]) for p in document]
    thresholds = {name: float(np.quantile([s[name] for s in scores], 0.8)) for name in scores[0]}
    changed = replace_config(trained.config, thresholds=thresholds)
    write_config(folder, changed, list(changed.files))
    write_card(folder)
    return folder


@pytest.fixture(scope="session")
def model(tiny_folder: Path) -> Classifier:
    """The tiny model."""
    return api.load(tiny_folder, threads=2)


@pytest.fixture(scope="session")
def joint_folder(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model, set to read sentences among their neighbours."""
    folder = tmp_path_factory.mktemp("models") / "joint"
    shutil.copytree(tiny_folder, folder)
    config = replace_config(read_config(folder), window=96, context=40, joint=True)
    write_config(folder, config, list(config.files))
    return folder


@pytest.fixture(scope="session")
def joint_model(joint_folder: Path) -> Classifier:
    return api.load(joint_folder, threads=2)


@pytest.fixture(scope="session")
def context_model(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    """The tiny model, set to read each sentence after those before it."""
    folder = tmp_path_factory.mktemp("models") / "context"
    shutil.copytree(tiny_folder, folder)
    config = replace_config(read_config(folder), context=48)
    write_config(folder, config, list(config.files))
    return api.load(folder, threads=2)


@pytest.fixture
def tiny_default(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put the tiny model in the place of the packaged one."""
    monkeypatch.setattr(api, "path_of", lambda relative: tiny_folder)
    api._load_default.cache_clear()
    yield tiny_folder
    api._load_default.cache_clear()


@pytest.fixture(scope="session")
def own_codebook_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's own codebook with two labels."""
    path = tmp_path_factory.mktemp("codebook") / "weather.yaml"
    path.write_text(OWN_CODEBOOK, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def own_codebook(own_codebook_file: Path) -> Codebook:
    return Codebook.read(own_codebook_file)


@pytest.fixture(scope="session")
def own_articles(own_codebook: Codebook) -> list[Article]:
    """Twelve articles that carry the labels of the own codebook."""
    return [
        parse_article(OWN_ARTICLE.format(i=i, day=i), own_codebook, where=f"day-{i}")
        for i in range(1, 13)
    ]
