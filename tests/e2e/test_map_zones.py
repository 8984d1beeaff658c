"""Once a plan is adopted: can the city be gone down by its zones, to one small grid, with figures that agree?"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DEMO_PASSWORD, Server

pytestmark = pytest.mark.browser

READY = "() => document.querySelector('#map-view')?.getAttribute('aria-busy') === 'false'"
SECONDS = 60


@pytest.fixture(scope="module")
def county(server: Server) -> Iterator[str]:
    """A county with a plan of five zones, proposed, handed in and adopted; in force for twenty days."""
    with _signed_in(server, "planner") as planner, _signed_in(server, "leader") as leader:
        root = planner.get("/api/v1/units").json()["items"][0]["code"]
        code = planner.get("/api/v1/units", params={"parent": root}).json()["items"][2]["code"]
        wishes = {"within": code, "base": "medium", "zones": 5, "seconds": 1}
        job = _done(planner, planner.post("/api/v1/zones/plans/propose", json=wishes).json()["job"])
        asked = {"name": "夏季联防方案", "within": code, "base": "medium", "from": {"job": job}}
        plan = planner.post("/api/v1/zones/plans", json=asked).json()
        address = f"/api/v1/zones/plans/{plan['id']}"
        plan = planner.post(f"{address}/review", json={"version": plan["version"]}).json()
        first = (datetime.now(UTC) - timedelta(days=20)).date().isoformat()
        adopted = leader.post(f"{address}/adopt", json={"version": plan["version"], "from": first})
        assert adopted.status_code == 200, adopted.text
        yield code


@contextmanager
def _signed_in(server: Server, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.address, timeout=60) as client:
        assert client.post("/login", data={"username": name, "password": DEMO_PASSWORD}).status_code in (302, 303)
        yield client


def _done(client: httpx.Client, job: str) -> str:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        state = client.get(f"/api/v1/zones/jobs/{job}").json()["state"]
        if state not in ("queued", "compiling", "running"):
            assert state == "done"
            return job
        time.sleep(0.3)
    pytest.fail(f"no proposal within {SECONDS} s")


def open_map(page: Page, query: str) -> None:
    page.goto(f"/map{query}")
    page.wait_for_function(READY)
    expect(page.locator("#map-figures .main-figure .value")).to_have_text(re.compile(r"^[\d,]+$"))


def asked(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def number(text: str) -> int:
    return int(text.replace(",", ""))


def go_down(page: Page, depth: int) -> str:
    """Into the first of the ranking, whose figure the next place has to have; its name."""
    row = page.locator("#map-ranking .rank-row").first
    name, value = row.get_attribute("title") or "", row.locator("button.value").inner_text()
    row.locator("button.rank").click()
    expect(page.locator("#map-breadcrumb li")).to_have_count(depth)
    expect(page.locator("#map-breadcrumb li").last).to_contain_text(name)
    expect(page.locator("#map-figures .main-figure .value")).to_have_text(value)
    return name


def test_down_by_zones_to_one_small_grid_and_back(page: Page, county: str):
    open_map(page, f"?unit={county}&at=county&level=zone")
    total = number(page.locator("#map-figures .main-figure .value").inner_text())
    expect(page.locator("#map-ranking h2")).to_contain_text("联防片区")
    expect(page.locator("#map-ranking .rank-row:not(.unassigned)")).to_have_count(5)
    expect(page.locator("#map-totals")).to_contain_text("夏季联防方案")
    parts = [number(text) for text in re.findall(r"[\d,]+", page.locator("#map-totals button").first.inner_text())]
    assert sum(parts[:-1]) == parts[-1] == total
    zone = go_down(page, 3)
    page.wait_for_function(READY)
    assert asked(page)["at"] == "zone"
    village = go_down(page, 4)
    go_down(page, 5)
    crumbs = [text.split("\n")[0] for text in page.locator("#map-breadcrumb li").all_inner_texts()]
    assert crumbs[2:4] == [zone, village]
    for depth in (4, 3, 2):
        page.keyboard.press("Backspace")
        expect(page.locator("#map-breadcrumb li")).to_have_count(depth)
    expect(page.locator("#map-figures .main-figure .value")).to_have_text(f"{total:,}")


def test_a_click_on_the_map_enters_a_zone_and_the_list_has_its_cases(page: Page, county: str):
    open_map(page, f"?unit={county}&at=county&level=zone&show=zones")
    figure = page.locator("#map-figures .main-figure .value")
    of_county = figure.inner_text()
    box = page.locator("#map-view canvas").bounding_box()
    assert box is not None
    for x, y in ((0.5, 0.5), (0.5, 0.35), (0.4, 0.5), (0.6, 0.5), (0.5, 0.65)):
        page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
        page.wait_for_timeout(1_500)
        if asked(page).get("at") == "zone":
            break
    assert asked(page)["at"] == "zone"
    expect(page.locator("#map-breadcrumb li")).to_have_count(3)
    expect(figure).not_to_have_text(of_county)
    total = figure.inner_text()
    page.locator("#map-figures .main-figure").click()
    expect(page.locator("#map-drawer-body, .mantine-Drawer-body").first).to_contain_text(total)


def test_zones_are_searched_picked_as_level_and_absent_before_their_plan(page: Page, county: str):
    open_map(page, "")
    page.locator("#map-search").fill("联防片区")
    expect(page.locator("#map-suggestions button").first).to_contain_text("联防片区")
    page.locator("#map-suggestions button").first.click()
    expect(page.locator("#map-breadcrumb li")).to_have_count(3)
    assert asked(page)["level"] == "zone"
    before = (datetime.now(UTC) - timedelta(days=40)).date().isoformat()
    until = (datetime.now(UTC) - timedelta(days=30)).date().isoformat()
    open_map(page, f"?unit={county}&at=county&level=zone&from={before}&to={until}")
    expect(page.locator("#map-ranking")).to_contain_text("没有生效的联防片区方案")
