"""Give new articles of data/articles a split in data/splits.tsv; assigned ones never move."""

import sys
from collections import Counter

from framing.dataset.load import load_articles
from framing.dataset.splits import assign_splits, read_splits, write_splits
from framing.resources import path_of


def main() -> int:
    """Rewrite the split file and print how many articles each split holds."""
    path = path_of("data/splits.tsv")
    articles = load_articles()
    splits = assign_splits(articles, read_splits(path))
    write_splits(path, articles, splits)
    for split, count in Counter(splits.values()).items():
        print(f"{split:<12}{count:>6} articles")
    return 0


if __name__ == "__main__":
    sys.exit(main())
