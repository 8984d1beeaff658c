"""Do pages follow what others do, say how old they are, and come back by themselves?"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import DEMO_PASSWORD, PATIENCE_MS, READY_S, ROOT, Server, Watch, session, sign_in

pytestmark = pytest.mark.browser
WITHIN_MS = 3_000
STOP_S = 60
MARK = "#live-mark"


class Program:
    """The program on a port that stays the same when it is started again."""

    def __init__(self, url: str, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._environ = os.environ | {"DATABASE_URL": url, "MINQING_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
        self._environ["MINQING_DEMO_PASSWORD"] = DEMO_PASSWORD
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def server(self) -> Server:
        return Server(f"http://127.0.0.1:{self.port}", self._log)

    def start(self) -> None:
        command = [sys.executable, "app.py", "serve", "--demo", "--port", str(self.port)]
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._environ, stdout=out, stderr=out)
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.server.address}/healthz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        pytest.fail(f"the server was not ready within {READY_S} s:\n{self.server.said}")

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """The program does nothing, and its connections stay open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(STOP_S)
            self._process = None


@pytest.fixture(scope="module")
def program(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program over the demo city."""
    program = Program(demo_url, tmp_path_factory.mktemp("live"))
    try:
        program.start()
        yield program
    finally:
        program.stop()


@contextmanager
def signed_in(browser: Browser, program: Program, name: str) -> Iterator[BrowserContext]:
    with session(browser, program.server, 1920, 1080) as context:
        sign_in(context, name)
        yield context


@pytest.fixture
def operator(browser: Browser, program: Program) -> Iterator[BrowserContext]:
    with signed_in(browser, program, "operator") as context:
        yield context


@pytest.fixture
def other(browser: Browser, program: Program) -> Iterator[BrowserContext]:
    """Somebody else, who acts through the interface for programs."""
    with signed_in(browser, program, "admin") as context:
        yield context


def new_case(context: BrowserContext) -> dict[str, Any]:
    """A report that was just handed in, somewhere in the city."""
    unit = context.request.get("/api/v1/units?parent=").json()["items"][0]
    west, south, east, north = unit["bbox"]
    kind = context.request.get("/api/v1/classes").json()["items"][0]["code"]
    report = {"class": kind, "lon": (west + east) / 2, "lat": (south + north) / 2, "text": "路面破损"}
    answer = context.request.post("/api/v1/incidents", data=report)
    assert answer.ok, answer.text()
    return dict(answer.json()["items"][0])


def act(context: BrowserContext, case: dict[str, Any], name: str, seq: int, **facts: Any) -> None:
    body = {"act": name, "facts": facts, "seq": seq, "key": f"e2e-{case['id']}-{name}-{seq}"}
    answer = context.request.post(f"/api/v1/cases/{case['id']}/transitions", data=body)
    assert answer.ok, answer.text()


def is_live(page: Page) -> None:
    expect(page.locator(f"{MARK}[data-state=live]")).to_be_visible()


def test_what_somebody_else_does_appears_in_place_within_three_seconds(
    operator: BrowserContext, other: BrowserContext, program: Program, watch: Watch
) -> None:
    page = operator.new_page()
    watch.attach(page, program.server.address)
    case, beside = new_case(other), new_case(other)
    page.goto(f"/cases?queue=new&case={case['id']}")
    is_live(page)
    expect(page.locator("#cases-case .cases-event")).to_have_count(1)
    page.evaluate("() => { window.untouched = true; }")
    for name, seq, facts in (("file", 1, {}), ("note", 2, {"note": "已联系社区"})):
        act(other, case, name, seq, **facts)
        expect(page.locator(f"#cases-case .cases-event[data-seq='{seq + 1}']")).to_be_visible(timeout=WITHIN_MS)
    row = page.locator(f"#cases-grid [row-id='{beside['id']}']").first
    expect(row).to_be_visible()
    act(other, beside, "file", 1)
    expect(row).to_be_hidden(timeout=WITHIN_MS)
    assert page.evaluate("() => window.untouched"), "the page was loaded anew"
    page.unroute_all(behavior="ignoreErrors")
    assert watch.problems == []


def test_the_map_brings_its_figures_up_to_date_without_being_asked(
    operator: BrowserContext, other: BrowserContext, program: Program, watch: Watch
) -> None:
    page = operator.new_page()
    watch.attach(page, program.server.address)
    page.goto("/map")
    is_live(page)
    figure = page.locator("#map-figures .main-figure .value")
    expect(figure).to_have_text(re.compile(r"\d"))
    page.wait_for_timeout(4_000)
    before = int(figure.inner_text().replace(",", ""))
    newest = page.locator("#map-newest .item").first.inner_text()
    new_case(other)
    expect(figure).to_have_text(f"{before + 1:,}", timeout=2 * WITHIN_MS)
    expect(page.locator("#map-newest .item").first).not_to_have_text(newest)
    expect(page.locator("#map-figures .change").first).to_have_text(re.compile(r"\d"))
    page.unroute_all(behavior="ignoreErrors")
    assert watch.problems == []


@pytest.mark.parametrize(("lang", "words"), [("zh", ("实时", "已断线")), ("en", ("Live", "Connection lost"))])
def test_a_page_says_that_it_is_lost_and_comes_back_with_what_it_missed(
    operator: BrowserContext, other: BrowserContext, program: Program, lang: str, words: tuple[str, str]
) -> None:
    page = operator.new_page()
    case = new_case(other)
    page.goto(f"/cases?queue=new&case={case['id']}&lang={lang}")
    is_live(page)
    expect(page.locator(MARK)).to_have_text(words[0])
    expect(page.locator("#cases-case .cases-event")).to_have_count(1)
    page.evaluate("() => { window.untouched = true; }")
    program.stop()
    expect(page.locator(f"{MARK}[data-state=lost]")).to_be_visible()
    expect(page.locator(MARK)).to_contain_text(words[1])
    expect(page.locator(MARK)).to_contain_text(re.compile(r"\d"))
    # The last picture stays.
    expect(page.locator("#cases-case .cases-event")).to_have_count(1)
    program.start()
    act(other, case, "file", 1)
    is_live(page)
    expect(page.locator("#cases-case .cases-event[data-seq='2']")).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate("() => window.untouched"), "the page was loaded anew"


def test_a_server_that_hangs_is_told_from_one_that_lives(operator: BrowserContext, program: Program) -> None:
    page = operator.new_page()
    page.goto("/cases")
    is_live(page)
    with program.hanging():
        expect(page.locator(f"{MARK}[data-state=late]")).to_be_visible()
        expect(page.locator(f"{MARK}[data-state=lost]")).to_be_visible()
    is_live(page)


def test_a_machine_that_slept_makes_a_new_connection_at_once(operator: BrowserContext, program: Program) -> None:
    """After a sleep the wall clock has leapt while the steady one stood still; the old connection looks alive."""
    page = operator.new_page()
    sockets: list[Any] = []
    page.on("websocket", lambda made: sockets.append(made) if made.url.endswith("/live") else None)
    page.goto("/cases")
    is_live(page)
    page.evaluate(
        "() => { const now = Date.now.bind(Date); Date.now = () => now() + 3600000; "
        "document.dispatchEvent(new Event('visibilitychange')); }"
    )
    page.wait_for_timeout(3_000)
    is_live(page)
    assert len(sockets) == 2
    assert sockets[0].is_closed()
    # With the first word of the new connection the clock is the server's again.
    page.wait_for_function("(ms) => Math.abs(window.minqing.live.serverNow() - ms) < 8000", arg=time.time() * 1000)
