"""Can a new case be written down: by keys alone, with a suggested class, by a place or the map, over a broken line?"""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.conftest import Watch, sign_in
from tests.support.photos import SECRETS, jpeg

pytestmark = pytest.mark.browser
FORM, TEXT, CLASS, CHIP = "#cases-form", "#cases-new-text", "#cases-new-class", ".cases-new-chip"
POINT, WRONG, SAID = "#cases-new-point b", ".cases-wrong", "#cases-new-said"
INTAKE = "**/api/v1/incidents"


@pytest.fixture
def operator(page: Page) -> Page:
    """The page of cases of an operator, with nothing written yet."""
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, "operator")
    page.goto("/cases")
    ready(page)
    return page


def ready(page: Page) -> None:
    page.locator("[data-saved=mine_centre]").wait_for()


def begun(page: Page) -> Locator:
    """The open form, by its key."""
    page.keyboard.press("n")
    expect(page.locator(TEXT)).to_be_focused()
    return page.locator(FORM)


def cases_with(page: Page, text: str) -> list[dict[str, object]]:
    answer = page.request.get("/api/v1/cases", params={"queue": "all", "q": text})
    assert answer.ok, answer.text()
    return list(answer.json()["items"])


def forgive(watch: Watch, *words: str) -> None:
    """Take out what was meant to go wrong."""
    watch.problems[:] = [problem for problem in watch.problems if not any(word in problem for word in words)]


def fill_in(page: Page, text: str) -> None:
    """All that a report needs, with the first class of the list."""
    page.locator(TEXT).fill(text)
    page.locator(CLASS).select_option("U-C-1-13")


def test_a_case_is_reported_by_keys_alone(operator: Page) -> None:
    begun(operator)
    operator.keyboard.type("晨星小学门口路灯不亮，请打13812345678")
    chip = operator.locator(CHIP).first
    expect(chip).to_contain_text("路灯")
    expect(operator.locator("#cases-new-masked")).to_contain_text("电话号码 ×1")
    operator.keyboard.press("Tab")
    expect(chip).to_be_focused()
    operator.keyboard.press("Enter")
    expect(operator.locator(CLASS)).to_have_value("U-C-1-13")
    operator.locator("#cases-new-search").focus()
    operator.keyboard.type("jingwushi")
    expect(operator.locator("#cases-new-hits [aria-selected=true]")).to_contain_text("警务室")
    operator.keyboard.press("ArrowDown")
    operator.keyboard.press("Enter")
    expect(operator.locator(POINT)).to_contain_text("网格")
    operator.keyboard.press("Control+Enter")
    expect(operator).to_have_url(re.compile(r"case=\d+"))
    expect(operator.locator(FORM)).to_be_hidden()
    expect(operator.locator("#cases-head")).to_contain_text("晨星小学门口路灯不亮，请打［电话］")
    expect(operator.locator("#cases-toasts")).to_contain_text("已遮盖")
    found = cases_with(operator, "晨星小学门口")
    assert len(found) == 1
    assert found[0]["class_code"] == "U-C-1-13"
    assert found[0]["lon"] is not None


def test_an_answer_that_got_lost_makes_no_second_case(operator: Page, watch: Watch) -> None:
    begun(operator)
    fill_in(operator, "断线测试一的路灯")
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    operator.route(INTAKE, lose)
    operator.keyboard.press("Control+Enter")
    expect(operator.locator(SAID)).to_contain_text("连接中断")
    assert operator.locator("#cases-new-fields").evaluate("node => node.inert")
    operator.reload()
    expect(operator.locator(SAID)).to_contain_text("连接中断")
    expect(operator.locator(TEXT)).to_have_value("断线测试一的路灯")
    operator.unroute(INTAKE)
    expect(operator).to_have_url(re.compile(r"case=\d+"))
    forgive(watch, "/api/v1/incidents", "ERR_FAILED")
    assert len(lost) >= 2
    assert set(lost) == {202}
    assert len(cases_with(operator, "断线测试一的路灯")) == 1


def test_without_a_line_the_report_waits_and_goes_out_by_itself(operator: Page, watch: Watch) -> None:
    begun(operator)
    fill_in(operator, "断线测试二的路灯")
    operator.context.set_offline(True)
    operator.locator("#cases-new-send").click()
    expect(operator.locator(SAID)).to_contain_text("恢复后自动送出")
    assert cases_with(operator, "断线测试二的路灯") == []
    operator.context.set_offline(False)
    expect(operator).to_have_url(re.compile(r"case=\d+"))
    forgive(watch, "ERR_INTERNET_DISCONNECTED", "failed:")
    assert len(cases_with(operator, "断线测试二的路灯")) == 1


def test_a_draft_outlives_the_page_and_can_be_cleared(operator: Page) -> None:
    begun(operator)
    fill_in(operator, "还没写完的路灯")
    operator.keyboard.press("Escape")
    expect(operator.locator(FORM)).to_be_hidden()
    operator.reload()
    ready(operator)
    begun(operator)
    expect(operator.locator(TEXT)).to_have_value("还没写完的路灯")
    expect(operator.locator(CLASS)).to_have_value("U-C-1-13")
    expect(operator.locator("#cases-new-kept")).to_contain_text("已恢复草稿")
    operator.locator("#cases-new-discard").click()
    expect(operator.locator(TEXT)).to_have_value("")
    operator.reload()
    ready(operator)
    begun(operator)
    expect(operator.locator(TEXT)).to_have_value("")


def test_each_field_says_what_is_wrong_with_it(operator: Page, watch: Watch) -> None:
    form = begun(operator)
    operator.keyboard.press("Control+Enter")
    expect(form.locator("#cases-new-wrong-text")).to_contain_text("请写明发生了什么")
    expect(operator.locator(TEXT)).to_be_focused()
    operator.keyboard.type("说明一下")
    operator.keyboard.press("Control+Enter")
    expect(form.locator("#cases-new-wrong-class")).to_contain_text("没有选择类别")
    expect(operator.locator(CLASS)).to_be_focused()
    expect(form.locator("#cases-new-wrong-text")).to_be_empty()
    operator.locator(CLASS).select_option("U-C-1-13")
    operator.locator(CLASS).evaluate("node => { node.selectedOptions[0].value = 'X-0'; }")
    operator.keyboard.press("Control+Enter")
    expect(form.locator("#cases-new-wrong-class")).to_contain_text("类别不能使用")
    forgive(watch, "422")
    operator.locator("#cases-new-discard").click()


def test_the_place_is_picked_on_the_map(operator: Page) -> None:
    begun(operator)
    operator.locator(TEXT).fill("选点")
    operator.locator("#cases-new-pick").click()
    expect(operator.locator("#cases-new-pick-hint")).to_be_visible()
    canvas = operator.locator("#cases-map canvas").first
    canvas.wait_for()
    box = canvas.bounding_box()
    assert box is not None
    operator.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(operator.locator("#cases-new-pick")).to_have_attribute("aria-pressed", "false")
    expect(operator.locator(POINT)).to_contain_text("›")
    expect(operator).not_to_have_url(re.compile("case="))
    operator.locator("#cases-new-point .link").click()
    expect(operator.locator(POINT)).to_have_count(0)
    operator.locator("#cases-new-pick").click()
    operator.keyboard.press("ArrowRight")
    operator.keyboard.press("Enter")
    expect(operator.locator(POINT)).to_be_visible()
    operator.locator("#cases-new-discard").click()


def test_solved_on_the_spot_is_reported_and_closed_at_once(operator: Page) -> None:
    begun(operator)
    fill_in(operator, "当场解决的路灯")
    operator.locator("#cases-new-result").fill("已现场更换灯泡")
    operator.keyboard.press("Control+Enter")
    expect(operator).to_have_url(re.compile(r"case=\d+"))
    expect(operator.locator("#cases-head .cases-title .cases-chip")).to_have_text("结案")
    assert [one["status"] for one in cases_with(operator, "当场解决的路灯")] == ["closed"]


def test_photos_go_with_the_case_and_lose_what_phones_write_into_them(operator: Page, watch: Watch) -> None:
    form = begun(operator)
    fill_in(operator, "彩虹桥头护栏缺失")
    files = [
        {"name": "bridge.jpg", "mimeType": "image/jpeg", "buffer": jpeg()},
        {"name": "letter.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"},
        {"name": "again.jpg", "mimeType": "image/jpeg", "buffer": jpeg()},
    ]
    operator.locator("#cases-new-photo").set_input_files(files)
    rows = operator.locator("#cases-new-photos li")
    expect(rows).to_have_count(3)
    rows.filter(has_text="again.jpg").locator("button").click()
    expect(rows).to_have_count(2)
    operator.keyboard.press("Control+Enter")
    expect(operator).to_have_url(re.compile(r"case=\d+"))
    expect(form).to_be_hidden()
    # What is no picture is refused by name, and holds up neither the case nor the other photo.
    expect(operator.locator("#cases-toasts")).to_contain_text("letter.jpg")
    forgive(watch, "/attachments", "status of 4")
    operator.locator("#cases-tab-photos").click()
    thumb = operator.locator("#cases-photos img")
    expect(thumb).to_have_count(1)
    expect(thumb).to_be_visible()
    assert thumb.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }") > 0
    kept = operator.request.get(str(operator.locator("#cases-photos a").get_attribute("href"))).body()
    assert not any(secret.encode() in kept for secret in SECRETS)
    picture = Image.open(io.BytesIO(kept)).convert("RGB")
    red, green, blue = picture.getpixel((2, 2))  # type: ignore[misc]  # a picture in RGB has three
    assert (picture.size, red > 200, green < 60, blue < 60) == ((64, 48), True, True, True)
    [stored] = cases_with(operator, "彩虹桥头护栏缺失")
    log = operator.request.get(f"/api/v1/cases/{stored['id']}").json()["events"]
    assert [(one["act"], one["role"]) for one in log] == [("report", None), ("attach", "operator")]
