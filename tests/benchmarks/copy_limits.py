"""How fast can PostgreSQL take the same rows at all: by COPY BINARY alone, and with the same indexes?"""

from dataclasses import dataclass

import psycopg

from data.engine import libpq_url
from data.month_staging import column_definitions, index_statements
from tests.benchmarks.measure import seconds_of

_TABLE = "incident_bare"


@dataclass(frozen=True, slots=True)
class CopyLimits:
    """Rows per second on one connection.

    Attributes:
        bare: The encoded rows into a table without indexes.
        indexed: The same, with the indexes that every month has made afterwards.
    """

    bare: float
    indexed: float


def measure_limits(url: str, rows: int) -> CopyLimits:
    """Measure both in a transaction that is rolled back; the rows are encoded, located and keyed before.

    Args:
        url: Database with at least so many incidents.
        rows: How many to write.
    """
    with psycopg.connect(libpq_url(url)) as connection:
        chosen = f"SELECT * FROM incident ORDER BY reported_at, id LIMIT {rows}"
        with connection.cursor().copy(f"COPY ({chosen}) TO STDOUT (FORMAT BINARY)".encode()) as out:
            encoded = b"".join(bytes(part) for part in out)
        connection.execute(f"CREATE TABLE {_TABLE} ({', '.join(column_definitions(connection))})".encode())
        copying_s = seconds_of(lambda: _copy(connection, encoded))
        indexing_s = seconds_of(lambda: _index(connection))
        connection.rollback()
    return CopyLimits(rows / copying_s, rows / (copying_s + indexing_s))


def _copy(connection: psycopg.Connection, encoded: bytes) -> None:
    with connection.cursor().copy(f"COPY {_TABLE} FROM STDIN (FORMAT BINARY)".encode()) as copy:
        copy.write(encoded)


def _index(connection: psycopg.Connection) -> None:
    connection.execute("SET LOCAL max_parallel_maintenance_workers = 0")
    for statement in index_statements(connection, _TABLE):
        connection.execute(statement.encode())
