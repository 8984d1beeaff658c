"""Which application do the tests of the HTTP interface ask? Its routes alone over the drawn city."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI

from dashboard.api.routes import register
from dashboard.api.services import ApiServices
from data.accounts.account import Account
from data.engine import AsyncDatabase
from data.roles import WEB, url_as
from tests.data.reads import grid_world
from tests.support.acting import OPERATOR, client_as
from tests.support.databases import cloned_database
from tests.support.plan_world import LEADER, PLANNER, Desk, House, PlanWorld, house_of


@dataclass(frozen=True)
class World:
    """The drawn city's database and its incidents as drawn."""

    url: str
    rows: list[grid_world.Row]


@pytest.fixture(scope="session")
def world(server_url: str, template_name: str) -> Iterator[World]:
    with cloned_database(server_url, template_name) as url:
        yield World(url, grid_world.build(url))


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def client(world: World, anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    async for client in client_of(world.url):
        yield client


async def client_of(url: str, account: Account = OPERATOR) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the interface over the database at `url`, in the name of an account."""
    database = AsyncDatabase(url_as(url, WEB), min_size=1, max_size=2)
    await database.open()
    app = FastAPI(title="Minqing Map", openapi_url=None, docs_url=None, redoc_url=None)
    register(app, ApiServices(database))
    async with client_as(app, account) as client:
        yield client
    await database.close()


@pytest.fixture
async def house(city: PlanWorld, anyio_backend: str) -> AsyncIterator[House]:
    """The interface over the `city` of the test's file, in which plans are drawn."""
    async with house_of(city.url) as house:
        yield house


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Desk]:
    """A planner's."""
    async with house.client(PLANNER) as desk:
        yield desk


@pytest.fixture
async def leader(house: House) -> AsyncIterator[Desk]:
    """A leader's."""
    async with house.client(LEADER) as desk:
        yield desk
