"""Do lists behind figures go on past their first page and into files, and does no late answer overwrite a newer one?"""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.test_map_page import READY, asked, crumbs, open_map, total_of
from tests.e2e.test_map_selection import DRAWER

pytestmark = pytest.mark.browser
CALLBACK = "**/_dash-update-component*"


def listed(page: Page) -> list[str]:
    rows = page.locator(f"{DRAWER} [data-list=incidents] .item")
    return [str(row.get_attribute("data-patch")) for row in rows.all()]


def downloaded(page: Page) -> list[dict[str, str]]:
    with page.expect_download() as waiting:
        page.locator(f"{DRAWER} .list-head a").click()
    data = Path(waiting.value.path()).read_bytes()
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def listable(page: Page) -> int:
    """How many the head of the list promises, less those that it only counts."""
    head = page.locator(f"{DRAWER} .list-head").inner_text()
    total, unlisted = (re.search(pattern, head) for pattern in (r"共([\d,]+)件", r"其中([\d,]+)件"))
    assert total is not None
    return int(total[1].replace(",", "")) - (int(unlisted[1].replace(",", "")) if unlisted else 0)


def test_a_list_goes_on_past_its_first_page_and_back_leads_back(page: Page):
    open_map(page)
    page.locator("#map-figures .figure").first.click()
    expect(page.locator(f"{DRAWER} .list-head")).to_contain_text("显示最新100件")
    first = listed(page)
    page.locator(f"{DRAWER} .list-pages button", has_text="更早").click()
    expect(page.locator(f"{DRAWER} .list-head")).to_contain_text("显示第101–200件")
    second = listed(page)
    assert (len(first), len(second), len({*first, *second})) == (100, 100, 200)
    page.go_back()
    expect(page.locator(f"{DRAWER} .list-head")).to_contain_text("显示最新100件")
    assert listed(page) == first
    page.go_forward()
    expect(page.locator(f"{DRAWER} .list-head")).to_contain_text("显示第101–200件")
    page.locator(f"{DRAWER} .list-pages button", has_text="回到最新").click()
    expect(page.locator(f"{DRAWER} .list-head")).to_contain_text("显示最新100件")
    page.locator(f"{DRAWER} .list-pages button", has_text="更早").click()
    page.wait_for_url(re.compile("after="))
    page.locator("#map-preset label", has_text="7天").click()
    page.wait_for_function("() => !location.search.includes('after=')")


def test_every_list_leaves_as_the_file_that_its_head_promises(page: Page):
    open_map(page)
    for row in (page.locator("#map-ranking .rank-row").first, page.locator("#map-ranking .rank-row.unassigned")):
        number = int(row.locator("> .value").inner_text().replace(",", ""))
        row.locator("> .value").click()
        expect(page.locator(f"{DRAWER} .list-head")).to_contain_text(f"共{number:,}件")
        assert len(downloaded(page)) == listable(page) > 0
        page.keyboard.press("Escape")
        expect(page.locator(DRAWER)).to_be_hidden()
    root = page.request.get("/api/v1/units?parent=").json()["items"][0]["code"]
    codes = [item["code"] for item in page.request.get(f"/api/v1/units?parent={root}").json()["items"][:2]]
    page.goto(f"/map?select=county:{','.join(codes)}&panel=list:open:picked")
    expect(page.locator(f"{DRAWER} .list-head")).to_contain_text(re.compile(r"共[\d,]+件"))
    rows = downloaded(page)
    assert len(rows) == listable(page) > 0
    assert {row["unit_code"][:6] for row in rows} <= {code[:6] for code in codes}


class Held:
    """Answers of some callbacks to one question of the page; they come only when they are let go."""

    OUTPUTS = ("map-breadcrumb.children", "map-figures.children", "map-timeline.children")

    def __init__(self, page: Page, mark: str) -> None:
        self.page = page
        self.mark = mark
        self.routes: list[Route] = []
        page.route(CALLBACK, self._hold)

    def _hold(self, route: Route) -> None:
        body = route.request.post_data or ""
        if self.mark in body and any(output in body for output in self.OUTPUTS):
            self.routes.append(route)
        else:
            route.fallback()

    def wait(self) -> None:
        for _ in range(200):
            if len(self.routes) == len(self.OUTPUTS):
                return
            self.page.wait_for_timeout(100)
        pytest.fail(f"the page asked only {len(self.routes)} of {len(self.OUTPUTS)} questions")

    def let_go(self) -> None:
        for route in self.routes:
            response = route.fetch()
            assert response.status == 200
            route.fulfill(response=response)


def shown(page: Page) -> dict[str, Any]:
    """What the page tells of its state, apart from the moment."""
    return {
        "crumbs": crumbs(page),
        "total": total_of(page),
        "ranking": page.locator("#map-ranking .rank-row").all_inner_texts(),
        "bars": page.locator("#map-timeline .bars i").count(),
        "newest": page.locator("#map-newest .item").all_inner_texts(),
        "legend": page.locator("#map-legend").inner_text(),
    }


def test_late_answers_do_not_overwrite_newer_ones(page: Page):
    open_map(page, "?metric=open")
    expect(page.locator("#map-figures .change").first).not_to_have_text("…")
    expect(page.locator("#map-charts .js-plotly-plot").first).to_be_visible()
    before = shown(page)
    code = page.evaluate("() => JSON.parse(document.querySelector('#map-ranking .rank').dataset.patch).unit")
    held = Held(page, f'"unit":"{code}"')
    page.locator("#map-ranking .rank").first.click()
    page.wait_for_url(re.compile(f"unit={code}"))
    held.wait()
    page.go_back()
    page.wait_for_function(READY)
    page.wait_for_timeout(1_000)
    held.let_go()
    page.wait_for_timeout(2_000)
    assert "unit" not in asked(page)
    assert shown(page) == before


def test_a_period_that_cannot_be_used_says_why_and_its_buttons_lead_out(page: Page):
    page.goto("/map?from=2000-01-01")
    expect(page.locator("#map-notice")).to_contain_text("起止日期无法使用")
    page.locator("#map-preset label", has_text="7天").click()
    expect(page.locator("#map-timeline .bars i")).to_have_count(7)
    expect(page.locator("#map-notice")).not_to_contain_text("起止日期无法使用")
