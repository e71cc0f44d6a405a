from __future__ import annotations

import math

import numpy as np
import pytest
from made_up import LABELS, Sample

from framing.errors import InputError
from framing.evaluation.assess import assess
from framing.evaluation.pairs import Pairs
from framing.evaluation.spread import Group, by_group, by_shuffled_group, quantile


def test_each_group_has_the_figures_of_its_articles(sample: Sample, pairs: Pairs) -> None:
    articles, documents = sample
    groups = [article.dispute for article in articles for _ in article]
    found = by_group(pairs, groups)
    assert sum(group.n_sentences for group in found) == pairs.n_sentences
    assert sum(group.gold for group in found) == pairs.gold.sum()
    for group in found:
        chosen = [i for i, article in enumerate(articles) if article.dispute == group.name]
        alone = assess([articles[i] for i in chosen], [documents[i] for i in chosen], LABELS)
        assert group.macro_f1 == alone["macro", "f1"].value
        assert group.micro_f1 == alone["micro", "f1"].value


def test_dealt_groups_keep_their_sizes(pairs: Pairs) -> None:
    groups = [f"g{i % 5}" for i in range(pairs.n_sentences)]
    sizes = {group.name: group.n_sentences for group in by_group(pairs, groups)}
    dealt = by_shuffled_group(pairs, groups, times=3, seed=1)
    assert dealt == by_shuffled_group(pairs, groups, times=3, seed=1)
    assert len({tuple(sorted((g.name, g.gold) for g in run)) for run in dealt}) > 1
    for run in dealt:
        assert {group.name: group.n_sentences for group in run} == sizes
        assert sum(group.gold for group in run) == pairs.gold.sum()


def test_quantiles_leave_out_groups_without_gold() -> None:
    values = [0.1, 0.4, 0.9]
    groups = [Group(str(v), 5, 1, v, v / 2) for v in values]
    groups.append(Group("empty", 5, 0, math.nan, math.nan))
    assert quantile(groups, 0.5) == (0.4, 0.2)
    assert quantile(groups, 0.1)[0] == pytest.approx(np.quantile(values, 0.1))
    assert all(map(math.isnan, quantile(groups[3:], 0.5)))
    assert groups[3].to_dict()["macro_f1"] is None


def test_one_group_a_sentence(pairs: Pairs) -> None:
    with pytest.raises(InputError, match="1 groups for"):
        by_group(pairs, ["a"])
