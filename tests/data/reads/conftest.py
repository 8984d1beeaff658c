"""Which city do the readers read? The drawn one, built once."""

import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import psycopg
import pytest
from sqlalchemy.engine import make_url

from data.accounts.account import acting_as
from data.engine import AsyncDatabase, AsyncRows, libpq_url
from data.roles import WEB, url_as
from tests.data.reads import grid_world
from tests.support.acting import OPERATOR


@dataclass(frozen=True)
class World:
    """The drawn city's database and its incidents as drawn."""

    url: str
    rows: list[grid_world.Row]


@pytest.fixture(scope="session")
def world(server_url: str, template_name: str) -> Iterator[World]:
    name = f"reads_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(libpq_url(server_url), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_name}".encode())
        url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
        yield World(url, grid_world.build(url))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


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
