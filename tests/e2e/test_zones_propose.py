"""Can a planner propose zones, understand a refusal, compare, ask for reasons, replay the past and leave a comment?"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Server, Watch, sign_in, watched

pytestmark = pytest.mark.browser

FORM = "zones-propose"
SLOW_MS = 180_000
"""A machine that has never searched before compiles first."""


@pytest.fixture
def planner(browser: Browser, server: Server, watch: Watch) -> Iterator[Page]:
    """The planner's page, signed in as one who may propose; the test fails on any error in it."""
    with watched(browser, server, watch, 1600, 900) as page:
        sign_in(page, "planner")
        yield page
    watch.check(server)


def open_page(page: Page, query: str = "") -> None:
    page.goto(f"/zones{query}")
    expect(page.locator("[data-job=start]")).to_be_enabled()
    page.wait_for_function(f"() => dash_component_api.getLayout('{FORM}-base')?.props.value")


def give(page: Page, **fields: object) -> None:
    """Values of the form, as typed by hand."""
    for name, value in fields.items():
        page.evaluate("([id, value]) => dash_clientside.set_props(id, { value })", [f"{FORM}-{name}", value])


def propose(page: Page, **fields: object) -> None:
    give(page, **fields)
    page.locator("[data-job=start]").click()
    expect(page.locator(".result-card")).to_be_visible(timeout=SLOW_MS)


def made_plan(page: Page, zones: int, seed: int = 7) -> int:
    """A draft from a proposal, made through the interface alone."""
    root = page.request.get("/api/v1/units?parent=").json()["items"][0]["code"]
    asked = {"within": root, "base": "medium", "zones": zones, "seed": seed, "seconds": 0.5}
    job = page.request.post("/api/v1/zones/plans/propose", data=asked).json()["job"]
    for _ in range(600):
        state = page.request.get(f"/api/v1/zones/jobs/{job}").json()["state"]
        if state not in ("queued", "compiling", "running"):
            break
        page.wait_for_timeout(200)
    assert state == "done"
    body = {"name": f"{zones} zones", "within": root, "base": "medium", "from": {"job": job}}
    made = page.request.post("/api/v1/zones/plans", data=body)
    assert made.status == 201, made.text()
    return int(made.json()["id"])


def figure(page: Page, words: str) -> float:
    """A figure of the result card by its words."""
    text = page.locator(".result-card dt", has_text=words).locator("xpath=following-sibling::dd[1]").inner_text()
    return float(re.sub(r"[^\d.]", "", text))


def test_a_proposal_shows_its_progress_and_opens_as_a_draft(planner: Page):
    open_page(planner)
    give(planner, zones=20, seconds=4)
    planner.locator("[data-job=start]").click()
    expect(planner.locator(".job-line")).to_contain_text(re.compile("正在计算|准备计算程序|排队"))
    expect(planner.locator("[data-job=cancel]")).to_be_visible()
    expect(planner.locator(f"#{FORM}-curve .js-plotly-plot")).to_be_visible(timeout=SLOW_MS)
    expect(planner.locator(".result-card")).to_contain_text("20个片区", timeout=SLOW_MS)
    assert figure(planner, "片区数") == 20
    assert 0 < figure(planner, "相似度") < 1
    planner.locator("[data-job=open]").click()
    planner.wait_for_url(re.compile("plan=\\d+"))
    plan = planner.request.get(f"/api/v1/zones/plans/{planner.url.split('plan=')[1].split('&')[0]}").json()
    assert plan["figures"]["zones"] == 20
    assert plan["figures"]["contiguous"] is True
    assert plan["parameters"]["seconds"] == 4


def test_a_search_is_cancelled_and_keeps_what_it_had(planner: Page):
    open_page(planner)
    give(planner, zones=25, seconds=60)
    planner.locator("[data-job=start]").click()
    expect(planner.locator(".job-line")).to_contain_text("正在计算", timeout=SLOW_MS)
    planner.wait_for_timeout(1500)
    planner.locator("[data-job=cancel]").click()
    expect(planner.locator("[data-job=start]")).to_be_visible()
    expect(planner.locator(f"#{FORM}-result")).not_to_be_empty()
    expect(planner.locator(f"#{FORM}-state")).to_be_empty()


def test_a_refusal_names_rule_and_remedy_and_applies_it(planner: Page):
    open_page(planner)
    propose(planner, zones=2, seconds=0.5)
    card = planner.locator(".result-card.refused")
    expect(card).to_contain_text("互不相邻的几块")
    offered = int(re.search(r"→ (\d+)", card.locator("[data-job=relax]").inner_text())[1])
    assert offered > 2
    card.locator("[data-job=relax]").click()
    expect(planner.locator(".result-card:not(.refused)")).to_contain_text(f"{offered}个片区", timeout=SLOW_MS)
    assert planner.locator(f"#{FORM}-zones").input_value() == str(offered)


def test_rules_on_named_units_are_kept(planner: Page):
    open_page(planner)
    planner.locator("[data-propose-fold=rules] summary").click()
    sheet = planner.request.get("/api/v1/zones/sheet?base=medium").json()
    pair = [sheet["codes"][sheet["borders"][end][0]] for end in ("first", "second")]
    planner.locator(f"#{FORM}-codes").fill(pair[0])
    planner.locator("[data-propose=add][data-rule=apart]").click()
    expect(planner.locator("[data-propose-fold=rules]")).to_contain_text("至少需要2个单元")
    planner.locator(f"#{FORM}-codes").fill(", ".join(pair))
    planner.locator("[data-propose=add][data-rule=apart]").click()
    expect(planner.locator(".named-unit")).to_contain_text("必须分开")
    with planner.expect_request(re.compile("plans/propose")) as asked:
        propose(planner, zones=20, seconds=0.5)
    assert asked.value.post_data_json["rules"]["apart"] == [pair]


def test_plans_are_compared_on_maps_that_move_together(planner: Page):
    open_page(planner)
    one, other = made_plan(planner, 20), made_plan(planner, 24, seed=11)
    open_page(planner, f"?plan={one}&compare=plan.{one}~plan.{other}")
    planner.locator("[data-tray=compare]").click()
    expect(planner.locator(".compare-map canvas")).to_have_count(2)
    rows = planner.locator(".compare-table tbody tr")
    expect(rows.first).to_contain_text("24")
    best = planner.locator(".compare-table td.best")
    assert best.count() >= 2
    assert all(text.startswith("★") for text in best.all_inner_texts())
    planner.locator("[data-compare=difference]").click()
    expect(planner.locator(".compare-map canvas")).to_have_count(3)
    moved = int(re.search(r"换到别的片区 ([\d,]+)", planner.locator(".difference figcaption").inner_text())[1])
    changed = rows.last.locator("td").nth(1).inner_text()
    assert moved == int(changed.replace(",", "")) > 0
    planner.keyboard.press("Escape")
    expect(planner.locator(".zones-compare")).to_be_hidden()


def test_reasons_are_told_for_a_zone_and_a_pair(planner: Page):
    open_page(planner)
    plan = made_plan(planner, 20)
    open_page(planner, f"?plan={plan}")
    planner.locator("[data-zones-tab=reasons]").click()
    expect(planner.locator("#zones-reasons-zone")).to_contain_text("点选一个片区")
    zones = planner.request.get(f"/api/v1/zones/plans/{plan}").json()["zones"]
    largest = max(zones, key=lambda zone: zone["members"])
    planner.evaluate("no => minqing.zones.map.setActive(no)", largest["no"])
    card = planner.locator("#zones-reasons-zone")
    expect(card).to_contain_text("相似度高于全部单元组合中的")
    expect(card).to_contain_text("共同边界")
    assert card.locator(".trait").count() > 0
    assert all(card.locator(".trait-name").all_text_contents())
    card.locator("summary", has_text="相邻的").click()
    card.locator(".pair-list .link").first.click()
    expect(planner.locator("#zones-reasons-pair")).to_contain_text("不同的问题")


def test_stability_is_computed_with_progress_and_cancelled(planner: Page):
    open_page(planner)
    plan = made_plan(planner, 20)
    open_page(planner, f"?plan={plan}")
    planner.locator("[data-zones-tab=reasons]").click()
    planner.locator("[data-stability=start]").click()
    expect(planner.locator("#zones-stability .job-bar")).to_be_visible()
    planner.locator("[data-stability=cancel]").click()
    expect(planner.locator("[data-stability=start]")).to_be_visible()


def test_past_cases_are_replayed_against_another_plan(planner: Page):
    open_page(planner)
    one, other = made_plan(planner, 20), made_plan(planner, 24, seed=11)
    open_page(planner, f"?plan={one}")
    planner.locator("[data-zones-tab=what_if]").click()
    planner.wait_for_function("() => dash_component_api.getLayout('zones-what-if-against')?.props.data?.length")
    planner.evaluate("id => dash_clientside.set_props('zones-what-if-against', { value: id })", str(other))
    planner.locator("[data-what-if=start]").click()
    expect(planner.locator(".verdict")).to_have_count(3, timeout=SLOW_MS)
    expect(planner.locator(".verdicts")).to_contain_text(re.compile("确实更好|确实更差|可能只是偶然"))
    expect(planner.locator("#zones-what-if-load .js-plotly-plot")).to_be_visible()
    expect(planner.locator("#zones-what-if-weeks .js-plotly-plot")).to_be_visible()
    expect(planner.locator("#zones-coverage table")).to_be_visible()
    planner.locator("[data-coverage=toggle]").click()
    expect(planner.locator("[data-coverage=toggle]")).to_have_attribute("aria-pressed", "true")


def test_a_comment_is_pinned_answered_and_settled(planner: Page):
    open_page(planner)
    plan = made_plan(planner, 20)
    open_page(planner, f"?plan={plan}")
    planner.locator("[data-zones-tab=comments]").click()
    planner.locator("#zones-comments textarea").fill("这里的边界请再看看，电话13812345678")
    planner.locator("[data-comment=pick]").click()
    planner.locator("#zones-map canvas").click(position={"x": 400, "y": 350})
    expect(planner.locator(".comment-form")).to_contain_text("地图上的点")
    planner.locator("[data-comment=send]").click()
    expect(planner.locator(".thread article")).to_have_count(1)
    expect(planner.locator(".thread")).not_to_contain_text("13812345678")
    planner.locator(".thread-foot input").fill("同意")
    planner.locator(".thread-foot input").press("Enter")
    expect(planner.locator(".thread article")).to_have_count(2)
    planner.locator("[data-comment=settle]").click()
    expect(planner.locator(".thread.settled")).to_contain_text("已解决")
    stored = planner.request.get(f"/api/v1/zones/plans/{plan}/comments").json()["items"]
    assert len(stored) == 2
    assert all(comment["resolved_at"] for comment in stored)
    assert {(comment["lon"], comment["lat"]) for comment in stored} == {(stored[0]["lon"], stored[0]["lat"])}


@pytest.mark.parametrize("size", [(1366, 768), (3840, 2160)])
def test_the_panels_fit_on_every_screen(planner: Page, size: tuple[int, int]):
    planner.set_viewport_size({"width": size[0], "height": size[1]})
    open_page(planner, "?lang=en&theme=light")
    for fold in planner.locator("[data-propose-fold]").all()[1:]:
        fold.locator("summary").click()
    wide = planner.evaluate("() => document.documentElement.scrollWidth")
    rules = planner.evaluate(
        "() => { const r = document.querySelector('.zones-rules'); return [r.scrollWidth, r.clientWidth]; }"
    )
    assert wide == size[0]
    assert rules[0] <= rules[1]
