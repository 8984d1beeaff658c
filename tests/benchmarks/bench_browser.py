"""How much does a browser load before it shows the city, and how fast does it recolour all small grids?"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from playwright.sync_api import Browser, Request, sync_playwright

from tests.benchmarks.context import Bench
from tests.benchmarks.measure import Measure, at_least, at_most
from tests.benchmarks.wire import WireLog, relay
from tests.dashboard.map_view.conftest import CHROMIUM, GL_ARGS, PLAIN_ARGS
from tests.dashboard.map_view.recolour_race import Race, race

FIRST_PAINT_MB = 1.2
TIMES_PLOTLY = 4

_ROOT = Path(__file__).parents[2]
_PASSWORD = "a demo password for benchmarks"
_START_TIMEOUT_S = 120
_LATER_MS = 5_000
"""Requests of this long after the first picture are looked at too: charts, lists, live updates."""

_SHOWN = """
window.cityShown = null;
let coloured = false;
document.addEventListener('mapview:painted', event => { coloured ||= event.detail.changed > 0; });
document.addEventListener('mapview:idle', () => {
  if (coloured && window.cityShown === null) window.cityShown = performance.timeOrigin + performance.now();
});
"""


@dataclass(frozen=True, slots=True)
class _Opened:
    """What opening the city view in a fresh browser took.

    Attributes:
        megabytes: From the server until the coloured map stood, tiles and values included.
        seconds: From the first byte until then.
        outside: Addresses of requests to anything but the server.
    """

    megabytes: float
    seconds: float
    outside: tuple[str, ...]


def measures(bench: Bench) -> Iterator[Measure]:
    """First load of the demo city, and the race against plotly."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=PLAIN_ARGS + GL_ARGS)
        with _served(bench.demo_url) as port, relay(port) as log:
            opened = _open_city(browser, log, port)
        yield at_most(
            "city view, wire bytes before the map is painted",
            opened.megabytes,
            FIRST_PAINT_MB,
            "MB",
            detail=f"{opened.seconds:.1f} s",
        )
        yield _outside(opened.outside)
        yield from _raced(race(browser))
        browser.close()


def _raced(result: Race) -> Iterator[Measure]:
    ours, theirs = result.map_view, result.plotly
    yield at_least(
        "recolour 4,556 grids against plotly Choroplethmap",
        result.ratio,
        TIMES_PLOTLY,
        "x",
        detail=f"{ours.spread} / {theirs.spread} ms",
    )
    yield at_least(
        "  processor time of page and graphics until at rest",
        result.cpu_ratio,
        TIMES_PLOTLY,
        "x",
        detail=f"{ours.cpu_ms:.0f} / {theirs.cpu_ms:.0f} ms",
    )


def _outside(addresses: tuple[str, ...]) -> Measure:
    shown = f"{len(addresses)} {' '.join(addresses[:3])}".strip()
    return Measure("  requests that leave the machine", shown, "= 0", not addresses)


def _open_city(browser: Browser, log: WireLog, port: int) -> _Opened:
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    context.add_init_script(_SHOWN)
    # Straight to the server, past the relay: the sign-in is not part of the page.
    form = {"username": "leader", "password": _PASSWORD}
    signed_in = context.request.post(f"http://127.0.0.1:{port}/login", form=form, max_redirects=0)
    assert signed_in.status == 303, signed_in.text()
    home = f"127.0.0.1:{log.port}"
    outside: list[str] = []

    def see(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != home:
            outside.append(request.url)

    context.on("request", see)
    page = context.new_page()
    page.goto(f"http://{home}/map")
    page.wait_for_function("() => window.cityShown !== null", timeout=120_000)
    shown_s = page.evaluate("window.cityShown") / 1e3
    page.wait_for_timeout(_LATER_MS)
    context.close()
    return _Opened(log.bytes_until(shown_s) / 1e6, shown_s - log.passed[0][0], tuple(outside))


@contextmanager
def _served(url: str) -> Iterator[int]:
    """The real server in a process of its own; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [sys.executable, str(_ROOT / "app.py"), "serve", "--demo", "--port", str(port)],
            cwd=_ROOT,
            env=os.environ | {"DATABASE_URL": url, "MINQING_DEMO_PASSWORD": _PASSWORD},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(process, port, output.fileno())
            yield port
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, output: int) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    said = os.pread(output, 10_000, 0).decode("utf-8", "replace")
    raise AssertionError(f"the server did not start: {said}")
