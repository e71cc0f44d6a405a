"""Agreement between the writer's labels and the blind second labels of data/second/labels.jsonl.

Where settlement changed the gold labels, the writer's own are taken from data/second/writer.jsonl.

Prints for each label Krippendorff's alpha (nominal, two annotators, no gaps: 1 - observed over
expected disagreement; Krippendorff 2019, ch. 12), Cohen's kappa, F1 of one annotator against the
other, and the mean character overlap (Dice) of the spans where both gave the label.
"""

import json
import sys
from typing import Any

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


def _lines(layer: str) -> list[dict[str, Any]]:
    with path_of(f"data/second/{layer}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main() -> int:
    """Print the table; return the exit code."""
    articles = {article.id: article for article in framing.load_articles()}
    names = framing.default_codebook().names
    overlaps: dict[str, list[float]] = {name: [] for name in names}
    first, second, seen = [], [], set()
    changed = {(line["id"], line["sentence"]): line["labels"] for line in _lines("writer")}
    for line in _lines("labels"):
        sentence = articles[line["id"]].sentences[line["sentence"]]
        writer: dict[str, list[tuple[int, int]]] = {}
        for span in sentence.spans:
            place = (span.start - sentence.start, span.end - sentence.start)
            writer.setdefault(span.label, []).append(place)
        writer = changed.get((line["id"], line["sentence"]), writer)
        seen.add(line["id"])
        first.append([name in writer for name in names])
        second.append([name in line["labels"] for name in names])
        for name in set(writer) & set(line["labels"]):
            one = {c for start, end in writer[name] for c in range(start, end)}
            other = {c for start, end in line["labels"][name] for c in range(start, end)}
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
