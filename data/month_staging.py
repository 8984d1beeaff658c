"""How are new months of incidents filled and indexed beside the transaction that will make them partitions?"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import make_conninfo

from data.write_behind import WriteBehind

IMPORT_LOCK = "hashtext('incident_import')"
"""Held by every bulk load until its transaction ends: staged months are left over when nobody holds it."""

_log = logging.getLogger(__name__)

_PREFIX = "incident_staged_"
_STATISTICS_TARGET = 20
"""A month is much alike all over: a fifth of the usual sample plans as well and takes a seventh of the time."""


@dataclass(frozen=True, slots=True)
class _Index:
    """An index of `incident` that every partition has.

    Attributes:
        suffix: what its name adds to the table's.
        definition: the statement that made it.
        constraint: the constraint that it serves, if any.
    """

    suffix: str
    definition: str
    constraint: str | None

    def statement(self, table: str) -> str:
        """The statement that makes the same index on a table: attaching it as a partition then makes none."""
        if self.constraint:
            return f"ALTER TABLE {table} ADD CONSTRAINT {table}{self.suffix} {self.constraint}"
        made, _, rest = self.definition.partition(" USING ")
        return f"{made.partition(' INDEX ')[0]} INDEX {table}{self.suffix} ON {table} USING {rest}"


class MonthStaging:
    """Tables of new months on a connection of their own, so that two server processes work at once.

    Once finished, the tables are committed, full and indexed, but as no partitions yet: nobody reads them. `attach`
    makes them partitions in the owner's transaction; a rehearsal commits nothing and attaches nothing. What is left of
    an owner who dies in between, `drop_left_over` removes. The second connection takes no lock on anything that the
    owner may have locked.
    """

    def __init__(self, owner: psycopg.Connection, *, rehearsal: bool = False) -> None:
        self._owner = owner
        self._rehearsal = rehearsal
        self._run = secrets.token_hex(4)
        self._months: dict[str, tuple[str, str]] = {}
        self._indexes: list[_Index] = []
        self._connection: psycopg.Connection | None = None
        self._behind: WriteBehind | None = None

    def table_of(self, name: str) -> str | None:
        """Where the rows of a month are written that is to become the partition `name`; None if it was not added."""
        return f"{_PREFIX}{self._run}_{name.removeprefix('incident_')}" if name in self._months else None

    def add(self, name: str, first: str, after: str) -> None:
        """Make the table of a month.

        Args:
            name: Name of the future partition.
            first: The month's first moment, as text.
            after: The first moment of the next month.
        """
        connection, behind = self._opened()
        behind.wait()
        self._months[name] = (first, after)
        # A vacuum between the two commits would hold up the second one, and take a processor meanwhile.
        connection.execute(
            f"CREATE TABLE {self.table_of(name)} ({', '.join(column_definitions(self._owner))})"
            " WITH (autovacuum_enabled = false)".encode()
        )

    def start(self, write: Callable[[psycopg.Connection], None]) -> None:
        """Begin a write into the tables; see `WriteBehind.start`."""
        connection, behind = self._opened()
        behind.start(lambda: write(connection))

    def start_finishing(self) -> None:
        """Begin to index the tables, gather their statistics and commit them."""
        if self._months:
            self._indexes = _indexes(self._owner)
            self.start(self._finish)

    def wait(self) -> None:
        """Wait for the end of what was begun.

        Raises:
            Exception: What it raised.
        """
        if self._behind is not None:
            self._behind.wait()

    def attach(self) -> None:
        """Make the tables partitions of `incident`, in the owner's transaction; a rehearsal gives them up."""
        self.wait()
        months = {} if self._rehearsal else self._months
        for name, (first, after) in sorted(months.items()):
            table = self.table_of(name)
            for index in self._indexes:
                self._execute(self._owner, f"ALTER INDEX {table}{index.suffix} RENAME TO {name}{index.suffix}")
            self._execute(self._owner, f"ALTER TABLE {table} RENAME TO {name}")
            self._execute(
                self._owner, f"ALTER TABLE incident ATTACH PARTITION {name} FOR VALUES FROM ('{first}') TO ('{after}')"
            )
            self._execute(self._owner, f"ALTER TABLE {name} DROP CONSTRAINT staged_month, RESET (autovacuum_enabled)")
        self.close()

    def close(self) -> None:
        """End the second connection; what it has not committed is gone."""
        if self._connection is not None and self._behind is not None:
            self._behind.give_up()
            try:
                self._behind.wait()
            except psycopg.Error as error:
                _log.debug("A write into staged months ended with the load: %s", error)
            self._connection.close()
        self._connection = self._behind = None

    def _finish(self, connection: psycopg.Connection) -> None:
        self._execute(connection, f"SET LOCAL default_statistics_target = {_STATISTICS_TARGET}")
        # The other processor has the owner's work.
        self._execute(connection, "SET LOCAL max_parallel_maintenance_workers = 0")
        for name, (first, after) in sorted(self._months.items()):
            table = self.table_of(name)
            for index in self._indexes:
                self._execute(connection, index.statement(f"{table}"))
            # Spares the search for rows of other months when the table becomes a partition.
            self._execute(
                connection,
                f"ALTER TABLE {table} ADD CONSTRAINT staged_month"
                f" CHECK (reported_at >= '{first}' AND reported_at < '{after}')",
            )
            self._execute(connection, f"ANALYZE {table}")
        if not self._rehearsal:
            connection.commit()

    @staticmethod
    def _execute(connection: psycopg.Connection, statement: str) -> None:
        connection.execute(statement.encode())

    def _opened(self) -> tuple[psycopg.Connection, WriteBehind]:
        if self._connection is None or self._behind is None:
            info = self._owner.info
            self._connection = psycopg.connect(make_conninfo(info.dsn, password=info.password or None))
            self._behind = WriteBehind(self._connection)
        return self._connection, self._behind


def drop_left_over(connection: psycopg.Connection) -> int:
    """Remove months that a killed bulk load staged; none is touched while a bulk load runs.

    Args:
        connection: In the caller's transaction.

    Returns:
        How many tables were removed.
    """
    row = connection.execute(f"SELECT pg_try_advisory_xact_lock({IMPORT_LOCK})".encode()).fetchone()
    assert row is not None
    if not row[0]:
        return 0
    rows = connection.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND starts_with(relname, %s)", [_PREFIX]
    ).fetchall()
    for (name,) in rows:
        connection.execute(f"DROP TABLE {name}".encode())
    return len(rows)


def column_definitions(connection: psycopg.Connection) -> list[str]:
    """Columns and checks of `incident`, as CREATE TABLE takes them."""
    columns = connection.execute(
        """
        SELECT concat_ws(
            ' ',
            quote_ident(attname),
            format_type(atttypid, atttypmod),
            'DEFAULT ' || pg_get_expr(adbin, adrelid),
            CASE WHEN attnotnull THEN 'NOT NULL' END
        )
        FROM pg_attribute
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = 'incident'::regclass AND attnum > 0 AND NOT attisdropped
        ORDER BY attnum
        """
    ).fetchall()
    checks = connection.execute(
        """
        SELECT format('CONSTRAINT %I %s', conname, pg_get_constraintdef(oid))
        FROM pg_constraint
        WHERE conrelid = 'incident'::regclass AND contype = 'c'
        ORDER BY conname
        """
    ).fetchall()
    return [row[0] for row in columns + checks]


def index_statements(connection: psycopg.Connection, table: str) -> list[str]:
    """Statements that give a table the indexes of `incident`."""
    return [index.statement(table) for index in _indexes(connection)]


def _indexes(connection: psycopg.Connection) -> list[_Index]:
    rows = connection.execute(
        """
        SELECT relname, pg_get_indexdef(indexrelid), pg_get_constraintdef(pg_constraint.oid)
        FROM pg_index
        JOIN pg_class ON pg_class.oid = indexrelid
        LEFT JOIN pg_constraint ON conindid = indexrelid AND contype IN ('p', 'u')
        WHERE indrelid = 'incident'::regclass
        ORDER BY relname
        """
    ).fetchall()
    return [_Index(name.removeprefix("incident"), index, constraint) for name, index, constraint in rows]
