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
from sklearn.base import clone
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
    world = World(pool, held_out)
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    names = ["random", *STRATEGIES]
    found = Parallel(n_jobs=arguments.jobs)(
        delayed(curve)(world, name, seed) for name in names for seed in seeds
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


def curve(world: World, strategy: str, seed: int) -> list[float]:
    """Return the score at each budget."""
    shuffled = [int(i) for i in np.random.default_rng(seed).permutation(len(world.sizes))]
    chosen: list[int] = []
    _fill(chosen, shuffled, world, BUDGETS[0])
    scores = []
    for budget in BUDGETS[1:]:
        models = world.learn(chosen)
        scores.append(world.score(models))
        rest = [i for i in shuffled if i not in chosen]
        if strategy != "random":
            order, _, _ = ranking(
                world.vectors[rest],
                world.unsure(models)[rest],
                len(rest),
                strategy=strategy,
                labelled=world.vectors[chosen],
            )
            rest = [rest[i] for i in order]
        _fill(chosen, rest, world, budget)
    return [*scores, world.score(world.learn(chosen))]


def _fill(chosen: list[int], order: Sequence[int], world: World, budget: int) -> None:
    size = sum(world.sizes[i] for i in chosen)
    for i in order:
        if size >= budget:
            return
        chosen.append(i)
        size += world.sizes[i]


class World:
    """A pool to label and held-out articles, as TF-IDF of words and pairs of words."""

    def __init__(self, pool: Sequence[Article], held_out: Sequence[Article]) -> None:
        self.names = default_codebook().names
        self.sizes = [len(article) for article in pool]
        self.vectors = topics([article.text for article in pool])
        self.first = np.cumsum([0, *self.sizes[:-1]])
        features = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        self.pool = features.fit_transform([s.text for article in pool for s in article])
        self.held_out = features.transform([s.text for article in held_out for s in article])
        self.gold, self.held_out_gold = self._gold(pool), self._gold(held_out)

    def _gold(self, articles: Sequence[Article]) -> Any:
        return np.array([[n in s.labels for n in self.names] for a in articles for s in a])

    def learn(self, chosen: Sequence[int]) -> list[LogisticRegression]:
        """Fit one logistic regression a label on the chosen articles."""
        rows = np.concatenate([self.first[i] + np.arange(self.sizes[i]) for i in chosen])
        learner = LogisticRegression(C=10.0, solver="liblinear", random_state=0)
        return [clone(learner).fit(self.pool[rows], column) for column in self.gold[rows].T]

    def unsure(self, models: Sequence[LogisticRegression]) -> Any:
        """Return bits a sentence of each article of the pool, as framing.suggest weighs it."""
        scores = np.stack([model.predict_proba(self.pool)[:, 1] for model in models], axis=1)
        return np.add.reduceat(entropy(scores).sum(axis=1), self.first) / self.sizes

    def score(self, models: Sequence[LogisticRegression]) -> float:
        """Return the average precision on held-out articles, mean over labels."""
        return float(
            np.mean(
                [
                    average_precision_score(gold, model.predict_proba(self.held_out)[:, 1])
                    for model, gold in zip(models, self.held_out_gold.T, strict=True)
                ]
            )
        )


if __name__ == "__main__":
    main()
