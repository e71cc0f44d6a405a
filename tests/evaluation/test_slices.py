from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from made_up import Sample

from framing.errors import InputError
from framing.evaluation.pairs import Pairs
from framing.evaluation.slices import BUILT_IN, NOT_GIVEN, group_values, slices


@pytest.mark.parametrize("by", BUILT_IN)
def test_groups_divide_the_sentences(by: str, sample: Sample, pairs: Pairs) -> None:
    values = group_values(sample[0], by)
    found = slices(pairs, by, values, resamples=100)
    assert [s.value for s in found] == list(dict.fromkeys(s.value for s in found))
    assert sum(s.assessment.n_sentences for s in found) == pairs.n_sentences
    for label, total in zip(pairs.labels, pairs.gold.sum(axis=0), strict=True):
        assert sum(s.assessment.gold[label] for s in found) == total
    whole = (pairs.gold == pairs.found).all(axis=1)
    for s in found:
        mask = np.array([value == s.value for value in values])
        assert s.assessment["all", "exact_set"].value == pytest.approx(whole[mask].mean())


def test_groups_by_hand(sample: Sample) -> None:
    article = sample[0][0]
    assert set(group_values([article], "genre")) == {"wire"}
    assert set(group_values([article], "decade")) == {"2000s"}
    assert group_values([article], "position")[0] == "first sentence"
    assert group_values([article], "position")[-1] == "last third"
    for sentence, length, labels in zip(
        article, group_values([article], "length"), group_values([article], "labels"), strict=True
    ):
        words = len(sentence.text.split())
        low = {"1": 1, "11": 11, "21": 21, "31": 31}[length.split()[0]]
        assert low <= words < (low + 10 if low < 31 else 1000)
        assert labels == ("no label", "1 label", "2 labels or more")[min(2, len(sentence.labels))]


def test_lengths_stand_in_their_order(sample: Sample, pairs: Pairs) -> None:
    found = slices(pairs, "length", group_values(sample[0], "length"), resamples=100)
    starts = [int(s.value.split()[0]) for s in found]
    assert starts == sorted(starts)


def test_small_groups_are_said_to_be_small(sample: Sample, pairs: Pairs) -> None:
    by_genre = slices(pairs, "genre", group_values(sample[0], "genre"), resamples=100)
    assert all(s.small for s in by_genre)  # four articles each
    whole = slices(pairs, "all", ["x"] * pairs.n_sentences, resamples=100)
    assert [s.small for s in whole] == [whole[0].positives < 20]
    assert by_genre[0].to_dict()["small"] is True


def test_sentences_without_a_label_have_no_f1(sample: Sample, pairs: Pairs) -> None:
    found = slices(pairs, "labels", group_values(sample[0], "labels"), resamples=100)
    assert found[0].value == "no label"
    assert not found[0].assessment["micro", "f1"].defined
    assert found[0].assessment["all", "exact_set"].defined


def test_an_empty_group(sample: Sample, pairs: Pairs) -> None:
    with pytest.raises(InputError, match="3 values of 'x' for"):
        slices(pairs, "x", ["a"] * 3)
    bare = [dataclasses.replace(article, genre="") for article in sample[0]]
    with pytest.raises(InputError, match="cannot group by 'genre': no sentence of the data has a"):
        group_values(bare, "genre")
    half = [*bare[:2], *sample[0][2:]]
    assert group_values(half, "genre")[0] == NOT_GIVEN
