"""Does a write in the background keep order, hand over its error and hold the connection?"""

import threading
from collections.abc import Iterator

import psycopg
import pytest

from data.engine import libpq_url
from data.write_behind import WriteBehind


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("CREATE TEMP TABLE noted (n int)")
        yield connection


def test_the_owner_sees_all_of_a_write_or_none(connection: psycopg.Connection) -> None:
    behind, half_way = WriteBehind(connection), threading.Event()

    def write() -> None:
        connection.execute("INSERT INTO noted VALUES (1)")
        half_way.wait(5)
        connection.execute("INSERT INTO noted VALUES (2)")

    behind.start(write)
    threading.Timer(0.2, half_way.set).start()
    assert connection.execute("SELECT count(*) FROM noted").fetchone() == (2,)
    behind.wait()


def test_an_error_of_the_write_is_raised_by_the_next_step_and_can_be_rolled_back(
    connection: psycopg.Connection,
) -> None:
    connection.commit()
    behind = WriteBehind(connection)
    behind.start(lambda: connection.execute("INSERT INTO noted VALUES ('no number')"))
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        behind.start(lambda: None)
    connection.rollback()
    behind.start(lambda: connection.execute("INSERT INTO noted VALUES (3)"))
    behind.wait()
    assert connection.execute("SELECT n FROM noted").fetchall() == [(3,)]
