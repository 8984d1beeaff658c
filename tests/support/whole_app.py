"""The whole application over a database, started and stopped as a server does, without a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from dashboard.factory import create_app
from dashboard.services import Services
from data.attachments.files import PhotoFiles
from data.audit.check import ChainCheck
from data.engine import AsyncDatabase
from data.roles import AUTH, WEB, url_as
from data.settings import LiveCaps

BASE = "http://127.0.0.1"


@asynccontextmanager
async def started(
    url: str,
    *,
    patience: float = 1.0,
    connections: int = 3,
    photos: Path | None = None,
    live_caps: LiveCaps | None = None,
) -> AsyncIterator[FastAPI]:
    """The application as it is served, under the login roles of the web."""
    web, auth = (AsyncDatabase(url_as(url, role), min_size=1, max_size=connections) for role in (WEB, AUTH))
    app = create_app(
        Services(
            web,
            lambda: datetime.now(UTC),
            accounts=auth,
            audit=ChainCheck(url, None),
            patience=patience,
            photo_files=PhotoFiles(photos) if photos else None,
            live_caps=live_caps or LiveCaps(),
        )
    )
    inbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    outbox: asyncio.Queue[Any] = asyncio.Queue()
    task = asyncio.create_task(
        app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, inbox.get, outbox.put)
    )
    for step in ("startup", "shutdown"):
        await inbox.put({"type": f"lifespan.{step}"})
        message = await outbox.get()
        assert message["type"] == f"lifespan.{step}.complete", message
        if step == "startup":
            yield app
    await task


def client_of(app: Any, cookie: str | None = None, *, base: str = BASE, peer: str = "127.0.0.1") -> httpx.AsyncClient:
    """A client of the application, signed in where a session key is given."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(peer, 1))
    cookies = {"minqing_session": cookie} if cookie else {}
    return httpx.AsyncClient(transport=transport, base_url=base, cookies=cookies, timeout=60)


async def sign_in(app: Any, name: str, password: str) -> str:
    """The session key that a sign-in gives."""
    async with client_of(app) as client:
        answer = await client.post("/login", data={"username": name, "password": password})
        assert answer.status_code == 303, (name, answer.text)
        return client.cookies["minqing_session"]
