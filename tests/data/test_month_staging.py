"""Do staged months become whole partitions, and does nothing stay of a load that died?"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from data.engine import libpq_url
from data.month_staging import IMPORT_LOCK, MonthStaging, drop_left_over

MONTH, FIRST, AFTER = "incident_203001", "2030-01-01 00:00+00", "2030-02-01 00:00+00"
STAGED = "SELECT count(*) FROM pg_class WHERE relname LIKE 'incident\\_staged%'"
INDEXES = """
    SELECT regexp_replace(pg_get_indexdef(indexrelid), '^.* USING ', ''), indisunique, indisprimary, indisvalid
    FROM pg_index WHERE indrelid = %s::regclass ORDER BY 1, 2
"""


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(libpq_url(database_url)) as connection:
        yield connection


def staged(connection: psycopg.Connection, *, rehearsal: bool = False) -> MonthStaging:
    """A month of three rows, indexed; committed beside the owner's transaction unless it is a rehearsal."""
    staging = MonthStaging(connection, rehearsal=rehearsal)
    staging.add(MONTH, FIRST, AFTER)
    staging.start(lambda other: _fill(other, str(staging.table_of(MONTH))))
    staging.start_finishing()
    return staging


def _fill(connection: psycopg.Connection, table: str) -> None:
    connection.execute(
        f"INSERT INTO {table} (reported_at, class_id, source_id, dataset_id)"
        " SELECT timestamptz '2030-01-05' + n * interval '1 day', 1, 1, 1 FROM generate_series(1, 3) AS n".encode()
    )


def count(connection: psycopg.Connection, statement: str) -> int:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_an_attached_month_is_like_a_partition_made_by_the_database(connection: psycopg.Connection) -> None:
    staged(connection).attach()
    connection.execute("SELECT ensure_incident_partition('2030-03-05')")
    connection.commit()
    assert count(connection, "SELECT count(*) FROM incident") == 3
    own, made = (connection.execute(INDEXES, [name]).fetchall() for name in (MONTH, "incident_203003"))
    assert own == made
    assert len(own) >= 4
    checks = "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c' ORDER BY 1"
    assert connection.execute(checks, [MONTH]).fetchall() == connection.execute(checks, ["incident_203003"]).fetchall()
    options = "SELECT reloptions FROM pg_class WHERE oid = %s::regclass"
    assert connection.execute(options, [MONTH]).fetchone() == (None,)
    attached = "SELECT count(*) FROM pg_index JOIN pg_inherits ON inhrelid = indexrelid WHERE indrelid = %s::regclass"
    assert connection.execute(attached, [MONTH]).fetchone() == (len(own),)
    assert count(connection, STAGED) == 0


def test_nobody_reads_a_staged_month_and_a_later_load_removes_it(connection: psycopg.Connection) -> None:
    staging = staged(connection)
    staging.wait()
    staging.close()
    connection.rollback()
    assert count(connection, STAGED) > 0
    off = (
        "SELECT count(*) FROM pg_class WHERE relname LIKE 'incident\\_staged%' AND relkind = 'r' AND reloptions IS NULL"
    )
    assert count(connection, off) == 0, "a vacuum would hold up the owner's commit"
    assert count(connection, "SELECT count(*) FROM incident") == 0
    assert drop_left_over(connection) == 1
    connection.commit()
    assert count(connection, STAGED) == 0


def test_months_of_a_running_load_are_not_taken_for_left_over(
    connection: psycopg.Connection, database_url: str
) -> None:
    connection.execute(f"SELECT pg_advisory_xact_lock({IMPORT_LOCK})".encode())
    staging = staged(connection)
    staging.wait()
    with psycopg.connect(libpq_url(database_url)) as other:
        assert drop_left_over(other) == 0
        other.rollback()
        connection.rollback()
        assert drop_left_over(other) == 1
    staging.close()


def test_a_rehearsal_leaves_nothing(connection: psycopg.Connection) -> None:
    staged(connection, rehearsal=True).attach()
    connection.rollback()
    assert count(connection, STAGED) == 0
    assert count(connection, "SELECT count(*) FROM pg_class WHERE relname LIKE 'incident_203001%'") == 0


def test_a_load_that_is_given_up_while_it_writes_leaves_nothing(connection: psycopg.Connection) -> None:
    staging = MonthStaging(connection)
    staging.add(MONTH, FIRST, AFTER)
    staging.start(lambda other: other.execute("SELECT pg_sleep(60)"))
    staging.close()
    connection.rollback()
    assert count(connection, STAGED) == 0


DYING = """
import os, signal, sys
import psycopg
from data.month_staging import IMPORT_LOCK
from tests.data.test_month_staging import staged

with psycopg.connect(sys.argv[1]) as connection:
    connection.execute(f"SELECT pg_advisory_xact_lock({IMPORT_LOCK})".encode())
    staged(connection).wait()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_staged_is_removed(connection: psycopg.Connection, database_url: str) -> None:
    root = Path(__file__).parents[2]
    died = subprocess.run([sys.executable, "-c", DYING, libpq_url(database_url)], cwd=root, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL
    assert count(connection, STAGED) > 0
    assert count(connection, "SELECT count(*) FROM incident") == 0
    connection.execute(f"SELECT pg_advisory_xact_lock({IMPORT_LOCK})".encode())
    assert drop_left_over(connection) == 1
    connection.commit()
    assert count(connection, STAGED) == 0
