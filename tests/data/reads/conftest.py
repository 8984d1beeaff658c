"""Which city do the readers read? The drawn one, built once."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from data.accounts.account import acting_as
from data.engine import AsyncDatabase, AsyncRows
from data.roles import WEB, url_as
from tests.data.reads import grid_world
from tests.support.acting import OPERATOR
from tests.support.databases import cloned_database


@dataclass(frozen=True)
class World:
    """The drawn city's database and its incidents as drawn."""

    url: str
    rows: list[grid_world.Row]


@pytest.fixture(scope="session")
def world(server_url: str, template_name: str) -> Iterator[World]:
    with cloned_database(server_url, template_name) as url:
        yield World(url, grid_world.build(url))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def conn(world: World, anyio_backend: str) -> AsyncIterator[AsyncRows]:
    """One snapshot of the drawn city."""
    database = AsyncDatabase(url_as(world.url, WEB), min_size=1, max_size=1)
    await database.open()
    with acting_as(OPERATOR):
        async with database.reading() as connection:
            yield connection
    await database.close()
