from __future__ import annotations

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.errors import MissingExtraError
from framing.estimation.intervals import quantile, share_interval


def test_wilson_of_a_simple_sample() -> None:
    # Printed by statsmodels 0.15.0: proportion_confint(5, 50, method="wilson").
    found = share_interval(0.1, 0.1 * 0.9 / 50, math.inf, 50, 0.95)
    assert found == pytest.approx((0.0434757649318904, 0.21360231437479657))


def test_no_positive_in_n() -> None:
    z2 = 1.959963984540054**2
    assert share_interval(0.0, 0.0, math.inf, 40, 0.95) == pytest.approx((0, z2 / (40 + z2)))


@given(st.floats(-0.2, 1.2), st.floats(1e-9, 0.5), st.floats(1, 500), st.floats(0.5, 0.99))
def test_limits_are_in_order_and_hold_the_estimate(
    share: float, variance: float, df: float, level: float
) -> None:
    found = share_interval(share, variance, df, 10, level)
    assert found is not None
    low, high = found
    inner = min(max(share, 0.0), 1.0)
    assert 0 <= low <= inner + 1e-12
    assert inner - 1e-12 <= high <= 1


@given(st.floats(0, 1), st.floats(1e-6, 0.01))
def test_mirrored(share: float, variance: float) -> None:
    found = share_interval(share, variance, 30, 10, 0.95)
    other = share_interval(1 - share, variance, 30, 10, 0.95)
    assert found is not None
    assert other is not None
    assert found == pytest.approx((1 - other[1], 1 - other[0]), abs=1e-9)


@given(st.floats(0, 1), st.floats(1e-6, 0.01))
def test_fewer_degrees_of_freedom_are_wider(share: float, variance: float) -> None:
    wide = share_interval(share, variance, 3, 10, 0.95)
    narrow = share_interval(share, variance, 300, 10, 0.95)
    assert wide is not None
    assert narrow is not None
    assert wide[1] - wide[0] > narrow[1] - narrow[0]


@pytest.mark.parametrize(("variance", "df"), [(math.nan, 5), (0.01, 0)])
def test_nothing_to_go_by(variance: float, df: float) -> None:
    assert share_interval(0.5, variance, df, 10, 0.95) is None


def test_quantiles() -> None:
    assert quantile(0.95, math.inf) == pytest.approx(1.959964, abs=1e-6)
    assert quantile(0.95, 4) == pytest.approx(2.776445, abs=1e-6)


def test_without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    with pytest.raises(MissingExtraError, match=r"need the package 'scipy'.*framing\[estimate\]"):
        quantile(0.95, 4)
