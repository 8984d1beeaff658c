"""How does a wall stand before the real program while something fails, and what does it show, say and tell?"""

import asyncio
import re
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
from playwright.sync_api import Browser, Page, expect
from psycopg.rows import dict_row

from data.accounts.wall_tokens import NewWallToken, make_wall_token
from data.cluster import Cluster
from data.engine import libpq_url
from tests.data.reads.grid_world import ZONE
from tests.faults.line import Line
from tests.faults.program import Program, prepare
from tests.faults.writers import GRID_A

PATIENCE_MS = 60_000
TOLD_MS = 20_000
LATE_S, LOST_S = 4, 9
HOUR_S = 3_600
TRIES = 40
PANELS = "#wall-page-stage .wall-panel"
MARK = "#live-mark"
SCENES = f"""\
dwell_s: 600
ages: {{late_s: {LATE_S}, lost_s: {LOST_S}}}
alarms: {{hold_s: 600, on_risk: false}}
shifts:
  - {{from: "08:00", zh: 早班, en: Day}}
scenes:
  - key: hall
    zh: 大厅
    en: Hall
    panels:
      - {{kind: figure, place: left, zh: 今日上报, en: Reported today, metric: reported, days: 1}}
      - {{kind: figure, place: left, zh: 未办结, en: Open, metric: open, days: 30}}
      - {{kind: map, place: centre, zh: 图, en: Map, level: finest, metric: open, heat: true, pulses: true}}
      - {{kind: ticker, place: right, zh: 动态, en: What is happening, rows: 16}}
"""
CLOCKS = """
    const [steady, wall] = [performance.now.bind(performance), Date.now.bind(Date)];
    window.ahead = { steady: 0, wall: 0 };
    performance.now = () => steady() + window.ahead.steady;
    Date.now = () => wall() + window.ahead.wall;
"""
EDITION_TOLD = "() => window.minqing.live.edition()"
NOTE_TICKER = """() => {
    window.untouched = true;
    window.ticked = [];
    window.minqing.wall.on("ticker", (fresh) => window.ticked.push(...fresh.map((one) => one.key)));
}"""


def prepare_hall(folder: Path) -> tuple[str, str]:
    """Make a city with a scene for tests; gives the tokens of an operator and of a wall."""
    token = prepare(folder)
    (folder / "scenes.yaml").write_text(SCENES, "utf-8")
    cluster = Cluster(folder)
    url = cluster.start()
    key = asyncio.run(_wall(url))
    cluster.stop()
    return token, key


async def _wall(url: str) -> str:
    async with await psycopg.AsyncConnection.connect(libpq_url(url), row_factory=dict_row) as conn:
        return (await make_wall_token(conn, NewWallToken("hall", "44"), datetime.now(UTC))).text


@dataclass
class Desk:
    """Somebody who reports and handles cases beside the wall, straight at the program."""

    program: Program
    token: str
    done: list[str] = field(default_factory=list)
    """What a ticker has to show of it, by its keys."""

    def report(self, count: int = 1) -> list[int]:
        """Hand in reports in the middle of a grid; returns the ids of their cases."""
        made = []
        for _ in range(count):
            lon, lat = GRID_A
            report = {"class": "U-E-1-01", "lon": lon, "lat": lat, "source": "grid_worker", "text": "积水"}
            made.append(int(self._post("/api/v1/incidents", report)["items"][0]["id"]))
        self.done += [f"{case}-report" for case in made]
        return made

    def file(self, case: int) -> None:
        """File a case that was just reported."""
        body = {"act": "file", "facts": {}, "seq": 1, "key": f"file-{case}"}
        self._post(f"/api/v1/cases/{case}/transitions", body)
        self.done.append(f"{case}-file")

    def figure(self, metric: str, days: int) -> int:
        """A figure of the city as the server tells it."""
        today = datetime.now(ZONE).date()
        found = self._get(f"/api/v1/summary?from={today - timedelta(days=days - 1)}&to={today}")
        return int(found["figures"][metric]["value"])

    def _get(self, path: str) -> dict[str, Any]:
        answer = httpx.get(f"http://127.0.0.1:{self.program.port}{path}", headers=self._headers, timeout=30)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask until it is acknowledged, as a program does: the key lets it happen once."""
        address, headers = f"http://127.0.0.1:{self.program.port}{path}", self._headers
        headers["Idempotency-Key"] = uuid.uuid4().hex
        for _ in range(TRIES):
            answer = httpx.post(address, json=body, headers=headers, timeout=30)
            if answer.status_code != 503:
                break
            time.sleep(0.5)
        assert answer.is_success, answer.text
        return dict(answer.json())

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class Hall:
    """A wall that came in by its key, over a line that can be cut."""

    def __init__(self, page: Page, line: Line, program: Program, desk: Desk, key: str) -> None:
        self.page, self.line, self.program, self.desk = page, line, program, desk
        page.add_init_script(CLOCKS)
        page.goto(f"{line.address}/wall/enter#{key}")
        page.wait_for_url("**/wall", wait_until="commit")
        page.goto(f"{line.address}/wall?hold=1&lang=en&scene=hall")
        self.is_live()
        assert page.evaluate(EDITION_TOLD) == page.locator("html").get_attribute("data-edition")
        page.evaluate(NOTE_TICKER)

    def is_live(self) -> None:
        """Wait until the connection and every panel are."""
        expect(self.page.locator(f"{MARK}[data-state=live]")).to_be_visible(timeout=PATIENCE_MS)
        expect(self.page.locator(PANELS)).to_have_count(4, timeout=PATIENCE_MS)
        expect(self.page.locator(f"{PANELS}:not([data-state=live])")).to_have_count(0, timeout=PATIENCE_MS)

    def is_lost(self, connection: str = "lost") -> None:
        """Wait until nothing is passed as live: panels are dimmed and tell their age; the header says since when."""
        expect(self.page.locator(f"{MARK}[data-state={connection}]")).to_be_visible(timeout=PATIENCE_MS)
        expect(self.page.locator(f"{PANELS}:not([data-state=lost])")).to_have_count(0, timeout=PATIENCE_MS)
        bodies = self.page.locator(f"{PANELS} > .wall-body")
        assert all(float(shade) < 0.6 for shade in bodies.evaluate_all(SHADES)), "a figure looks live"
        assert all(re.search(r"\d+ \w+ old", foot) for foot in self.feet()), self.feet()
        self.says(re.compile(r"Nothing heard for \d+ \w+ \(since \d\d:\d\d:\d\d\)"))

    def feet(self) -> list[str]:
        """What the panels say of their age and source."""
        return self.page.locator(f"{PANELS} .wall-foot-line").all_inner_texts()

    def age_s(self) -> float:
        """For how long nothing was heard."""
        return float(self.page.evaluate("() => window.minqing.live.age()")) / 1000

    def notices(self) -> str:
        return self.page.locator("#wall-page-notices").inner_text()

    def says(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.locator("#wall-page-notices")).to_contain_text(words, timeout=PATIENCE_MS)

    def set_clocks(self, *, wall_s: float, steady_s: float = 0) -> None:
        """Move the browser's clocks: the one that people set, and the one that nobody sets."""
        self.page.evaluate("(ahead) => { window.ahead = ahead; }", {"wall": wall_s * 1000, "steady": steady_s * 1000})

    def clock_off_s(self) -> float:
        """By how much the wall's time is ahead of the server's."""
        return float(self.page.evaluate("() => window.minqing.live.serverNow()")) / 1000 - time.time()

    def is_right(self) -> None:
        """Wait until figures are the server's; what was done stands in the ticker, each once."""
        for metric, days in (("reported", 1), ("open", 30)):
            told = f"{self.desk.figure(metric, days):,}"
            expect(self.page.locator(f"[data-metric={metric}] b")).to_have_text(told, timeout=TOLD_MS)
        for key in self.desk.done[-16:]:
            expect(self.page.locator(f".wall-tick[data-key='{key}']")).to_have_count(1, timeout=TOLD_MS)
        keys = self.page.locator(".wall-tick").evaluate_all("(all) => all.map((one) => one.dataset.key)")
        assert len(keys) == len(set(keys)), keys

    def stayed(self) -> bool:
        """Whether the page is still the one that was opened."""
        return bool(self.page.evaluate("() => window.untouched === true"))

    def ticked(self) -> list[str]:
        """What went through the ticker since the page was opened, in its order."""
        return list(self.page.evaluate("() => window.ticked"))


SHADES = "(all) => all.map((node) => getComputedStyle(node).opacity)"


@contextmanager
def prepared() -> Iterator[tuple[Path, str, str]]:
    """A folder with a city, and the tokens of an operator and of a wall."""
    with tempfile.TemporaryDirectory(prefix="minqing-hall-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        # Playwright's loop bars this thread from running another one.
        with ThreadPoolExecutor(1) as beside:
            token, key = beside.submit(prepare_hall, folder).result()
        yield folder, token, key


@contextmanager
def standing(browser: Browser, program: Program, token: str, key: str) -> Iterator[Hall]:
    """A wall before a running program, in a browser of its own."""
    line = Line(program.port)
    context = browser.new_context(viewport={"width": 1600, "height": 900})
    try:
        yield Hall(context.new_page(), line, program, Desk(program, token), key)
    except AssertionError:
        print(program.log.read_text()[-6000:])
        raise
    finally:
        context.close()
        line.close()
