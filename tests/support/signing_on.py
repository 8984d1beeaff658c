"""How do tests sign on through a provider? The provider as a process, the program's door on a port, and a browser."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import psycopg
import uvicorn
from fastapi import FastAPI
from psycopg.rows import dict_row

from dashboard.auth import install
from dashboard.auth.noting import note_event
from dashboard.auth.services import AuthServices
from data.accounts.account import acting_account
from data.accounts.administration import NewAccount, add_account, find_account_id
from data.accounts.identities import Identity, link_identity
from data.accounts.permissions import Role
from data.accounts.provider import Provider
from data.engine import AsyncDatabase, libpq_url
from data.roles import AUTH, url_as
from tests.support.grid_world import build_world
from tests.support.oidc_provider import CLIENT, PASSWORD, SECRET

ROOT = Path(__file__).parents[2]
PAGE = {"accept": "text/html"}


@dataclass
class RunningProvider:
    """The provider as a process of its own."""

    issuer: str
    process: "subprocess.Popen[str]"

    def behave(self, **how: Any) -> None:
        """Misbehave so from now on; without anything, behave."""
        httpx.post(f"{self.issuer}/behave", json=how, trust_env=False).raise_for_status()

    def asked(self) -> dict[str, int]:
        """How often it was asked for what since then."""
        return httpx.get(f"{self.issuer}/asked", trust_env=False).json()


@contextmanager
def running_provider() -> Iterator[RunningProvider]:
    """Start a provider, and end it afterwards."""
    command = [sys.executable, "-m", "tests.support.oidc_provider"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        issuer = process.stdout.readline().strip()
        assert issuer.startswith("http://127.0.0.1:"), "the provider did not start"
        try:
            yield RunningProvider(issuer, process)
        finally:
            process.terminate()
            process.wait(10)


@dataclass
class Served:
    """The door of the program on a port, before one room that says in whose name it is entered."""

    address: str
    url: str
    clock: dict[str, timedelta] = field(default_factory=lambda: {"ahead": timedelta()})
    browsers: ExitStack = field(default_factory=ExitStack)

    def rows(self, query: str, *values: Any) -> list[Any]:
        """What the owner of the database reads, or changes."""
        with psycopg.connect(libpq_url(self.url)) as owner:
            cursor = owner.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def audit(self) -> list[tuple[str, dict[str, Any] | None]]:
        """Actions and what came of them, in order."""
        return [(row[0], row[1]) for row in self.rows("SELECT action, after FROM audit_entry ORDER BY id")]


@contextmanager
def served(url: str, issuer: str, *, off: bool = False, **how: Any) -> Iterator[Served]:
    """Serve the door with a provider configured, or without one."""
    config = uvicorn.Config("", host="127.0.0.1", port=0, log_level="warning", access_log=False, lifespan="on")
    listener = config.bind_socket()
    listener.listen(64)
    house = Served(f"http://127.0.0.1:{listener.getsockname()[1]}", url)
    provider = replace(Provider(issuer, CLIENT, house.address, SECRET, "城市认证中心"), **how)
    config.app = _app(house, None if off else provider)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        with house.browsers:
            yield house
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


def administer(url: str, work: Callable[[Any], Awaitable[object]]) -> None:
    """Do something in a transaction of the database's owner."""

    async def run() -> None:
        async with await psycopg.AsyncConnection.connect(libpq_url(url), row_factory=dict_row) as conn:
            await work(conn)

    # In a thread of its own: beside a browser this one has a loop running.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(run())).result()


def link_person(url: str, issuer: str, person: str, name: str) -> None:
    """Link an account to somebody at the provider."""

    async def link(conn: Any) -> None:
        account_id = await find_account_id(conn, name)
        await link_identity(conn, Identity(issuer, f"id-of-{person}"), account_id, datetime.now(UTC))

    administer(url, link)


def build_house(url: str, password: str) -> None:
    """A small city, and the accounts wang and li."""
    with psycopg.connect(libpq_url(url)) as connection:
        build_world(connection, "AB")

    async def add(conn: Any) -> None:
        for name in ("wang", "li"):
            await add_account(conn, NewAccount(name, Role.OPERATOR), password, datetime.now(UTC))

    administer(url, add)


def _app(house: Served, provider: Provider | None) -> FastAPI:
    database = AsyncDatabase(url_as(house.url, AUTH), min_size=1, max_size=4)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await database.open()
        yield
        await database.close()

    services = AuthServices(
        database, lambda: datetime.now(UTC) + house.clock["ahead"], note=note_event, provider=provider, refusal_s=0.0
    )
    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    auth = install.add_routes(app, services)

    @app.get("/map")
    async def room() -> dict[str, str]:
        return {"name": acting_account().name, "role": acting_account().role}

    install.guard(app, auth)
    return app


class Person:
    """Somebody with a browser that follows no redirect by itself."""

    def __init__(self, house: Served) -> None:
        self.http = house.browsers.enter_context(httpx.Client(base_url=house.address, trust_env=False, timeout=30))

    def begin(self, next_path: str = "/map?unit=4401") -> str:
        """Click the button; the address at the provider that it leads to."""
        answer = self.http.get("/login/sso", params={"next": next_path}, headers=PAGE)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def prove(self, address: str, name: str = "wang", password: str = PASSWORD) -> str:
        """Sign in at the provider; the address of the program that it leads back to."""
        with httpx.Client(trust_env=False) as there:
            assert "password" in there.get(address).text
            form = dict(parse_qsl(urlsplit(address).query)) | {"person": name, "password": password}
            answer = there.post(address.partition("?")[0], data=form)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def come_back(self, address: str) -> str:
        """Follow the way back; where it leads."""
        answer = self.http.get(address, headers=PAGE | {"sec-fetch-site": "cross-site"})
        assert answer.status_code == 303, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return answer.headers["location"]

    def sign_on(self, name: str = "wang", next_path: str = "/map?unit=4401") -> str:
        """The whole way; where it ends."""
        return self.come_back(self.prove(self.begin(next_path), name))

    def who(self) -> str | None:
        """In whose name the program lets this browser in; None for nobody."""
        answer = self.http.get("/map", headers={"accept": "application/json"})
        return answer.json()["name"] if answer.status_code == 200 else None


def reason_of(location: str) -> str:
    """What the sign-in page is told of a failure; its address carries nothing else but the way on."""
    parts = urlsplit(location)
    query = parse_qs(parts.query)
    assert parts.path == "/login"
    assert query.keys() <= {"sso", "next"}
    return query["sso"][0]
