"""Does MapView answer to the pointer, to drawn shapes and to keys alone?"""

import json
import math
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.dashboard.map_view.conftest import Guard
from tests.dashboard.map_view.map_view_page import (
    plain_index,
    projection,
    prop,
    screen_of,
    set_props,
    wait_prop,
    zoom_to,
)
from tests.dashboard.map_view.trial_app import GRID, grid_names, sample_values

pytestmark = pytest.mark.browser
Open = Callable[..., tuple[Page, Guard]]


def test_hover_shows_name_and_figure_and_tells_the_page(open_map: Open) -> None:
    page, _ = open_map()
    index = plain_index()
    zoom_to(page, index)
    page.mouse.move(*screen_of(page, *GRID.centres[index]))
    hovered = wait_prop(page, "hovered", "v.id !== null")
    assert hovered == {"layer": "grids", "id": GRID.first_id + index}
    tooltip = page.locator(".mqmv-tooltip")
    assert tooltip.is_visible()
    assert grid_names(GRID)[index] in tooltip.inner_text()
    assert f"上报 {sample_values(1)[index]:.0f} 件" in tooltip.inner_text()


def test_click_makes_the_round_trip(open_map: Open) -> None:
    page, _ = open_map()
    index = plain_index()
    zoom_to(page, index)
    with page.expect_response(lambda r: "_dash-update-component" in r.url) as answer:
        page.mouse.click(*screen_of(page, *GRID.centres[index]))
    echoed = json.loads(answer.value.json()["response"]["echo"]["data"])
    assert echoed["layer"] == "grids"
    assert echoed["id"] == GRID.first_id + index
    assert echoed["shiftKey"] is False
    assert echoed["lngLat"] == pytest.approx(GRID.centres[index], abs=1e-3)


def test_box_selects_the_units_whose_centre_lies_inside(open_map: Open) -> None:
    page, _ = open_map()
    set_props(page, tool="box")
    page.wait_for_selector(".mqmv-sheet", state="visible")
    x0, y0 = 420.0, 300.0
    x1, y1 = 520.0, 400.0
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move(470, 350)
    page.mouse.move(x1, y1)
    page.mouse.up()
    selected = wait_prop(page, "selected", "v.ids.length > 0")
    assert selected["how"] == "box"
    assert selected["layer"] == "grids"
    expected = expected_in_pixels(page, lambda x, y: x0 < x < x1 and y0 < y < y1)
    assert_nearly(selected["ids"], expected)


def expected_in_pixels(page: Page, test: Callable[[float, float], bool]) -> list[int]:
    """Ids of grids whose area centre passes the test, computed from the shapes without the map."""
    found = []
    to_screen = projection(page)
    for k, shape in enumerate(GRID.shapes):
        px, py = shape.centroid.coords[0]
        lon = math.degrees(px / 6378137)
        lat = math.degrees(2 * math.atan(math.exp(py / 6378137)) - math.pi / 2)
        if test(*to_screen(lon, lat)):
            found.append(GRID.first_id + k)
    return found


def assert_nearly(found: list[int], expected: list[int]) -> None:
    """Equal but for units whose centre lies on the drawn line, where the tile's rounding decides."""
    assert len(expected) > 20
    assert len(set(found) ^ set(expected)) <= max(1, len(expected) // 50)


def test_lasso_selects_and_shift_adds(open_map: Open) -> None:
    page, _ = open_map()
    set_props(page, tool="lasso")
    page.wait_for_selector(".mqmv-sheet", state="visible")

    def draw(corners: list[tuple[int, int]]) -> None:
        page.mouse.move(*corners[0])
        page.mouse.down()
        for corner in corners[1:]:
            page.mouse.move(*corner, steps=8)
        page.mouse.up()

    draw([(300, 200), (420, 200), (300, 320), (300, 200)])
    first = wait_prop(page, "selected", "v.how === 'lasso'")
    expected = expected_in_pixels(page, lambda x, y: x > 300 and y > 200 and (x - 300) + (y - 200) < 120)
    assert_nearly(first["ids"], expected)
    page.keyboard.down("Shift")
    draw([(600, 500), (680, 500), (680, 580), (600, 580)])
    page.keyboard.up("Shift")
    both = wait_prop(page, "selected", f"v.nonce !== {first['nonce']}")
    assert set(first["ids"]) < set(both["ids"])
    page.keyboard.press("Escape")
    assert wait_prop(page, "tool", "v === 'pan'") == "pan"
    assert not page.locator(".mqmv-sheet").is_visible()


def test_control_click_toggles_and_the_page_can_select(open_map: Open) -> None:
    page, _ = open_map()
    index = plain_index()
    zoom_to(page, index)
    place = screen_of(page, *GRID.centres[index])
    page.keyboard.down("Control")
    page.mouse.click(*place)
    assert wait_prop(page, "selected", "v.ids.length === 1")["ids"] == [GRID.first_id + index]
    page.mouse.click(*place)
    assert wait_prop(page, "selected", "v.ids.length === 0")["layer"] is None
    page.keyboard.up("Control")
    page.mouse.move(5, 5)
    plain = page.screenshot()
    set_props(page, selectedIds={"layer": "grids", "ids": [GRID.first_id + index]})
    page.wait_for_timeout(600)
    assert page.screenshot() != plain, "the selected unit gets an outline"
    assert prop(page, "selected")["ids"] == [], "what the page selects is not told back to it"


def test_the_map_works_with_keys_alone(open_map: Open) -> None:
    page, _ = open_map()
    index = plain_index()
    zoom_to(page, index)
    page.keyboard.press("Tab")
    while not page.evaluate("document.activeElement.matches('.maplibregl-canvas')"):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "地图"
    page.keyboard.press("Enter")
    assert wait_prop(page, "clicked", "v.id !== null")["id"] == GRID.first_id + index
    assert grid_names(GRID)[index] in page.locator(".mqmv-live").text_content()
    page.keyboard.press(" ")
    assert wait_prop(page, "selected", "true")["ids"] == [GRID.first_id + index]
    page.keyboard.press("Escape")
    assert wait_prop(page, "selected", "v.how === 'clear'")["ids"] == []
    page.keyboard.press("+")
    wait_prop(page, "viewport", "v.zoom > 13.5")


def test_a_command_is_carried_out_once(open_map: Open) -> None:
    page, _ = open_map()
    command = {"nonce": 77, "center": [115.2, 22.9], "zoom": 12, "fly": True}
    set_props(page, view=command)
    wait_prop(page, "viewport", "Math.abs(v.zoom - 12) < 0.001")
    page.mouse.wheel(0, -300)
    moved = wait_prop(page, "viewport", "v.zoom > 12.05")
    set_props(page, view=dict(command))
    page.wait_for_timeout(600)
    assert prop(page, "viewport")["zoom"] >= moved["zoom"]
