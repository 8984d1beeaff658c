"""Does the page of the audit log show who did what, and verify the chain, in a real browser?"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Server, Watch, sign_in, watched

pytestmark = pytest.mark.browser


@pytest.fixture
def auditor(browser: Browser, server: Server, watch: Watch) -> Iterator[Page]:
    """A page of an auditor, after a leader has exported and made a token; fails on any error in it."""
    with watched(browser, server, watch) as page:
        sign_in(page, "leader")
        assert page.request.get("/api/v1/export/units.csv?level=county").status == 200
        assert page.request.post("/api/v1/tokens", data={"name": "nightly"}).status == 201
        sign_in(page, "auditor")
        yield page
    watch.check(server)


def test_entries_can_be_filtered_opened_by_keyboard_and_the_chain_verified(auditor: Page) -> None:
    auditor.goto("/audit?lang=en&actor=leader")
    rows = auditor.locator("[data-row]")
    expect(rows.first).to_contain_text("leader")
    assert all("leader" in text for text in rows.all_inner_texts())
    made = rows.filter(has_text="Token made").first.locator("[data-entry]")
    made.focus()
    auditor.keyboard.press("Enter")
    expect(auditor.locator(".audit-diff")).to_contain_text("+ nightly")
    assert "entry=" in auditor.url
    auditor.keyboard.press("ArrowDown")
    expect(made).not_to_be_focused()
    auditor.locator("[data-audit-verify]").click()
    expect(auditor.locator(".audit-said")).to_contain_text("Whole")
    expect(auditor.locator("#audit-chain .m-within").first).to_contain_text("Last verified")
    auditor.locator("#audit-actor").fill("nobody-has-this-name")
    expect(auditor.locator("#audit-list")).to_contain_text("No entry fits")
    assert "actor=nobody-has-this-name" in auditor.url


def test_the_export_takes_the_filter_along(auditor: Page) -> None:
    auditor.goto("/audit?lang=zh&theme=light&action=exported")
    expect(auditor.locator("[data-row]").first).to_contain_text("导出")
    with auditor.expect_download() as download:
        auditor.locator("#audit-export").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert text.startswith("id,at,actor_kind")
    assert "token_made" not in text
    assert "exported" in text


def test_the_bar_leads_there_only_who_may(auditor: Page, page: Page) -> None:
    auditor.goto("/account?lang=en")
    expect(auditor.locator("a[href='/audit']")).to_be_visible()
    page.goto("/account?lang=en")
    expect(page.locator("a[href='/account']").first).to_be_visible()
    assert page.locator("a[href='/audit']").count() == 0
