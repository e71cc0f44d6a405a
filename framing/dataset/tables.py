"""Counts of a dataset as plain tables: for ``framing dataset check`` and the data card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from framing.codebook import Codebook
from framing.dataset.rules import OTHER, Rules
from framing.dataset.splits import SPLITS
from framing.schema import Article, Sentence

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def split_table(articles: Iterable[Article], splits: Mapping[str, str], codebook: Codebook) -> str:
    """Return articles, sentences and positive sentences by split.

    Parameters
    ----------
    articles : iterable of Article
        All articles.
    splits : mapping of str to str
        Article id to split; empty for a dataset without splits.
    codebook : Codebook
        The labels, in order.
    """
    by_split: dict[str, list[Article]] = {split: [] for split in SPLITS}
    for article in articles:
        by_split.setdefault(splits.get(article.id, "no split"), []).append(article)
    kept = {split: group for split, group in by_split.items() if group}
    everything = [article for group in kept.values() for article in group]
    names = codebook.names
    lines = [
        f"{'split':<12}{'articles':>9}{'sentences':>11}{'unlabelled':>12}{'two or more':>13}"
        + "".join(f"{name:>{_width(name)}}" for name in names)
    ]
    for split, group in [*kept.items(), ("all", everything)]:
        sentences = [sentence for article in group for sentence in article]
        counts = Counter(label for sentence in sentences for label in sentence.labels)
        lines.append(
            f"{split:<12}{len(group):>9}{len(sentences):>11}{_share(sentences):>12}"
            f"{sum(len(s.labels) > 1 for s in sentences):>13}"
            + "".join(f"{counts[name]:>{_width(name)}}" for name in names)
        )
    return "\n".join(lines)


def _width(name: str) -> int:
    return max(len(name), 6) + 2


def _share(sentences: Sequence[Sentence]) -> str:
    if not sentences:
        return "-"
    return f"{sum(not s.labels for s in sentences) / len(sentences):.0%}"


def by_family(articles: Iterable[Article], rules: Rules) -> dict[str, list[Article]]:
    """Return the articles by family of genre, in the order of the rules, the rest last."""
    groups: dict[str, list[Article]] = {name: [] for name in rules.families}
    for article in articles:
        groups.setdefault(rules.family(article.genre), []).append(article)
    ordered = sorted(groups.items(), key=lambda item: item[0] == OTHER)
    return {name: group for name, group in ordered if group}


def family_table(articles: Iterable[Article], codebook: Codebook, rules: Rules) -> str:
    """Return the share of sentences that carry each label, by family of genres."""
    groups = by_family(articles, rules)
    first = max([len("genre family"), *map(len, groups)]) + 2
    lines = [
        f"{'genre family':<{first}}{'articles':>9}{'sentences':>11}{'unlabelled':>12}"
        + "".join(f"{name:>{_width(name)}}" for name in codebook.names)
    ]
    for family, group in groups.items():
        sentences = [sentence for article in group for sentence in article]
        counts = Counter(label for sentence in sentences for label in sentence.labels)
        lines.append(
            f"{family:<{first}}{len(group):>9}{len(sentences):>11}{_share(sentences):>12}"
            + "".join(
                f"{counts[name] / len(sentences):>{_width(name)}.1%}" for name in codebook.names
            )
        )
    return "\n".join(lines)


def length_table(articles: Iterable[Article], rules: Rules) -> str:
    """Return quantiles of words a sentence by family, beside those of real text.

    Words are runs between white space. The quantiles are 5, 25, 50, 75 and 95 %.
    """
    groups = by_family(articles, rules)
    first = max([len("words a sentence"), *map(len, [*groups, *rules.real_lengths])]) + 2
    heads = "".join(f"{f'{q:.0%}':>5}" for q in _QUANTILES)
    lines = [f"{'words a sentence':<{first}}{'here ' + heads:>30}{'real text ' + heads:>39}"]
    for family in dict.fromkeys([*groups, *rules.real_lengths]):
        lengths = [len(s.text.split()) for a in groups.get(family, ()) for s in a]
        here = np.quantile(lengths, _QUANTILES) if lengths else None
        real = rules.real_lengths.get(family)
        lines.append(f"{family:<{first}}{_quantiles(here):>30}{_quantiles(real):>39}")
    return "\n".join(lines)


def _quantiles(values: Iterable[float] | None) -> str:
    return "" if values is None else "".join(f"{value:>5.0f}" for value in values)
