"""Does MapView draw zones and their marks, and tell what a brush passes and where a line is drawn?"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from tests.dashboard.map_view.conftest import Guard
from tests.dashboard.map_view.map_view_page import (
    colour_at,
    now,
    pixels_of,
    plain_index,
    prop,
    screen_of,
    set_props,
    wait_event,
    wait_prop,
    zoom_to,
)
from tests.dashboard.map_view.trial_app import GRID

pytestmark = pytest.mark.browser
Open = Callable[..., tuple[Page, Guard]]


def as_zones(page: Page) -> list[dict[str, Any]]:
    """The grids drawn as units of zones."""
    layers = [{**layer, "kind": "zone-fill"} if layer["id"] == "grids" else layer for layer in prop(page, "layers")]
    set_props(page, layers=layers)
    page.wait_for_timeout(500)
    return layers


def settle(page: Page, **props: Any) -> None:
    """Set props and wait for the picture."""
    start = now(page)
    set_props(page, **props)
    wait_event(page, "idle", start)
    page.wait_for_timeout(200)


def reddish(colour: str) -> bool:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return red > green + 40 and red > blue + 40


def patch_of(page: Page, x: float, y: float) -> NDArray[np.uint8]:
    """Pixels around a place."""
    return pixels_of(page, page.screenshot())[round(y) - 6 : round(y) + 4, round(x) - 9 : round(x) + 10]


def test_a_unit_that_would_be_cut_off_is_red_until_it_is_not(open_map: Open) -> None:
    page, _ = open_map()
    as_zones(page)
    index = plain_index()
    zoom_to(page, index)
    x, y = screen_of(page, *GRID.centres[index])
    before = colour_at(page, x + 4, y + 4)
    settle(page, flags={"grids": {"x": [GRID.first_id + index]}})
    assert reddish(colour_at(page, x + 4, y + 4))
    settle(page, flags={"grids": {"x": []}})
    assert colour_at(page, x + 4, y + 4) == before


def test_a_locked_unit_has_a_pattern_and_keeps_its_colour(open_map: Open) -> None:
    page, _ = open_map()
    as_zones(page)
    index = plain_index()
    zoom_to(page, index)
    x, y = screen_of(page, *GRID.centres[index])
    before = patch_of(page, x, y)
    settle(page, flags={"grids": {"k": [GRID.first_id + index]}})
    after = patch_of(page, x, y)
    same = (before == after).all(axis=-1).sum()
    assert 0 < same < before.shape[0] * before.shape[1]


def test_a_stroke_tells_what_it_passed_and_on_the_way(open_map: Open) -> None:
    page, _ = open_map()
    as_zones(page)
    index = plain_index()
    zoom_to(page, index)
    set_props(page, tool="paint", brushPx=2)
    page.wait_for_selector(".mqmv-sheet", state="visible")
    page.evaluate(
        "() => { window.brushed = [];"
        " document.addEventListener('mapview:brush', (e) => window.brushed.push(e.detail)); }"
    )
    x, y = screen_of(page, *GRID.centres[index])
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 3, y + 3)
    page.mouse.up()
    stroke = wait_prop(page, "stroke", "v.ids.length > 0")
    assert stroke["layer"] == "grids"
    assert GRID.first_id + index in stroke["ids"]
    assert stroke["ids"] == sorted(stroke["ids"])
    steps = page.evaluate("window.brushed.map((brush) => brush.step)")
    assert steps[-1] == "up"
    assert "down" in steps
    page.keyboard.press("Escape")
    assert wait_prop(page, "tool", "v === 'pan'") == "pan"


def test_escape_in_the_middle_of_a_stroke_gives_it_up(open_map: Open) -> None:
    page, _ = open_map()
    as_zones(page)
    index = plain_index()
    zoom_to(page, index)
    set_props(page, tool="paint")
    page.wait_for_selector(".mqmv-sheet", state="visible")
    page.mouse.move(*screen_of(page, *GRID.centres[index]))
    page.mouse.down()
    page.keyboard.press("Escape")
    page.mouse.up()
    page.wait_for_timeout(500)
    assert prop(page, "stroke") is None


def test_a_line_comes_in_degrees(open_map: Open) -> None:
    page, _ = open_map()
    index = plain_index()
    zoom_to(page, index)
    set_props(page, tool="line")
    page.wait_for_selector(".mqmv-sheet", state="visible")
    x, y = screen_of(page, *GRID.centres[index])
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.move(x + 90, y + 50, steps=4)
    page.mouse.up()
    line = wait_prop(page, "drawn", "v.line.length > 2")["line"]
    assert line[0] == pytest.approx(GRID.centres[index], abs=1e-4)
    assert line[-1][0] > line[0][0]
    assert line[-1][1] < line[0][1]


def test_a_border_is_drawn_only_between_zones(open_map: Open) -> None:
    page, _ = open_map()
    index = plain_index()
    zoom_to(page, index)
    lon, lat = GRID.centres[index]
    west, east = [lon - 0.004, lat], [lon + 0.004, lat]
    feature = {
        "type": "Feature",
        "id": 1,
        "properties": {},
        "geometry": {"type": "LineString", "coordinates": [west, east]},
    }
    sources = {
        **prop(page, "sources"),
        "lines": {"type": "geojson", "data": {"type": "FeatureCollection", "features": [feature]}},
    }
    layers = [*prop(page, "layers"), {"id": "borders", "kind": "zone-border", "source": "lines"}]
    settle(page, sources=sources, layers=layers)
    x, y = screen_of(page, lon + 0.002, lat)
    plain = colour_at(page, x, y)
    settle(page, flags={"borders": {"z": [1]}})
    parted = colour_at(page, x, y)
    settle(page, flags={"borders": {"z": [1], "a": [1]}})
    assert len({plain, parted, colour_at(page, x, y)}) == 3
