"""Is what MapView writes into the tiles itself the same picture that MapLibre's own feature-state would give?"""

from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page

from dashboard.components.map_view.values import encode_values
from tests.dashboard.map_view.conftest import Guard
from tests.dashboard.map_view.map_view_page import (
    colour_of,
    now,
    pixels_of,
    plain_index,
    projection,
    set_props,
    wait_event,
    zoom_to,
)
from tests.dashboard.map_view.recolour_race import PROBES, READY
from tests.dashboard.map_view.trial_app import BREAKS, GRID, grid_values, sample_values

pytestmark = pytest.mark.browser
Open = Callable[..., tuple[Page, Guard]]

WRITER = Path(__file__).parents[3] / "dashboard/components/map_view/client/paint_writer.js"
NEVER = "export const NOTHING = -128; export const writePaint = () => false;"
"""A writer that leaves everything to feature-state."""
IDLE_AFTER_PAINTED = """() => {
  const last = name => window.mapEvents.findLastIndex(event => event.name === name);
  return last('idle') > last('painted');
}"""
REST_MS = 800
FIRST = GRID.first_id
WHOLE = {"nonce": 50, "bounds": list(GRID.bounds)}
STEPS: tuple[dict[str, Any], ...] = (
    {"values": [grid_values(2, 2)]},
    {"values": [grid_values(3, 3) | {"suppressed": [FIRST + 2000, FIRST + 2001], "filtered": [FIRST + 2003]}]},
    {"values": [grid_values(3, 4) | {"colors": ["#f0f0f0", "#c0c0c0", "#909090", "#606060", "#303030"]}]},
    {"values": [grid_values(2, 5)], "selectedIds": {"layer": "grids", "ids": [FIRST + 2010, FIRST + 2011]}},
    {"values": [grid_values(1, 6) | {"firstId": FIRST + 500, "data": encode_values(sample_values(4)[:2500])}]},
    {"values": [grid_values(2, 7)], "selectedIds": None},
)
"""Other figures, other states, other colours, a selection, fewer units, all of them again."""


def opened(browser: Browser, url: str, writer: str) -> Page:
    """The trial page with this text as its writer."""
    page = browser.new_page(viewport={"width": 800, "height": 600})
    page.add_init_script("window.mapEvents = []; window.written = 0;")
    page.add_init_script(
        "for (const name of ['ready', 'painted', 'idle']) document.addEventListener('mapview:' + name,"
        " e => window.mapEvents.push({name, detail: e.detail, at: performance.now()}));"
    )
    page.route("**/client/paint_writer.js*", lambda route: route.fulfill(body=writer, content_type="text/javascript"))
    page.goto(url)
    page.wait_for_function(READY, timeout=60_000)
    page.wait_for_timeout(REST_MS)
    return page


def pictures(page: Page) -> list[NDArray[np.uint8]]:
    """The picture after each step, once the map rests."""
    shots = []
    for step in STEPS:
        start = now(page)
        set_props(page, **step)
        wait_event(page, "painted", start)
        # New colours make the tiles load anew: the map is idle once they have.
        page.wait_for_function(IDLE_AFTER_PAINTED, timeout=60_000)
        page.wait_for_timeout(REST_MS)
        shots.append(pixels_of(page, page.screenshot()))
    return shots


def test_the_picture_is_that_of_feature_state(map_browser: Browser, trial_url: str) -> None:
    source = WRITER.read_text()
    counted = source.replace("return true;", "window.written += 1; return true;")
    assert counted != source
    with closing(opened(map_browser, trial_url, counted)) as page:
        ours = pictures(page)
        written = page.evaluate("window.written")
    with closing(opened(map_browser, trial_url, NEVER)) as page:
        theirs = pictures(page)
    assert written >= 3, "figures whose colours stay are written straight into the tiles"
    assert [int((a != b).sum()) for a, b in zip(ours, theirs, strict=True)] == [0] * len(STEPS)
    assert all((a != b).any() for a, b in pairwise(ours)), "each step shows"


def test_tiles_out_of_view_are_right_when_they_come_back(open_map: Open) -> None:
    page, _ = open_map()
    zoom_to(page, plain_index(), zoom=12.5)
    start = now(page)
    set_props(page, values=[grid_values(2, 2)])
    wait_event(page, "painted", start)
    start = now(page)
    set_props(page, view=WHOLE)
    wait_event(page, "idle", start)
    page.wait_for_timeout(1500)
    shot = pixels_of(page, page.screenshot())
    to_screen = projection(page)
    values = sample_values(2)
    plain = [index for index in PROBES if values[index] > 0 and values[index] not in BREAKS]
    assert len(plain) > 1
    for index in plain:
        x, y = to_screen(*GRID.centres[index])
        assert "#{:02x}{:02x}{:02x}".format(*shot[round(y), round(x)]) == colour_of(float(values[index]))


def test_a_mark_is_drawn_while_there_is_one(open_map: Open) -> None:
    page, _ = open_map()
    index = plain_index()
    zoom_to(page, index)
    empty = pixels_of(page, page.screenshot())
    set_props(page, selectedIds={"layer": "grids", "ids": [FIRST + index]})
    page.wait_for_timeout(REST_MS)
    marked = pixels_of(page, page.screenshot())
    set_props(page, selectedIds={"layer": "grids", "ids": []})
    page.wait_for_timeout(REST_MS)
    assert (marked != empty).any(axis=2).sum() > 100
    assert (pixels_of(page, page.screenshot()) == empty).all()
