"""Does the timeline play, pause, obey the keyboard and respect a wish for less motion?"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_map_page import READY, asked, open_map

pytestmark = pytest.mark.browser
PLAY = "#map-play"


def days(page: Page) -> str:
    return asked(page).get("days", "")


def wait_for_another(page: Page, before: str) -> str:
    page.wait_for_function(
        "(before) => { const days = new URLSearchParams(location.search).get('days'); return days && days !== before }",
        arg=before,
    )
    return days(page)


def test_it_plays_day_by_day_and_pauses(page: Page):
    open_map(page)
    page.locator("#map-preset label", has_text="7天").click()
    expect(page.locator("#map-timeline .bars i")).to_have_count(7)
    expect(page.locator(PLAY)).to_have_attribute("aria-pressed", "false")
    page.locator(PLAY).click()
    expect(page.locator(PLAY)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(PLAY)).to_have_attribute("aria-label", "停止播放")
    first = wait_for_another(page, "")
    second = wait_for_another(page, first)
    assert first < second
    assert first.partition("..")[0] == first.partition("..")[2]
    page.locator(PLAY).click()
    expect(page.locator(PLAY)).to_have_attribute("aria-pressed", "false")
    expect(page.locator(PLAY)).to_have_attribute("aria-label", "逐日播放")
    page.wait_for_function(READY)
    stopped = days(page)
    page.wait_for_timeout(2_500)
    assert days(page) == stopped


def test_keys_play_pause_and_a_choice_by_hand_ends_the_play(page: Page):
    open_map(page)
    page.keyboard.press("p")
    wait_for_another(page, "")
    expect(page.locator(PLAY)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("p")
    expect(page.locator(PLAY)).to_have_attribute("aria-pressed", "false")
    page.locator(PLAY).focus()
    page.keyboard.press("Space")
    expect(page.locator(PLAY)).to_have_attribute("aria-pressed", "true")
    page.locator("#map-preset label", has_text="90天").click()
    expect(page.locator(PLAY)).to_have_attribute("aria-pressed", "false")


def test_it_starts_anew_at_the_end_of_the_period(page: Page):
    open_map(page)
    page.locator("#map-preset label", has_text="7天").click()
    expect(page.locator("#map-timeline .bars i")).to_have_count(7)
    first, last = (page.locator("#map-timeline [data-first]").get_attribute(f"data-{end}") for end in ("first", "last"))
    page.evaluate("(day) => window.minqing.patch({ days: `${day}..${day}` })", last)
    # The button of the period still has the focus: letters are keys there too.
    assert page.evaluate("() => document.activeElement.type") == "radio"
    page.keyboard.press("p")
    assert wait_for_another(page, f"{last}..{last}") == f"{first}..{first}"


def test_back_is_not_filled_with_played_days(page: Page):
    open_map(page)
    before = page.evaluate("() => history.length")
    page.keyboard.press("p")
    wait_for_another(page, wait_for_another(page, ""))
    page.keyboard.press("p")
    assert page.evaluate("() => history.length") == before


def test_with_less_motion_it_steps_once_and_does_not_run(page: Page):
    page.emulate_media(reduced_motion="reduce")
    open_map(page)
    page.keyboard.press("p")
    first = wait_for_another(page, "")
    expect(page.locator(PLAY)).to_have_attribute("aria-pressed", "false")
    page.wait_for_timeout(2_500)
    assert days(page) == first
    page.keyboard.press("p")
    assert re.match(r"\d{4}-\d\d-\d\d", wait_for_another(page, first))
