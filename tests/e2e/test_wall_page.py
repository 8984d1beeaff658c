"""Does the wall show what is, say how old it is, come back from a cut, go on by itself, and stop for an alarm?"""

import re
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocketRoute, expect

from data.engine import libpq_url
from tests.e2e.conftest import Watch
from tests.e2e.test_live import Program, act, is_live, new_case, signed_in

pytestmark = pytest.mark.browser
WITHIN_MS = 8_000
SCENES_MS = 70_000
PANELS = "#wall-page-stage .wall-panel"
MAJOR = {"class": "S-P-4-05", "text": "商场电梯坍塌，三名群众被困"}
QUICK = """\
dwell_s: 6
ages: {late_s: 4, lost_s: 9}
alarms: {hold_s: 600}
shifts:
  - {from: "08:00", zh: 早班, en: Day}
scenes:
  - key: first
    zh: 第一
    en: First
    panels:
      - {kind: figure, place: left, zh: 今日上报, en: Reported today, metric: reported, days: 1}
      - {kind: map, place: centre, zh: 图, en: Map, level: finest, metric: open, pulses: true}
      - {kind: ticker, place: foot, zh: 动态, en: What is happening, rows: 3}
  - key: second
    zh: 第二
    en: Second
    panels:
      - {kind: ranking, place: left, zh: 部门, en: Departments, by: department, metric: open, rows: 6}
      - {kind: clock, place: right, zh: 时间, en: Time}
"""
COUNT_TONES = """window.tones = 0;
const begin = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) { window.tones += 1; return begin.apply(this, given); };"""
NOTE_SCENES = """() => {
    window.scenes = [];
    const page = document.getElementById('wall-page');
    new MutationObserver(() => window.scenes.push([page.dataset.scene, performance.now()]))
        .observe(page, { attributeFilter: ['data-scene'] });
}"""
COUNT_PULSES = """() => {
    window.pulses = 0;
    const watcher = new MutationObserver((all) => all.forEach((one) => { window.pulses += one.addedNodes.length; }));
    watcher.observe(document.getElementById('wall-page-pulses'), { childList: true });
}"""
LOOKS = """() => document.addEventListener('mapview:output', ({ detail }) => {
    if (detail.viewport) window.looked = detail.viewport;
})"""
FITS = """() => {
    if (!window.looked) return false;
    const [[west, south, east, north], area] = [window.looked.bounds, window.minqing.wall.city().root.bbox];
    const isInside = west < area[0] && south < area[1] && area[2] < east && area[3] < north;
    return isInside && Math.max((area[2] - area[0]) / (east - west), (area[3] - area[1]) / (north - south)) > 0.75;
}"""
"""The city is on the map as a whole, and not a small thing in its middle."""
OVERFLOWING = """() => [...document.querySelectorAll('.wall-body, .wall-stage, html, body')]
    .filter((node) => node.scrollHeight > node.clientHeight + 1 || node.scrollWidth > node.clientWidth + 1)
    .map((node) => node.parentNode.ariaLabel ?? node.className)"""


@pytest.fixture(scope="module")
def program(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    program = Program(demo_url, tmp_path_factory.mktemp("wall"))
    try:
        program.start()
        yield program
    finally:
        program.stop()


@pytest.fixture
def hall(browser: Browser, program: Program) -> Iterator[BrowserContext]:
    with signed_in(browser, program, "wall") as context:
        yield context


@pytest.fixture
def desk(browser: Browser, program: Program) -> Iterator[BrowserContext]:
    """Somebody who acts while the wall looks on."""
    with signed_in(browser, program, "admin") as context:
        yield context


def opened(hall: BrowserContext, program: Program, watch: Watch, query: str = "") -> Page:
    page = hall.new_page()
    watch.attach(page, program.server.address)
    page.goto(f"/wall?{query}")
    is_live(page)
    expect(page.locator(f"{PANELS}:not([data-state=live])")).to_have_count(0)
    return page


def closed(page: Page, watch: Watch) -> None:
    page.unroute_all(behavior="ignoreErrors")
    assert watch.problems == []


def all_are_judged(desk: BrowserContext) -> None:
    """The city's cases are judged after the first start, and each risk that is found is an alarm of its own."""
    before: dict[str, int] = {}
    while (counts := desk.request.get("/api/v1/risks?limit=1").json()["counts"]) != before:
        before = counts
        time.sleep(3)


def given(program: Program, desk: BrowserContext, text: str | None = None) -> dict[str, Any]:
    """Puts a file of scenes into the data folder, or takes it away; returns what the program says then."""
    own = program.server.log.parent / "scenes.yaml"
    if text is None:
        own.unlink(missing_ok=True)
    else:
        own.write_text(text, "utf-8")
    return dict(desk.request.get("/api/v1/wall/scenes").json())


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ("截至", "演示数据", "显卡")), ("en", ("as of", "DEMO", "graphics"))]
)
def test_every_panel_tells_what_it_shows_from_where_and_when(
    hall: BrowserContext, program: Program, watch: Watch, lang: str, words: tuple[str, str, str]
) -> None:
    page = opened(hall, program, watch, f"hold=1&lang={lang}")
    feet = page.locator(f"{PANELS} .wall-foot-line").all_inner_texts()
    assert len(feet) == 9
    assert all(re.search(rf"{words[0]} \d\d:\d\d:\d\d\b.* · \S+", foot) for foot in feet), feet
    asked = page.locator(PANELS).nth(1).locator("h2 a").get_attribute("href")
    assert asked is not None
    assert asked.startswith("/map?from=")
    days = dict(part.split("=") for part in asked.partition("?")[2].split("&"))
    total = hall.request.get(f"/api/v1/summary?from={days['from']}&to={days['to']}").json()["figures"]["open"]["value"]
    expect(page.locator("[data-metric=open] b")).to_have_text(f"{int(total):,}")
    expect(page.locator("#wall-page-frame")).to_be_visible()
    expect(page.locator("#wall-page-tag")).to_contain_text(words[1])
    expect(page.locator("#wall-page-notices")).to_contain_text(words[2])
    expect(page.locator(".wall-legend")).to_be_visible()
    closed(page, watch)


@pytest.mark.parametrize("scene", ["overview", "disputes", "fire-and-flood", "deadlines", "league", "early-warnings"])
def test_every_scene_fits_every_screen_without_a_scroll_bar(
    hall: BrowserContext, program: Program, watch: Watch, scene: str
) -> None:
    page = opened(hall, program, watch, f"hold=1&scene={scene}")
    for width, height in ((1920, 1080), (2560, 1080), (3840, 1080), (1080, 1920), (1280, 720)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        assert page.evaluate(OVERFLOWING) == [], (width, height)
    closed(page, watch)


def test_the_map_shows_the_whole_city_whatever_its_panel_and_screen_become(
    hall: BrowserContext, program: Program, watch: Watch
) -> None:
    page = opened(hall, program, watch, "hold=1&scene=league")
    page.evaluate(LOOKS)
    page.evaluate("() => window.minqing.wall.stage.show('early-warnings')")
    page.wait_for_function(FITS)
    for width, height in ((3840, 1080), (1080, 1920), (1280, 720)):
        page.evaluate("() => { window.looked = null; }")
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(FITS)
    closed(page, watch)


def test_what_happens_comes_onto_the_wall_by_itself(
    hall: BrowserContext, desk: BrowserContext, program: Program, watch: Watch
) -> None:
    page = opened(hall, program, watch, "hold=1&lang=en")
    figure = page.locator("[data-metric=reported] b")
    before = int(figure.inner_text().replace(",", ""))
    page.evaluate(COUNT_PULSES)
    case = new_case(desk)
    ticks = page.locator(".wall-tick")
    expect(page.locator(f".wall-tick[data-key='{case['id']}-report']")).to_be_visible(timeout=WITHIN_MS)
    expect(figure).to_have_text(f"{before + 1:,}", timeout=WITHIN_MS)
    act(desk, case, "file", 1)
    expect(page.locator(f".wall-tick[data-key='{case['id']}-file']")).to_contain_text("Filed", timeout=WITHIN_MS)
    assert ticks.count() == 3
    assert page.evaluate("() => window.pulses") >= 1
    closed(page, watch)


def test_scenes_follow_one_another_and_an_edited_file_is_taken_up(
    hall: BrowserContext, desk: BrowserContext, program: Program, watch: Watch
) -> None:
    assert given(program, desk, QUICK)["scenes"][0]["key"] == "first"
    page = opened(hall, program, watch, "lang=en")
    stage = page.locator("#wall-page")
    page.evaluate(NOTE_SCENES)
    page.wait_for_function("() => window.scenes.length === 4", timeout=6 * WITHIN_MS)
    seen = page.evaluate("() => window.scenes")
    assert [key for key, _ in seen] in (["first", "second"] * 2, ["second", "first"] * 2)
    # A busy machine may be late with one of them, and is then early with the next.
    assert 5_000 < sorted(later[1] - earlier[1] for earlier, later in pairwise(seen))[1] < 7_000
    expect(page.locator("#wall-page-title")).to_have_text("First", timeout=WITHIN_MS)
    assert given(program, desk, QUICK.replace("kind: clock", "kind: klock"))["problem"]
    expect(page.locator("#wall-page-notices")).to_contain_text("'klock' is unknown", timeout=SCENES_MS)
    assert stage.get_attribute("data-scene") in ("first", "second")
    given(program, desk, QUICK.replace("en: First", "en: Primus"))
    expect(page.locator("#wall-page-notices")).not_to_contain_text("klock", timeout=SCENES_MS)
    expect(page.locator("#wall-page-title")).to_have_text("Primus", timeout=SCENES_MS)
    closed(page, watch)


def test_a_cut_dims_what_was_read_last_and_tells_its_age_until_the_server_is_back(
    hall: BrowserContext, desk: BrowserContext, program: Program
) -> None:
    given(program, desk, QUICK)
    page = hall.new_page()
    page.goto("/wall?hold=1&lang=en&scene=first")
    is_live(page)
    panel = page.locator(f"{PANELS}[data-kind=figure]")
    expect(panel).to_have_attribute("data-state", "live")
    figure = panel.locator("b")
    before = figure.inner_text()
    page.evaluate("() => { window.untouched = true; }")
    program.stop()
    expect(panel).to_have_attribute("data-state", "late")
    expect(panel).to_have_attribute("data-state", "lost")
    expect(page.locator(f"{PANELS}:not([data-state=lost])")).to_have_count(0)
    assert figure.inner_text() == before
    assert float(panel.locator(".wall-body").evaluate("(node) => getComputedStyle(node).opacity")) < 0.6
    assert float(page.locator("#wall-page-map").evaluate("(node) => getComputedStyle(node).opacity")) < 0.6
    foot = panel.locator(".wall-foot-line")
    aged = foot.inner_text()
    assert re.search(r"as of \d\d:\d\d:\d\d, \d+ \w+ old", aged), aged
    expect(foot).not_to_have_text(aged)
    program.start()
    new_case(desk)
    expect(page.locator(f"{PANELS}:not([data-state=live])")).to_have_count(0)
    expect(figure).to_have_text(f"{int(before.replace(',', '')) + 1:,}", timeout=3 * WITHIN_MS)
    expect(page.locator("#wall-page-notices")).to_contain_text("Interrupted for")
    assert page.evaluate("() => window.untouched"), "the page was loaded anew"


def test_a_feed_that_is_cut_is_told_though_the_server_still_answers(
    hall: BrowserContext, desk: BrowserContext, program: Program
) -> None:
    given(program, desk, QUICK)
    page = hall.new_page()
    routes: list[WebSocketRoute] = []
    isolated = {"cut": False}

    def join(route: WebSocketRoute) -> None:
        if isolated["cut"]:
            route.close(code=4000)
            return
        route.connect_to_server()
        routes.append(route)

    page.route_web_socket(re.compile(r"/live$"), join)
    page.goto("/wall?hold=1&scene=first")
    is_live(page)
    panel = page.locator(f"{PANELS}[data-kind=figure]")
    expect(panel).to_have_attribute("data-state", "live")
    isolated["cut"] = True
    routes[-1].close(code=4000)
    expect(page.locator("#live-mark[data-state=lost]")).to_be_visible()
    expect(panel).to_have_attribute("data-state", "lost")
    isolated["cut"] = False
    is_live(page)
    expect(panel).to_have_attribute("data-state", "live")


def test_a_major_risk_interrupts_the_rotation_until_somebody_has_seen_it(
    hall: BrowserContext, desk: BrowserContext, program: Program, watch: Watch
) -> None:
    given(program, desk, QUICK)
    all_are_judged(desk)
    page = hall.new_page()
    watch.attach(page, program.server.address)
    page.add_init_script(COUNT_TONES)
    page.goto("/wall?hold=1&lang=en&scene=second")
    is_live(page)
    page.keyboard.press("Shift")
    expect(page.locator(f"{PANELS}:not([data-state=live])")).to_have_count(0)
    unit = desk.request.get("/api/v1/units?parent=").json()["items"][0]
    lon, lat = unit["label"]
    taken = desk.request.post("/api/v1/incidents", data=MAJOR | {"lon": lon, "lat": lat}).json()
    case = taken["items"][0]["id"]
    alarm = page.locator("#wall-page-alarm")
    expect(alarm).to_be_visible(timeout=2 * WITHIN_MS)
    expect(alarm).to_contain_text("Major risk")
    expect(alarm).to_contain_text(f"Case {case}")
    expect(alarm).to_contain_text("Lives may be in danger")
    owner = alarm.locator("dd").nth(1)
    assert owner.inner_text().strip()
    # The scene without a map gave way to one where the place is seen.
    expect(page.locator("#wall-page[data-scene=first]")).to_have_count(1)
    expect(page.locator(".wall-pulse[data-long]")).to_be_visible()
    page.wait_for_function("() => window.tones >= 4")
    risk = desk.request.get(f"/api/v1/risks/{case}").json()
    answer = desk.request.post(f"/api/v1/risks/{case}/acknowledge", data={"seq": risk["seq"], "key": f"wall-{case}"})
    assert answer.ok, answer.text()
    expect(alarm).to_contain_text(re.compile(r"Taken by \S"), timeout=WITHIN_MS)
    expect(alarm).to_be_hidden(timeout=WITHIN_MS)
    closed(page, watch)


def test_a_breached_urgent_deadline_is_an_alarm_and_any_other_is_not(
    hall: BrowserContext, desk: BrowserContext, demo_url: str, program: Program, watch: Watch
) -> None:
    body = given(program, desk, QUICK)
    assert body["alarms"]["urgent"]["U-E-1-11"] == 1
    assert "U-E-1-03" not in body["alarms"]["urgent"]
    city = desk.request.get("/api/v1/units?parent=").json()["items"][0]["code"]
    places = [unit["label"] for unit in desk.request.get(f"/api/v1/units?parent={city}").json()["items"]]
    usual, urgent = (
        _dispatched(desk, kind, place) for kind, place in zip(("U-E-1-03", "U-E-1-11"), places, strict=False)
    )
    page = opened(hall, program, watch, "hold=1&lang=en&scene=first")
    alarm = page.locator("#wall-page-alarm")
    _breach(demo_url, usual)
    expect(page.locator(f".wall-tick[data-key='{usual}-breach']")).to_be_visible(timeout=2 * WITHIN_MS)
    expect(alarm).to_be_hidden()
    _breach(demo_url, urgent)
    expect(alarm).to_be_visible(timeout=2 * WITHIN_MS)
    expect(alarm).to_contain_text("Urgent deadline breached")
    expect(alarm).to_contain_text(f"Case {urgent}")
    expect(alarm).to_contain_text("Water Bureau")
    desk_case = desk.request.get(f"/api/v1/cases/{urgent}").json()
    act(desk, desk_case["incident"], "accept", desk_case["events"][-1]["seq"])
    expect(alarm).to_contain_text("Taken by Water Bureau", timeout=WITHIN_MS)
    expect(alarm).to_be_hidden(timeout=WITHIN_MS)
    closed(page, watch)


def _dispatched(desk: BrowserContext, kind: str, place: list[float]) -> int:
    """A case that the water bureau is handling."""
    answer = desk.request.post(
        "/api/v1/incidents", data={"class": kind, "lon": place[0], "lat": place[1], "text": "冒烟"}
    )
    case = answer.json()["items"][0]
    act(desk, case, "file", 1)
    act(desk, case, "dispatch", 2, department="water")
    return int(case["id"])


def _breach(url: str, case: int) -> None:
    """Lets the limit of a case run out, as the folding process marks it."""
    with psycopg.connect(libpq_url(url)) as owner:
        done = owner.execute("UPDATE incident SET breached = true WHERE id = %s AND NOT breached", [case])
        assert done.rowcount == 1
