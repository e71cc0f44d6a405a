"""A linear model on single words and pairs of words, added to the network's logits.

The network generalises, a linear model remembers: which words and pairs of words went with which
label. Their mistakes differ, so that the sum is better than either. The features are the hashed
unigrams and bigrams of the network's own word pieces (feature hashing: Weinberger et al. 2009),
weighted by sublinear term frequency and inverse document frequency, each sentence scaled to unit
length. Scoring a sentence is a few table look-ups.
"""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from framing.errors import ModelError

BITS = 18  # 262,144 columns

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


def term_counts(ids: Ints, bounds: Ints) -> tuple[Ints, Ints, Floats]:
    """Count the hashed unigrams and bigrams of sentences.

    Parameters
    ----------
    ids : int array, shape (n_tokens,)
        Token ids in a row, each sentence closed by a separator.
    bounds : int array, shape (n_sentences + 1,)
        Sentence `i` owns the tokens ``bounds[i]:bounds[i + 1]``, the last of them its separator.

    Returns
    -------
    sentence, column : int arrays, shape (n_terms,)
        Sorted by sentence, then by column; every pair occurs once.
    count : float array, shape (n_terms,)
        How often the term stands in the sentence.
    """
    n_sentences = len(bounds) - 1
    owner = np.repeat(np.arange(n_sentences), np.diff(bounds))
    tokens = ids[bounds[0] : bounds[-1]].astype(np.uint64)
    last = np.zeros(len(tokens), dtype=np.bool_)
    last[bounds[1:] - bounds[0] - 1] = True  # the separators
    word = ~last
    # A pair goes from a word to the next token; at the end of the sentence, to the separator.
    pair = word[:-1]
    single = _hash(tokens[word], np.uint64(0))
    double = _hash(tokens[:-1][pair], tokens[1:][pair] + np.uint64(1))
    keys = np.concatenate([owner[word], owner[:-1][pair]]) << BITS
    keys |= np.concatenate([single, double])
    terms, counts = np.unique(keys, return_counts=True)
    return terms >> BITS, terms & ((1 << BITS) - 1), counts.astype(np.float32)


def _hash(first: NDArray[np.uint64], second: NDArray[np.uint64] | np.uint64) -> Ints:
    """Mix two numbers into `BITS` bits (the finaliser of MurmurHash3)."""
    with np.errstate(over="ignore"):
        mixed = first * np.uint64(0x9E3779B97F4A7C15) + second * np.uint64(0xC2B2AE3D27D4EB4F)
        mixed ^= mixed >> np.uint64(33)
        mixed *= np.uint64(0xFF51AFD7ED558CCD)
        mixed ^= mixed >> np.uint64(33)
    return (mixed >> np.uint64(64 - BITS)).astype(np.int64)


def weigh_terms(
    sentence: Ints, count: Floats, idf: NDArray[np.floating], n_sentences: int
) -> Floats:
    """Weigh counted terms: sublinear frequency times idf, each sentence scaled to unit length.

    Parameters
    ----------
    sentence, count : arrays, shape (n_terms,)
        As :func:`term_counts` returns them.
    idf : float array, shape (n_terms,)
        Inverse document frequency of each term's column.
    n_sentences : int
        Number of sentences.

    Returns
    -------
    float array, shape (n_terms,)
    """
    value: Floats = (1 + np.log(count)) * idf.astype(np.float32)
    squares = np.bincount(sentence, weights=value * value, minlength=n_sentences)
    value /= np.sqrt(np.maximum(squares, 1e-12))[sentence].astype(np.float32)
    return value


class LexicalModel:
    """Weights of hashed terms.

    Parameters
    ----------
    idf : float array, shape (2 ** BITS,)
        Inverse document frequency of each column.
    weights : float array, shape (2 ** BITS, n_labels)
        What a unit of each column adds to each label's logit.
    bias : float array, shape (n_labels,)
        The logits of a sentence without terms.
    """

    def __init__(self, idf: Floats, weights: Floats, bias: Floats) -> None:
        if idf.shape != (1 << BITS,) or weights.shape != (1 << BITS, len(bias)):
            raise ModelError(
                f"lexical weights have shapes {idf.shape}, {weights.shape} and {bias.shape}; "
                f"expected {(1 << BITS,)}, {(1 << BITS, len(bias))} and {(len(bias),)}"
            )
        self.idf = idf
        self.weights = weights
        self.bias = bias

    @classmethod
    def load(cls, path: str | Path) -> LexicalModel:
        """Load a ``.npz`` file that :meth:`save` wrote; no pickle is read.

        Raises
        ------
        ModelError
            If the file is damaged.
        """
        try:
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return cls(arrays["idf"], arrays["weights"], arrays["bias"])
        except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
            if isinstance(error, ModelError):
                raise
            raise ModelError(f"{path}: damaged: {error}") from error

    def save(self, path: str | Path) -> None:
        """Write idf and weights in half precision, which is exact enough for logits."""
        with Path(path).open("wb") as file:
            np.savez_compressed(
                file,
                idf=self.idf.astype(np.float16),
                weights=self.weights.astype(np.float16),
                bias=self.bias.astype(np.float32),
            )

    def logits(self, ids: Ints, bounds: Ints) -> Floats:
        """Score sentences.

        Parameters
        ----------
        ids, bounds
            See :func:`term_counts`.

        Returns
        -------
        float array, shape (n_sentences, n_labels)
        """
        sentence, column, count = term_counts(ids, bounds)
        result = np.zeros((len(bounds) - 1, len(self.bias)), dtype=np.float32)
        value = weigh_terms(sentence, count, self.idf[column], len(result))
        for k in range(result.shape[1]):
            terms = value * self.weights[column, k].astype(np.float32)
            result[:, k] = np.bincount(sentence, weights=terms, minlength=len(result))
        return result + self.bias
