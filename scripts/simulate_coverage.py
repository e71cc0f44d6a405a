"""Simulates how often the 95 % intervals of framing.estimate hold the truth; prints a table."""

from __future__ import annotations

import argparse
from dataclasses import replace

from joblib import Parallel, delayed

from framing.estimation.simulation import Coverage, Setting, coverage

SETTINGS = {
    "share 10 %, 300 sentences": Setting(),
    "the same, labels corrected": Setting(use="label"),
    "the same, these articles": Setting(target="corpus"),
    "share 30 %, 100 sentences": Setting(share=0.3, n=100),
    "share 10 %, 100 sentences": Setting(n=100),
    "share 5 %, 300 sentences": Setting(share=0.05),
    "share 5 %, by score": Setting(share=0.05, strategy="score"),
    "the same, these articles ": Setting(share=0.05, strategy="score", target="corpus"),
    "share 2 %, 300 sentences": Setting(share=0.02),
    "share 2 %, by score": Setting(share=0.02, strategy="score"),
    "share 2 %, 1000 sentences": Setting(share=0.02, n=1000),
    "strong clusters": Setting(spread=2.0),
    "60 articles": Setting(articles=60),
    "logits shifted by 2": Setting(bias=2.0),
    "logits not shifted": Setting(bias=0.0),
    "30 whole articles": Setting(strategy="articles", n=30),
    "share of articles, 60": Setting(strategy="articles", n=60, unit="article", share=0.03),
    "the same, just these": Setting(
        strategy="articles", n=60, unit="article", share=0.03, target="corpus"
    ),
    "4 groups, 400 sentences": Setting(groups=4, n=400),
    "10 groups, 300 sentences": Setting(groups=10, n=300),
    "the same, these articles  ": Setting(groups=10, n=300, target="corpus"),
    "10 groups, crisp scores": Setting(groups=10, n=300, errors=(0.15, 0.01), target="corpus"),
    "5 %, 10 groups, crisp": Setting(
        share=0.05, groups=10, n=300, errors=(0.2, 0.01), target="corpus"
    ),
    "60 sentences, crisp scores": Setting(n=60, errors=(0.15, 0.01), target="corpus"),
    "5 %, 300, nearly no errors": Setting(share=0.05, errors=(0.05, 0.0), target="corpus"),
}


def main() -> None:
    """Run all settings and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=4000, help="worlds for each setting")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    found = Parallel(n_jobs=arguments.jobs, return_as="generator")(
        delayed(coverage)(replace(setting), arguments.replications, arguments.seed)
        for setting in SETTINGS.values()
    )
    print(
        f"{arguments.replications} replications; share of the 95 % intervals that hold the truth, "
        "in %"
    )
    print(
        f"{'setting':<27} {'positives':>9} {'corrected':>9} {'hand':>6} {'naive':>6} "
        f"{'error':>7} {'naive error':>11} {'width':>6} {'hand width':>10}"
    )
    for name, result in zip(SETTINGS, found, strict=True):
        print(line(name, result), flush=True)


def line(name: str, result: Coverage) -> str:
    """Return one line of the table."""
    return (
        f"{name.strip():<27} {result.positives:9.1f} {100 * result.corrected:9.1f} "
        f"{100 * result.hand:6.1f} {100 * result.naive:6.1f} {100 * result.error:+6.1f}% "
        f"{100 * result.naive_error:+10.1f}% {100 * result.width:6.1f} "
        f"{100 * result.hand_width:10.1f}"
    )


if __name__ == "__main__":
    main()
