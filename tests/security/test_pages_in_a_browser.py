"""Do all pages work under their content-security policy, and does markup in names stay text, in a real browser?

A violation of a policy is an error of the console; the page fixture fails on any.
"""

from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from data.engine import libpq_url
from layers.legend import Legend, LegendEntry
from layers.offline_html import offline_map_html
from layers.offline_view import OfflinePoint, OfflineUnit, OfflineView
from tests.e2e.conftest import (
    DEMO_PASSWORD,
    TELL_VIOLATIONS,
    Server,
    browser,
    demo_city,
    demo_url,
    page,
    server,
    watch,
)
from tests.security.hostile_texts import MARKUP

__all__ = ["browser", "demo_city", "demo_url", "page", "server", "watch"]
pytestmark = pytest.mark.browser
PAGES = ("/map", "/audit", "/admin", "/account", "/api/docs", "/login", "/login/password", "/wall/enter")
SETTLED_MS = 2_500
"""In this time after loading scripts, styles, tiles and callbacks are there that a policy could refuse."""

HIT = '<img src=x onerror="window.__hit=1"><svg onload=window.__hit=1>'


def _sign_in(page: Page, name: str) -> None:
    form = {"username": name, "password": DEMO_PASSWORD}
    assert page.context.request.post("/login", form=form, max_redirects=0).status == 303


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("path", PAGES)
def test_no_page_breaks_its_policy(page: Page, path: str, theme: str) -> None:
    _sign_in(page, "admin")
    answer = page.goto(f"{path}?theme={theme}")
    assert answer is not None
    assert "script-src 'self'" in answer.headers["content-security-policy"] or path.startswith("/login")
    # Not until the network is idle: the browser never tells of the end of a request by a worker.
    page.wait_for_load_state("load")
    page.wait_for_timeout(SETTLED_MS)
    expect(page.locator("body")).not_to_be_empty()


def test_the_policy_stops_what_it_should(page: Page, watch) -> None:  # the fixture
    """The proof that a violation is seen: an inline script, a handler and a foreign picture, put in by hand."""
    page.goto("/account")
    page.evaluate(
        """(html) => {
            const script = document.createElement('script');
            script.textContent = 'window.__hit = 1';
            document.body.append(script);
            document.body.insertAdjacentHTML('beforeend', html);
        }""",
        HIT + '<img src="http://127.0.0.1:9/x.png">',
    )
    page.wait_for_timeout(500)
    assert page.evaluate("window.__hit") is None
    assert sum("content-security policy script-src" in problem for problem in watch.problems) >= 2
    assert any("img-src" in problem for problem in watch.problems)
    watch.problems.clear()


def test_markup_in_names_and_addresses_stays_text(page: Page, server: Server, demo_url: str) -> None:
    with psycopg.connect(libpq_url(demo_url)) as owner:
        owner.execute("UPDATE unit SET name = %s || name, name_en = %s WHERE level_key = 'county'", [HIT, HIT])
    try:
        for path in (f"/map?lang=zh&q={HIT}", f"/map?lang=en&metric={HIT}", f"/map?unit={HIT}", f"/audit?actor={HIT}"):
            # A page that still loads would ask with the session that signing in again ends.
            page.goto("about:blank")
            _sign_in(page, "admin")
            page.goto(path)
            page.wait_for_load_state("load")
            page.wait_for_timeout(SETTLED_MS)
            page.mouse.move(900, 400)
            page.wait_for_timeout(400)
            assert page.evaluate("window.__hit") is None
            assert page.locator("img[onerror], svg[onload]").count() == 0
        page.goto("/map")
        expect(page.locator("#map-ranking")).to_contain_text("<img src=x")
    finally:
        with psycopg.connect(libpq_url(demo_url)) as owner:
            owner.execute("UPDATE unit SET name = substr(name, %s) WHERE level_key = 'county'", [len(HIT) + 1])


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_offline_file_runs_its_own_scripts_alone_and_asks_for_nothing(
    browser: Browser,  # the fixture
    tmp_path: Path,
    theme: str,
) -> None:
    file = tmp_path / "map.html"
    file.write_text(offline_map_html(_view(theme)), encoding="utf-8")
    context = browser.new_context()
    opened, asked, told = context.new_page(), [], []
    opened.add_init_script(TELL_VIOLATIONS)
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: told.append(message.text))
    opened.goto(file.as_uri())
    expect(opened.locator(".leaflet-container")).to_be_visible()
    opened.mouse.move(640, 360)
    opened.wait_for_timeout(300)
    assert opened.evaluate("window.__hit") is None
    assert told == []
    fetched = opened.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', (error) => String(error))")
    assert "sent" not in fetched
    assert [address for address in asked if not address.startswith(("file:", "data:", "blob:"))] == []
    assert any("connect-src" in text or "default-src" in text for text in told)
    context.close()


def _view(theme: str) -> OfflineView:
    names = " ".join(MARKUP) + HIT
    ring = [[115.0, 22.0], [115.1, 22.0], [115.1, 22.1], [115.0, 22.1], [115.0, 22.0]]
    return OfflineView(
        title=names,
        as_of=names,
        theme=theme,  # type: ignore[arg-type]
        lang="zh",
        notes=(names,),
        figures=((names, names),),
        units=(OfflineUnit(1, names, names, {"type": "Polygon", "coordinates": [ring]}, "#336699", names),),
        points=(OfflinePoint(115.05, 22.05, names, ((names, names),)),),
        legend=Legend(title=names, unit=names, entries=(LegendEntry("class-0", names, "#336699"),), notes=(names,)),
    )
