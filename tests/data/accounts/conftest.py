"""Which database do the tests of accounts use? One of their own with a small catalog, asked asynchronously."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from data.engine import AsyncDatabase

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def database(database_url: str, anyio_backend: str) -> AsyncIterator[AsyncDatabase]:
    database = AsyncDatabase(database_url, min_size=1, max_size=6)
    await database.open()
    async with database.writing() as conn:
        await conn.execute(
            "INSERT INTO department (key, name_zh, name_en) VALUES ('parks', '园林局', 'Parks'), ('harbour', '港务局', 'Harbour')"
        )
    yield database
    await database.close()
