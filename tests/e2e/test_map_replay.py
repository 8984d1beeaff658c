"""Does the map show any past moment, play a period back, and let nobody take it for live?"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_map_page import READY, asked, open_map, total_of

pytestmark = pytest.mark.browser
PLAYER = "() => window.minqing.replay.onMap.player"
LOADED = "() => { const player = window.minqing.replay.onMap.player; return player.wasLoaded && player.complete }"


def days_ago(n: int, hour: int = 10) -> str:
    return (datetime.now() - timedelta(days=n)).strftime(f"%Y-%m-%dT{hour:02d}:00:00")  # noqa: DTZ005 (as a person types)


def open_player(page: Page, query: str = "") -> None:
    open_map(page, query)
    page.wait_for_function("() => window.minqing.context?.from")
    page.get_by_role("button", name="回放", exact=True).click()
    page.wait_for_function(LOADED)


def player(page: Page, part: str) -> Any:
    return page.evaluate(f"() => window.minqing.replay.onMap.player.{part}")


def count(page: Page, name: str) -> int:
    return int(page.locator(f"#replay-bar [data-count={name}]").inner_text().replace(",", ""))


def test_an_address_shows_a_past_moment_and_says_so(page: Page):
    open_map(page)
    live = total_of(page)
    expect(page.locator("#replay-frame")).to_be_hidden()
    expect(page.locator("#live-mark")).to_be_visible()
    open_map(page, f"?as_of={days_ago(6)}&from={days_ago(20)[:10]}&to={days_ago(0)[:10]}")
    expect(page.locator("#replay-frame")).to_be_visible()
    expect(page.locator(".replay-plate")).to_contain_text("回放 REPLAY")
    # Whatever the browser's own time zone is: without an offset it is the city's time.
    expect(page.locator("#replay-moment")).to_have_text(days_ago(6).replace("T", " "))
    expect(page.locator("#live-mark")).to_be_hidden()
    expect(page.locator("#map-as-of")).to_contain_text("回放")
    assert 0 < total_of(page) < live
    page.get_by_role("button", name="回到实时").click()
    expect(page.locator("#replay-frame")).to_be_hidden()
    expect(page.locator("#live-mark")).to_be_visible()
    assert "as_of" not in asked(page)


def test_it_plays_stops_and_the_figures_come_to_the_moment(page: Page):
    open_player(page, f"?from={days_ago(10)[:10]}&to={days_ago(3)[:10]}")
    expect(page.locator("#replay-frame")).to_be_visible()
    page.locator(".replay-faster").click(click_count=3)
    expect(page.locator(".replay-play")).to_be_focused()
    expect(page.locator(".replay-rate")).to_have_text("600×")
    before = player(page, "t")
    page.keyboard.press("Space")
    expect(page.locator(".replay-play")).to_have_attribute("aria-label", "暂停")
    page.wait_for_function(f"(before) => ({PLAYER})().t > before + 600_000", arg=before)
    page.keyboard.press("Space")
    expect(page.locator(".replay-play")).to_have_attribute("aria-label", "播放")
    stopped = player(page, "t")
    page.wait_for_timeout(600)
    assert player(page, "t") == stopped
    page.wait_for_function("() => new URLSearchParams(location.search).get('as_of')")
    page.wait_for_function(READY)
    moment = datetime.fromisoformat(asked(page)["as_of"].replace("Z", "+00:00"))
    assert abs(moment.timestamp() * 1000 - stopped) < 1_000


def test_what_is_drawn_is_what_the_server_counts_at_the_moment(page: Page):
    first, last = days_ago(9)[:10], days_ago(2)[:10]
    open_player(page, f"?from={first}&to={last}")
    for share in (0.2, 0.7, 0.95):
        page.evaluate(
            "(share) => { const p = window.minqing.replay.onMap.player; p.seek(p.start + share * (p.end - p.start)) }",
            share,
        )
        page.wait_for_timeout(700)
        moment = datetime.fromtimestamp(player(page, "t") / 1000).astimezone().isoformat()
        asked_then = {"from": days_ago(90)[:10], "to": last, "as_of": moment, "by": "class"}
        # The leader's figures of a past moment leave sensitive classes out, as the replay does.
        answer = page.request.get("/api/v1/summary", params=asked_then).json()
        assert count(page, "open") == answer["figures"]["open"]["value"]
        assert count(page, "overdue") == answer["figures"]["overdue"]["value"]


def test_a_moment_that_is_none_is_explained_and_left(page: Page):
    page.goto("/map?as_of=tomorrow")
    expect(page.get_by_role("alert").filter(has_text="回放时刻无法使用")).to_be_visible()
    page.get_by_role("button", name="清除条件，回到全市").click()
    page.wait_for_function(READY)
    expect(page.locator("#replay-frame")).to_be_hidden()
    assert "as_of" not in asked(page)


def test_the_keyboard_drives_it_and_escape_leads_back_to_live(page: Page):
    open_player(page, f"?from={days_ago(10)[:10]}&to={days_ago(3)[:10]}")
    page.keyboard.press("End")
    assert player(page, "t") == player(page, "end")
    page.keyboard.press("Home")
    assert player(page, "t") == player(page, "start")
    page.keyboard.press("ArrowRight")
    jumped = player(page, "t")
    assert jumped > player(page, "start")
    page.keyboard.press("Shift+ArrowRight")
    assert player(page, "t") > jumped
    page.keyboard.press("Shift+ArrowLeft")
    assert player(page, "t") <= jumped
    page.keyboard.press("+")
    expect(page.locator(".replay-rate")).to_have_text("120×")
    page.keyboard.press("-")
    expect(page.locator(".replay-rate")).to_have_text("60×")
    page.keyboard.press("Escape")
    expect(page.locator("#replay-bar")).to_be_hidden()
    expect(page.locator("#replay-frame")).to_be_hidden()
    assert "as_of" not in asked(page)


def test_cases_stay_on_the_map_from_report_to_closing(page: Page):
    open_player(page, f"?from={days_ago(10)[:10]}&to={days_ago(3)[:10]}")
    found = page.evaluate(
        """() => {
            const player = window.minqing.replay.onMap.player;
            const c = player.spans.columns;
            const isNew = (kind, place) => kind === 'opened' && c.at[place] > player.start && c.lon[place] !== null;
            const k = c.kind.findIndex(isNew);
            const spans = c.id.map((id, place) => place).filter((place) => c.id[place] === c.id[k]);
            const closed = spans.find((place) => c.phase[place] === 'closed');
            const has = (t) => { player.seek(t); return player.now().rows.some((place) => c.id[place] === c.id[k]) };
            const end = closed === undefined ? player.end : c.at[closed];
            const shares = [0.001, 0.25, 0.5, 0.75, 0.999];
            return { before: has(c.at[k] - 1), during: shares.map((share) => has(c.at[k] + share * (end - c.at[k]))) };
        }"""
    )
    assert found == {"before": False, "during": [True] * 5}


def test_another_unit_is_loaded_and_the_moment_stays(page: Page):
    open_player(page, f"?from={days_ago(10)[:10]}&to={days_ago(3)[:10]}")
    page.evaluate("() => { const p = window.minqing.replay.onMap.player; p.seek((p.start + p.end) / 2) }")
    moment, whole = player(page, "t"), player(page, "spans.n")
    page.locator("#map-ranking button.rank").first.click()
    page.wait_for_function(
        f"(whole) => {{ const p = ({PLAYER})(); return p.complete && p.spans.n < whole }}", arg=whole
    )
    assert player(page, "t") == moment
    assert 0 < player(page, "spans.n") < whole


def test_with_less_motion_it_moves_once_a_second(page: Page):
    page.emulate_media(reduced_motion="reduce")
    open_player(page, f"?from={days_ago(10)[:10]}&to={days_ago(3)[:10]}")
    moves = page.evaluate(
        """() => new Promise((done) => {
            const player = window.minqing.replay.onMap.player;
            let moves = 0;
            player.on('time', () => { moves += 1 });
            player.play();
            window.setTimeout(() => { player.pause(); done(moves) }, 3200);
        })"""
    )
    assert 1 <= moves <= 4
