"""Does the wall outlive what happens to its machine: lost graphics, sleep, a clock that is set, an ended session?"""

import io
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.faults.hall import HOUR_S, LOST_S, MARK, PANELS, Hall

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
SLEEP_S = 20
MAP = "#wall-page-map"
GRAPHICS = "document.querySelector('#wall-map canvas').getContext('webgl2').getExtension('WEBGL_lose_context')"
LOSE = f"() => {{ window.graphics = {GRAPHICS}; window.graphics.loseContext(); }}"
"""What is lost so stays lost until `restoreContext`, as after a crash of the graphics process."""

KEEP_NO_MAP = """() => {
    const made = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (...given) {
        const context = made.apply(this, given);
        context?.getExtension?.("WEBGL_lose_context")?.loseContext();
        return context;
    };
}"""


def painted(hall: Hall) -> NDArray[np.int16]:
    """The map without what moves over it: shape (height, width, 3)."""
    picture = hall.page.locator(MAP).screenshot(style=".wall-pulses { visibility: hidden; }")
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), dtype=np.int16)


def shows(hall: Hall, wanted: NDArray[np.int16], within_s: float = 20) -> None:
    """Wait until the map is painted as it was."""
    deadline = time.monotonic() + within_s
    while (same := (np.abs(painted(hall) - wanted).max(axis=2) < 12).mean()) < 0.99:
        assert time.monotonic() < deadline, f"{same:.1%} of the map is as it was"


@contextmanager
def asleep(browser: Browser) -> Iterator[None]:
    """Nothing of the pages runs, as in a machine whose lid is closed; the clocks go on."""
    told = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    pids = [int(one["id"]) for one in told if one["type"] == "renderer"]
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_a_lost_map_is_said_and_comes_back_with_its_colours_and_heat(hall: Hall) -> None:
    hall.desk.report(2)
    hall.is_right()
    hall.page.wait_for_timeout(3_000)
    before = painted(hall)
    hall.page.evaluate(LOSE)
    hall.says("The graphics have lost the map")
    expect(hall.page.locator(f"{PANELS}[data-kind=map]")).to_have_attribute("data-state", "lost")
    hall.page.evaluate("() => window.graphics.restoreContext()")
    hall.is_live()
    expect(hall.page.locator("#wall-page-notices")).not_to_contain_text("have lost the map")
    shows(hall, before)
    hall.desk.report()
    expect(hall.page.locator(".wall-pulse:not([hidden])").first).to_be_visible()
    hall.is_right()
    assert hall.stayed()


@pytest.mark.slow
def test_a_map_that_the_browser_does_not_give_back_costs_the_page_and_nothing_else(hall: Hall) -> None:
    hall.is_right()
    hall.page.wait_for_timeout(3_000)
    before = painted(hall)
    hall.page.evaluate(LOSE)
    hall.page.evaluate(KEEP_NO_MAP)
    hall.says("The graphics have lost the map")
    hall.says("Loaded anew because the map did not come back")
    hall.is_live()
    shows(hall, before)
    hall.says(re.compile(r"Interrupted for .+; missed: 0 reported"))
    assert not hall.stayed()
    assert hall.page.url.endswith("/wall?hold=1&lang=en&scene=hall")


@pytest.mark.slow
def test_after_a_sleep_the_wall_catches_up_at_once(hall: Hall, browser: Browser) -> None:
    with asleep(browser):
        cases = hall.desk.report(3)
        time.sleep(SLEEP_S)
    woke = time.monotonic()
    hall.is_live()
    hall.says(re.compile(r"Interrupted for .+; missed: 3 reported"))
    assert time.monotonic() - woke < LOST_S
    hall.is_right()
    assert sorted(hall.ticked()) == sorted(f"{case}-report" for case in cases)
    assert hall.stayed()


def test_a_sleep_that_stops_the_steady_clock_is_known_by_the_other_one(hall: Hall) -> None:
    """So it is on Linux: of a sleep over an hour the steady clock of the browser tells nothing."""
    hall.line.cut()
    hall.is_lost()
    hall.set_clocks(wall_s=HOUR_S)
    expect(hall.page.locator(MARK)).to_contain_text("1 hr")
    assert hall.age_s() > HOUR_S
    assert abs(hall.clock_off_s() - HOUR_S) < 2
    hall.line.mend()
    hall.is_live()
    # The hour did not pass: the clock was set. The server says so.
    assert hall.age_s() < LOST_S
    assert abs(hall.clock_off_s()) < 2


@pytest.mark.parametrize("by_s", [HOUR_S, -HOUR_S])
def test_a_clock_that_is_set_changes_no_age_and_no_time(hall: Hall, by_s: int) -> None:
    hall.set_clocks(wall_s=by_s)
    until = time.monotonic() + 6
    while time.monotonic() < until:
        assert hall.age_s() < LOST_S
        assert abs(hall.clock_off_s()) < 2
    hall.is_live()
    (case,) = hall.desk.report()
    hall.is_right()
    assert hall.ticked() == [f"{case}-report"]
    assert hall.stayed()


def test_a_clock_that_is_set_back_while_nothing_is_heard_makes_nothing_younger(hall: Hall) -> None:
    hall.line.cut()
    hall.is_lost()
    before_s = hall.age_s()
    hall.set_clocks(wall_s=-HOUR_S)
    hall.page.wait_for_timeout(1_500)
    assert before_s < hall.age_s() < before_s + 10
    assert abs(hall.clock_off_s()) < 2
    hall.is_lost()


@pytest.mark.slow
def test_a_display_whose_session_has_ended_says_so_and_stays_on_its_page(hall: Hall) -> None:
    """The session ends at the server, and comes back, as a key does that is exchanged in another window."""
    cookies = hall.page.context.cookies()
    hall.page.context.clear_cookies()
    hall.line.cut()
    hall.line.mend()
    hall.says("This display is signed out")
    expect(hall.page.locator(f"{PANELS}:not([data-state=lost])")).to_have_count(0, timeout=2_000 * LOST_S)
    assert hall.page.url.endswith("/wall?hold=1&lang=en&scene=hall")
    hall.page.context.add_cookies(cookies)
    hall.is_live()
    expect(hall.page.locator("#wall-page-notices")).not_to_contain_text("signed out")
    hall.desk.report()
    hall.is_right()
    assert hall.stayed()
