"""Do colours on screen say what the values say, and does a recolour touch only what changed?"""

import base64
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.dashboard.map_view.conftest import Guard
from tests.dashboard.map_view.map_view_page import (
    colour_at,
    colour_of,
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
from tests.dashboard.map_view.recolour_race import race
from tests.dashboard.map_view.trial_app import COLORS, GRID, grid_values, sample_values

pytestmark = pytest.mark.browser
Open = Callable[..., tuple[Page, Guard]]


def test_draws_and_reports_itself(open_map: Open) -> None:
    page, guard = open_map()
    status = wait_prop(page, "status", "v.ready")
    assert status["webgl"] == "software"
    assert "SwiftShader" in status["renderer"]
    assert status["lost"] is False
    assert status["error"] is None
    west, south, east, north = prop(page, "viewport")["bounds"]
    assert west < GRID.bounds[0] < GRID.bounds[2] < east
    assert south < GRID.bounds[1] < GRID.bounds[3] < north
    assert any("/tiles/grids/" in url for url in guard.requests)
    assert all(url.startswith((guard.home, "blob:", "data:")) for url in guard.requests)


def test_colour_on_screen_is_the_class_of_the_value(open_map: Open) -> None:
    page, _ = open_map()
    index = plain_index()
    zoom_to(page, index)
    x, y = screen_of(page, *GRID.centres[index])
    assert colour_at(page, x, y) == colour_of(float(sample_values(1)[index]))


def test_zero_no_data_filtered_and_suppressed_look_different(open_map: Open) -> None:
    page, _ = open_map()
    first = GRID.first_id
    row = 30 * 67 + 30
    values = np.full(len(GRID.shapes), 7.0, dtype=np.float32)
    values[row] = 0
    values[row + 1] = np.nan
    entry = grid_values(1, 2) | {"suppressed": [first + row + 2], "filtered": [first + row + 3]}
    entry["data"] = base64.b64encode(values.astype("<f4").tobytes()).decode()
    set_props(page, values=[entry])
    zoom_to(page, row + 2, zoom=13.5)
    shot = pixels_of(page, page.screenshot())
    looks = []
    for k in range(5):
        x, y = screen_of(page, *GRID.centres[row + k])
        patch = shot[round(y) - 12 : round(y) + 12, round(x) - 12 : round(x) + 12].reshape(-1, 3)
        looks.append((len(np.unique(patch, axis=0)) > 3, tuple(patch.mean(axis=0).round())))
    patterned = [look[0] for look in looks]
    assert patterned == [False, True, True, False, False], "zero, no data, suppressed, filtered, a class"
    assert len({look[1] for look in looks}) == 5


def test_recolour_touches_only_changed_units(open_map: Open) -> None:
    page, guard = open_map()
    before = len([url for url in guard.requests if "/tiles/" in url])
    values = sample_values(1)
    index = plain_index()
    changed = grid_values(1, 2)
    values[index] = 100 if colour_of(float(values[index])) != COLORS[-1] else 1
    changed["data"] = base64.b64encode(values.astype("<f4").tobytes()).decode()
    start = now(page)
    set_props(page, values=[changed])
    detail = wait_event(page, "applied", start)
    assert (detail["changed"], detail["total"]) == (1, len(GRID.shapes))
    page.wait_for_timeout(300)
    assert len([url for url in guard.requests if "/tiles/" in url]) == before, "a recolour asks for no tile"


def test_an_older_snapshot_is_ignored(open_map: Open) -> None:
    page, _ = open_map()
    start = now(page)
    set_props(page, values=[grid_values(2, 5)])
    wait_event(page, "painted", start)
    count = page.evaluate("window.mapEvents.filter(e => e.name === 'applied').length")
    set_props(page, values=[grid_values(1, 4)])
    page.wait_for_timeout(500)
    assert page.evaluate("window.mapEvents.filter(e => e.name === 'applied').length") == count


def test_values_come_by_address_too(open_map: Open) -> None:
    page, _ = open_map()
    entry = {k: v for k, v in grid_values(1, 2).items() if k != "data"} | {"url": "/values.bin"}
    start = now(page)
    set_props(page, values=[entry])
    assert wait_event(page, "applied", start)["changed"] > 2000
    index = plain_index(seed=3)
    zoom_to(page, index)
    assert colour_at(page, *screen_of(page, *GRID.centres[index])) == colour_of(float(sample_values(3)[index]))


def test_values_of_another_boundary_revision_are_not_painted(open_map: Open) -> None:
    page, _ = open_map()
    set_props(page, values=[grid_values(2, 2) | {"revision": "r2"}])
    status = wait_prop(page, "status", "v.error !== null")
    assert status["error"]["code"] == "revision"


def test_new_boundaries_are_painted_anew(open_map: Open) -> None:
    page, _ = open_map()
    sources = prop(page, "sources")
    sources["grids"] |= {"tiles": ["/tiles/grids/{z}/{x}/{y}.mvt?r=2"], "revision": "r2"}
    start = now(page)
    with page.expect_request(lambda request: "?r=2" in request.url):
        set_props(page, sources=sources, values=[grid_values(1, 2) | {"revision": "r2"}])
    detail = wait_event(page, "applied", start)
    assert detail["changed"] == len(GRID.shapes)
    index = plain_index()
    zoom_to(page, index)
    assert colour_at(page, *screen_of(page, *GRID.centres[index])) == colour_of(float(sample_values(1)[index]))


@pytest.mark.slow
def test_recolours_at_least_four_times_as_fast_as_plotly(map_browser: Browser) -> None:
    result = race(map_browser)
    assert min(result.ratio, result.cpu_ratio) >= 4
