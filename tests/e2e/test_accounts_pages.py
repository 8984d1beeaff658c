"""Does a display come in by its link in a real browser, and do administrators manage accounts from the page?"""

from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PATIENCE_MS, Server, sign_in


def _signed_in(browser: Browser, server: Server, name: str) -> Page:
    page = browser.new_context(base_url=server.address).new_page()
    sign_in(page, name)
    return page


def _county(page: Page) -> str:
    root = page.request.get("/api/v1/units?parent=").json()["items"][0]["code"]
    return str(page.request.get(f"/api/v1/units?parent={root}").json()["items"][0]["code"])


def test_a_display_comes_in_by_its_link_and_the_key_stays_nowhere(browser: Browser, server: Server) -> None:
    admin = _signed_in(browser, server, "admin")
    admin.goto("/admin?lang=en")
    expect(admin.locator("#admin-list table")).to_be_visible()
    code = _county(admin)
    admin.fill("#admin-wall-name", "hall-1")
    admin.fill("#admin-wall-unit", code)
    admin.get_by_role("button", name="Make a key").click()
    link = admin.locator(".secret").inner_text()
    key = link.partition("#")[2]
    assert link.startswith(f"{server.address}/wall/enter#mqw_")

    wall = browser.new_context().new_page()
    asked: list[str] = []
    wall.on("request", lambda request: asked.append(f"{request.url} {request.headers.get('referer', '')}"))
    wall.goto(link)
    wall.wait_for_url("**/wall")
    figure = wall.locator(".wall-panel[data-kind=figure]").first
    expect(figure).to_have_attribute("data-state", "live", timeout=PATIENCE_MS)
    assert code in str(figure.locator("h2 a").get_attribute("href"))
    assert [text for text in asked[1:] if key in text] == []
    wall.go_back()
    assert key not in wall.url
    assert key not in server.said

    admin.reload()
    expect(admin.locator("#admin-walls")).to_contain_text("connected")
    assert key not in admin.content()
    admin.on("dialog", lambda dialog: dialog.accept())
    admin.get_by_role("button", name="Revoke hall-1").click()
    expect(admin.locator("#admin-walls")).to_contain_text("revoked")
    answer = wall.request.get(f"{server.address}/api/v1/me")
    assert answer.status == 401


def test_an_account_is_added_opened_and_disabled_by_the_keyboard(browser: Browser, server: Server) -> None:
    page = _signed_in(browser, server, "admin")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/admin?lang=en")
    page.get_by_text("New account").press("Enter")
    name = page.locator("#admin-new-name")
    name.press_sequentially("new.clerk", delay=30)
    # The field tells the server's side of the page a moment after the last key.
    name.press("Tab")
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    expect(page.locator(".secret-card")).to_contain_text("First password of new.clerk")
    page.get_by_role("button", name="Put away").press("Enter")
    expect(page.locator(".secret-card")).to_have_count(0)
    row = page.locator("#admin-list tr", has_text="new.clerk")
    row.get_by_role("button").press("Enter")
    expect(page.locator("#admin-head h2")).to_have_text("new.clerk")
    page.get_by_role("button", name="Disable", exact=True).press("Enter")
    expect(row).to_contain_text("disabled")


def test_somebody_makes_and_revokes_an_own_token(browser: Browser, server: Server) -> None:
    page = _signed_in(browser, server, "operator")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/account?lang=en")
    expect(page.locator("#account-facts")).to_contain_text("Operator")
    page.fill("#account-token-name", "nightly")
    page.get_by_role("button", name="Make a token").click()
    token = page.locator(".secret").inner_text()
    headers = {"authorization": f"Bearer {token}"}
    assert page.request.get("/api/v1/me", headers=headers).status == 200
    page.get_by_role("button", name="Revoke nightly").click()
    expect(page.locator("#account-token-list")).to_contain_text("revoked")
    assert page.request.get("/api/v1/me", headers=headers).status == 401
