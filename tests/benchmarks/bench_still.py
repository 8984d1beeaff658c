"""What does opening a list of 100 incidents cost a browser as one still component, and as ordinary components of Dash?

One page of one small Dash application opens the same list both ways in turns: a callback answers with the rows that
`/map` shows, and the browser's own count of processor time in script says what it took until the page rests.
"""

import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, dcc, html
from fastapi import FastAPI
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from dashboard.components.still import still
from dashboard.views.incidents import view_incidents
from data.reads.incidents import Incident
from geo.status import CaseStatus
from tests.benchmarks.context import Bench
from tests.benchmarks.measure import Measure, at_least
from tests.dashboard.map_view.conftest import CHROMIUM, PLAIN_ARGS, serving

ROWS = 100
TIMES_ORDINARY = 20
WARM_UPS = 2
ROUNDS = 9
REST_MS = 300

_ASSETS = Path(__file__).parents[2] / "dashboard" / "assets"
_ALL_BUT_STILL = rf"^(?!{re.escape('05_still.js')}$).*"
_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_OPEN = "kind => dash_clientside.set_props('kind', {data: kind})"
_DRAWN = "count => document.querySelectorAll('#list .item').length === count"
_TEXT = "document.getElementById('list').innerHTML"


@dataclass(frozen=True, slots=True)
class ListRace:
    """Processor milliseconds in script per opening, one figure per round."""

    still_ms: tuple[float, ...]
    ordinary_ms: tuple[float, ...]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ordinary_ms) / statistics.median(self.still_ms)

    @property
    def detail(self) -> str:
        """Median and quartiles of both."""
        return " / ".join(_spread(times) for times in (self.still_ms, self.ordinary_ms)) + " ms"


def measures(_bench: Bench) -> Iterator[Measure]:
    """The same list both ways, in turns."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=PLAIN_ARGS)
        result = race_lists(browser)
        browser.close()
    yield at_least(
        f"opening a list of {ROWS}: script against ordinary components",
        result.ratio,
        TIMES_ORDINARY,
        "x",
        detail=result.detail,
    )


def race_lists(browser: Browser, rounds: int = ROUNDS) -> ListRace:
    """Opens the list both ways in turns, in one page.

    Raises:
        AssertionError: The two ways draw different elements.
    """
    times: dict[str, list[float]] = {"still": [], "ordinary": []}
    drawn = set()
    with serving(_app()) as url:
        page = browser.new_page(viewport={"width": 600, "height": 720})
        page.goto(url)
        page.wait_for_selector("#list", state="attached")
        page.wait_for_timeout(REST_MS)
        cdp = page.context.new_cdp_session(page)
        cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
        for number in range(WARM_UPS + rounds):
            for kind in sorted(times, reverse=number % 2 == 0):
                took_ms = _open_list(page, cdp, kind)
                drawn.add(page.evaluate(_TEXT))
                _clear(page)
                if number >= WARM_UPS:
                    times[kind].append(took_ms)
        page.close()
    assert len(drawn) == 1, "the two ways draw different elements"
    return ListRace(tuple(times["still"]), tuple(times["ordinary"]))


def _open_list(page: Page, cdp: CDPSession, kind: str) -> float:
    before = _script_ms(cdp)
    page.evaluate(_OPEN, kind)
    page.wait_for_function(_DRAWN, arg=ROWS, polling=50, timeout=60_000)
    page.wait_for_timeout(REST_MS)
    return _script_ms(cdp) - before


def _clear(page: Page) -> None:
    page.evaluate(_OPEN, "nothing")
    page.wait_for_function(_DRAWN, arg=0, polling=50, timeout=60_000)
    page.wait_for_timeout(REST_MS)


def _script_ms(cdp: CDPSession) -> float:
    figures = {entry["name"]: entry["value"] for entry in cdp.send("Performance.getMetrics")["metrics"]}
    return 1e3 * figures["ScriptDuration"]


def _app() -> FastAPI:
    server = FastAPI()
    app = Dash("still_trial", server=server, assets_folder=str(_ASSETS), assets_ignore=_ALL_BUT_STILL, update_title="")
    app.layout = html.Div([dcc.Store("kind"), html.Div(id="list")])
    rows = view_incidents([_incident(k) for k in range(ROWS)], _NOW, ZoneInfo("Asia/Shanghai"), "zh")
    answers = {"still": still(rows), "ordinary": rows, "nothing": None}

    @app.callback(Output("list", "children"), Input("kind", "data"), prevent_initial_call=True)
    def _answer(kind: str) -> Any:
        return answers[kind]

    return server


def _incident(k: int) -> Incident:
    reported = _NOW - timedelta(minutes=37 * k)
    return Incident(
        id=k + 1,
        reported_at=reported,
        status=CaseStatus.filed,
        severity=1,
        overdue=k % 5 == 1,
        class_code="0102",
        class_zh="邻里纠纷",
        class_en="Dispute between neighbours",
        sensitive=False,
        source="grid",
        department=None,
        filed_at=reported,
        dispatched_at=None,
        handled_at=None,
        closed_at=None,
        due_at=reported + timedelta(days=2),
        close_reason=None,
        external_id=None,
        text=f"楼下第{k + 1}次半夜施工，住户多次反映，请派人到场处理。",
        address=f"东门路{k + 1}号",
        lon=115.4,
        lat=22.8,
        cell_id=k + 1,
        unit_code=f"4415{k:08d}",
        unit_name="东门村第一网格",
        unit_level="small",
        stated_unit_id=None,
    )


def _spread(times: tuple[float, ...]) -> str:
    low, middle, high = statistics.quantiles(times, n=4)
    return f"{middle:.0f} [{low:.0f}-{high:.0f}]"


if __name__ == "__main__":
    with sync_playwright() as main_playwright:
        chromium = main_playwright.chromium.launch(executable_path=CHROMIUM, args=PLAIN_ARGS)
        raced = race_lists(chromium)
        print(f"{raced.ratio:.1f} x ({raced.detail})")
        chromium.close()
