"""How do many incidents get into the database at once, each exactly once?"""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
from numpy.typing import NDArray

from data import copy_binary
from data.incident_batch import AddedBatch, IncidentBatch, Moments, strings
from data.key_set import KeySet
from data.models.rollup import MEASURES
from data.rollup import Facts, add_to_rollup, combine, joined, load_subjects, spread
from data.tile_chunks import TileDays
from data.write_behind import WriteBehind
from geo.morton import morton_of
from geo.status import OPEN_STATUSES, TIMED_STATUSES, CaseStatus

_FIXED = (
    "id",
    "reported_at",
    "cell_id",
    "grid_id",
    "stated_unit_id",
    "class_id",
    "severity",
    "status",
    "breached",
    "source_id",
    "department_id",
    "dataset_id",
    "filed_at",
    "dispatched_at",
    "handled_at",
    "closed_at",
    "due_at",
    "morton",
    "geom",
)
_TEXTS = ("close_reason", "external_id", "text", "address")
_COMPACT_AFTER = 8_000_000
_STATISTICS_TARGET = 20
"""A month is much alike all over: a fifth of the usual sample plans as well and takes a seventh of the time."""


@dataclass(slots=True)
class _Pending:
    """Figures of rows stored so far."""

    parts: list[Facts] = field(default_factory=list)
    rows: int = 0


class BulkLoad:
    """One bulk load inside one transaction of the caller: add batches, finish, commit.

    New months are filled as plain tables and become partitions, with their indexes, in `finish`. The rows of a batch
    are written while the caller prepares the next one; `finish` waits for the last.
    """

    def __init__(
        self, connection: psycopg.Connection, dataset_id: int, zone: ZoneInfo, now: datetime, *, update: bool = False
    ) -> None:
        self._connection = connection
        self._dataset_id = dataset_id
        self._zone = zone
        self._now = np.datetime64(now.astimezone(ZoneInfo("UTC")).replace(tzinfo=None), "us")
        self._update = update
        self._keys = KeySet()
        self._digests: list[NDArray[np.int64]] = []
        self._new_tables: dict[str, str] = {}
        self._facts = _Pending()
        self._tile_days = TileDays()
        self._behind = WriteBehind(connection)
        self._store_is_empty = self._claim_empty_store()
        connection.execute("CREATE TEMP TABLE probe (position int, key uuid) ON COMMIT DROP")

    def _claim_empty_store(self) -> bool:
        """Whether no incident has a key yet; then the key index is left out until the end.

        Sorting all keys once is several times cheaper than keeping a tree of random keys. Asked again under the lock:
        another load may have been first.
        """
        empty = "SELECT NOT EXISTS (SELECT FROM incident_key)"
        if not _scalar(self._connection, empty):
            return False
        self._connection.execute("LOCK TABLE incident_key IN ACCESS EXCLUSIVE MODE")
        if not _scalar(self._connection, empty):
            return False
        self._connection.execute("TRUNCATE incident_key")
        self._connection.execute("ALTER TABLE incident_key DROP CONSTRAINT incident_key_pkey")
        return True

    def add(self, batch: IncidentBatch) -> AddedBatch:
        """Store the rows that are new; rows repeated within the load count against the first of them."""
        self._behind.wait()
        duplicate, conflict, stored_ids = self._judge(batch)
        replaced = conflict & (stored_ids > 0) if self._update else np.zeros(len(batch), bool)
        conflict &= ~replaced
        accepted = ~(duplicate | conflict)
        ids = np.zeros(len(batch), np.int64)
        if replaced.any():
            self._remove(stored_ids[replaced])
            ids[replaced] = stored_ids[replaced]
        fresh = accepted & ~replaced
        ids[fresh] = self._next_ids(int(fresh.sum()))
        rows = np.flatnonzero(accepted)
        if len(rows):
            kept = batch if len(rows) == len(batch) else batch.take(rows)
            kept_ids = ids[rows]
            self._behind.start(lambda: self._store(kept, kept_ids))
        return AddedBatch(accepted, duplicate, conflict, ids)

    def finish(self) -> None:
        """Make new partitions of the new months and bring the figures up; the caller commits."""
        self._behind.wait()
        # Until the commit no import of boundaries may change what the cells stand for.
        self._connection.execute("LOCK TABLE incident IN SHARE UPDATE EXCLUSIVE MODE")
        subjects = load_subjects(self._connection)
        self._behind.start(self._index)
        parts = spread(joined(self._facts.parts), subjects)
        self._behind.wait()
        self._tile_days.mark(self._connection)
        if parts:
            add_to_rollup(self._connection, parts)

    def _index(self) -> None:
        self._connection.execute(f"SET LOCAL default_statistics_target = {_STATISTICS_TARGET}")
        for name, bounds in sorted(self._new_tables.items()):
            self._connection.execute(f"ALTER TABLE incident ATTACH PARTITION {name} FOR VALUES {bounds}".encode())
            self._connection.execute(f"ANALYZE {name}".encode())
        if self._store_is_empty:
            self._connection.execute("ALTER TABLE incident_key ADD CONSTRAINT incident_key_pkey PRIMARY KEY (key)")
        self._connection.execute("ANALYZE incident_key")
        self._connection.execute("SET LOCAL default_statistics_target TO DEFAULT")

    def _judge(self, batch: IncidentBatch) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]]:
        """Marks of duplicates and conflicts, and the stored id of rows that the database knows."""
        start = sum(len(part) for part in self._digests)
        self._digests.append(batch.digest)
        first = self._keys.first_positions(batch.key)
        repeated = first != np.arange(start, start + len(batch))
        same = np.zeros(len(batch), bool)
        if repeated.any():
            same[repeated] = np.concatenate(self._digests)[first[repeated]] == batch.digest[repeated]
        stored_ids = np.zeros(len(batch), np.int64)
        known = np.zeros(len(batch), bool)
        if not self._store_is_empty:
            position, digest, incident_id = self._stored(batch.key)
            known[position] = True
            stored_ids[position] = incident_id
            same[position] = digest == batch.digest[position]
        seen = repeated | known
        stored_ids[repeated] = 0
        return seen & same, seen & ~same, stored_ids

    def _stored(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        self._connection.execute("TRUNCATE probe")
        positions = np.arange(len(keys))
        self._copy("probe (position, key)", [copy_binary.integers(positions, 4), copy_binary.uuids(keys)])
        found = self._connection.execute(
            "SELECT position, digest, incident_id FROM probe JOIN incident_key USING (key)"
        ).fetchall()
        table = np.array(found, np.int64).reshape(len(found), 3)
        return table[:, 0], table[:, 1], table[:, 2]

    def _remove(self, ids: NDArray[np.int64]) -> None:
        listed = [int(i) for i in ids]
        self._connection.execute(
            """
            DELETE FROM incident
            USING incident_key
            WHERE incident_key.incident_id = ANY(%(ids)s)
                AND incident.id = incident_key.incident_id
                AND incident.reported_at = incident_key.reported_at
            """,
            {"ids": listed},
        )
        self._connection.execute("DELETE FROM incident_key WHERE incident_id = ANY(%(ids)s)", {"ids": listed})

    def _next_ids(self, count: int) -> NDArray[np.int64]:
        if not count:
            return np.empty(0, np.int64)
        # One numbering for all writers: each id is drawn, none is computed.
        with self._connection.cursor(binary=True) as cursor:
            cursor.execute("SELECT array_agg(nextval('incident_id_seq')) FROM generate_series(1, %s)", [count])
            row = cursor.fetchone()
        assert row is not None
        return np.array(row[0], np.int64)

    def _store(self, batch: IncidentBatch, ids: NDArray[np.int64]) -> None:
        breached = self._breached(batch)
        month = batch.reported_at.astype("datetime64[M]")
        months = np.unique(month)
        for each in months:
            rows = np.flatnonzero(month == each)
            part = batch if len(months) == 1 else batch.take(rows)
            self._copy_month(each, part, ids[rows], breached[rows])
        self._remember(batch, breached)
        self._copy_keys(batch, ids)

    def _copy_keys(self, batch: IncidentBatch, ids: NDArray[np.int64]) -> None:
        # An index that is there takes sorted keys much faster; one that is made at the end sorts them itself.
        order = slice(None) if self._store_is_empty else np.lexsort((batch.key[:, 1], batch.key[:, 0]))
        self._copy(
            "incident_key (key, digest, incident_id, reported_at)",
            [
                copy_binary.uuids(batch.key[order]),
                copy_binary.integers(batch.digest[order], 8),
                copy_binary.integers(ids[order], 8),
                copy_binary.timestamps(batch.reported_at[order]),
            ],
        )

    def _breached(self, batch: IncidentBatch) -> NDArray[np.bool_]:
        unhandled = np.isin(batch.status, sorted(TIMED_STATUSES))
        late: NDArray[np.bool_] = unhandled & (batch.due_at <= self._now)
        return late

    def _copy_month(
        self, month: np.datetime64, batch: IncidentBatch, ids: NDArray[np.int64], breached: NDArray[np.bool_]
    ) -> None:
        n = len(batch)
        no_place = np.isnan(batch.lonlat[:, 0])
        morton = morton_of(batch.lonlat)
        self._tile_days.add(morton, local_days(batch.reported_at, self._zone))
        columns = [
            copy_binary.integers(ids, 8),
            copy_binary.timestamps(batch.reported_at),
            copy_binary.integers(batch.cell_id, 4),
            copy_binary.integers(batch.grid_id, 4, batch.grid_id == 0),
            copy_binary.integers(batch.stated_unit_id, 4, batch.stated_unit_id == 0),
            copy_binary.integers(batch.class_id, 2),
            copy_binary.integers(batch.severity, 2),
            copy_binary.integers(batch.status, 2),
            copy_binary.booleans(breached),
            copy_binary.integers(batch.source_id, 2),
            copy_binary.integers(batch.department_id, 2, batch.department_id == 0),
            copy_binary.integers(np.full(n, self._dataset_id), 4),
            copy_binary.timestamps(batch.filed_at),
            copy_binary.timestamps(batch.dispatched_at),
            copy_binary.timestamps(batch.handled_at),
            copy_binary.timestamps(batch.closed_at),
            copy_binary.timestamps(batch.due_at),
            copy_binary.integers(morton, 8, no_place),
            copy_binary.points(batch.lonlat),
        ]
        texts = [strings(getattr(batch, name), n) for name in _TEXTS]
        self._copy(f"{self._table_of(month)} ({', '.join(_FIXED + _TEXTS)})", columns, texts)

    def _copy(self, target: str, columns: list[copy_binary.FixedColumn], texts: list[pa.Array] | None = None) -> None:
        statement = f"COPY {target} FROM STDIN (FORMAT BINARY)"
        with self._connection.cursor().copy(statement.encode()) as copy:
            copy.write(copy_binary.HEADER)
            copy.write(copy_binary.encode(columns, texts or []))
            copy.write(copy_binary.TRAILER)

    def _table_of(self, month: np.datetime64) -> str:
        name = f"incident_{str(month).replace('-', '')}"
        if name in self._new_tables or self._exists(name):
            return name
        self._connection.execute("SELECT pg_advisory_xact_lock(hashtext('incident_partition'))")
        if not self._exists(name):
            self._connection.execute(
                f"CREATE TABLE {name} (LIKE incident INCLUDING DEFAULTS INCLUDING CONSTRAINTS)".encode()
            )
            self._new_tables[name] = f"FROM ('{month}-01 00:00+00') TO ('{month + 1}-01 00:00+00')"
        return name

    def _exists(self, table: str) -> bool:
        return bool(_scalar(self._connection, "SELECT EXISTS (SELECT FROM pg_class WHERE relname = %s)", table))

    def _remember(self, batch: IncidentBatch, breached: NDArray[np.bool_]) -> None:
        self._facts.parts.append(
            Facts(
                batch.cell_id,
                local_days(batch.reported_at, self._zone),
                batch.class_id,
                measures_of(batch.status, breached, batch.handled_at, batch.due_at),
            )
        )
        self._facts.rows += len(batch)
        if self._facts.rows > _COMPACT_AFTER:
            self._compact()

    def _compact(self) -> None:
        self._facts = _Pending([combine(joined(self._facts.parts))], 0)


def measures_of(
    status: NDArray[np.int16], breached: NDArray[np.bool_], handled_at: Moments, due_at: Moments
) -> NDArray[np.int32]:
    """Measures of n incidents (n, 6) in the order of MEASURES; the database view incident_measures says the same."""
    is_open = np.isin(status, sorted(OPEN_STATUSES))
    columns = {
        "n": np.ones(len(status), bool),
        "n_open": is_open,
        "n_overdue": is_open & breached & np.isnat(handled_at),
        "n_closed": status == CaseStatus.closed,
        "n_on_time": handled_at <= due_at,
        "n_late": handled_at > due_at,
    }
    return np.column_stack([columns[name] for name in MEASURES]).astype(np.int32)


def local_days(moments: Moments, zone: ZoneInfo) -> NDArray[np.int32]:
    """City-local day of each moment, as days since 1970-01-01 (n,)."""
    local = pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(zone.key).tz_localize(None)
    return local.to_numpy().astype("datetime64[D]").astype(np.int32)


def _scalar(connection: psycopg.Connection, statement: str, *parameters: object) -> object:
    row = connection.execute(statement.encode(), parameters).fetchone()
    assert row is not None
    return row[0]
