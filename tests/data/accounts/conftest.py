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
        for key in ("parks", "harbour"):
            await conn.execute("INSERT INTO department (key, name_zh, name_en) VALUES (%s, %s, %s)", [key, key, key])
    yield database
    await database.close()
