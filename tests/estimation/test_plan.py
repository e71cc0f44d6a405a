from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from framing.errors import InputError
from framing.estimation.corpus import Corpus
from framing.estimation.estimate import estimate, estimate_coded
from framing.estimation.match import Coded
from framing.estimation.plan import plan, plan_coded
from framing.estimation.sampling import sample
from framing.estimation.simulation import Setting, clustered_corpus, coded

SETTING = Setting(articles=400)


@pytest.fixture(scope="module")
def world() -> tuple[Corpus, Callable[[int, int], Coded]]:
    """A corpus, and a function that draws and codes n sentences of it."""
    corpus, gold = clustered_corpus(SETTING, np.random.default_rng(11))
    return corpus, lambda n, seed: coded(sample(corpus, n, seed=seed), gold)


World = tuple[Corpus, Callable[[int, int], Coded]]


def width(corpus: Corpus, codes: Coded, target: str) -> float:
    share = estimate_coded(corpus, codes, target=target).rows[0].corrected
    assert share is not None
    assert share.interval is not None
    return share.interval[1] - share.interval[0]


@pytest.mark.parametrize("target", ["population", "corpus"])
def test_it_begins_with_what_there_is(target: str, world: World) -> None:
    corpus, draw = world
    codes = draw(300, 0)
    found = plan_coded(corpus, codes, target=target)
    assert found.counts == (300, 450, 600, 900, 1500, 3000)
    assert found.rows[0].widths[0] == pytest.approx(width(corpus, codes, target), rel=0.02)
    widths = [w for w in found.rows[0].widths if w is not None]
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("target", ["population", "corpus"])
def test_the_forecast_comes_true(target: str, world: World) -> None:
    """Five times the codes give the width that was foretold, on average over draws."""
    corpus, draw = world
    foretold = [plan_coded(corpus, draw(300, i), target=target).rows[0].widths[4] for i in range(9)]
    real = [width(corpus, draw(1500, i), target) for i in range(9)]
    assert np.median([w for w in foretold if w is not None]) == pytest.approx(
        np.median(real), rel=0.12
    )


def test_codes_for_a_width(world: World) -> None:
    corpus, draw = world
    codes = draw(300, 0)
    found = plan_coded(corpus, codes, target="corpus", width=0.03)
    needed = found.rows[0].needed
    assert needed is not None
    assert 300 < needed < len(corpus)
    # For a population the articles set a floor that no number of codes goes below.
    never = plan_coded(corpus, codes, width=0.002)
    assert never.rows[0].needed is None
    assert "never" in str(never)
    assert json.loads(json.dumps(never.to_dict()))["labels"][0]["needed"] is None


def test_a_census_has_no_width(world: World) -> None:
    corpus, draw = world
    n = len(corpus) // 2
    found = plan_coded(corpus, draw(n, 0), target="corpus")
    assert found.counts[-1] == len(corpus)
    assert found.rows[0].widths[-1] == 0


def test_from_files(predictions: Path, fill: Callable[..., Path], tmp_path: Path) -> None:
    sample(predictions, 40, seed=2).write(tmp_path / "s")
    sheet = fill(tmp_path / "s" / "sheet.csv")
    found = plan(predictions, sheet)
    now = estimate(predictions, sheet).rows[0].corrected
    assert now is not None
    assert found.rows[0].share == pytest.approx(now.share)
    assert found.to_csv().splitlines()[0] == "label,codes,width"
    with pytest.raises(InputError, match="width is 2; expected a share between 0 and 1"):
        plan(predictions, sheet, width=2)


def test_nothing_to_foretell_without_positives(world: World) -> None:
    corpus, draw = world
    codes = draw(100, 0)
    empty = Coded(codes.labels, codes.gold & False, codes.sample, False, codes.strata, ())
    found = plan_coded(corpus, empty, width=0.05)
    assert set(found.rows[0].widths) == {None}
    assert found.rows[0].needed is None


@pytest.mark.parametrize("target", ["population", "corpus"])
def test_a_sample_without_errors_promises_no_more_than_the_estimate(target: str) -> None:
    corpus, gold = clustered_corpus(Setting(errors=(0.0, 0.0)), np.random.default_rng(4))
    codes = coded(sample(corpus, 60, seed=1), gold)
    found = plan_coded(corpus, codes, target=target).rows[0].widths
    assert found[0] == pytest.approx(width(corpus, codes, target), rel=0.02)
    assert sorted((w for w in found if w is not None), reverse=True) == list(found)
