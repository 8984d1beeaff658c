"""Which application do the tests of sign-in ask? A small one with a route of every kind behind the door."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest
from fastapi import FastAPI, Request, WebSocket

from dashboard.auth import install
from dashboard.auth.services import AuthEvent, AuthServices
from data.accounts.account import acting_account
from data.accounts.administration import NewAccount, add_account
from data.accounts.demo import DemoAccounts, store_demo_accounts
from data.accounts.permissions import Role
from data.engine import AsyncDatabase, AsyncRows, libpq_url
from data.roles import AUTH, url_as
from tests.support.signing_on import RunningProvider, build_house, running_provider

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
BASE = "http://127.0.0.1:8050"
PASSWORD = "vuk7 orze plym tadi"
PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Counted:
    """A database that counts its transactions."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database
        self.reads = 0
        self.writes = 0

    def reading(self) -> AbstractAsyncContextManager[AsyncRows]:
        self.reads += 1
        return self._database.reading()

    def writing(self) -> AbstractAsyncContextManager[AsyncRows]:
        self.writes += 1
        return self._database.writing()


@dataclass
class House:
    """The application, its clock and what it noted."""

    app: FastAPI
    auth: install.Auth
    database: Counted
    demo: DemoAccounts
    events: list[AuthEvent] = field(default_factory=list)
    now: datetime = NOW

    def later(self, **much: float) -> None:
        self.now += timedelta(**much)

    def client(self, base: str = BASE, peer: str = "127.0.0.1") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(peer, 40_000))
        return httpx.AsyncClient(transport=transport, base_url=base)

    @asynccontextmanager
    async def signed_in(self, name: str = "wang", password: str = PASSWORD) -> AsyncIterator[httpx.AsyncClient]:
        async with self.client() as client:
            answer = await client.post("/login", data={"username": name, "password": password})
            assert answer.status_code == 303, answer.text
            yield client


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def house(database_url: str, anyio_backend: str) -> AsyncIterator[House]:
    with psycopg.connect(libpq_url(database_url)) as owner:
        owner.execute("INSERT INTO department (key, name_zh, name_en) VALUES ('parks', '园林局', 'Parks')")
    database = AsyncDatabase(url_as(database_url, AUTH), min_size=1, max_size=4)
    await database.open()
    async with database.writing() as conn:
        await add_account(conn, NewAccount("wang", Role.OPERATOR), PASSWORD, NOW)
        demo = await store_demo_accounts(conn, "harbour-demo", NOW)
    yield _house(database, demo)
    await database.close()


def _house(database: AsyncDatabase, demo: DemoAccounts) -> House:
    counted, holder, events = Counted(database), [], []

    async def note(_conn: AsyncRows, event: AuthEvent) -> None:
        events.append(event)

    services = AuthServices(counted, lambda: holder[0].now, demo=demo, note=note, refusal_s=0.0)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    auth = install.add_routes(app, services)
    _add_rooms(app)
    install.guard(app, auth)
    holder.append(House(app, auth, counted, demo, events))
    return holder[0]


def _add_rooms(app: FastAPI) -> None:
    """Routes behind the door; each says in whose name it ran."""

    async def room(request: Request) -> dict[str, object]:
        assert request.state.account == acting_account()
        return {"name": acting_account().name, "role": acting_account().role}

    for path in ("/map", "/api/v1/summary", "/tiles/{path:path}", "/api/docs", "/metrics", "/assets/{path:path}"):
        app.add_api_route(path, room, methods=["GET"])
    app.add_api_route("/_dash-update-component", room, methods=["POST"])
    app.add_api_route("/healthz", lambda: {"status": "ok"}, methods=["GET"])

    @app.websocket("/_dash-ws-callback")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_text(f"{acting_account().name}: {text}")


@pytest.fixture(scope="session")
def provider_process() -> Iterator[RunningProvider]:
    with running_provider() as running:
        yield running


@pytest.fixture
def provider(provider_process: RunningProvider) -> RunningProvider:
    """A provider of single sign-on that behaves until it is told otherwise."""
    provider_process.behave()
    return provider_process


@pytest.fixture
def sso_url(database_url: str) -> str:
    """Address of a database with a small city and the accounts wang and li, linked to nobody."""
    build_house(database_url, PASSWORD)
    return database_url
