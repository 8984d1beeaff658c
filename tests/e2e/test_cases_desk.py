"""Can cases be worked on: by keys alone, refused, by two at once, several at once, from the map, over a broken line?"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.conftest import Server, Watch, sign_in, watched

pytestmark = pytest.mark.browser
HEAD, FORM, ACTS, EVENTS = "#cases-head", "#cases-act form", "#cases-acts", "#cases-timeline .cases-event"
HUSH = "window.changedAsEver = window.minqing.cases.changed; window.minqing.cases.changed = () => undefined"
"""The live feed would tell of a change before the slower one has tried."""
HEAR = "window.minqing.cases.changed = window.changedAsEver; window.minqing.cases.changed([])"
STATE = f"{HEAD} .cases-title .cases-chip"


@pytest.fixture
def operator(page: Page) -> Page:
    """The page, signed in as an operator who wants no flights over the map."""
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, "operator")
    return page


@contextmanager
def somebody(browser: Browser, server: Server, watch: Watch, name: str) -> Iterator[Page]:
    """A browser of another account."""
    with watched(browser, server, watch) as page:
        sign_in(page, name)
        yield page


def report(page: Page, text: str, **more: Any) -> int:
    """Id of a new case."""
    root = page.request.get("/api/v1/units?parent=").json()["items"][0]
    lon, lat = page.request.get(f"/api/v1/units?parent={root['code']}").json()["items"][0]["label"]
    code = next(one["code"] for one in page.request.get("/api/v1/classes").json()["items"] if not one["sensitive"])
    answer = page.request.post(
        "/api/v1/incidents", data={"class": code, "lon": lon, "lat": lat, "text": text, "address": "测试路"} | more
    )
    assert answer.status == 202, answer.text()
    return int(answer.json()["items"][0]["id"])


def act(page: Page, case: int, name: str, **facts: Any) -> None:
    """Do something without the page."""
    seq = page.request.get(f"/api/v1/cases/{case}").json()["state"]["seq"]
    asked = {"act": name, "facts": facts, "seq": seq}
    answer = page.request.post(f"/api/v1/cases/{case}/transitions", data=asked)
    assert answer.ok, answer.text()


def department_of(page: Page) -> str:
    """Key of the department of the demo's handler, as its own cases tell."""
    departments = page.request.get("/api/v1/classes").json()["departments"]
    number = page.locator("#cases-page").get_attribute("data-department")
    return str(next(one["key"] for one in departments if str(one["id"]) == number))


def choose_by_arrow(page: Page, select: str, value: str) -> None:
    """Walk down an open choice until it holds the value."""
    field = page.locator(select)
    expect(field).to_be_focused()
    for _ in range(60):
        if field.input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    pytest.fail(f"{select} does not offer {value}")


def expect_state(page: Page, words: str) -> None:
    expect(page.locator(STATE)).to_have_text(words)
    expect(page.locator("#cases-case")).not_to_have_attribute("data-busy", "true")


def forgive(watch: Watch, *words: str) -> None:
    """Take out what was meant to go wrong."""
    watch.problems[:] = [problem for problem in watch.problems if not any(word in problem for word in words)]


def test_a_case_goes_from_report_to_closing_by_keys_alone(
    operator: Page, browser: Browser, server: Server, watch: Watch
) -> None:
    with somebody(browser, server, watch, "handler") as handler:
        handler.goto("/cases")
        expect(handler.locator("[data-saved=mine_department]")).to_have_attribute("aria-pressed", "true")
        department = department_of(handler)
        case = report(operator, "键盘办理的积水")
        operator.goto("/cases")
        expect(operator.locator(f'#cases-grid [row-id="{case}"]')).to_be_visible()
        expect(operator.locator("[data-saved=mine_centre] b")).to_have_text(re.compile(r"\d"))
        operator.keyboard.press("2")
        expect(operator).to_have_url(re.compile("queue=new"))
        expect(operator.locator(f'#cases-grid [row-id="{case}"]')).to_be_visible()
        operator.keyboard.press("j")
        expect(operator).to_have_url(re.compile(f"case={case}"))
        expect(operator.locator(HEAD)).to_contain_text("键盘办理的积水")
        expect(operator.locator(f"{HEAD} .cases-next")).to_contain_text("剩")
        operator.keyboard.press("f")
        expect(operator.locator(f"{FORM} [type=submit]")).to_be_focused()
        operator.keyboard.press("Enter")
        expect_state(operator, "立案")
        operator.keyboard.press("d")
        choose_by_arrow(operator, f"{FORM} select", department)
        operator.keyboard.press("Enter")
        expect_state(operator, "派遣")
        expect(operator.locator("#cases-limits .cases-limit")).to_have_count(3)

        handler.reload()
        handler.locator(f'#cases-grid [row-id="{case}"]').wait_for()
        handler.keyboard.press("j")
        expect(handler.locator(HEAD)).to_contain_text("键盘办理的积水")
        expect(handler.locator(f"{ACTS} [data-act=dispatch]")).to_have_count(0)
        handler.keyboard.press("a")
        handler.keyboard.press("Enter")
        expect_state(handler, "处置中")
        handler.keyboard.press("h")
        handler.keyboard.type("已抽排")
        handler.keyboard.press("Control+Enter")
        expect_state(handler, "已反馈")

    operator.goto(f"/cases?queue=to_verify&case={case}")
    expect_state(operator, "已反馈")
    operator.keyboard.press("c")
    choose_by_arrow(operator, f"{FORM} select", "fixed")
    operator.keyboard.press("Enter")
    expect_state(operator, "结案")
    told = [re.sub(r"\s+", "", words) for words in operator.locator(f"{EVENTS} > b").all_inner_texts()]
    assert told == ["结案", "反馈办结", "接办", "派遣", "立案", "上报"]
    expect(operator.locator(EVENTS).nth(1)).to_contain_text("已抽排")
    operator.keyboard.press("?")
    expect(operator.locator("dialog.cases-dialog")).to_contain_text("下一件")


def test_what_is_not_possible_says_why_and_a_form_what_it_lacks(
    operator: Page, browser: Browser, server: Server, watch: Watch
) -> None:
    case = report(operator, "不予受理的一件")
    operator.goto(f"/cases?queue=new&case={case}")
    expect_state(operator, "上报")
    operator.keyboard.press("h")
    expect(operator.locator("#cases-toasts")).to_contain_text("案件处于“上报”")
    operator.keyboard.press("r")
    operator.keyboard.press("Control+Enter")
    expect(operator.locator(f"{FORM} .cases-wrong")).to_contain_text("请填写这一项")
    operator.keyboard.type("不属本市，电话13800138000")
    operator.keyboard.press("Control+Enter")
    expect_state(operator, "不予受理")
    expect(operator.locator(EVENTS).first).to_contain_text("不属本市")
    expect(operator.locator(EVENTS).first).not_to_contain_text("13800138000")
    operator.locator(f"{ACTS} summary").click()
    why = operator.locator(".cases-why li", has_text="立案").first
    expect(why).to_contain_text("案件处于“不予受理”")
    expect(why.locator(".act")).to_have_attribute("aria-disabled", "true")
    with somebody(browser, server, watch, "auditor") as auditor:
        auditor.goto(f"/cases?queue=all&case={case}")
        expect_state(auditor, "不予受理")
        expect(auditor.locator(f"{ACTS} .act")).to_have_count(0)
        expect(auditor.locator("#cases-new")).to_be_hidden()
    with somebody(browser, server, watch, "wall") as wall:
        answer = wall.goto("/cases")
        assert answer is not None
        assert answer.status == 403
    forgive(watch, "403")


def test_the_slower_of_two_learns_what_happened_and_keeps_what_was_typed(
    operator: Page, browser: Browser, server: Server, watch: Watch
) -> None:
    case = report(operator, "两人同时办理")
    operator.goto(f"/cases?queue=new&case={case}")
    expect_state(operator, "上报")
    operator.keyboard.press("r")
    operator.keyboard.type("重复上报，不受理")
    operator.evaluate(HUSH)
    with somebody(browser, server, watch, "admin") as admin:
        act(admin, case, "note", note="已电话核实")
    operator.keyboard.press("Control+Enter")
    expect(operator.locator(".cases-conflict")).to_contain_text("admin")
    expect(operator.locator(".cases-conflict")).to_contain_text("备注")
    expect(operator.locator(f"{FORM} textarea")).to_have_value("重复上报，不受理")
    operator.evaluate(HEAR)
    expect(operator.locator(EVENTS).first).to_contain_text("已电话核实")
    operator.locator(f"{FORM} textarea").press("Control+Enter")
    expect_state(operator, "不予受理")
    forgive(watch, "409")


def test_several_are_dispatched_at_once_and_each_has_a_verdict(
    operator: Page, browser: Browser, server: Server, watch: Watch
) -> None:
    cases = [report(operator, f"批量派遣 {number}") for number in range(3)]
    for case in cases:
        act(operator, case, "file")
    operator.goto("/cases?queue=to_dispatch")
    for case in reversed(cases):
        row = operator.locator(f'#cases-grid [row-id="{case}"]')
        row.wait_for()
        operator.keyboard.press("j")
        expect(operator.locator(HEAD)).to_contain_text(f"编号 {case}")
        operator.keyboard.press("x")
        expect(row).to_have_attribute("aria-selected", "true")
    expect(operator.locator("#cases-bulk")).to_contain_text("已选 3 件")
    operator.evaluate(HUSH)
    operator.locator("[data-bulk=dispatch]").click()
    choose = operator.locator("#cases-bulk select")
    key = choose.locator("option").nth(1).get_attribute("value")
    assert key
    choose.select_option(key)
    with somebody(browser, server, watch, "admin") as admin:
        act(admin, cases[1], "void", reason="同一事项")
    operator.locator("#cases-bulk [type=submit]").click()
    expect(operator.locator(".cases-verdicts")).to_contain_text("2 件完成，1 件未执行")
    expect(operator.locator(".cases-verdicts li")).to_contain_text(f"#{cases[1]}")
    operator.evaluate(HEAR)
    states = [operator.request.get(f"/api/v1/cases/{case}").json()["state"]["status"] for case in cases]
    assert states == ["dispatched", "void", "dispatched"]
    expect(operator.locator(f'#cases-grid [row-id="{cases[0]}"]')).to_have_count(0)


def test_map_and_list_follow_each_other_and_the_way_back(operator: Page) -> None:
    root = operator.request.get("/api/v1/units?parent=").json()["items"][0]
    places = [one["label"] for one in operator.request.get(f"/api/v1/units?parent={root['code']}").json()["items"][:2]]
    first, second = (report(operator, f"地图 {lon}", lon=lon, lat=lat) for lon, lat in places)
    operator.goto("/cases?queue=new")
    operator.locator(f'#cases-grid [row-id="{second}"]').click()
    expect(operator.locator(HEAD)).to_contain_text(f"编号 {second}")
    operator.locator(f'#cases-grid [row-id="{first}"]').click()
    expect(operator.locator(HEAD)).to_contain_text(f"编号 {first}")
    operator.go_back()
    expect(operator.locator(HEAD)).to_contain_text(f"编号 {second}")
    expect(operator.locator(f'#cases-grid [row-id="{second}"]')).to_have_class(re.compile("cases-row-now"))
    # The open case lies in the middle of the map; once it is left, a press there opens it again.
    still = "new Promise(done => { const map = document.getElementById('cases-map'); let last = setTimeout(done, 1500);"
    still += " map.addEventListener('mapview:idle', () => { clearTimeout(last); last = setTimeout(done, 600); }); })"
    operator.evaluate(still)
    operator.locator("[data-key=close-case]").click()
    expect(operator.locator("#cases-case")).to_contain_text("还没有打开案件")
    operator.evaluate(still)
    operator.locator("#cases-map canvas").first.click()
    expect(operator.locator(HEAD)).to_contain_text(f"编号 {second}")
    operator.locator("#cases-text").fill("没有任何案件会有的文字")
    operator.keyboard.press("Enter")
    expect(operator.locator("#cases-empty")).to_contain_text("没有案件符合这些条件")


def test_a_figure_opens_its_list(operator: Page) -> None:
    behind = operator.request.get("/api/v1/figures/handling_rate/cases?part=denominator&limit=3")
    assert behind.ok, behind.text()
    first = behind.json()["items"][0]["id"]
    operator.goto("/cases?figure=handling_rate&part=denominator")
    expect(operator.locator("#cases-figure")).to_contain_text("处置率")
    expect(operator.locator("#cases-figure")).to_contain_text("分母")
    operator.locator(f'#cases-grid [row-id="{first}"]').click()
    expect(operator.locator(HEAD)).to_contain_text(f"编号 {first}")
    operator.locator("[data-key=figure-close]").click()
    expect(operator).to_have_url(re.compile("queue=open"))
    expect(operator.locator("#cases-figure")).to_be_empty()


def test_what_was_typed_outlives_a_broken_line_and_is_done_once(operator: Page, watch: Watch) -> None:
    case = report(operator, "断网时的草稿")
    operator.goto(f"/cases?queue=new&case={case}")
    expect_state(operator, "上报")

    def carry_out_and_break(route: Route) -> None:
        route.fetch()
        route.abort("aborted")

    operator.route("**/transitions", carry_out_and_break)
    operator.keyboard.press("o")
    operator.keyboard.type("现场断网前写的备注")
    operator.keyboard.press("Control+Enter")
    expect(operator.locator(f"{FORM} .cases-said")).to_contain_text("再次提交也只会执行一次")
    operator.unroute("**/transitions")
    operator.reload()
    expect(operator.locator(".cases-draft")).to_contain_text("备注")
    operator.locator(".cases-draft button").click()
    expect(operator.locator(f"{FORM} textarea")).to_have_value("现场断网前写的备注")
    operator.locator(f"{FORM} textarea").press("Control+Enter")
    expect(operator.locator("#cases-toasts")).to_contain_text("已备注")
    log = operator.request.get(f"/api/v1/cases/{case}").json()["events"]
    assert [event["act"] for event in log] == ["report", "note"]
    kept = "Object.keys(localStorage).filter((name) => name.startsWith('minqing.draft.')).length"
    assert operator.evaluate(kept) == 0
    operator.keyboard.press("o")
    operator.keyboard.type("没有提交的话")
    assert operator.evaluate(kept) == 1
    operator.locator("form.account button").click()
    operator.wait_for_url("**/login*")
    assert operator.evaluate(kept) == 0
    forgive(watch, "ERR_ABORTED", "ERR_FAILED")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (360, 740)])
def test_a_phone_shows_the_list_or_the_case_and_nothing_beside_the_screen(
    browser: Browser, server: Server, watch: Watch, width: int, height: int
) -> None:
    with somebody(browser, server, watch, "operator") as page:
        page.set_viewport_size({"width": width, "height": height})
        case = report(page, "手机上办理的路灯")

        def fits() -> None:
            assert page.evaluate("document.documentElement.scrollWidth") <= width

        page.goto("/cases?queue=new&lang=en")
        row = page.locator(".cases-row-what").first
        row.wait_for()
        expect(page.locator("#cases-map")).to_be_hidden()
        fits()
        row.click()
        expect(page.locator(HEAD)).to_contain_text("手机上办理的路灯")
        expect(page.locator("#cases-queue")).to_be_hidden()
        expect(page.locator("#cases-map")).to_be_attached()
        fits()
        page.locator(f"{ACTS} [data-act=file]").click()
        fits()
        page.locator(f"{FORM} [type=submit]").click()
        expect(page.locator(STATE)).to_have_attribute("data-status", "filed")
        page.locator("[data-key=close-case]").click()
        expect(page.locator("#cases-queue")).to_be_visible()
        page.locator("#cases-new").click()
        expect(page.locator("#cases-new-text")).to_be_focused()
        fits()
        assert page.request.get(f"/api/v1/cases/{case}").json()["state"]["status"] == "filed"
