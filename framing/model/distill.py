"""Soft targets: what trained models say of unlabelled sentences, for a student to learn from.

The mean of several models is better than each of them, but several times slower. A student trained
on their mean probabilities, over far more sentences than are labelled, comes near the mean at the
cost of one (Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural Network"; for
encoders and unlabelled text: Turc et al. 2019, "Well-Read Students Learn Better").
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from framing.errors import InputError
from framing.inference.classifier import Classifier
from framing.inference.engine import TransformerEngine, clean
from framing.inference.windows import TokenRow, token_rows
from framing.model.batches import LabelledRow
from framing.sentences import split

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LEAST = 0.05  # a sentence whose labels are all less probable counts as one without a label
_BLOCK = 512  # sentences a teacher reads at a time


def draw_sentences(texts: Iterable[str], count: int, seed: int) -> list[str]:
    """Draw sentences at random from documents, each text once.

    Parameters
    ----------
    texts : iterable of str
        Whole documents; :func:`framing.sentences.split` finds their sentences.
    count : int
        Most sentences to draw.
    seed : int
        Seed of the draw.

    Returns
    -------
    list of str
        In the order of the documents. Sentences of fewer than 3 or more than 120 words are left
        out: they are mostly tables, bylines and lists run together.
    """
    seen: dict[str, None] = {}
    for text in texts:
        for start, end in split(text):
            sentence = clean(" ".join(text[start:end].split()))
            if 3 <= len(sentence.split()) <= 120:
                seen.setdefault(sentence)
    sentences = list(seen)
    if len(sentences) <= count:
        return sentences
    chosen = np.random.default_rng(seed).choice(len(sentences), count, replace=False)
    return [sentences[i] for i in sorted(chosen.tolist())]


def soft_rows(
    teachers: Sequence[str | Path],
    sentences: Sequence[str],
    tokenizer: Tokenizer,
    label_names: Sequence[str],
    cache: Path,
    *,
    progress: bool = False,
) -> list[LabelledRow]:
    """Let models label sentences, and return the mean of their probabilities as targets.

    Parameters
    ----------
    teachers : sequence of paths
        Model folders that :func:`framing.train` wrote, with the student's labels; a teacher with
        another tokenizer reads the sentences in its own tokens, see :func:`words_as_tokens`.
    sentences : sequence of str
        Unlabelled sentences.
    tokenizer : tokenizers.Tokenizer
        The student's.
    label_names : sequence of str
        In codebook order.
    cache : Path
        A folder for what each teacher said, so that an interrupted run does not ask again.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    list of LabelledRow
        One for each sentence. Span targets are 0 where the label is less probable than 0.05.

    Raises
    ------
    InputError
        If a teacher has other labels, or is not a transformer.
    """
    rows = token_rows(tokenizer, [([], [sentence]) for sentence in sentences])
    answers = [
        _ask(Path(folder), sentences, rows, label_names, cache / f"teacher-{i}.npz", progress)
        for i, folder in enumerate(teachers)
    ]
    labels = np.stack([scores for scores, _ in answers]).mean(axis=0)  # (n_sentences, n_labels)
    words = np.stack([spans for _, spans in answers]).mean(axis=0)  # (n_tokens, n_labels)
    edges = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    found = []
    for i, row in enumerate(rows):
        spans = np.where(labels[i] >= LEAST, words[edges[i] : edges[i + 1]], 0)
        found.append(LabelledRow(row, labels[i : i + 1], spans.astype(np.float32)))
    return found


def _ask(
    folder: Path,
    sentences: Sequence[str],
    rows: Sequence[TokenRow],
    label_names: Sequence[str],
    cache: Path,
    progress: bool,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return one teacher's probabilities: (n_sentences, n_labels) and (n_tokens, n_labels)."""
    from tqdm import tqdm

    teacher = Classifier.load(folder)
    engine = teacher.engine
    if not isinstance(engine, TransformerEngine) or teacher.labels != tuple(label_names):
        raise InputError(
            f"teacher {folder}: has the labels {', '.join(teacher.labels)}, expected a transformer "
            f"with {', '.join(label_names)}"
        )
    digest = hashlib.sha256("\n".join(sentences).encode())
    for row in rows:  # the answers about words are kept in the student's tokens
        digest.update(row.starts.tobytes() + row.ends.tobytes() + row.bounds.tobytes())
    identity = "\n".join([*teacher.config.files.values(), digest.hexdigest()])
    if cache.is_file():
        with np.load(cache, allow_pickle=False) as saved:
            if str(saved["identity"]) == identity:
                return saved["labels"], saved["words"]
    labels, words = [], []
    for begin in tqdm(range(0, len(rows), _BLOCK), desc=folder.name, disable=not progress):
        block = slice(begin, begin + _BLOCK)
        own = engine.token_rows(sentences[block])
        answered = engine.probabilities(own)
        for theirs, row, (scores, spans) in zip(own, rows[block], answered, strict=True):
            labels.append(scores)
            words.append(words_as_tokens(spans, theirs, row))
    answer = np.concatenate(labels), np.concatenate(words)
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = cache.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, identity=np.array(identity), labels=answer[0], words=answer[1])
    partial.replace(cache)
    return answer


def words_as_tokens(
    words: NDArray[np.float32], theirs: TokenRow, row: TokenRow
) -> NDArray[np.float32]:
    """Carry what a teacher said of its tokens over to the student's tokens of the same sentence.

    Parameters
    ----------
    words : float array, shape (n_teacher_tokens, n_labels)
        Span probabilities.
    theirs, row : TokenRow
        The same sentence in the teacher's and in the student's tokens.

    Returns
    -------
    float array, shape (n_tokens, n_labels)
        The mean over the characters of each token that a token of the teacher covers; 0 where none
        does, as for separators. (Some tokenizers count the space before a word to it.)
    """
    length = int(max(theirs.ends.max(), row.ends.max()))
    painted = np.zeros((length + 1, words.shape[1]), dtype=np.float64)  # by character
    covered = np.zeros(length + 1, dtype=np.int64)
    for start, end, word in zip(theirs.starts, theirs.ends, words, strict=True):
        painted[start + 1 : end + 1] = word
        covered[start + 1 : end + 1] = 1
    total, count = np.cumsum(painted, axis=0), np.cumsum(covered)
    width = np.maximum(count[row.ends] - count[row.starts], 1)[:, None]
    found: NDArray[np.float32] = ((total[row.ends] - total[row.starts]) / width).astype(np.float32)
    return found


def targets_hash(rows: Sequence[LabelledRow]) -> str:
    """Return a SHA-256 over the tokens and targets of rows."""
    digest = hashlib.sha256()
    for row in rows:
        for array in (row.row.ids, row.labels, row.spans):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
