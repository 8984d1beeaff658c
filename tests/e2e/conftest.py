"""A small demo city, the whole program serving it, and a browser that may talk to nothing else."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route, expect
from sqlalchemy.engine import make_url

from data.catalog_store import store_catalog
from data.demo.load import load_demo
from data.engine import engine_for
from tests.support.chromium import ARGUMENTS, CHROMIUM
from tests.support.databases import cloned_database
from tests.support.settled import settle

ROOT = Path(__file__).parents[2]
READY_S = 90
PATIENCE_MS = 45_000
INCIDENTS, DAYS = 12_000, 60
DEMO_PASSWORD = "a demo password for tests"
TELL_VIOLATIONS = """document.addEventListener('securitypolicyviolation', (event) =>
    console.error('content-security policy', event.effectiveDirective, event.blockedURI, event.sample));"""


class _Quiet:
    def step(self, name: str) -> None:
        """Loading is not watched here."""


@pytest.fixture(scope="session")
def demo_city(server_url: str, template_name: str) -> Iterator[str]:
    """Name of a database with the demo city and fewer incidents than usual, to be cloned only."""
    with cloned_database(server_url, template_name) as url:
        engine = engine_for(url)
        with engine.begin() as connection:
            store_catalog(connection)
        load_demo(engine, now=datetime.now(UTC), progress=_Quiet(), days=DAYS, count=INCIDENTS)
        engine.dispose()
        settle(url)
        yield str(make_url(url).database)


@pytest.fixture(scope="module")
def demo_url(server_url: str, demo_city: str) -> Iterator[str]:
    """Address of a demo city that only this file's tests change."""
    with cloned_database(server_url, demo_city) as url:
        yield url


@dataclass
class Server:
    """A running program; `said` is what it has printed."""

    address: str
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


@pytest.fixture(scope="module")
def server(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The program on a free port, as a user starts it, with the demo city."""
    with serving(demo_url, tmp_path_factory.mktemp("server")) as running:
        yield running


@contextmanager
def serving(url: str, folder: Path) -> Iterator[Server]:
    """The program on a free port over a database that holds a city; log and data go into the folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "server.log"
    environ = os.environ | {"DATABASE_URL": url, "MINQING_DATA_DIR": str(folder / "data"), "PYTHONUNBUFFERED": "1"}
    environ["MINQING_DEMO_PASSWORD"] = DEMO_PASSWORD
    command = [sys.executable, "app.py", "serve", "--demo", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=out, stderr=subprocess.STDOUT)
    running = Server(f"http://127.0.0.1:{port}", log)
    try:
        _wait(running, process)
        yield running
    finally:
        process.terminate()
        process.wait(20)


def _wait(running: Server, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail(f"the server ended with {process.returncode}:\n{running.said}")
        try:
            if httpx.get(f"{running.address}/healthz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.3)
    pytest.fail(f"the server was not ready within {READY_S} s:\n{running.said}")


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium with software rendering."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@dataclass
class Watch:
    """What went wrong in the browser: nothing may."""

    problems: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    def attach(self, page: Page, address: str) -> None:
        page.on("console", lambda m: self.problems.append(f"console: {m.text}") if m.type == "error" else None)
        page.add_init_script(TELL_VIOLATIONS)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("response", lambda r: self.problems.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        page.on("requestfailed", lambda r: self._failed(r.url, r.failure or ""))
        page.on("request", lambda r: self.requested.append(r.url))
        page.route("**/*", lambda route: self._pass(route, address))

    def check(self, server: Server, *forgiven: str) -> None:
        """Fail on what went wrong, with the server's log, but for problems that hold one of these words."""
        wrong = [problem for problem in self.problems if not any(word in problem for word in forgiven)]
        if wrong:
            pytest.fail("in the browser:\n" + "\n".join(wrong) + f"\nthe server said:\n{server.said}")

    def _failed(self, url: str, why: str) -> None:
        # The map itself cancels tiles that it no longer needs.
        if "ERR_ABORTED" not in why:
            self.problems.append(f"failed: {url} {why}")

    def _pass(self, route: Route, address: str) -> None:
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
            return
        self.problems.append(f"left the machine: {route.request.url}")
        route.abort()


@pytest.fixture
def watch() -> Watch:
    """Collects what goes wrong in the browser."""
    return Watch()


@contextmanager
def session(browser: Browser, server: Server, width: int, height: int, **options: Any) -> Iterator[BrowserContext]:
    """A browser of its own with a screen of that size, at the server's address, that waits as long as tests do."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, base_url=server.address, accept_downloads=True, **options
    )
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    try:
        yield context
    finally:
        context.close()


@contextmanager
def watched(
    browser: Browser, server: Server, watch: Watch, width: int = 1366, height: int = 768, **options: Any
) -> Iterator[Page]:
    """A page of a browser of its own, of whose problems `watch` hears; the test checks them."""
    with session(browser, server, width, height, **options) as context:
        page = context.new_page()
        watch.attach(page, server.address)
        yield page
        page.unroute_all(behavior="ignoreErrors")


def sign_in(who: Page | BrowserContext, name: str, password: str = DEMO_PASSWORD) -> None:
    """Come in with an account, also in the place of another."""
    answer = who.request.post("/login", form={"username": name, "password": password}, max_redirects=0)
    assert answer.status == 303, answer.text()


@pytest.fixture
def page(browser: Browser, server: Server, watch: Watch) -> Iterator[Page]:
    """A page of 1920 × 1080; the test fails on any error in it, with the server's log."""
    with watched(browser, server, watch, 1920, 1080) as page:
        sign_in(page, "leader")
        yield page
    watch.check(server)
