"""Is every kind of layer drawn, with labels, in both themes?"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.dashboard.map_view.conftest import Guard
from tests.dashboard.map_view.map_view_page import (
    colour_at,
    pixels_of,
    prop,
    screen_of,
    set_props,
    wait_prop,
)
from tests.dashboard.map_view.trial_app import TOWNS

pytestmark = pytest.mark.browser
Open = Callable[..., tuple[Page, Guard]]


def test_chinese_labels_are_drawn_from_local_fonts(open_map: Open) -> None:
    page, guard = open_map()
    centre = TOWNS.centres[8]
    x, y = screen_of(page, *centre)
    clip = {"x": x - 30, "y": y - 12, "width": 60, "height": 24}
    with_labels = page.screenshot(clip=clip)
    layers = [layer | {"visible": layer["id"] != "town-names"} for layer in prop(page, "layers")]
    set_props(page, layers=layers)
    page.wait_for_timeout(800)
    assert page.screenshot(clip=clip) != with_labels
    assert not [url for url in guard.requests if ".pbf" in url or "glyph" in url or "font" in url]


def test_both_themes_differ_in_every_ground(open_map: Open) -> None:
    page, _ = open_map()
    dark = colour_at(page, 20, 20)
    set_props(page, theme="light")
    page.wait_for_timeout(800)
    assert (dark, colour_at(page, 20, 20)) == ("#0b1220", "#dbe6ee")


def square(lon: float, lat: float, half: float, feature_id: int, **properties: Any) -> dict[str, Any]:
    ring = [[lon - half, lat - half], [lon + half, lat - half], [lon + half, lat + half], [lon - half, lat + half]]
    geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    return {"type": "Feature", "id": feature_id, "properties": properties, "geometry": geometry}


def spot(lon: float, lat: float, feature_id: int, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "id": feature_id, "properties": properties, "geometry": geometry}


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "geojson", "data": {"type": "FeatureCollection", "features": list(features)}}


RED_PIXEL = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
KINDS = {
    "land": square(115.1, 23.3, 0.04, 1),
    "unit-fill": square(115.3, 23.3, 0.04, 1),
    "unit-line": square(115.5, 23.3, 0.04, 1),
    "unit-label": spot(115.7, 23.3, 1, name="陆丰"),
    "outline": square(115.1, 23.0, 0.04, 1),
    "points": spot(115.3, 23.0, 1),
    "bins": spot(115.5, 23.0, 1, n=900),
    "hex": square(115.7, 23.0, 0.04, 1, n=12),
    "places": spot(115.1, 22.7, 1, kind="sentry_post", name="东门哨点"),
    "heat": None,
}


def test_every_kind_of_layer_is_drawn_where_its_feature_lies(open_map: Open) -> None:
    page, _ = open_map()
    sources = {kind: collection(feature) for kind, feature in KINDS.items() if feature}
    corners = [[115.26, 22.74], [115.34, 22.74], [115.34, 22.66], [115.26, 22.66]]
    sources["heat"] = {"type": "image", "url": RED_PIXEL, "coordinates": corners}
    extra = {
        "bins": {"colors": ["#00ff00", "#ff0000"], "breaks": [100]},
        "hex": {"colors": ["#00ff00", "#ff0000"], "breaks": [100]},
        "places": {"symbols": {"sentry_post": "哨"}},
    }
    layers = [{"id": kind, "kind": kind, "source": kind, **extra.get(kind, {})} for kind in KINDS]
    set_props(page, layers=layers, sources=sources, values=[], tooltips=[{"layer": "places", "property": "name"}])
    page.wait_for_timeout(2000)
    assert prop(page, "status")["error"] is None
    shot = pixels_of(page, page.screenshot()).astype(int)
    sea = np.array([0x0B, 0x12, 0x20])
    for kind, feature in KINDS.items():
        coordinates = feature["geometry"]["coordinates"] if feature else [115.3, 22.7]
        lon, lat = np.array(coordinates, dtype=float).reshape(-1, 2)[: 4 if feature else 1].mean(axis=0)
        x, y = (round(v) for v in screen_of(page, lon, lat))
        patch = shot[y - 40 : y + 40, x - 40 : x + 40].reshape(-1, 3)
        assert (np.abs(patch - sea).sum(axis=1) > 20).sum() > 15, f"{kind} left no mark"
    x, y = (round(v) for v in screen_of(page, 115.5, 23.0))
    assert shot[y, x][0] > shot[y, x][1], "900 is above the break of 100: red"
    x, y = (round(v) for v in screen_of(page, 115.7, 23.0))
    assert shot[y, x][1] > shot[y, x][0], "12 is below it: green"
    page.mouse.move(*screen_of(page, 115.1, 22.7))
    wait_prop(page, "hovered", "v.layer === 'places'")
    assert page.locator(".mqmv-tooltip").inner_text().strip() == "东门哨点"


def test_texts_and_lines_grow_with_the_page_type(open_map: Open) -> None:
    page, _ = open_map()
    plain = label_pixels(page)
    page.add_style_tag(content="html { font-size: 32px }")
    page.set_viewport_size({"width": 1004, "height": 720})
    page.wait_for_timeout(2500)
    assert prop(page, "status")["error"] is None
    assert label_pixels(page) > 2 * plain, "twice the size has four times the area"


def label_pixels(page: Page) -> int:
    """Pixels in the ink of the labels around one town's name."""
    x, y = screen_of(page, *TOWNS.centres[8])
    shot = pixels_of(page, page.screenshot()).astype(int)
    patch = shot[round(y) - 30 : round(y) + 30, round(x) - 60 : round(x) + 60].reshape(-1, 3)
    return int((np.abs(patch - [0xE9, 0xEF, 0xF8]).sum(axis=1) < 30).sum())
