"""How do many incidents get into the database at once, each exactly once?"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from queue import SimpleQueue
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import psycopg
from numpy.typing import NDArray

from data import copy_binary
from data.cases.kept_standing import lock_logged, with_standing
from data.feed.tell import tell_all_anew
from data.incident_batch import AddedBatch, IncidentBatch, Moments
from data.incident_copy import EncodedRows, table_of, write_rows
from data.key_set import KeySet
from data.models.rollup import MEASURES
from data.month_staging import IMPORT_LOCK, MonthStaging, drop_left_over
from data.release import mark_weeks
from data.rollup import Facts, add_to_rollup, combine, joined, load_sensitive, load_subjects, spread
from data.tile_chunks import TileDays
from data.write_behind import WriteBehind
from geo.morton import NOWHERE, morton_of
from geo.status import OPEN_STATUSES, TIMED_STATUSES, CaseStatus

_COMPACT_AFTER = 8_000_000
_MANY = 100_000
"""Rows of a batch that hardly is the last one; ids that are drawn in vain leave a gap."""

_DRAW_IDS = """
    WITH drawn AS MATERIALIZED (SELECT nextval('incident_id_seq') AS id FROM generate_series(1, %s))
    SELECT min(id), max(id), CASE WHEN max(id) - min(id) >= count(*) THEN (SELECT array_agg(id) FROM drawn) END
    FROM drawn
"""
"""First and last id, and all of them only where other writers drew some in between."""
_LABELS = """
    SELECT id, ST_X(label_point), ST_Y(label_point)
    FROM unit
    WHERE level_key = (SELECT key FROM level ORDER BY rank DESC LIMIT 1)
    ORDER BY id
"""


@dataclass(slots=True)
class _Pending:
    """Figures of rows stored so far."""

    parts: list[Facts] = field(default_factory=list)
    rows: int = 0


@dataclass(frozen=True, slots=True)
class _Labels:
    """Small grids by id (n,), after one that is none, with the codes of their label points."""

    ids: NDArray[np.int64]
    codes: NDArray[np.int64]


def _load_labels(connection: psycopg.Connection) -> _Labels:
    rows = np.array([(0, np.nan, np.nan), *connection.execute(_LABELS).fetchall()], np.float64)
    return _Labels(rows[:, 0].astype(np.int64), morton_of(rows[:, 1:]))


class BulkLoad:
    """One bulk load inside one transaction of the caller: add batches, finish, commit; leave the context in any case.

    New months are filled beside that transaction (`MonthStaging`) and become partitions in `finish`. The rows of a
    batch are written while the caller prepares the next one; `finish` waits for the last.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        dataset_id: int,
        zone: ZoneInfo,
        now: datetime,
        *,
        update: bool = False,
        rehearsal: bool = False,
    ) -> None:
        """Take the lock that lets one load run at a time.

        Args:
            connection: In the caller's transaction.
            dataset_id: Data set of all rows.
            zone: Decides the city-local day.
            now: Open cases past their deadline at this moment are overdue.
            update: Whether a known key with another content replaces what is stored.
            rehearsal: The caller will roll back: new months are filled and indexed, and given up by `finish`.
        """
        connection.execute(f"SELECT pg_advisory_xact_lock({IMPORT_LOCK})".encode())
        drop_left_over(connection)
        self._connection = connection
        self._dataset_id = dataset_id
        self._zone = zone
        self._now = np.datetime64(now.astimezone(ZoneInfo("UTC")).replace(tzinfo=None), "us")
        self._update = update
        self._keys = KeySet()
        self._digests: list[NDArray[np.int64]] = []
        self._partitions: set[str] = set()
        self._staging = MonthStaging(connection, rehearsal=rehearsal)
        self._facts = _Pending()
        self._tile_days = TileDays()
        self._sensitive = load_sensitive(connection)
        self._sensitive_days = np.empty(0, np.int32)
        self._labels = _load_labels(connection)
        self._behind = WriteBehind(connection)
        self._ids = np.empty(0, np.int64)
        self._drawn_ahead: SimpleQueue[NDArray[np.int64]] = SimpleQueue()
        self._store_is_empty = self._claim_empty_store()
        connection.execute("CREATE TEMP TABLE probe (position int, key uuid) ON COMMIT DROP")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up what is not finished; after `finish` there is nothing left to do."""
        self._staging.close()

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
        duplicate, conflict, stored_ids = self._judge(batch)
        replaced = conflict & (stored_ids > 0) if self._update else np.zeros(len(batch), bool)
        conflict &= ~replaced
        accepted = ~(duplicate | conflict)
        ids = np.zeros(len(batch), np.int64)
        kept = np.zeros(len(batch), bool)
        if replaced.any():
            batch, kept = self._as_logged(batch, np.flatnonzero(replaced), stored_ids)
            self._remove(stored_ids[replaced])
            ids[replaced] = stored_ids[replaced]
        fresh = accepted & ~replaced
        ids[fresh] = self._next_ids(int(fresh.sum()))
        rows = np.flatnonzero(accepted)
        if len(rows):
            self._store(batch if len(rows) == len(batch) else batch.take(rows), ids[rows])
        return AddedBatch(accepted, duplicate, conflict, ids, kept)

    def finish(self) -> None:
        """Make new partitions of the new months and bring the figures up; the caller commits."""
        self._staging.start_finishing()
        self._behind.wait()
        # Until the commit no import of boundaries may change what the cells stand for.
        self._connection.execute("LOCK TABLE incident IN SHARE UPDATE EXCLUSIVE MODE")
        subjects = load_subjects(self._connection)
        self._behind.start(self._index_keys)
        parts = spread(joined(self._facts.parts), subjects)
        self._behind.wait()
        self._tile_days.mark(self._connection)
        if parts:
            add_to_rollup(self._connection, parts)
            tell_all_anew(self._connection)
            mark_weeks(self._connection, self._sensitive_days.astype("datetime64[D]").tolist())
        self._staging.attach()

    def _index_keys(self) -> None:
        if self._store_is_empty:
            self._connection.execute("ALTER TABLE incident_key ADD CONSTRAINT incident_key_pkey PRIMARY KEY (key)")
        self._connection.execute("ANALYZE incident_key")

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
        probe = copy_binary.encode([copy_binary.integers(positions, 4), copy_binary.uuids(keys)])
        copy_binary.copy_in(self._connection, "probe (position, key)", probe)
        found = self._connection.execute(
            "SELECT position, digest, incident_id FROM probe JOIN incident_key USING (key)"
        ).fetchall()
        table = np.array(found, np.int64).reshape(len(found), 3)
        return table[:, 0], table[:, 1], table[:, 2]

    def _as_logged(
        self, batch: IncidentBatch, rows: NDArray[np.intp], stored_ids: NDArray[np.int64]
    ) -> tuple[IncidentBatch, NDArray[np.bool_]]:
        """The batch with state and times of cases that have a log as the log says, and marks of rows that differ."""
        logged = lock_logged(self._connection, stored_ids[rows])
        places = {int(row): logged[int(stored_ids[row])] for row in rows if int(stored_ids[row]) in logged}
        if not places:
            return batch, np.zeros(len(batch), bool)
        return with_standing(batch, places, self._breached(batch))

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
        """Ids from the numbering of all writers: each is drawn, none is computed."""
        if count > len(self._ids):
            self._behind.wait()
            ahead = [self._drawn_ahead.get() for _ in range(self._drawn_ahead.qsize())]
            self._ids = np.concatenate([self._ids, *ahead])
        if count > len(self._ids):
            self._ids = np.append(self._ids, self._draw_ids(count - len(self._ids)))
        ids, self._ids = self._ids[:count], self._ids[count:]
        return ids

    def _draw_ids(self, count: int) -> NDArray[np.int64]:
        with self._connection.cursor(binary=True) as cursor:
            cursor.execute(_DRAW_IDS, [count])
            row = cursor.fetchone()
        assert row is not None
        first, last, scattered = row
        return np.arange(first, last + 1) if scattered is None else np.array(scattered, np.int64)

    def _store(self, batch: IncidentBatch, ids: NDArray[np.int64]) -> None:
        """Encode the rows and begin to write them: those of new months on one connection, all else on the other."""
        breached = self._breached(batch)
        day = local_days(batch.reported_at, self._zone)
        morton = self._shown_codes(batch)
        self._tile_days.add(morton, day)
        self._remember(batch, breached, day)
        table = table_of(self._dataset_id, batch, ids, breached, morton)
        direct, staged = [self._key_rows(batch, ids)], list[EncodedRows]()
        month = batch.reported_at.astype("datetime64[M]")
        for each in np.unique(month):
            name = self._partition_of(each)
            target = self._staging.table_of(name)
            rows = table.encoded(target or name, np.flatnonzero(month == each))
            (staged if target else direct).append(rows)
        self._behind.start(partial(self._write_and_draw, direct, len(batch)))
        if staged:
            self._staging.start(lambda connection: write_rows(connection, staged))

    def _write_and_draw(self, parts: list[EncodedRows], rows: int) -> None:
        """Write rows and, where as many are likely to follow, draw the ids of those while they are being prepared."""
        write_rows(self._connection, parts)
        if rows >= _MANY:
            self._drawn_ahead.put(self._draw_ids(rows))

    def _key_rows(self, batch: IncidentBatch, ids: NDArray[np.int64]) -> EncodedRows:
        # An index that is there takes sorted keys much faster; one that is made at the end sorts them itself.
        order = slice(None) if self._store_is_empty else np.lexsort((batch.key[:, 1], batch.key[:, 0]))
        columns = [
            copy_binary.uuids(batch.key[order]),
            copy_binary.integers(batch.digest[order], 8),
            copy_binary.integers(ids[order], 8),
            copy_binary.timestamps(batch.reported_at[order]),
        ]
        return EncodedRows("incident_key (key, digest, incident_id, reported_at)", copy_binary.encode(columns))

    def _breached(self, batch: IncidentBatch) -> NDArray[np.bool_]:
        if batch.breached is not None:
            return batch.breached
        unhandled = np.isin(batch.status, sorted(TIMED_STATUSES))
        late: NDArray[np.bool_] = unhandled & (batch.due_at <= self._now)
        return late

    def _partition_of(self, month: np.datetime64) -> str:
        """Name of a month's partition; the table of a new one is made."""
        name = f"incident_{str(month).replace('-', '')}"
        if name in self._partitions or self._exists(name):
            self._partitions.add(name)
            return name
        self._connection.execute("SELECT pg_advisory_xact_lock(hashtext('incident_partition'))")
        if not self._exists(name):
            self._staging.add(name, f"{month}-01 00:00+00", f"{month + 1}-01 00:00+00")
        self._partitions.add(name)
        return name

    def _exists(self, table: str) -> bool:
        return bool(_scalar(self._connection, "SELECT EXISTS (SELECT FROM pg_class WHERE relname = %s)", table))

    def _shown_codes(self, batch: IncidentBatch) -> NDArray[np.int64]:
        """Codes (n,) at which the incidents are on the map: of sensitive classes the small grid's label point."""
        morton = morton_of(batch.lonlat)
        rows = np.flatnonzero(self._sensitive[batch.class_id] & (morton >= 0))
        place = np.minimum(np.searchsorted(self._labels.ids, batch.grid_id[rows]), len(self._labels.ids) - 1)
        known = self._labels.ids[place] == batch.grid_id[rows]
        morton[rows] = np.where(known, self._labels.codes[place], NOWHERE)
        return morton

    def _remember(self, batch: IncidentBatch, breached: NDArray[np.bool_], day: NDArray[np.int32]) -> None:
        self._sensitive_days = np.union1d(self._sensitive_days, day[self._sensitive[batch.class_id]])
        measures = measures_of(batch.status, breached, batch.handled_at, batch.due_at)
        self._facts.parts.append(Facts(batch.cell_id, day, batch.class_id, measures))
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
