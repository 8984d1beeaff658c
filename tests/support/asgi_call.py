"""One request to an ASGI application, without a server."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from data.accounts.account import Account, acting_as
from data.engine import AsyncDatabase
from data.roles import WEB, url_as
from layers.tile_app import TileApp
from tests.support.acting import OPERATOR


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> bytes:
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body

    def json(self):
        return json.loads(self.content)


async def call(
    app, path: str, *, method: str = "GET", root_path: str = "", headers: dict[str, str] | None = None
) -> Reply:
    """GET a path such as /tiles/places.json?lang=en."""
    pure, _, query = path.partition("?")
    given = {"host": "city.test", "accept-encoding": "gzip"} | (headers or {})
    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": pure,
        "root_path": root_path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }
    sent: list[dict] = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    headers_out = {name.decode(): value.decode() for name, value in start["headers"]}
    return Reply(start["status"], headers_out, b"".join(part.get("body", b"") for part in sent[1:]))


def with_tiles(
    url: str, act: Callable[[TileApp, AsyncDatabase], Awaitable[object]], *, account: Account = OPERATOR, **options
) -> None:
    """Run `act` with an open database and a tile application over it, in the name of an account."""

    async def run() -> None:
        database = AsyncDatabase(url_as(url, WEB))
        await database.open()
        try:
            await act(TileApp(database, **options), database)
        finally:
            await database.close()

    with acting_as(account):
        asyncio.run(run())
