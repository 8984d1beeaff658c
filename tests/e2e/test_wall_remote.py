"""Do walls show what somebody tells them from a phone or a desk, all at once, and never the past for now?"""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from data.wall.reading import FILE
from tests.e2e.conftest import Watch, session, sign_in
from tests.e2e.test_live import Program, is_live, new_case, signed_in

pytestmark = pytest.mark.browser
WITHIN_MS = 10_000
PANELS = "#wall-page-stage .wall-panel"
CHANGES = """() => {
    window.changes = [];
    const stage = document.getElementById('wall-page');
    const note = () => window.changes.push([stage.dataset.scene, window.minqing.live.serverNow()]);
    new MutationObserver(note).observe(stage, { attributeFilter: ['data-scene'] });
}"""
TOGETHER_MS = 700
SETTLED_S = 10


@pytest.fixture(scope="module")
def program(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("remote")
    # A city that has just been loaded is judged, and each of its risks would interrupt what is looked at here.
    calm = FILE.read_text("utf-8").replace("on_risk: true", "on_risk: false")
    (folder / "scenes.yaml").write_text(calm, "utf-8")
    program = Program(demo_url, folder)
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
    with signed_in(browser, program, "operator") as context:
        yield context


@pytest.fixture
def phone(browser: Browser, program: Program) -> Iterator[BrowserContext]:
    with session(browser, program.server, 390, 844) as context:
        sign_in(context, "operator")
        yield context


def a_wall(hall: BrowserContext, query: str = "") -> Page:
    page = hall.new_page()
    page.goto(f"/wall?lang=en&{query}")
    is_live(page)
    expect(page.locator(f"{PANELS}:not([data-state=live])")).to_have_count(0)
    return page


def a_remote(phone: BrowserContext, watch: Watch, program: Program) -> Page:
    page = phone.new_page()
    watch.attach(page, program.server.address)
    page.goto("/wall/remote?lang=en")
    expect(page.locator("[data-key='scene-overview']")).to_be_visible()
    return page


def until_same_scene(walls: list[Page]) -> None:
    """One may be about to change, by the clock that both go by."""
    until = time.monotonic() + SETTLED_S
    while len({wall.locator("#wall-page").get_attribute("data-scene") for wall in walls}) > 1:
        assert time.monotonic() < until
        walls[0].wait_for_timeout(500)


def test_walls_of_a_group_change_together_and_others_stay(
    hall: BrowserContext, phone: BrowserContext, watch: Watch, program: Program
) -> None:
    walls = [a_wall(hall), a_wall(hall)]
    other = a_wall(hall, "group=lobby&scene=overview&hold=1")
    # Nobody has told them anything: they stand at the same scene by the server's clock alone.
    until_same_scene(walls)
    for wall in walls:
        wall.evaluate(CHANGES)
    remote = a_remote(phone, watch, program)
    expect(remote.locator("[data-key='group--main'] .remote-displays li")).to_have_count(2)
    expect(remote.locator("[data-key='group--lobby']")).to_have_attribute("aria-checked", "false")
    assert remote.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    scene = "disputes" if walls[0].locator("#wall-page").get_attribute("data-scene") == "league" else "league"
    remote.locator(f"[data-key='scene-{scene}']").click()
    remote.locator("[data-key='hold']").click()
    for wall in walls:
        expect(wall.locator(f"#wall-page[data-scene={scene}]")).to_have_count(1, timeout=WITHIN_MS)
    moments = [next(at for key, at in wall.evaluate("() => window.changes") if key == scene) for wall in walls]
    assert abs(moments[0] - moments[1]) < TOGETHER_MS, moments
    expect(other.locator("#wall-page[data-scene=overview]")).to_have_count(1)
    # A wall that is opened later stands where its group stands.
    expect(a_wall(hall).locator(f"#wall-page[data-scene={scene}]")).to_have_count(1, timeout=WITHIN_MS)
    assert watch.problems == []


def test_an_area_is_shown_on_all_chosen_walls(
    hall: BrowserContext, phone: BrowserContext, watch: Watch, program: Program
) -> None:
    wall, lobby = a_wall(hall), a_wall(hall, "group=lobby")
    remote = a_remote(phone, watch, program)
    remote.locator("[data-key='group--lobby']").click()
    remote.locator("[data-key='rotate']").click()
    below = remote.locator("[data-key='below']")
    expect(below).to_be_enabled()
    name = below.locator("option").nth(1).inner_text()
    below.select_option(index=1)
    expect(remote.locator(".remote-way button").last).to_have_text(name)
    county = phone.request.get("/api/v1/wall/groups").json()["items"][0]["told"]["area"]
    for page in (wall, lobby):
        page.wait_for_function(
            "(code) => document.querySelector('.wall-panel h2 a')?.href.includes(`unit=${code}`)", arg=county
        )
    remote.locator(".remote-way button").first.click()
    expect(remote.locator(".remote-way button")).to_have_count(1)
    remote.locator("[data-key='group--lobby']").click()
    assert watch.problems == []


def test_a_past_moment_is_framed_as_one_and_its_figures_are_those_of_then(
    hall: BrowserContext, phone: BrowserContext, watch: Watch, program: Program
) -> None:
    wall = a_wall(hall)
    remote = a_remote(phone, watch, program)
    days = phone.request.get("/api/v1/summary?by=day").json()["items"]
    day = days[len(days) // 2]["code"]
    remote.locator("[data-key='scene-overview']").click()
    expect(remote.locator("[data-key='scene-overview']")).to_have_attribute("aria-pressed", "true")
    remote.locator("[data-key='hold']").click()
    expect(remote.locator("[data-key='hold']")).to_have_attribute("aria-pressed", "true")
    remote.locator("[data-key='time']").fill(f"{day}T12:00")
    remote.locator("[data-key='speed']").select_option("0")
    remote.locator("[data-key='past']").click()
    expect(wall.locator("#wall-page-tag")).to_contain_text("REPLAY", timeout=WITHIN_MS)
    expect(wall.locator("#wall-page[data-time=past]")).to_have_count(1)
    figures = f"{PANELS}[data-kind=figure]"
    expect(wall.locator(f"{figures}:not([data-state=replay])")).to_have_count(0, timeout=WITHIN_MS)
    asked = {"as_of": f"{day}T12:00", "from": day, "to": day}
    then = hall.request.get("/api/v1/summary", params=asked).json()["figures"]["reported"]["value"]
    expect(wall.locator("[data-metric=reported] b")).to_have_text(f"{int(then):,}")
    expect(wall.locator(f"{PANELS}[data-kind=figure] .wall-foot-line").first).to_contain_text("as it stood")
    # What happens now is no part of that picture.
    case = new_case(phone)
    wall.wait_for_timeout(3_000)
    expect(wall.locator(f".wall-tick[data-key='{case['id']}-report']")).to_have_count(0)
    expect(wall.locator("[data-metric=reported] b")).to_have_text(f"{int(then):,}")
    # At a speed the moment goes on, also on a wall that is told of something else meanwhile.
    remote.locator("[data-key='speed']").select_option("600")
    remote.locator("[data-key='past']").click()
    expect(wall.locator("#wall-page-tag")).to_contain_text("(600 ×)", timeout=WITHIN_MS)
    before = wall.locator("#wall-page-tag").inner_text()
    expect(wall.locator("#wall-page-tag")).not_to_have_text(before)
    remote.locator("[data-key='now']").click()
    expect(wall.locator("#wall-page[data-time=now]")).to_have_count(1, timeout=WITHIN_MS)
    expect(wall.locator(f"{PANELS}:not([data-state=live])")).to_have_count(0, timeout=WITHIN_MS)
    expect(wall.locator(f".wall-tick[data-key='{case['id']}-report']")).to_be_visible(timeout=WITHIN_MS)
    assert watch.problems == []


def test_walls_follow_whoever_goes_through_cases_and_the_map(
    hall: BrowserContext, desk: BrowserContext, watch: Watch, program: Program
) -> None:
    wall = a_wall(hall)
    case = new_case(desk)
    page = desk.new_page()
    watch.attach(page, program.server.address)
    page.goto("/cases?lang=en")
    page.locator("#cases-walls-open").click()
    page.locator("#cases-walls [data-key='follow']").click()
    mark = page.locator("#walls-follow")
    expect(mark).to_be_visible()
    page.goto(f"/cases?case={case['id']}&queue=new")
    expect(wall.locator("#wall-page-notices")).to_contain_text(f"case {case['id']}", timeout=WITHIN_MS)
    expect(wall.locator(".wall-pulse[data-long]")).to_be_visible()
    county = desk.request.get("/api/v1/units?parent=").json()["items"][0]["code"]
    part = desk.request.get(f"/api/v1/units?parent={county}").json()["items"][0]
    page.goto(f"/map?unit={part['code']}")
    expect(wall.locator("#wall-page-notices")).not_to_contain_text(f"case {case['id']}", timeout=WITHIN_MS)
    wall.wait_for_function(
        "(code) => document.querySelector('.wall-panel h2 a')?.href.includes(`unit=${code}`)", arg=part["code"]
    )
    page.locator("#walls-follow").click()
    expect(page.locator("#walls-follow")).to_be_hidden()
    assert watch.problems == []


def test_a_sensitive_case_is_never_put_on_a_wall(desk: BrowserContext, program: Program) -> None:
    kinds = desk.request.get("/api/v1/classes").json()["items"]
    sensitive = next(one["code"] for one in kinds if one["sensitive"])
    listed = desk.request.get("/api/v1/incidents", params={"class": sensitive, "limit": 1}).json()["items"]
    body = {"groups": [{"area": "", "name": ""}], "incident": listed[0]["id"]}
    answer = desk.request.put("/api/v1/wall/groups", data=body)
    assert (answer.status, answer.json()["field"]) == (400, "incident")
