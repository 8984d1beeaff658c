"""Are planted duplicates of a city found that nobody looked at when the weights were chosen?"""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from data.catalog_store import store_catalog
from data.demo.load import load_demo
from data.importing.progress import Unheard
from tests.support.scored_duplicates import score_duplicates

SEED = 303
BAR = 0.85


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_a_small_demo_city_of_a_seed_of_its_own_reaches_the_bar(engine: Engine, database_url: str) -> None:
    with engine.begin() as connection:
        store_catalog(connection)
    load_demo(engine, now=datetime(2026, 6, 1, tzinfo=UTC), progress=Unheard(), seed=SEED, days=7, count=4_000)
    score = await score_duplicates(database_url)
    assert score.planted == 100
    assert min(score.precision, score.recall) > 0.75
    assert score.f1 >= BAR, f"precision {score.precision:.3f}, recall {score.recall:.3f}, F1 {score.f1:.3f}"
