"""Learning curve: macro-F1 by number of labelled sentences, written and real, over several seeds.

    python scripts/learning_curve.py --extra labelled.jsonl --data realdev=FILE.jsonl

Trains the baseline (TF-IDF and logistic regression, thresholds on validation) on growing samples
of whole articles and documents, and scores it on the packaged test articles and the files given
with --data. With ``--network CONFIG.toml`` the transformer is trained instead, which takes hours.
"""

import argparse
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import framing
from framing.dataset.load import load_named, load_training
from framing.inference.classifier import Classifier
from framing.model.baseline import train_baseline
from framing.model.settings import read_config
from framing.model.training import train
from framing.schema import Article


def sample(articles: Sequence[Article], sentences: int, seed: int) -> list[Article]:
    """Draw whole groups of articles until they hold so many sentences."""
    groups: dict[str, list[Article]] = {}
    for article in articles:
        groups.setdefault(article.group, []).append(article)
    order = sorted(groups)
    random.Random(seed).shuffle(order)
    chosen: list[Article] = []
    for group in order:
        if sum(map(len, chosen)) >= sentences:
            break
        chosen += groups[group]
    return chosen


def fit(articles: list[Article], validation: list[Article], network: Path | None) -> Classifier:
    """Train on a sample, in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        if network is None:
            return train_baseline(articles, folder, validation=validation)
        return train(
            articles,
            Path(folder) / "model",
            validation=validation,
            config=read_config(network),
            quantize=False,
        )


def main() -> int:
    """Train, score, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--extra", action="append", default=[], metavar="FILE")
    parser.add_argument("--data", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--sizes", type=int, nargs="+", default=[2000, 4000, 8000, 16000])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--network", type=Path, metavar="TOML")
    arguments = parser.parse_args()
    everything, validation = load_training(None, arguments.extra)
    packaged = {article.id for article in load_training()[0]}  # articles and contrast pairs
    kinds = {
        "written": [article for article in everything if article.id in packaged],
        "real": [article for article in everything if article.id not in packaged],
        "both": everything,
    }
    sets = load_named(arguments.data, {"test": framing.load_articles(split="test")})
    print(f"mean (standard deviation) of macro-F1 over {arguments.seeds} samples")
    print(f"{'text':<9}{'sentences':>10}" + "".join(f"{name:>16}" for name in sets), flush=True)
    for kind, articles in kinds.items():
        total = sum(map(len, articles))
        for size in [*(s for s in arguments.sizes if s < 0.9 * total), total]:
            found: dict[str, list[float]] = {name: [] for name in sets}
            for seed in range(arguments.seeds if size < total else 1):
                model = fit(sample(articles, size, seed), validation, arguments.network)
                for name, gold in sets.items():
                    found[name].append(framing.evaluate(model, gold).macro_f1)
            cells = ""
            for values in found.values():
                spread = f" ({statistics.stdev(values):.3f})" if len(values) > 1 else ""
                cells += f"{f'{statistics.mean(values):.3f}{spread}':>16}"
            print(f"{kind:<9}{size:>10}{cells}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
