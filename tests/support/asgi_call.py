"""One request to an ASGI application, without a server."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from data.engine import AsyncDatabase
from layers.tile_app import TileApp


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


def with_tiles(url: str, act: Callable[[TileApp, AsyncDatabase], Awaitable[object]], **options) -> None:
    """Run `act` with an open database and a tile application over it."""

    async def run() -> None:
        database = AsyncDatabase(url)
        await database.open()
        try:
            await act(TileApp(database, **options), database)
        finally:
            await database.close()

    asyncio.run(run())
