"""Does single sign-on work in a real browser, under the content-security policy of the sign-in page?"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright

from tests.support.chromium import ARGUMENTS, CHROMIUM
from tests.support.oidc_provider import PASSWORD
from tests.support.signing_on import RunningProvider, link_person, served

pytestmark = pytest.mark.browser


@pytest.fixture
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


def test_a_person_clicks_through_the_provider_and_is_in(
    browser: Browser, provider: RunningProvider, sso_url: str
) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        page = browser.new_page(locale="zh-CN")
        problems: list[str] = []
        page.on("console", lambda said: problems.append(said.text) if "Security Policy" in said.text else None)
        page.goto(f"{house.address}/map?unit=U")
        assert page.url == f"{house.address}/login?next=%2Fmap%3Funit%3DU"
        page.get_by_text("使用城市认证中心登录").click()
        page.locator("[name=person]").fill("wang")
        page.locator("[name=password]").fill(PASSWORD)
        page.get_by_text("Enter").click()
        page.wait_for_url(f"{house.address}/map?unit=U")
        assert '"wang"' in page.content()
        kept = {cookie["name"] for cookie in page.context.cookies() if "minqing" in cookie["name"]}
        assert kept == {"minqing_session", "minqing_sso_out"}
        assert page.evaluate("document.cookie") == ""
        assert problems == []
        page.close()


def test_a_refusal_leads_back_to_a_page_that_explains_it(
    browser: Browser, provider: RunningProvider, sso_url: str
) -> None:
    with served(sso_url, provider.issuer) as house:
        page = browser.new_page()
        page.goto(f"{house.address}/login?lang=en")
        page.get_by_role("link", name="Sign in with").click()
        page.locator("[name=person]").fill("outsider")
        page.locator("[name=password]").fill(PASSWORD)
        page.get_by_text("Enter").click()
        page.wait_for_url(f"{house.address}/login?sso=refused")
        assert "ask an administrator" in page.get_by_role("alert").inner_text()
        assert "code=" not in page.url
        page.close()


def test_signing_out_here_signs_out_there_and_comes_back(
    browser: Browser, provider: RunningProvider, sso_url: str
) -> None:
    link_person(sso_url, provider.issuer, "wang", "wang")
    with served(sso_url, provider.issuer) as house:
        page = browser.new_page(locale="zh-CN")
        problems: list[str] = []
        page.on("console", lambda said: problems.append(said.text) if "Security Policy" in said.text else None)

        def sign_on() -> None:
            page.goto(f"{house.address}/login")
            page.get_by_text("使用城市认证中心登录").click()

        sign_on()
        page.locator("[name=person]").fill("wang")
        page.locator("[name=password]").fill(PASSWORD)
        page.get_by_text("Enter").click()
        page.wait_for_url(f"{house.address}/")
        # Whoever is signed in there comes in with a click, and without a password.
        sign_on()
        page.wait_for_url(f"{house.address}/")
        page.goto(f"{house.address}/login/password")
        page.locator("form[action='/logout'] button").click()
        page.wait_for_url(f"{house.address}/login")
        assert provider.asked()["end"] == 1
        sign_on()
        page.wait_for_selector("[name=person]")
        assert page.url.startswith(f"{provider.issuer}/authorize")
        assert problems == []
        page.close()
