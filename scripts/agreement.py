"""Agreement between the writer's labels and the blind second labels of data/second/labels.jsonl.

Prints for each label Krippendorff's alpha (nominal, two annotators, no gaps: 1 - observed over
expected disagreement; Krippendorff 2019, ch. 12), Cohen's kappa, F1 of one annotator against the
other, and the mean character overlap (Dice) of the spans where both gave the label.
"""

import json
import sys

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score, f1_score

import framing
from framing.resources import path_of


def alpha(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Return Krippendorff's alpha for two annotators and a yes-or-no label."""
    n = 2 * len(first)
    yes = int(first.sum() + second.sum())
    expected = 2 * yes * (n - yes) / (n * (n - 1))
    return 1 - float((first != second).mean()) / expected


def main() -> int:
    """Print the table; return the exit code."""
    articles = {article.id: article for article in framing.load_articles()}
    names = framing.default_codebook().names
    overlaps: dict[str, list[float]] = {name: [] for name in names}
    first, second, seen = [], [], set()
    with path_of("data/second/labels.jsonl").open(encoding="utf-8") as file:
        for line in map(json.loads, file):
            sentence = articles[line["id"]].sentences[line["sentence"]]
            seen.add(line["id"])
            first.append([name in sentence.labels for name in names])
            second.append([name in line["labels"] for name in names])
            for name in set(sentence.labels) & set(line["labels"]):
                one = {c for s in sentence.spans if s.label == name for c in range(s.start, s.end)}
                other = {
                    c + sentence.start
                    for start, end in line["labels"][name]
                    for c in range(start, end)
                }
                overlaps[name].append(2 * len(one & other) / (len(one) + len(other)))
    a, b = np.array(first), np.array(second)
    print(f"{len(seen)} articles, {len(a)} sentences")
    print(f"{'label':<24}{'alpha':>7}{'kappa':>7}{'F1':>7}{'writer':>8}{'second':>8}{'span':>7}")
    for k, name in enumerate(names):
        x, y = a[:, k], b[:, k]
        print(
            f"{name:<24}{alpha(x, y):>7.3f}{cohen_kappa_score(x, y):>7.3f}{f1_score(x, y):>7.3f}"
            f"{x.sum():>8}{y.sum():>8}{np.mean(overlaps[name]):>7.3f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
