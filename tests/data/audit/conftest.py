"""Which log do the tests of the audit use? A few entries in a database of their own, and a hand past its triggers."""

from collections.abc import Iterator

import psycopg
import pytest

from data.audit.actor import COMMAND_LINE
from data.audit.chain import chain_key
from data.audit.entry import Action, Entry
from data.audit.record import record_now
from data.audit.sealing import seal_new
from data.engine import libpq_url

KEY = chain_key("a secret of at least some length")


class Log:
    """The log of one database, as its owner sees it."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def write(self, n: int = 1) -> None:
        for number in range(n):
            entry = Entry(Action.EXPORTED, "incidents", detail={"rows": number, "format": "csv"})
            record_now(self.connection, entry, COMMAND_LINE)

    def seal(self, key=KEY) -> int:
        return seal_new(self.connection, key)

    def past_the_triggers(self, *statements: str) -> None:
        """What a superuser can do who means it."""
        with self.connection.transaction():
            self.connection.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                self.connection.execute(statement.encode())

    def ids(self) -> list[int]:
        return [row[0] for row in self.connection.execute("SELECT id FROM audit_entry ORDER BY id").fetchall()]


@pytest.fixture
def log(database_url: str) -> Iterator[Log]:
    with psycopg.connect(libpq_url(database_url), autocommit=True) as connection:
        yield Log(connection)


@pytest.fixture
def sealed(log: Log) -> Log:
    """Ten sealed entries."""
    log.write(10)
    assert log.seal() == 10
    return log
