"""One demo city for all tests of this folder: generating it takes seconds, and nothing here changes it."""

from datetime import UTC, datetime

import numpy as np
import pytest

from data.demo.geography import DemoGeography, build_geography
from data.demo.incidents import DemoIncidents, build_incidents
from data.demo.places import DemoPlace, build_places
from data.demo.truth import PlantedTruth, build_truth

SEED = 7
COUNT = 40_000
END = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def demo_geography() -> DemoGeography:
    return build_geography(SEED)


@pytest.fixture(scope="session")
def demo_truth(demo_geography: DemoGeography) -> PlantedTruth:
    return build_truth(demo_geography, SEED, count=COUNT)


@pytest.fixture(scope="session")
def demo_incidents(demo_geography: DemoGeography, demo_truth: PlantedTruth) -> DemoIncidents:
    return build_incidents(demo_geography, demo_truth, seed=SEED, count=COUNT, end=END)


@pytest.fixture(scope="session")
def demo_places(demo_geography: DemoGeography) -> tuple[DemoPlace, ...]:
    return build_places(demo_geography, np.random.default_rng([SEED, 5]))
