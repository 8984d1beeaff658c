"""Does the wall come back from outages of server, database and network, with everything, and say what it missed?"""

import re
import time

import psycopg
import pytest

from data.engine import libpq_url
from tests.faults.hall import HOUR_S, Hall

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
MINUTE_S = 60
FORGET = """
    WITH moved AS (UPDATE feed_state SET tail = head RETURNING tail)
    DELETE FROM feed_entry USING moved WHERE feed_entry.id <= moved.tail
"""


def missed(reports: int) -> re.Pattern[str]:
    """What the wall says about an interruption in which so much was reported."""
    return re.compile(rf"Interrupted for .+ \(\d\d:\d\d:\d\d to \d\d:\d\d:\d\d\); missed: {reports} reported, ")


@pytest.mark.slow
def test_a_killed_server_comes_back_and_so_does_the_wall(hall: Hall) -> None:
    hall.desk.report(2)
    hall.is_right()
    hall.program.process.kill()
    hall.is_lost()
    hall.program.kill_web()
    cases = hall.desk.report(3)
    hall.desk.file(cases[0])
    hall.is_live()
    hall.says(re.compile(r"Interrupted for .+; missed: "))
    hall.is_right()
    assert "Nothing heard" not in hall.notices()
    assert hall.stayed()


@pytest.mark.slow
def test_a_database_that_hangs_and_dies_is_told_though_the_connection_stands(hall: Hall) -> None:
    hall.desk.report()
    hall.is_right()
    hall.program.freeze_cluster()
    hall.is_lost(connection="late")
    hall.program.kill_cluster()
    cases = hall.desk.report(3)
    hall.desk.file(cases[1])
    hall.is_live()
    hall.says(missed(3))
    hall.is_right()
    assert hall.stayed()


def test_a_cut_of_a_second_loses_nothing_and_needs_no_words(hall: Hall) -> None:
    began = time.monotonic()
    hall.line.cut()
    (case,) = hall.desk.report()
    time.sleep(max(0.0, 1 - (time.monotonic() - began)))
    hall.line.mend()
    hall.is_right()
    hall.is_live()
    assert hall.ticked() == [f"{case}-report"]
    assert "Nothing heard" not in hall.notices()
    assert hall.stayed()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["cut", "stall"])
def test_after_a_minute_without_network_the_wall_has_what_it_missed(hall: Hall, kind: str) -> None:
    """`cut` ends connections and refuses new ones; `stall` swallows all bytes, so nobody tells the browser."""
    began = time.monotonic()
    getattr(hall.line, kind)()
    cases = hall.desk.report(5)
    hall.desk.file(cases[3])
    hall.is_lost()
    time.sleep(max(0.0, MINUTE_S - (time.monotonic() - began)))
    assert hall.age_s() > MINUTE_S - 10
    hall.line.mend()
    hall.is_live()
    hall.says(missed(5))
    hall.is_right()
    assert sorted(hall.ticked()) == sorted([*(f"{case}-report" for case in cases), f"{cases[3]}-file"])
    assert hall.stayed()


@pytest.mark.slow
def test_after_an_hour_the_wall_has_what_the_server_can_no_longer_tell(hall: Hall) -> None:
    """The hour is not waited for.

    While the line is cut, both clocks of the page are moved on by an hour, and the server forgets what it would have
    told, as it does when many more changes have come. Its own clock is not moved: what the wall says in the end about
    the time that it missed is what really passed.
    """
    began = time.monotonic()
    hall.line.cut()
    cases = hall.desk.report(4)
    hall.set_clocks(wall_s=HOUR_S, steady_s=HOUR_S)
    hall.is_lost()
    assert hall.age_s() > HOUR_S
    assert all("1 hr old" in foot for foot in hall.feet()), hall.feet()
    time.sleep(max(0.0, 3 - (time.monotonic() - began)))
    with psycopg.connect(libpq_url(hall.program.cluster.url)) as owner:
        assert owner.execute(FORGET).rowcount >= len(cases)
    hall.line.mend()
    hall.is_live()
    hall.says(missed(4))
    hall.is_right()
    assert abs(hall.clock_off_s()) < 2
    assert sorted(hall.ticked()) == sorted(f"{case}-report" for case in cases)
    assert hall.stayed()
