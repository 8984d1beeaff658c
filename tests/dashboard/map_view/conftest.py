"""How do the MapView tests run? The trial application in a thread, Chromium around it, and a guard on every page."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Playwright

from dashboard.components.map_view.assets import check_assets
from tests.dashboard.map_view.trial_app import build_app

CHROMIUM = "/usr/bin/chromium"
PLAIN_ARGS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
GL_ARGS = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serves an ASGI application on a free port; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline, "the trial application did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def trial_url() -> Iterator[str]:
    check_assets()
    with serving(build_app()) as url:
        yield url


@pytest.fixture(scope="session")
def map_browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=PLAIN_ARGS + GL_ARGS)
    yield browser
    browser.close()


class Guard:
    """Collects what must not happen on a page."""

    def __init__(self, page: Page, home: str) -> None:
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.home = home
        page.on("console", lambda m: m.type in ("error", "warning") and self.faults.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("request", lambda request: self._see(request.url))
        page.on("response", lambda r: r.status >= 400 and self.faults.append(f"HTTP {r.status}: {r.url}"))

    def _see(self, url: str) -> None:
        self.requests.append(url)
        if not url.startswith((self.home, "data:", "blob:")):
            self.faults.append(f"request outside: {url}")

    def forgive(self, *parts: str) -> None:
        """Takes out faults that a test provoked on purpose."""
        self.faults = [fault for fault in self.faults if not any(part in fault for part in parts)]


RECORDER = """
window.mapEvents = [];
for (const name of ['ready', 'idle', 'applied', 'painted']) {
  document.addEventListener('mapview:' + name,
    (e) => window.mapEvents.push({name, detail: e.detail, at: performance.now()}));
}
"""


@pytest.fixture
def open_map(map_browser: Browser, trial_url: str) -> Iterator[Callable[..., tuple[Page, Guard]]]:
    """Opens the trial page and waits until the map is drawn; faults on the page fail the test at its end."""
    opened: list[tuple[Page, Guard]] = []

    def open_page(width: int = 1000, height: int = 720, wait: bool = True) -> tuple[Page, Guard]:
        page = map_browser.new_page(viewport={"width": width, "height": height})
        page.add_init_script(RECORDER)
        guard = Guard(page, trial_url)
        page.goto(trial_url)
        opened.append((page, guard))
        if wait:
            page.wait_for_function("window.mapEvents.some(e => e.name === 'ready')", timeout=60000)
            page.wait_for_function("window.mapEvents.some(e => e.name === 'painted')", timeout=60000)
        return page, guard

    yield open_page
    for page, guard in opened:
        page.close()
        assert guard.faults == []
