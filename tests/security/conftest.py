"""Which application is attacked? The whole one over the drawn city, with everybody signed in."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from data.accounts.demo import store_demo_accounts
from data.engine import AsyncDatabase
from tests.data.reads import grid_world
from tests.support.databases import cloned_database
from tests.support.whole_app import client_of, sign_in, started

PATIENCE = 1e6
"""Attacks are not to be stopped by the rates, which have tests of their own."""


@pytest.fixture(scope="module")
def drawn_url(server_url: str, template_name: str) -> Iterator[str]:
    """Address of a database with the drawn city."""
    with cloned_database(server_url, template_name) as url:
        grid_world.build(url)
        yield url


@dataclass(frozen=True)
class House:
    """The application and the session key of each demo account."""

    app: FastAPI
    url: str
    cookies: dict[str, str]
    password: str

    def client(self, name: str | None = None, **options: str) -> httpx.AsyncClient:
        return client_of(self.app, self.cookies[name] if name else None, **options)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def house(drawn_url: str, anyio_backend: str) -> AsyncIterator[House]:
    async with started(drawn_url, patience=PATIENCE) as app:
        owner = AsyncDatabase(drawn_url, min_size=1, max_size=1)
        await owner.open()
        async with owner.writing() as conn:
            demo = await store_demo_accounts(conn, None, datetime.now(UTC))
        await owner.close()
        cookies = {name: await sign_in(app, name, demo.password) for name in demo.names}
        yield House(app, drawn_url, cookies, demo.password)
