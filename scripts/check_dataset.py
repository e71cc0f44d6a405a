"""Check the packaged dataset: formats, splits, base rates. Exits 1 with file and line if broken."""

import sys
from collections import Counter

import framing
from framing.dataset.splits import SPLITS, read_splits
from framing.resources import path_of


def main() -> int:
    """Print a table of the splits; return the exit code."""
    try:
        splits = read_splits(path_of("data/splits.tsv"))
        by_split = {split: framing.load_articles(split=split) for split in SPLITS}
    except framing.DataError as error:
        print(error, file=sys.stderr)
        return 1
    names = framing.default_codebook().names
    width = max(map(len, names)) + 2
    print(f"{'split':<12}{'articles':>9}{'sentences':>11}{'labelled':>10}", end="")
    print("".join(f"{name:>{width}}" for name in names))
    for split, articles in by_split.items():
        sentences = [sentence for article in articles for sentence in article]
        counts = Counter(label for sentence in sentences for label in sentence.labels)
        share = sum(bool(s.labels) for s in sentences) / len(sentences)
        print(f"{split:<12}{len(articles):>9}{len(sentences):>11}{share:>10.0%}", end="")
        print("".join(f"{counts[name]:>{width}}" for name in names))
    total = sum(map(len, by_split.values()))
    if total != len(splits):
        print(f"data/splits.tsv names {len(splits)} articles, found {total}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
