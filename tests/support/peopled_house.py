"""What do the tests of who may do what walk through? The whole application, and everybody's key to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import dash
import httpx
from fastapi import FastAPI

from data.accounts.administration import NewAccount, add_account
from data.accounts.demo import store_demo_accounts
from data.accounts.permissions import Permission, Role
from data.accounts.tokens import NewToken, make_token
from data.engine import AsyncDatabase
from data.reads.levels import read_levels
from layers.registry import build_registry
from tests.data.reads import grid_world
from tests.data.reads.grid_world import CODES
from tests.support.databases import cloned_database
from tests.support.whole_app import BASE, sign_in, started

PASSWORD = "vuk7 orze plym tadi"


@dataclass(frozen=True)
class House:
    """The whole application as it is served, and everybody's key to it."""

    app: FastAPI
    callbacks: tuple[str, ...]
    layers: tuple[tuple[str, str, str], ...]
    cookies: dict[str, str]
    tokens: dict[str, str]

    @asynccontextmanager
    async def client(self, name: str | None, token: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=("127.0.0.1", 1))
        headers = {"authorization": f"Bearer {self.tokens[token]}"} if token else {}
        cookies = {"minqing_session": self.cookies[name]} if name else {}
        async with httpx.AsyncClient(
            transport=transport, base_url=BASE, headers=headers, cookies=cookies, timeout=60
        ) as client:
            yield client


@asynccontextmanager
async def peopled_house(server_url: str, template_name: str) -> AsyncIterator[House]:
    """The application over the drawn city; a leader of the town A, called neighbour, has tokens of some scopes."""
    now = datetime.now(UTC)
    with cloned_database(server_url, template_name) as url:
        grid_world.build(url)
        owner = AsyncDatabase(url, min_size=1, max_size=1)
        await owner.open()
        async with started(url) as app:
            async with owner.writing() as conn:
                demo = await store_demo_accounts(conn, None, now)
                neighbour = await add_account(conn, NewAccount("neighbour", Role.LEADER, CODES["A"]), PASSWORD, now)
                tokens = {
                    scope: (await make_token(conn, neighbour, _token_for(scope), now)).text
                    for scope in ("map", "incidents", "export")
                }
                layers = build_registry(await read_levels(conn)).layers
            passwords = dict.fromkeys(demo.names, demo.password) | {"neighbour": PASSWORD}
            cookies = {name: await sign_in(app, name, password) for name, password in passwords.items()}
            facts = tuple((layer.key, layer.url, layer.permission) for layer in layers)
            yield House(app, server_callbacks(), facts, cookies, tokens)
        await owner.close()


def _token_for(scope: str) -> NewToken:
    return NewToken(scope, 1, frozenset({Permission(scope)}))


def server_callbacks() -> tuple[str, ...]:
    """Outputs of every callback of the application that runs on the server."""
    return tuple(output for output, entry in dash.get_app().callback_map.items() if "callback" in entry)
