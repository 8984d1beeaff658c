"""Can a planner draw zones: open, move, be refused with the reason, undo and redo, lock, split and merge?"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watch, sign_in
from tests.e2e.zone_desk import (
    NEIGHBOUR,
    ZONES,
    made,
    open_plan,
    stored,
    town_plan,
    wait_for_version,
    zone_of,
)

pytestmark = pytest.mark.browser
ACTIVE = 0
"""Number of the zone that strokes go to in most tests."""


@pytest.fixture
def planner(page: Page) -> Page:
    """The page, signed in as a planner who wants no flights over the map."""
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, "planner")
    return page


def activate(page: Page, number: int) -> None:
    page.locator(f"[data-key=zone-row-{number}]").click()
    expect(page.locator(".zones-zone .zones-no")).to_have_text(str(number + 1))


def click_unit(page: Page, place: int) -> str:
    """Bring a unit into the middle of the map and click it; gives its code."""
    code = str(page.evaluate("(place) => window.minqing.zones.plan.current().sheet.codes[place]", place))
    box = page.locator("#zones-map canvas").bounding_box()
    assert box is not None
    for _ in range(20):
        page.evaluate("(place) => window.minqing.zones.map.flyToUnits([place])", place)
        page.wait_for_timeout(700)
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        if code in page.locator("#zones-selection").inner_text():
            return code
    pytest.fail(f"unit {code} did not come to lie in the middle of the map")


def test_a_plan_begins_with_a_dialog_and_the_empty_page_says_how(planner: Page):
    planner.goto("/zones")
    expect(planner.locator("#zones-empty")).to_contain_text("还没有打开方案")
    planner.locator("#zones-empty").get_by_role("button", name="新建").click()
    dialog = planner.locator(".zones-dialog")
    dialog.locator("[name=name]").fill("新画的方案")
    dialog.locator("[name=within]").select_option(index=1)
    dialog.locator("[name=base]").select_option("medium")
    dialog.get_by_role("button", name="建立").click()
    expect(planner.locator("input.zones-plan-name")).to_have_value("新画的方案")
    planner.wait_for_url(re.compile(r"plan=\d+"))
    expect(planner.locator(".zones-fault").first).to_contain_text("未归片区")
    planner.locator(".zones-fault").first.click()
    expect(planner.locator("#zones-selection")).to_contain_text("已选")
    planner.keyboard.press("n")
    wait_for_version(planner, 1)
    expect(planner.locator(".zones-table tbody tr")).to_have_count(1)


def test_a_move_is_foretold_made_taken_back_and_made_again(planner: Page):
    plan = town_plan(planner)
    open_plan(planner, plan)
    activate(planner, ACTIVE)
    code = click_unit(planner, planner.evaluate(NEIGHBOUR, [ACTIVE, False]))
    before = zone_of(plan, code)
    expect(planner.locator("#zones-preview")).to_contain_text("相似度")
    expect(planner.locator("#zones-preview")).to_contain_text("连通")
    planner.keyboard.press("Enter")
    wait_for_version(planner, 1)
    assert zone_of(stored(planner, plan), code) == ACTIVE != before
    expect(planner.locator(".zones-step")).to_have_count(1)
    planner.keyboard.press("Control+z")
    wait_for_version(planner, 2)
    assert zone_of(stored(planner, plan), code) == before
    expect(planner.locator(".zones-step.undone")).to_have_count(1)
    planner.keyboard.press("Control+y")
    wait_for_version(planner, 3)
    assert zone_of(stored(planner, plan), code) == ACTIVE
    planner.locator("[data-key=undo]").click()
    wait_for_version(planner, 4)
    planner.locator("[data-key=step-1]").click()
    wait_for_version(planner, 5)
    assert zone_of(stored(planner, plan), code) == ACTIVE


def test_a_refused_move_says_why_and_names_the_units_cut_off(planner: Page, watch: Watch):
    plan = town_plan(planner)
    open_plan(planner, plan)
    found = next(
        (zone["no"], place)
        for zone in plan["zones"]
        if (place := planner.evaluate(NEIGHBOUR, [zone["no"], True])) is not None
    )
    activate(planner, found[0])
    code = click_unit(planner, found[1])
    planner.keyboard.press("Enter")
    card = planner.locator("#zones-refusal")
    expect(card).to_contain_text("没有移动")
    expect(card).to_contain_text("断开")
    asked = {"version": 0, "units": [code], "to": found[0]}
    refused = made(planner.request.post(f"{ZONES}/plans/{plan['id']}/preview", data=asked))["refused"]
    sheet = made(planner.request.get(f"{ZONES}/sheet?base=medium&within={plan['within']}"))
    names = dict(zip(sheet["codes"], sheet["names"], strict=True))
    assert refused["units"]
    for cut in refused["units"][:6]:
        expect(card).to_contain_text(names[cut])
    assert stored(planner, plan)["version"] == 0
    planner.keyboard.press("Escape")
    expect(card).to_be_empty()
    assert [problem for problem in watch.problems if "422" not in problem] == []
    watch.problems.clear()


def test_what_is_locked_stays(planner: Page, watch: Watch):
    plan = town_plan(planner)
    open_plan(planner, plan)
    activate(planner, ACTIVE)
    planner.locator("[data-key=zone-lock]").click()
    wait_for_version(planner, 1)
    expect(planner.locator(".zones-zone")).to_contain_text("已锁定")
    expect(planner.locator("#zones-legend")).to_contain_text("已锁定")
    place = next(k for k, number in enumerate(plan["zone"]) if number != ACTIVE)
    code = click_unit(planner, place)
    planner.locator("[data-key=move]").click()
    expect(planner.locator("#zones-refusal")).to_contain_text("已锁定")
    assert zone_of(stored(planner, plan), code) != ACTIVE
    watch.problems.clear()


def test_a_zone_is_split_and_merged_again(planner: Page):
    plan = town_plan(planner)
    open_plan(planner, plan)
    largest = max(plan["zones"], key=lambda zone: zone["members"])["no"]
    activate(planner, largest)
    planner.locator("[data-key=zone-split]").click()
    planner.locator(".zones-dialog .act.strong").click()
    wait_for_version(planner, 1)
    expect(planner.locator(".zones-table tbody tr")).to_have_count(len(plan["zones"]) + 1)
    new = {zone["no"] for zone in stored(planner, plan)["zones"]} - {zone["no"] for zone in plan["zones"]}
    planner.locator("[data-key=zone-merge]").click()
    planner.locator(".zones-dialog [name=other]").select_option(str(new.pop()))
    planner.locator(".zones-dialog .act.strong").click()
    wait_for_version(planner, 2)
    expect(planner.locator(".zones-table tbody tr")).to_have_count(len(plan["zones"]))
    assert stored(planner, plan)["zone"] == plan["zone"]


def test_a_stroke_of_the_brush_moves_what_it_passes(planner: Page):
    plan = town_plan(planner)
    open_plan(planner, plan)
    activate(planner, ACTIVE)
    place = planner.evaluate(NEIGHBOUR, [ACTIVE, False])
    code = click_unit(planner, place)
    planner.keyboard.press("Escape")
    planner.keyboard.press("p")
    box = planner.locator("#zones-map canvas").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    planner.mouse.move(*middle)
    planner.mouse.down()
    planner.mouse.move(middle[0] + 3, middle[1] + 3)
    planner.mouse.up()
    wait_for_version(planner, 1)
    assert zone_of(stored(planner, plan), code) == ACTIVE


def test_two_planners_see_each_other(planner: Page, watch: Watch):
    plan = town_plan(planner)
    open_plan(planner, plan)
    place = planner.evaluate(NEIGHBOUR, [ACTIVE, False])
    code = plan["units"][place]
    body = {"version": 0, "units": [code], "to": ACTIVE}
    made(planner.request.post(f"{ZONES}/plans/{plan['id']}/moves", data=body))
    wait_for_version(planner, 1)
    expect(planner.locator(".zones-step")).to_have_count(1)
    assert watch.problems == []


def test_who_may_only_look_sees_why(page: Page):
    sign_in(page, "planner")
    plan = town_plan(page)
    sign_in(page, "leader")
    open_plan(page, plan)
    adopt = page.locator("[data-key=adopt]")
    expect(adopt).to_have_attribute("aria-disabled", "true")
    expect(adopt).to_have_attribute("title", re.compile("送审"))
    expect(page.locator("[data-key=undo]")).to_have_count(0)
    expect(page.locator("[data-key=review]")).to_have_count(0)
