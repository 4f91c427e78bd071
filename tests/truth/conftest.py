"""Histories that all tests of the truth are asked about, each loaded once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from collector.simulator.truth import Truth
from tests.truth.world import SMALL_BATCH, Shopkeeper, jumbled, keeper, told

WORLDS = ("small", "seed 1", "seed 2", "seed 3", "jumbled")


@dataclass(frozen=True)
class Shop:
    """What is true, and what the store says."""

    truth: Truth
    keeper: Shopkeeper


@pytest.fixture(scope="session", params=WORLDS)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One shop a world: as it was sent, and once out of order with requests twice."""
    name: str = request.param
    is_small = name == "small"
    seed = 5 if is_small else int(name.split()[1]) if name.startswith("seed") else 1
    world = told(seed, small=is_small)
    records = jumbled(world.records, 5) if name == "jumbled" else world.records
    batches = {"batch": SMALL_BATCH} if is_small else {}
    with keeper(tmp_path_factory.mktemp("truth"), records, **batches) as found:
        yield Shop(world.truth, found)
