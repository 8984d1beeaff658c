"""Does a major risk come onto the page of alerts by itself, say why it is one, and go its way until it is closed?"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Server, Watch, session, sign_in, watched

pytestmark = pytest.mark.browser
REPORT = {"class": "S-P-4-05", "text": "商场电梯坍塌，三名群众被困"}


@pytest.fixture
def operator(browser: Browser, server: Server, watch: Watch) -> Iterator[Page]:
    """A page of an operator; fails on any error in it."""
    with watched(browser, server, watch) as page:
        sign_in(page, "operator")
        yield page
    watch.check(server)


def test_a_risk_comes_by_itself_and_is_followed_to_its_close(operator: Page) -> None:
    operator.goto("/alerts?lang=en&theme=light&rule=people_in_danger")
    expect(operator.locator("#alerts-state")).to_contain_text("Live")
    taken = operator.request.post("/api/v1/incidents", data=REPORT).json()
    case = taken["items"][0]["id"]
    row = operator.locator(f"[data-risk='{case}']")
    expect(row).to_contain_text("Lives may be in danger")
    row.click()
    detail = operator.locator("#alerts-detail")
    expect(detail.locator(".alerts-why")).to_contain_text("The text says: 被困, 坍塌")
    expect(detail.locator(".alerts-facts")).to_contain_text("No owner yet")
    expect(detail.locator("[data-key=door]")).to_have_attribute("href", f"/cases?queue=all&case={case}")
    detail.locator("[data-alerts-act=acknowledge]").click()
    expect(row).to_contain_text("Acknowledged")
    detail.locator("[data-alerts-act=assign]").click()
    form = detail.locator(".alerts-form")
    form.locator("select").select_option(label="Fire and Rescue Brigade")
    day = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
    form.locator("input[type=date]").fill(day)
    form.locator("textarea").fill("电话 13812345678")
    form.locator("button[type=submit]").click()
    expect(row).to_contain_text("Fire and Rescue Brigade")
    expect(row).to_contain_text(day)
    expect(detail.locator(".alerts-steps")).to_contain_text("［电话］")
    detail.locator("[data-alerts-act=close]").click()
    detail.locator(".alerts-form select").select_option(label="Settled")
    detail.locator(".alerts-form button[type=submit]").click()
    expect(row).to_have_count(0)
    expect(detail.locator(".alerts-facts")).to_contain_text("Closed")
    assert detail.locator("[data-alerts-act]").count() == 0
    assert "[object" not in detail.inner_text()


def test_the_list_goes_by_keyboard_and_filters_stand_in_the_address(operator: Page) -> None:
    for _ in range(2):
        operator.request.post("/api/v1/incidents", data=REPORT)
    operator.goto("/alerts?lang=zh&rule=people_in_danger")
    rows = operator.locator(".alerts-row")
    expect(rows.nth(1)).to_contain_text("可能危及生命")
    rows.first.focus()
    operator.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    operator.keyboard.press("Enter")
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    operator.locator("#alerts-filters select").first.select_option(label="有极端行为苗头")
    expect(operator.locator("#alerts-list")).to_contain_text("没有符合条件的预警")
    assert "rule=self_harm" in operator.url


def test_a_handler_has_no_such_page(browser: Browser, server: Server) -> None:
    with session(browser, server, 1366, 768) as context:
        sign_in(context, "handler")
        assert context.request.get("/alerts").status == 403
        assert context.request.get("/api/v1/risks").status == 403
