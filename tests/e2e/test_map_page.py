"""Does the map page do what its users come for?"""

import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

READY = "() => document.querySelector('#map-view')?.getAttribute('aria-busy') === 'false'"


def open_map(page: Page, query: str = "") -> None:
    page.goto(f"/map{query}")
    page.wait_for_function(READY)
    expect(page.locator("#map-figures .main-figure .value")).to_have_text(re.compile(r"^[\d,]+$"))


def asked(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def total_of(page: Page) -> int:
    return int(page.locator("#map-figures .main-figure .value").inner_text().replace(",", ""))


def crumbs(page: Page) -> list[str]:
    return [text.split("\n")[0] for text in page.locator("#map-breadcrumb li").all_inner_texts()]


def drill(page: Page) -> None:
    depth = len(crumbs(page))
    figure = page.locator("#map-figures .main-figure .value")
    above = figure.inner_text()
    page.locator("#map-ranking button.rank").first.click()
    expect(page.locator("#map-breadcrumb li")).to_have_count(depth + 1)
    expect(figure).not_to_have_text(above)


def test_drill_down_to_one_small_grid_and_back(page: Page):
    open_map(page)
    whole = total_of(page)
    for _ in range(4):
        drill(page)
    expect(page.locator("#map-ranking")).to_contain_text("最小的单元")
    page.wait_for_function(READY)
    assert 0 < total_of(page) < whole
    for depth in (4, 3, 2, 1):
        page.keyboard.press("Backspace")
        expect(page.locator("#map-breadcrumb li")).to_have_count(depth)
    expect(page.locator("#map-figures .main-figure .value")).to_have_text(f"{whole:,}")
    assert "unit" not in asked(page)


def test_a_click_on_the_map_drills_down(page: Page):
    open_map(page)
    box = page.locator("#map-view canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.25)
    expect(page.locator("#map-breadcrumb li")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.locator("#map-breadcrumb li")).to_have_count(1)


def totals_of(page: Page) -> list[int]:
    """Parts, unassigned, for protected readers what is released for the city itself, total."""
    text = page.locator("#map-totals button").first.inner_text()
    return [int(number.replace(",", "")) for number in re.findall(r"[\d,]+", text)]


def test_parts_and_unassigned_make_the_total(page: Page):
    open_map(page)
    *parts, total = totals_of(page)
    assert sum(parts) == total == total_of(page)
    assert parts[1] > 0


def test_the_level_picker_shows_all_small_grids_at_once(page: Page):
    open_map(page, "?level=small")
    rows = page.locator("#map-legend .legend-row .count").all_inner_texts()
    assert sum(int(text.replace(",", "")) for text in rows) == 4555


@pytest.mark.parametrize("layer", ["points", "kde", "hex", "off"])
def test_layers_switch(page: Page, layer: str):
    open_map(page)
    labels = {"points": "点位", "kde": "热力", "hex": "六边", "off": "无"}
    page.locator("#map-density label", has_text=labels[layer]).click()
    page.wait_for_function(READY)
    page.wait_for_url(re.compile(f"layer={layer}"))
    if layer in ("kde", "hex"):
        expect(page.locator("#map-legend .quiet", has_text=re.compile(r"\d m( ·|$)"))).to_be_visible()


def test_places_have_signs_in_the_legend(page: Page):
    open_map(page)
    page.get_by_label("点位设施").check()
    expect(page.locator("#map-legend .symbols")).to_contain_text("红色哨卡")


def test_search_by_pinyin_goes_to_the_unit(page: Page, demo_url: str):
    import psycopg

    from data.engine import libpq_url

    with psycopg.connect(libpq_url(demo_url)) as connection:
        row = connection.execute(
            "SELECT name, pinyin FROM unit WHERE level_key = 'large' ORDER BY id LIMIT 1"
        ).fetchone()
    assert row is not None
    name, pinyin = row
    open_map(page)
    page.keyboard.press("/")
    page.keyboard.type(pinyin.split()[0][:12])
    expect(page.locator("#map-suggestions .suggestion", has_text=name).first).to_be_visible()
    page.locator("#map-suggestions .suggestion", has_text=name).first.click()
    expect(page.locator("#map-breadcrumb [aria-current]")).to_contain_text(name)


def test_search_that_finds_nothing_says_so(page: Page):
    open_map(page)
    page.locator("#map-search").fill("zzzzqqq")
    expect(page.locator("#map-suggestions")).to_contain_text("没有")
    page.keyboard.press("Escape")
    expect(page.locator("#map-suggestions .none")).to_have_count(0)


def test_back_and_forward_follow_the_state(page: Page):
    open_map(page)
    drill(page)
    first = asked(page)["unit"]
    page.locator("#map-metric label", has_text="超期").click()
    page.wait_for_url(re.compile("metric=overdue"))
    page.go_back()
    expect(page.locator("#map-ranking header")).to_contain_text("上报")
    assert asked(page) == {"unit": first, "at": "county"}
    page.go_back()
    expect(page.locator("#map-breadcrumb li")).to_have_count(1)
    page.go_forward()
    expect(page.locator("#map-breadcrumb li")).to_have_count(2)
    page.go_forward()
    expect(page.locator("#map-ranking header")).to_contain_text("超期")


def test_a_shared_address_shows_the_same(page: Page):
    open_map(page)
    drill(page)
    shown, path, url = total_of(page), crumbs(page), page.url
    page.goto(url)
    page.wait_for_function(READY)
    expect(page.locator("#map-figures .main-figure .value")).to_have_text(f"{shown:,}")
    assert crumbs(page) == path


def test_language_and_theme(page: Page):
    open_map(page)
    page.keyboard.press("t")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "light")
    expect(page.locator("#map-view")).to_have_class(re.compile("mqmv-light"))
    page.keyboard.press("e")
    expect(page.locator("h1.brand")).to_have_text("Minqing Map")
    page.wait_for_function(READY)
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto("/map")
    expect(page.locator("h1.brand")).to_have_text("Minqing Map")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "light")


def test_figures_open_the_incidents_behind_them(page: Page):
    open_map(page)
    page.locator("#map-figures .figure", has_text="未结").click()
    drawer = page.locator(".mantine-Drawer-content")
    expect(drawer).to_contain_text("未结事件")
    drawer.locator(".item").first.click()
    expect(drawer.locator(".facts")).to_contain_text("上报时间")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    assert "panel" not in asked(page)


def test_the_keyboard_moves_in_lists_and_shows_help(page: Page):
    open_map(page)
    page.locator("#map-ranking button.rank").first.focus()
    page.keyboard.press("ArrowDown")
    second = page.locator("#map-ranking button.rank").nth(1)
    expect(second).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#map-breadcrumb li")).to_have_count(2)
    page.keyboard.press("?")
    expect(page.locator(".mantine-Modal-content")).to_contain_text("Backspace")


def test_the_period_and_the_timeline_narrow_the_figures(page: Page):
    open_map(page)
    month = total_of(page)
    page.locator("#map-preset label", has_text="7天").click()
    expect(page.locator("#map-timeline .bars i")).to_have_count(7)
    expect(page.locator("#map-figures .main-figure .value")).not_to_have_text(f"{month:,}")
    week = total_of(page)
    thumb = page.locator("#map-brush [role=slider]").first
    thumb.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("days="))
    expect(page.locator("#map-figures .main-figure .value")).not_to_have_text(f"{week:,}")
    assert 0 < total_of(page) < week < month


def test_a_class_of_the_chart_becomes_the_filter(page: Page):
    open_map(page)
    before = total_of(page)
    bars = page.locator(".js-plotly-plot .barlayer .point path").last
    bars.scroll_into_view_if_needed()
    bar = bars.bounding_box()
    assert bar is not None
    page.mouse.click(bar["x"] + bar["width"] / 3, bar["y"] + bar["height"] / 2)
    page.wait_for_url(re.compile("class="))
    expect(page.locator("#map-figures .main-figure .value")).not_to_have_text(f"{before:,}")
    assert 0 < total_of(page) < before


def download(page: Page, name: str) -> tuple[str, bytes]:
    page.get_by_role("button", name="导出").click()
    with page.expect_download(timeout=60_000) as waiting:
        page.get_by_role("menuitem", name=name).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def test_export_csv_geojson_and_picture(page: Page):
    open_map(page)
    parts, *others, total = totals_of(page)
    name, table = download(page, "CSV")
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    assert name.endswith(".csv")
    assert sum(int(float(row["reported"])) for row in rows) == parts == total - sum(others)
    name, geojson = download(page, "GeoJSON")
    assert name.endswith(".geojson")
    assert len(json.loads(geojson)["features"]) == 4
    name, picture = download(page, "PNG")
    assert name.endswith(".png")
    assert picture.startswith(b"\x89PNG")
    expect(page.locator("#map-export-state")).to_contain_text("已导出")


def test_the_offline_file_opens_without_any_server(page: Page, browser, tmp_path: Path):
    open_map(page)
    name, html = download(page, "HTML")
    file = tmp_path / name
    file.write_bytes(html)
    alone = browser.new_context(offline=True).new_page()
    left: list[str] = []
    alone.on("request", lambda r: left.append(r.url) if not r.url.startswith(("file:", "data:", "blob:")) else None)
    alone.goto(file.as_uri())
    expect(alone.locator(".leaflet-container")).to_be_visible()
    assert left == []


def test_first_map_picture_comes_before_the_chart_library(page: Page, watch):
    received: list[tuple[str, int]] = []

    def note(response) -> None:
        received.append((response.url, int(response.headers.get("content-length") or 0)))

    page.on("response", note)
    page.goto("/map")
    page.wait_for_function(READY)
    page.wait_for_selector(".js-plotly-plot")
    urls = [url for url, _ in received]
    plotly = next(k for k, url in enumerate(urls) if "plotly.min" in url)
    tile = next(k for k, url in enumerate(urls) if "/tiles/units-county/" in url)
    assert tile < plotly
    assert sum(size for _, size in received[:plotly]) <= 1_200_000


def test_an_unknown_unit_says_so_and_offers_a_way_back(page: Page, watch):
    page.goto("/map?unit=no-such-code")
    expect(page.locator("#map-notice")).to_contain_text("no-such-code")
    page.get_by_role("button", name="清除条件").click()
    expect(page.locator("#map-breadcrumb li")).to_have_count(1)
    expect(page.locator("#map-figures .main-figure")).to_be_visible()


def test_an_address_that_is_no_page_is_a_404(page: Page, watch):
    response = page.goto("/nothing-here")
    assert response is not None
    assert response.status == 404
    expect(page.locator("h1")).to_have_text("没有这个页面")
    watch.problems.clear()
