"""Does the offline file open without any network, and is every text in it only text?"""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Playwright

from layers.classification import Scheme, class_of, classify
from layers.errors import AssetMissing
from layers.legend import choropleth_legend
from layers.offline_assets import leaflet_tags, outside_addresses
from layers.offline_html import offline_map_html
from layers.offline_view import OfflinePoint, OfflineUnit, OfflineView
from layers.palette import STATES, ramp

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--disable-background-networking", "--disable-component-update"]
NASTY = "网格 <img src=x onerror=alert(1)> {{ 7 * 7 }} {% raw %} </script>"


def make_view(theme: str = "light") -> OfflineView:
    values = np.array([0, 1, 2, 3, 9, np.nan])
    classes = classify(values, Scheme.QUANTILE, 3, whole=True)
    legend = choropleth_legend(classes, title="上报", unit="件", ramp_name="heat", theme=theme, lang="zh")
    colours, codes = ramp("heat", len(classes), theme), class_of(values, classes)
    units = []
    for k, code in enumerate(codes):
        west = 115 + 0.1 * k
        ring = [[west, 22.0], [west + 0.1, 22.0], [west + 0.1, 22.2], [west, 22.2], [west, 22.0]]
        state = STATES[theme].no_data if np.isnan(values[k]) else STATES[theme].zero
        colour = colours[code] if code >= 0 else state
        geometry = {"type": "Polygon", "coordinates": [ring]}
        units.append(OfflineUnit(50_000_001 + k, f"44150000000{k}", NASTY, geometry, colour, f"{values[k]:.0f}"))
    coast = [[114.9, 21.9], [115.7, 21.9], [115.7, 22.3], [114.9, 22.3], [114.9, 21.9]]
    land = {"type": "Polygon", "coordinates": [coast]}
    points = (OfflinePoint(115.05, 22.1, NASTY, (("状态", NASTY),)),)
    title, figures = f"海陆市 {NASTY}", (("上报", "15"),)
    return OfflineView(title, "2026-03-20 12:00", tuple(units), legend, theme, "zh", (NASTY,), figures, points, land)


def test_the_file_names_no_address_outside_it() -> None:
    html = offline_map_html(make_view())
    assert outside_addresses(html) == ()
    assert "L.map(" in html
    assert outside_addresses('<script src="https://cdn.example.com/a.js">') == ("https://cdn.example.com/a.js",)
    assert outside_addresses("url(//fonts.example.com/x)") == ("//fonts.example.com/x",)


def test_a_view_without_units_still_opens() -> None:
    view = make_view()
    empty = OfflineView(view.title, view.as_of, (), view.legend)
    assert "fitBounds" in offline_map_html(empty)


def test_missing_assets_name_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(AssetMissing, match="make setup"):
        leaflet_tags(tmp_path)


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_draws_in_a_browser_with_the_network_off(playwright: Playwright, tmp_path: Path, theme: str) -> None:
    file = tmp_path / "map.html"
    file.write_text(offline_map_html(make_view(theme)), encoding="utf-8")
    asked: list[str] = []
    said: list[str] = []
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    context = browser.new_context(offline=True, viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(file.as_uri())
    # The map fits the units, so the middle of the picture is the border of the third and fourth of six.
    page.mouse.move(1366 / 2 + 60, 768 / 2)
    tooltip = page.locator(".leaflet-tooltip")
    tooltip.wait_for()
    text = tooltip.inner_text()
    panel = page.locator(".mq-panel").inner_text()
    browser.close()
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert said == []
    assert NASTY in text
    assert "44150000000" in text
    assert f"海陆市 {NASTY}" in panel
    assert "无数据" in panel
    assert "零" in panel
