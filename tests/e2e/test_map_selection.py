"""Can units be picked on the map by box, lasso, key and click, and do their sums equal the interface?"""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_map_page import READY, asked, crumbs, open_map, total_of

pytestmark = pytest.mark.browser
DRAWER = ".mantine-Drawer-content"


def draw(page: Page, corners: list[tuple[float, float]]) -> None:
    """Draw over the map; corners are shares of its width and height."""
    box = page.locator("#map-view canvas").bounding_box()
    assert box is not None
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def picked(page: Page) -> set[str]:
    return set(asked(page).get("select", ":").partition(":")[2].split(",")) - {""}


def use(page: Page, tool: str) -> None:
    expect(page.locator(f"#map-tools [data-tool={tool}]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".mqmv-sheet")).to_be_visible(visible=tool != "pan")


def reported(page: Page) -> int:
    return int(page.locator(f"{DRAWER} .picked-figures .value").first.inner_text().replace(",", ""))


def test_a_box_picks_units_whose_sums_equal_the_interface(page: Page):
    open_map(page, "?level=large")
    page.keyboard.press("b")
    use(page, "box")
    draw(page, [(0.3, 0.2), (0.7, 0.8)])
    page.wait_for_url(re.compile("select=large"))
    expect(page.locator(f"{DRAWER} .picked-unit").first).to_be_visible()
    codes = picked(page)
    assert 5 < len(codes) < 56
    assert asked(page)["panel"] == "picked"
    body = page.request.get(f"/api/v1/summary?units={','.join(codes)}&level=large").json()
    assert body["total"] == sum(item["n"] for item in body["items"]) == reported(page) > 0
    parts = [page.request.get(f"/api/v1/summary?unit={code}&level=large").json()["total"] for code in sorted(codes)]
    assert sum(parts) == body["total"]
    assert reported(page) < total_of(page)
    page.locator(f"{DRAWER} .picked-figures .figure").first.click()
    expect(page.locator(f"{DRAWER} .list-head")).to_contain_text(f"共{body['total']:,}件")


def test_shift_adds_control_removes_and_escape_goes_back_step_by_step(page: Page):
    open_map(page, "?level=large")
    page.keyboard.press("l")
    use(page, "lasso")
    draw(page, [(0.5, 0.2), (0.65, 0.2), (0.65, 0.4), (0.5, 0.4)])
    page.wait_for_url(re.compile("select=large"))
    first = picked(page)
    page.keyboard.down("Shift")
    draw(page, [(0.35, 0.4), (0.45, 0.4), (0.45, 0.6), (0.35, 0.6)])
    page.keyboard.up("Shift")
    expect(page.locator(f"{DRAWER} .mantine-Drawer-title")).not_to_contain_text(f"已选{len(first)}个")
    both = picked(page)
    assert first < both
    page.keyboard.down("Control")
    draw(page, [(0.35, 0.4), (0.45, 0.4), (0.45, 0.6), (0.35, 0.6)])
    page.keyboard.up("Control")
    expect(page.locator(f"{DRAWER} .mantine-Drawer-title")).to_contain_text(f"已选{len(first)}个")
    assert picked(page) == first
    page.keyboard.press("Escape")
    use(page, "pan")
    assert picked(page) == first
    page.keyboard.press("Escape")
    expect(page.locator(DRAWER)).to_be_hidden()
    page.keyboard.press("Escape")
    page.wait_for_function("() => !location.search.includes('select=')")
    assert len(crumbs(page)) == 1


def test_a_shared_address_shows_the_same_selection(page: Page):
    open_map(page)
    items = page.request.get("/api/v1/units?parent=").json()["items"]
    children = page.request.get(f"/api/v1/units?parent={items[0]['code']}").json()["items"][:2]
    codes = [child["code"] for child in children]
    page.goto(f"/map?select=county:{','.join(codes)}&panel=picked")
    page.wait_for_function(READY)
    expect(page.locator(f"{DRAWER} .picked-unit")).to_have_count(2)
    assert reported(page) == page.request.get(f"/api/v1/summary?units={','.join(codes)}").json()["total"]
    page.locator(f"{DRAWER} .picked-drop").first.click()
    expect(page.locator(f"{DRAWER} .picked-unit")).to_have_count(1)
    page.get_by_role("button", name="清除选择").click()
    expect(page.locator(DRAWER)).to_be_hidden()
    assert picked(page) == set()


def test_units_of_several_levels_are_refused_with_a_remedy(page: Page, watch):
    open_map(page)
    root = page.request.get("/api/v1/units?parent=").json()["items"][0]["code"]
    county = page.request.get(f"/api/v1/units?parent={root}").json()["items"][0]["code"]
    town = page.request.get(f"/api/v1/units?parent={county}").json()["items"][0]["code"]
    answer = page.request.get(f"/api/v1/summary?units={county},{town}")
    assert answer.status == 400
    assert answer.json()["type"].endswith("levels-mixed")
    assert answer.json()["remedy"]
    assert page.request.get(f"/api/v1/summary?units={county}&unit={county}").status == 400


def test_the_selection_is_exported_with_its_figures(page: Page):
    open_map(page)
    root = page.request.get("/api/v1/units?parent=").json()["items"][0]["code"]
    codes = [item["code"] for item in page.request.get(f"/api/v1/units?parent={root}").json()["items"][:2]]
    page.goto(f"/map?select=county:{','.join(codes)}&panel=picked")
    page.wait_for_function(READY)
    for name in ("CSV", "GeoJSON"):
        with page.expect_download() as waiting:
            page.locator(f"{DRAWER} .picked-acts a", has_text=name).click()
        data = Path(waiting.value.path()).read_bytes()
        if name == "CSV":
            rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
            assert [row["code"] for row in rows] == codes
            assert sum(int(row["n"]) for row in rows) == reported(page)
        else:
            assert data.count(b'"type":"Feature",') == 2


def test_numbers_of_ranking_unassigned_and_total_open_their_cases(page: Page):
    open_map(page)
    for row in (page.locator("#map-ranking .rank-row").first, page.locator("#map-ranking .rank-row.unassigned")):
        number = row.locator("> .value").inner_text()
        row.locator("> .value").click()
        expect(page.locator(f"{DRAWER} .list-head")).to_contain_text(f"共{number}件")
        page.keyboard.press("Escape")
        expect(page.locator(DRAWER)).to_be_hidden()
    assert len(crumbs(page)) == 1


def test_changes_of_all_five_figures_come_a_moment_later(page: Page):
    today = datetime.now(UTC).date()
    open_map(page, f"?from={today - timedelta(days=2_000)}")
    expect(page.locator("#map-figures .main-figure .change")).to_contain_text("无前期数据")
    page.locator("#map-preset label", has_text="7天").click()
    for place in range(5):
        expect(page.locator("#map-figures .change").nth(place)).to_contain_text(re.compile(r"%|百分点|持平|前期为0|×"))
    expect(page.locator("#map-figures .change span").nth(1)).to_have_attribute("title", re.compile("当时的情况"))
