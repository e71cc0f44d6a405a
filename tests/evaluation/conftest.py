"""Fixtures of made-up articles with predictions."""

from __future__ import annotations

import pytest
from made_up import LABELS, made_up

from framing.evaluation.pairs import Pairs, pair
from framing.schema import Article, Document


@pytest.fixture(scope="session")
def sample() -> tuple[list[Article], list[Document]]:
    return made_up()


@pytest.fixture(scope="session")
def pairs(sample: tuple[list[Article], list[Document]]) -> Pairs:
    return pair(*sample, LABELS)
