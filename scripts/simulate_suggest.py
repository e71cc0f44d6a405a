"""Simulates by how much framing.suggest beats random choice; prints a table.

A pool of labelled articles is taken as unlabelled. From the same random start, each strategy adds
articles until so many sentences are labelled; TF-IDF with logistic regression learns from them and
is scored on held-out articles. Budgets count sentences, since they are what costs work.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import t
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from framing.codebook import default_codebook
from framing.dataset.load import load_articles
from framing.estimation.suggest import STRATEGIES, entropy, ranking, topics
from framing.schema import Article

BUDGETS = (400, 800, 1200, 1600, 2400)


def main() -> None:
    """Run all strategies and seeds and print a line for each strategy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pool", metavar="FILE", help="articles to choose from (packaged train)")
    parser.add_argument("--held-out", metavar="FILE", help="to score on (packaged validation)")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    pool = load_articles(arguments.pool, split="train" if arguments.pool is None else None)
    held_out = load_articles(
        arguments.held_out, split="validation" if arguments.held_out is None else None
    )
    vectors = topics([article.text for article in pool])
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    names = ["random", *STRATEGIES]
    found = Parallel(n_jobs=arguments.jobs)(
        delayed(curve)(pool, held_out, vectors, name, seed) for name in names for seed in seeds
    )
    # shape (strategies, seeds, budgets)
    scores = np.array(found).reshape(len(names), len(seeds), len(BUDGETS))
    print(
        f"pool {len(pool)} articles, {sum(map(len, pool))} sentences; held out "
        f"{len(held_out)} articles, {sum(map(len, held_out))} sentences; {len(seeds)} seeds\n"
        "mean over labels of the average precision, and its difference to random choice from the "
        "same start [95 % interval over seeds]\n"
    )
    print(f"{'sentences':<12}" + "".join(f"{budget:>25}" for budget in BUDGETS))
    for name, mine in zip(names, scores, strict=True):
        cells = [_cell(mine[:, b], scores[0][:, b], name) for b in range(len(BUDGETS))]
        print(f"{name:<12}" + "".join(f"{cell:>25}" for cell in cells))


def _cell(mine: Any, random: Any, name: str) -> str:
    if name == "random" or np.array_equal(mine, random):
        return f"{mine.mean():.3f}"
    apart = mine - random
    half = t.ppf(0.975, len(apart) - 1) * apart.std(ddof=1) / len(apart) ** 0.5
    return f"{apart.mean():+.3f} [{apart.mean() - half:+.3f}, {apart.mean() + half:+.3f}]"


def curve(
    pool: Sequence[Article],
    held_out: Sequence[Article],
    vectors: Any,
    strategy: str,
    seed: int,
) -> list[float]:
    """Return the score at each budget."""
    shuffled = [int(i) for i in np.random.default_rng(seed).permutation(len(pool))]
    chosen: list[int] = []
    _fill(chosen, shuffled, pool, BUDGETS[0])
    scores = []
    for budget in BUDGETS[1:]:
        learner = Learner([pool[i] for i in chosen])
        scores.append(learner.score(held_out))
        rest = [i for i in shuffled if i not in chosen]
        if strategy != "random":
            unsure = np.array([learner.unsure(pool[i]) for i in rest])
            order, _, _ = ranking(
                vectors[rest], unsure, len(rest), strategy=strategy, labelled=vectors[chosen]
            )
            rest = [rest[i] for i in order]
        _fill(chosen, rest, pool, budget)
    return [*scores, Learner([pool[i] for i in chosen]).score(held_out)]


def _fill(chosen: list[int], order: Sequence[int], pool: Sequence[Article], budget: int) -> None:
    size = sum(len(pool[i]) for i in chosen)
    for i in order:
        if size >= budget:
            return
        chosen.append(i)
        size += len(pool[i])


class Learner:
    """TF-IDF of words and pairs with one logistic regression a label."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self.names = default_codebook().names
        self.features = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        matrix = self.features.fit_transform([s.text for article in articles for s in article])
        gold = self._gold(articles)
        self.models = [
            LogisticRegression(C=10.0, max_iter=300).fit(matrix, column) for column in gold.T
        ]

    def _gold(self, articles: Sequence[Article]) -> Any:
        return np.array([[n in s.labels for n in self.names] for a in articles for s in a])

    def _probabilities(self, texts: Sequence[str]) -> Any:
        matrix = self.features.transform(texts)
        return np.stack([model.predict_proba(matrix)[:, 1] for model in self.models], axis=1)

    def unsure(self, article: Article) -> float:
        """Return bits a sentence, as framing.suggest weighs it."""
        return float(entropy(self._probabilities([s.text for s in article])).sum(axis=1).mean())

    def score(self, articles: Sequence[Article]) -> float:
        """Return the average precision, mean over labels."""
        found = self._probabilities([s.text for article in articles for s in article])
        gold = self._gold(articles)
        return float(
            np.mean(
                [average_precision_score(gold[:, j], found[:, j]) for j in range(gold.shape[1])]
            )
        )


if __name__ == "__main__":
    main()
