from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.estimation.estimate import estimate_coded
from framing.estimation.results import Share
from framing.estimation.sampling import sample
from framing.estimation.simulation import Setting, clustered_corpus, coded, coverage
from framing.estimation.unseen import errs, guarded, hidden_errors, says


def test_the_rule_of_three() -> None:
    assert hidden_errors(1.0, 300, 0.95) == pytest.approx(3 / 300, rel=0.01)
    # Of 10 % of the units, 30 were coded: 3 / 30 of them may be wrong.
    assert hidden_errors(0.1, 300, 0.95) == pytest.approx(0.1 * 3 / 30, rel=0.06)
    assert hidden_errors(0.0, 300, 0.95) == 0.0
    assert hidden_errors(0.5, 0, 0.95) == 0.0


@given(st.floats(0, 1), st.floats(0, 1e4), st.floats(0.5, 0.999))
def test_hidden_errors_are_a_part_of_what_was_judged(part: float, n: float, level: float) -> None:
    found = hidden_errors(part, n, level)
    assert 0 <= found <= part
    assert hidden_errors(part, 2 * n, level) <= found or n * part < 1e-9


def test_what_contradicts_a_code() -> None:
    y = np.array([1.0, 0.0, 0.0])
    assert not errs(np.array([0.6, 0.4, 0.1]), y)
    assert errs(np.array([0.4, 0.4, 0.1]), y)
    assert says(np.array([0.6, 0.4, 0.1]), np.array([True, True, False])) == 0.5


def test_not_beyond_the_reach_of_the_hand_codes() -> None:
    best, hand = Share(0.1, (0.09, 0.11)), Share(0.12, (0.1, 0.15))
    few = guarded(best, hand, said=0.1, units=10, left=1.0, level=0.95)
    assert few.interval == pytest.approx((0.08, 0.13))
    many = guarded(best, hand, said=0.1, units=1e6, left=1.0, level=0.95)
    assert many == best
    assert guarded(best, hand, said=0.1, units=10, left=0.0, level=0.95) == best
    nothing = Share(0.1, None)
    assert guarded(nothing, hand, said=0.1, units=10, left=1.0, level=0.95) == nothing


@pytest.mark.parametrize("use", ["score", "label"])
def test_a_sample_without_errors_leaves_room_for_some(use: str) -> None:
    """A classifier that agrees with all 60 codes may still miss a label in a few of a hundred."""
    setting = Setting(errors=(0.0, 0.0))
    corpus, gold = clustered_corpus(setting, np.random.default_rng(4))
    codes = coded(sample(corpus, 60, seed=1), gold)
    row = estimate_coded(corpus, codes, target="corpus", use=use).rows[0]
    assert row.corrected is not None
    assert row.corrected.interval is not None
    assert row.hand is not None
    assert row.hand.interval is not None
    up = row.corrected.interval[1] - row.corrected.share
    assert 2.5 / 60 <= up <= row.hand.interval[1] - row.hand.share


@pytest.mark.parametrize(
    ("setting", "replications"),
    [
        (Setting(errors=(0.15, 0.01), n=300, groups=10, target="corpus"), 40),
        (Setting(errors=(0.2, 0.0), n=100, target="corpus"), 400),
        (Setting(errors=(0.05, 0.0), share=0.05, target="corpus"), 400),
    ],
    ids=["groups", "one direction", "nearly none"],
)
def test_crisp_scores_keep_the_nominal_95_percent(setting: Setting, replications: int) -> None:
    """Without the guard 94, 84 and 79 %; errors too rare to be seen make the rest too sure."""
    found = coverage(setting, replications, seed=7)
    assert found.corrected >= 0.95 - 0.022  # two binomial standard deviations of 400 worlds
    assert found.width < found.hand_width
