"""Does MapView survive lost graphics, missing files, other languages, and keep to this machine?"""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Playwright

from tests.dashboard.map_view.conftest import CHROMIUM, GL_ARGS, PLAIN_ARGS, RECORDER, Guard
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
from tests.dashboard.map_view.trial_app import BREAKS, COLORS, GRID, sample_values

pytestmark = pytest.mark.browser
Open = Callable[..., tuple[Page, Guard]]


def test_png_holds_map_title_and_legend(open_map: Open, tmp_path: Path) -> None:
    page, _ = open_map()
    legend = [{"label": f"≤ {b:.0f}", "color": c} for b, c in zip(BREAKS, COLORS, strict=False)]
    legend += [{"label": "无数据", "color": "#1d2839", "pattern": "noData"}]
    order = {
        "nonce": 5,
        "title": "全市上报量",
        "subtitle": "近 30 天",
        "legend": legend,
        "footer": "截至 08:00",
        "fileName": "m.png",
    }
    with page.expect_download() as download:
        set_props(page, exportPng=order)
    target = tmp_path / "m.png"
    download.value.save_as(target)
    assert download.value.suggested_filename == "m.png"
    image = pixels_of(page, target.read_bytes())
    exported = wait_prop(page, "exported", "v.nonce === 5")
    assert image.shape[:2] == (exported["height"], exported["width"])
    assert image.shape[1] == 1000
    assert image.shape[0] > 720 + 64
    colours = {"#{:02x}{:02x}{:02x}".format(*rgb) for rgb in np.unique(image.reshape(-1, 3), axis=0)}
    assert set(COLORS) <= colours


CONTEXT = "document.querySelector('.maplibregl-canvas').getContext('webgl2').getExtension('WEBGL_lose_context')"


def test_a_restored_context_gets_its_colours_back(open_map: Open) -> None:
    page, guard = open_map()
    index = plain_index()
    zoom_to(page, index)
    place = screen_of(page, *GRID.centres[index])
    wanted = colour_at(page, *place)
    page.evaluate(f"() => {{ const e = {CONTEXT}; e.loseContext(); setTimeout(() => e.restoreContext(), 700); }}")
    wait_prop(page, "status", "v.lost")
    assert "正在恢复" in page.locator(".mqmv-problem").inner_text()
    start = now(page)
    wait_prop(page, "status", "!v.lost && v.ready")
    wait_event(page, "applied", start)
    page.wait_for_timeout(1500)
    assert not page.locator(".mqmv-problem").count()
    assert colour_at(page, *place) == wanted
    guard.forgive("CONTEXT_LOST", "context lost")


def test_a_context_that_stays_lost_gets_a_new_map_at_the_same_place(open_map: Open) -> None:
    page, guard = open_map()
    index = plain_index()
    zoom_to(page, index)
    place = screen_of(page, *GRID.centres[index])
    wanted = colour_at(page, *place)
    page.keyboard.down("Control")
    page.mouse.click(*screen_of(page, *GRID.centres[index + 1]))
    page.keyboard.up("Control")
    page.mouse.move(2, 2)
    page.wait_for_timeout(400)
    picture = page.screenshot()
    before = prop(page, "viewport")
    start = now(page)
    page.evaluate(f"{CONTEXT}.loseContext()")
    wait_prop(page, "status", "v.lost")
    wait_event(page, "ready", start)
    wait_prop(page, "status", "!v.lost && v.ready")
    assert 3000 <= page.evaluate("window.mapEvents.filter(e => e.name === 'ready').at(-1).at") - start < 20000
    page.wait_for_timeout(500)
    assert prop(page, "viewport")["center"] == pytest.approx(before["center"], abs=1e-4)
    assert colour_at(page, *place) == wanted
    page.mouse.move(3, 3)
    page.mouse.move(2, 2)
    page.wait_for_timeout(800)
    same = (pixels_of(page, page.screenshot()) == pixels_of(page, picture)).all(axis=2).mean()
    assert same > 0.999, "colours, labels and the selected unit are all back"
    guard.forgive("CONTEXT_LOST", "context lost")


def test_without_webgl_a_clear_message_takes_the_place_of_the_map(playwright: Playwright, trial_url: str) -> None:
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*PLAIN_ARGS, "--disable-gpu", "--disable-3d-apis"]
    )
    page = browser.new_page()
    page.add_init_script(RECORDER)
    guard = Guard(page, trial_url)
    page.goto(trial_url)
    page.wait_for_selector(".mqmv-problem")
    assert "WebGL" in page.locator(".mqmv-problem").inner_text()
    assert page.locator(".mqmv-problem").get_attribute("role") == "alert"
    assert wait_prop(page, "status", "v.webgl === 'none'")["ready"] is False
    set_props(page, lang="en")
    page.wait_for_function("document.querySelector('.mqmv-problem').innerText.includes('cannot draw the map')")
    browser.close()
    assert not [fault for fault in guard.faults if "WebGL" not in fault]


def test_a_source_on_another_server_is_refused(open_map: Open) -> None:
    page, guard = open_map()
    elsewhere = {"type": "vector", "tiles": ["https://tiles.example.org/{z}/{x}/{y}.mvt"]}
    set_props(page, sources=prop(page, "sources") | {"other": elsewhere})
    status = wait_prop(page, "status", "v.error !== null")
    assert status["error"]["code"] == "props"
    assert "not on this server" in status["error"]["text"]
    assert not [url for url in guard.requests if "example.org" in url]


def test_missing_map_files_are_said_plainly(playwright: Playwright, trial_url: str) -> None:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=PLAIN_ARGS + GL_ARGS)
    page = browser.new_page()
    page.route("**/vendor/maplibre/maplibre-gl.mjs", lambda route: route.abort())
    page.goto(trial_url)
    page.wait_for_selector(".mqmv-assets")
    assert "make setup" in page.locator(".mqmv-problem").inner_text()
    assert wait_prop(page, "status", "v.error !== null")["error"]["code"] == "assets"
    browser.close()


def test_with_the_network_blocked_the_map_still_draws(playwright: Playwright, trial_url: str) -> None:
    args = [*PLAIN_ARGS, *GL_ARGS, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=args)
    page = browser.new_page()
    page.add_init_script(RECORDER)
    guard = Guard(page, trial_url)
    page.goto(trial_url)
    page.wait_for_function("window.mapEvents.some(e => e.name === 'ready')", timeout=60000)
    browser.close()
    assert guard.faults == []


def test_another_language_speaks_everywhere_and_keeps_the_place(open_map: Open) -> None:
    page, _ = open_map()
    index = plain_index()
    zoom_to(page, index)
    before = prop(page, "viewport")
    start = now(page)
    set_props(page, lang="en")
    wait_event(page, "ready", start)
    assert page.locator(".maplibregl-canvas").get_attribute("aria-label") == "Map"
    assert page.locator(".maplibregl-ctrl-zoom-in").get_attribute("title") == "Zoom in"
    assert prop(page, "viewport")["center"] == pytest.approx(before["center"], abs=1e-4)
    assert page.locator(".maplibregl-canvas").count() == 1


@pytest.mark.slow
def test_a_tile_that_failed_is_asked_for_again(open_map: Open) -> None:
    page, guard = open_map()
    index = plain_index()
    deep = re.compile(r"/tiles/grids/1\d/")
    page.route(deep, lambda route: route.fulfill(status=503, body=""))
    zoom_to(page, index)
    assert wait_prop(page, "status", "v.error !== null")["error"]["code"] == "map"
    page.unroute(deep)
    page.wait_for_timeout(17000)
    assert prop(page, "status")["error"] is None
    assert colour_at(page, *screen_of(page, *GRID.centres[index])) == colour_of(float(sample_values(1)[index]))
    guard.forgive("503")
