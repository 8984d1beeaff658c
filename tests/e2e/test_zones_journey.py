"""Can zones be brought from a question to figures: proposed, drawn, compared, decided, drilled into, handed on?"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard import ids
from data.catalog_store import store_catalog
from data.engine import engine_for
from data.importing.city_load import load_city
from data.release import release_ended
from tests.e2e.conftest import ROOT, Server, Watch, serving, sign_in, watched
from tests.support.databases import cloned_database

pytestmark = pytest.mark.browser

FORM = "zones-propose"
SLOW_MS = 180_000
NYC_ROWS = 1_500
NYC_PLANNED = "1"
"""Manhattan; its census tracts are joined."""

NEIGHBOUR = """async (wantsCut) => {
  const { ask, plan } = window.minqing.zones;
  const { plan: held, sheet } = plan.current();
  for (const [place, no] of held.zone.entries()) {
    for (const to of new Set(sheet.near[place].map((other) => held.zone[other]))) {
      if (no < 0 || to < 0 || no === to) continue;
      const body = { version: held.version, units: [sheet.codes[place]], to };
      const { refused } = await ask("POST", `/plans/${held.id}/preview`, body);
      if (wantsCut ? refused?.reason === "cuts" && refused.units.length : !refused) return [place, to];
    }
  }
  return null;
}"""


@dataclass(frozen=True)
class City:
    """A city that is served, and where in it zones are made.

    Attributes:
        server: the program over it.
        unit: code of the unit that is divided.
        level, base: level of that unit, and of the units that are joined.
        zones: how many.
        steps: how many units lie from the city down to one that cannot be divided, a zone among them.
    """

    server: Server
    unit: str
    level: str
    base: str
    zones: int
    steps: int


@pytest.fixture(scope="module", params=["demo", "nyc"])
def city(request: pytest.FixtureRequest) -> City:
    """The demo city, and New York where its files are there."""
    if request.param == "nyc":
        return City(request.getfixturevalue("new_york"), NYC_PLANNED, "borough", "tract", 9, 4)
    return City(request.getfixturevalue("server"), "449922", "county", "medium", 8, 5)


@pytest.fixture(scope="module")
def new_york(
    shared_data: Path, server_url: str, template_name: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The program over New York with few requests, as its example loads it."""
    folder = tmp_path_factory.mktemp("nyc")
    for file in (shared_data / "nyc").glob("*.geojson"):
        (folder / file.name).symlink_to(file)
    name = "nyc311_2023_sample5000.csv"
    with (shared_data / "nyc" / name).open(encoding="utf-8", newline="") as given, (folder / name).open("w") as cut:
        csv.writer(cut).writerows(row for _, row in zip(range(NYC_ROWS + 1), csv.reader(given), strict=False))
    with cloned_database(server_url, template_name) as url:
        engine = engine_for(url)
        with engine.begin() as connection:
            store_catalog(connection)
        rng, now = np.random.default_rng(0), datetime.now(UTC)
        load_city(engine, ROOT / "examples" / "nyc.yaml", now=now, rng=rng, parameters={"data": str(folder)})
        release_ended(engine)
        engine.dispose()
        with serving(url, folder) as running:
            yield running


@pytest.fixture
def planner(browser: Browser, city: City, watch: Watch) -> Iterator[Page]:
    """A page in which a planner has signed in; the test fails on any error in it but refusals that are told."""
    with watched(browser, city.server, watch, 1600, 900, reduced_motion="reduce") as page:
        sign_in(page, "planner")
        yield page
    watch.check(city.server, "422")


def first_day(page: Page) -> date:
    """A day before the last one with incidents, from which the plan is in force."""
    return date.fromisoformat(page.request.get("/api/v1/levels").json()["last_day"]) - timedelta(days=20)


def propose(page: Page, city: City, seed: int) -> None:
    """Ask for zones by the form as it opens, and wait for the result."""
    fields = {"within": f"{city.level}:{city.unit}", "base": city.base, "zones": city.zones, "seconds": 1, "seed": seed}
    for name, value in fields.items():
        page.evaluate("([id, value]) => dash_clientside.set_props(id, { value })", [f"{FORM}-{name}", value])
    with page.expect_request(re.compile("plans/propose")) as asked:
        page.locator("[data-job=start]").click()
    assert asked.value.post_data_json["stable"] is True
    assert asked.value.post_data_json["base"] == city.base
    expect(page.locator(".result-card")).to_contain_text(f"{city.zones}个片区", timeout=SLOW_MS)


def take(page: Page, wants_cut: bool) -> str:
    """Select a unit on the map that borders on a zone, which becomes active; gives its code."""
    place, zone = page.evaluate(NEIGHBOUR, wants_cut)
    page.locator(f"[data-key=zone-row-{zone}]").click()
    code = str(page.evaluate("(place) => window.minqing.zones.plan.current().sheet.codes[place]", place))
    box = page.locator("#zones-map canvas").bounding_box()
    assert box is not None
    for _ in range(20):
        page.evaluate("(place) => window.minqing.zones.map.flyToUnits([place])", place)
        page.wait_for_timeout(700)
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        if code in page.locator("#zones-selection").inner_text():
            return code
    pytest.fail(f"unit {code} did not come to lie in the middle of the map")


def saved_as(page: Page, version: int) -> None:
    expect(page.locator(".zones-saved")).to_have_text(re.compile(rf"已保存 版本 {version}$"))


def confirm(page: Page) -> None:
    page.locator(".zones-dialog .act.strong").click()
    expect(page.locator(".zones-dialog")).to_have_count(0)


def go_down(page: Page, depth: int, name: str = "") -> str:
    """Into a unit of the ranking (the first where none is named), whose figure the next place has; its name."""
    row = page.locator(f'#map-ranking .rank-row[title="{name}"]' if name else "#map-ranking .rank-row").first
    name, value = row.get_attribute("title") or "", row.locator("button.value").inner_text()
    row.locator("button.rank").click()
    expect(page.locator("#map-breadcrumb li")).to_have_count(depth)
    expect(page.locator("#map-breadcrumb li").last).to_contain_text(name)
    expect(page.locator("#map-figures .main-figure .value")).to_have_text(value)
    return name


def drawn_and_compared(page: Page) -> None:
    """The draft is refused a move that cuts, takes one, goes back and on, and then differs by it from the proposal."""
    take(page, wants_cut=True)
    page.keyboard.press("Enter")
    expect(page.locator("#zones-refusal")).to_contain_text("断开")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    take(page, wants_cut=False)
    page.keyboard.press("Enter")
    saved_as(page, 1)
    page.keyboard.press("Control+z")
    saved_as(page, 2)
    page.keyboard.press("Control+y")
    saved_as(page, 3)
    page.get_by_role("button", name="加入当前方案").click()
    page.locator("[data-tray=compare]").click()
    page.locator("[data-compare=difference]").click()
    caption = page.locator(".difference figcaption")
    expect(caption).to_contain_text(re.compile(r"换到别的片区 1\b"))
    page.keyboard.press("Escape")
    expect(page.locator(".zones-compare")).to_be_hidden()


def adopted(page: Page, plan: str, from_day: date) -> None:
    """The planner hands in, the leader decides."""
    page.locator("[data-key=review]").click()
    confirm(page)
    # The page would go on asking for its events with the session that signing in again ends.
    page.goto("about:blank")
    sign_in(page, "leader")
    page.goto(f"/zones?plan={plan}")
    page.locator("[data-key=adopt]").click()
    page.locator(".zones-dialog [name=from]").fill(from_day.isoformat())
    confirm(page)
    expect(page.locator(".zones-states .now")).to_have_text("已采用")


def drilled(page: Page, city: City) -> None:
    """From the city by its parts, a zone and its units to one that cannot be divided; totals agree all the way."""
    page.goto("/map")
    expect(page.locator("#map-figures .main-figure .value")).to_have_text(re.compile(r"^[\d,]+$"))
    name = page.request.get(f"/api/v1/units/{city.unit}?level={city.level}").json()["name"]
    go_down(page, 2, name)
    whole = page.locator("#map-figures .main-figure .value").inner_text()
    page.locator(f"#{ids.LEVEL}").click()
    page.get_by_role("option", name="联防片区").click()
    expect(page.locator("#map-ranking h2")).to_contain_text("联防片区")
    expect(page.locator("#map-ranking .rank-row:not(.unassigned)")).to_have_count(city.zones)
    texts = page.locator("#map-totals button").first.inner_text()
    *parts, total = [int(text.replace(",", "")) for text in re.findall(r"[\d,]+", texts)]
    assert sum(parts) == total == int(whole.replace(",", ""))
    for depth in range(3, city.steps + 1):
        go_down(page, depth)


def handed_on(page: Page, plan: str) -> None:
    """The evidence pack is one file of its own, with the plan's hash in it."""
    page.goto(f"/zones?plan={plan}")
    page.locator("[data-key=export]").click()
    with page.expect_download() as given:
        page.locator(".zones-links a[href$='evidence.html']").click()
    pack = Path(given.value.path()).read_text(encoding="utf-8")
    stored = page.request.get(f"/api/v1/zones/plans/{plan}").json()
    assert stored["name"] in pack
    assert stored["hash"] in pack
    assert "最稳定的方案" in pack


def test_from_a_question_to_figures_by_zone(planner: Page, city: City):
    planner.goto("/zones")
    expect(planner.locator("[data-job=start]")).to_be_enabled()
    planner.wait_for_function(f"() => dash_component_api.getLayout('{FORM}-base')?.props.value")
    propose(planner, city, seed=7)
    planner.locator("[data-job=tray]").click()
    planner.locator("[data-job=open]").click()
    planner.wait_for_url(re.compile(r"plan=\d+"))
    plan = re.findall(r"plan=(\d+)", planner.url)[-1]
    expect(planner.locator(".zones-table tbody tr")).to_have_count(city.zones)
    drawn_and_compared(planner)
    adopted(planner, plan, first_day(planner))
    drilled(planner, city)
    handed_on(planner, plan)
