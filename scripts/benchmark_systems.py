"""What ``scripts/benchmark_speed.py`` compares: each system takes sentences and labels them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import framing
from framing.evaluation.evaluate import evaluate
from framing.evaluation.metrics import label_counts
from framing.inference import folder as model_folder
from framing.inference.runtime import cpu_count
from framing.inference.windows import opening_id, padding_id, separator_id
from framing.resources import path_of
from framing.schema import Article

LABELS = framing.default_codebook().names


@dataclass(frozen=True, slots=True)
class System:
    """A system under test: its name, what labels all sentences once, its macro-F1 or None."""

    name: str
    run: Callable[[], object]
    macro_f1: float | None = None


def sentences_of(articles: Sequence[Article]) -> list[str]:
    """Return the sentences of articles, one after the other."""
    return [sentence.text for article in articles for sentence in article.sentences]


def gold_of(articles: Sequence[Article]) -> np.ndarray:
    """Return the gold labels, shape (n_sentences, n_labels)."""
    rows = [[name in s.labels for name in LABELS] for a in articles for s in a.sentences]
    return np.array(rows, dtype=bool)


def macro_f1(gold: np.ndarray, predicted: np.ndarray) -> float:
    """Return the mean over labels of the F1 of the positive class."""
    return float(np.mean([counts.f1 for counts in label_counts(gold, predicted)]))


def framing_predict(articles: Sequence[Article], test: Sequence[Article]) -> System:
    """Whole articles through framing.predict: splitting, tokenising, labels and spans."""
    texts = [article.text for article in articles]
    return System(
        "framing.predict, whole articles",
        lambda: framing.predict(texts),
        evaluate(framing.load(), test).macro_f1,
    )


def pipeline(articles: Sequence[Article], weights: Path | None) -> System:
    """transformers.pipeline on the same encoder in float32, with a plain classification head.

    The time does not depend on the numbers in the weights: without a trained folder they are drawn.
    """
    import transformers
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    from framing.model.base import longest_window

    folder = path_of("models/default") if weights is None else weights
    settings = dict(model_folder.read_config(folder).encoder)
    config = transformers.AutoConfig.for_model(settings.pop("model_type"), **settings)
    config.num_labels, config.problem_type = len(LABELS), "multi_label_classification"
    network = transformers.AutoModelForSequenceClassification.from_config(config).eval()
    if weights is not None:
        prefix = network.base_model_prefix + "."
        tensors = load_file(weights / model_folder.WEIGHTS)
        state = {
            prefix + name.removeprefix("encoder."): tensor
            for name, tensor in tensors.items()
            if name.startswith("encoder.")
        }
        unexpected = network.load_state_dict(state, strict=False).unexpected_keys
        if unexpected:
            raise SystemExit(f"{weights}: does not fit a plain encoder: {unexpected[:3]}")
    words = Tokenizer.from_file(str(folder / model_folder.TOKENIZER))
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=words,
        pad_token=words.id_to_token(padding_id(words)),
        cls_token=words.id_to_token(opening_id(words)),
        sep_token=words.id_to_token(separator_id(words)),
        model_max_length=longest_window(network.base_model),
    )
    tag = transformers.pipeline(
        "text-classification", model=network, tokenizer=tokenizer, batch_size=32, device="cpu"
    )
    texts = sentences_of(articles)
    return System(
        "transformers.pipeline, float32, batches of 32",
        lambda: tag(texts, top_k=None, function_to_apply="sigmoid", truncation=True),
    )


def bare_onnx(articles: Sequence[Article]) -> System:
    """The packaged graph alone: sentences tokenised before, in batches of one length."""
    import onnxruntime
    from tokenizers import Tokenizer

    folder = path_of("models/default")
    tokenizer = Tokenizer.from_file(str(folder / model_folder.TOKENIZER))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    encodings = tokenizer.encode_batch(sentences_of(articles), add_special_tokens=True)
    by_length = sorted((encoding.ids[:256] for encoding in encodings), key=len, reverse=True)
    batches = [
        np.array(rows[i : i + 32], dtype=np.int64)
        for _, group in itertools.groupby(by_length, key=len)
        for rows in [list(group)]
        for i in range(0, len(rows), 32)
    ]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / model_folder.GRAPH),
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],  # as in prediction: quicker without
    )
    names = [value.name for value in session.get_inputs()]

    def run_one(batch: np.ndarray) -> object:
        feed = {name: batch if name == "input_ids" else np.ones_like(batch) for name in names}
        return session.run(None, feed)

    pool = ThreadPoolExecutor(cpu_count())
    return System(
        "bare onnxruntime, packaged graph, tokenised and sorted before",
        lambda: list(pool.map(run_one, batches)),
    )


def tfidf(
    articles: Sequence[Article], train: Sequence[Article], test: Sequence[Article], folder: Path
) -> System:
    """The baseline that ``framing train --baseline`` fits."""
    from framing.model.baseline import train_baseline

    model = train_baseline(
        train, folder / "baseline", validation=framing.load_articles(split="validation")
    )
    texts = [article.text for article in articles]
    return System(
        "TF-IDF and logistic regression",
        lambda: model.predict(texts),
        evaluate(model, test).macro_f1,
    )


def setfit_like(
    articles: Sequence[Article], train: Sequence[Article], test: Sequence[Article]
) -> System:
    """A SetFit model's shape: sentence-transformers body, logistic head; the body as it comes."""
    from sentence_transformers import SentenceTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    from framing.model.base import base_folder

    body = SentenceTransformer(base_folder("minilm"), device="cpu")
    head = OneVsRestClassifier(LogisticRegression(class_weight="balanced", max_iter=1000))
    head.fit(body.encode(sentences_of(train), batch_size=32), gold_of(train).astype(int))
    texts = sentences_of(articles)
    found = head.predict(body.encode(sentences_of(test), batch_size=32)) > 0
    return System(
        "SetFit-like: MiniLM body as it comes, logistic head",
        lambda: head.predict(body.encode(texts, batch_size=32)),
        macro_f1(gold_of(test), found),
    )


def spacy_textcat(
    articles: Sequence[Article], train: Sequence[Article], test: Sequence[Article]
) -> System:
    """The bag-of-words text categoriser of spaCy, a few passes over the training sentences."""
    import spacy
    from spacy.training import Example

    nlp = spacy.blank("en")
    settings = {"@architectures": "spacy.TextCatBOW.v3", "exclusive_classes": False}
    settings |= {"ngram_size": 2, "no_output_layer": False, "length": 262144}
    categorizer = nlp.add_pipe("textcat_multilabel", config={"model": settings})
    for label in LABELS:
        categorizer.add_label(label)
    gold = gold_of(train)
    examples = [
        Example.from_dict(
            nlp.make_doc(text), {"cats": dict(zip(LABELS, map(float, row), strict=True))}
        )
        for text, row in zip(sentences_of(train), gold, strict=True)
    ]
    optimizer = nlp.initialize(lambda: examples[:100])
    order = np.random.default_rng(0)
    for _ in range(5):
        order.shuffle(examples)
        for i in range(0, len(examples), 128):
            nlp.update(examples[i : i + 128], sgd=optimizer)
    texts = sentences_of(articles)
    found = [[doc.cats[label] > 0.5 for label in LABELS] for doc in nlp.pipe(sentences_of(test))]
    return System(
        "spaCy textcat, bag of words",
        lambda: list(nlp.pipe(texts, batch_size=256)),
        macro_f1(gold_of(test), np.array(found)),
    )


def corpus(path: Path, articles: Sequence[Article], n_sentences: int) -> int:
    """Write articles as JSON lines, again and again, until there are so many sentences."""
    written = 0
    with path.open("w", encoding="utf-8") as file:
        for i, article in enumerate(itertools.cycle(articles)):
            if written >= n_sentences:
                return written
            file.write(json.dumps({"id": f"{article.id}-{i}", "text": article.text}) + "\n")
            written += len(article)
    return written
