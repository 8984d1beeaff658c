"""Does standing work go on after a failure, alone on its database, and stop at once?"""

import threading
import time
from collections.abc import Callable

import psycopg

from data.standing_work import GRACE_S, StandingWork

PATIENCE_S = 30.0


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.02)


def test_a_turn_that_fails_is_taken_again(database_url: str, monkeypatch) -> None:
    monkeypatch.setattr("data.standing_work.RETRY_S", 0.05)
    turns: list[int] = []

    def turn(connection: psycopg.Connection) -> None:
        turns.append(connection.info.backend_pid)
        if len(turns) == 1:
            raise ValueError
        if len(turns) == 2:
            connection.execute("SELECT 1 / 0")

    work = StandingWork(database_url, "trial", turn, interval_s=0.01)
    work.start()
    until(lambda: len(turns) >= 4)
    work.stop()
    assert len(set(turns[:3])) == 3, "a connection that failed is not used again"


def test_one_of_two_works_and_the_other_takes_over(database_url: str, monkeypatch) -> None:
    monkeypatch.setattr("data.standing_work.RETRY_S", 0.05)
    turns: list[str] = []
    first, second = (
        StandingWork(database_url, "trial", lambda _, name=name: turns.append(name), interval_s=0.01) for name in "ab"
    )
    first.start()
    until(lambda: len(turns) >= 3)
    second.start()
    time.sleep(0.3)
    assert set(turns) == {"a"}
    first.stop()
    until(lambda: "b" in turns)
    second.stop()


def test_a_long_turn_is_cancelled_and_undone(database_url: str) -> None:
    begun = threading.Event()

    def turn(connection: psycopg.Connection) -> None:
        with connection.transaction():
            connection.execute("CREATE TABLE half_done ()")
            begun.set()
            connection.execute("SELECT pg_sleep(60)")

    work = StandingWork(database_url, "trial", turn)
    work.start()
    assert begun.wait(PATIENCE_S)
    start = time.monotonic()
    work.stop()
    assert time.monotonic() - start < GRACE_S + PATIENCE_S / 2
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT to_regclass('half_done')").fetchone() == (None,)
