"""How do the rows of a chunk find their units, classes and codes, and get stored?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import psycopg
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from data.bulk import BulkLoad
from data.cells import CityLocator, LevelUnits, Placed
from data.importing.chunk_notes import ChunkNotes
from data.importing.class_deadlines import ClassDeadlines
from data.importing.class_matching import ClassBook
from data.importing.incident_mapping import IncidentMapping
from data.importing.incident_places import ChosenDatum, Placement, place_rows
from data.importing.incident_rows import CodedColumn, RowChunk
from data.importing.incident_times import TimeProblem
from data.importing.report import IssueLog, Outcome
from data.importing.row_hashes import content_digest, content_keys, hash_content, keys_of
from data.importing.stage_times import StageTimes, stage_times
from data.importing.value_matching import NameBook, UnitBook, find_severities, find_statuses
from data.incident_batch import IncidentBatch
from geo.box import Box

_MARGIN_DEG = 0.2

Rows = NDArray[np.bool_]


@dataclass(slots=True)
class Tally:
    """Counts of an import so far."""

    read: int = 0
    accepted: int = 0
    updated: int = 0
    kept: int = 0
    duplicate: int = 0
    conflict: int = 0
    stated: Counter[str] = field(default_factory=Counter)
    decoded: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    issues: IssueLog = field(default_factory=IssueLog)


@dataclass(frozen=True, slots=True)
class _Matched:
    """What the values of n rows stand for in the database.

    `unknown` marks rows whose value of a meaning is in no catalog.
    """

    class_id: NDArray[np.int16]
    severity: NDArray[np.int16]
    status: NDArray[np.int16]
    source_id: NDArray[np.int16]
    department_id: NDArray[np.int16]
    stated_id: NDArray[np.int32]
    stated_rank: NDArray[np.int16]
    unknown: dict[str, Rows]


class ChunkStore:
    """Stores chunks in the transaction of an import and counts what became of their rows."""

    def __init__(
        self,
        connection: psycopg.Connection,
        mapping: IncidentMapping,
        dataset_key: str,
        locator: CityLocator,
        levels: Sequence[LevelUnits],
        units: UnitBook,
        bulk: BulkLoad,
    ) -> None:
        self._connection, self._mapping, self._dataset_key = connection, mapping, dataset_key
        self._locator, self._units, self._bulk = locator, units, bulk
        bounds = shapely.total_bounds(np.concatenate([level.geometries for level in levels]))
        self._extent = Box(*(float(side) for side in bounds)).expanded(_MARGIN_DEG)
        self.classes = ClassBook(connection, mapping.classes)
        self.sources = NameBook(connection, "source", mapping.sources)
        self.departments = NameBook(connection, "department", mapping.departments)
        self._used_classes: set[int] = set()
        self._cell_units: dict[int, tuple[int, ...]] = {0: ()}
        self._last_known_id = _last_id(connection)
        self._deadlines = ClassDeadlines(connection)
        self.tally = Tally()

    def add(self, rows: RowChunk, datum: ChosenDatum) -> None:
        """Store the rows of a chunk that can be stored."""
        usable = rows.times["reported_at"].problem == TimeProblem.NONE
        notes = ChunkNotes(self.tally.issues, rows)
        self._count_reading(rows, usable, notes)
        if not usable.any():
            return
        matched = self._match(rows, usable)
        placement = place_rows(rows.raw, len(rows), datum, self._extent, self._mapping.projected)
        placed = self._locator.place(self._connection, placement.parsed.lonlat)
        times = stage_times(rows, matched.status, self._mapping)
        batch = self._batch(rows, matched, placement, placed, times)
        kept = np.flatnonzero(usable)
        added = self._bulk.add(self._deadlines.fill(batch if usable.all() else batch.take(kept)))
        stored, conflict, as_logged = (np.zeros(len(rows), bool) for _ in range(3))
        stored[kept], conflict[kept], as_logged[kept] = added.accepted, added.conflict, added.kept
        updated = int(np.count_nonzero(added.accepted & (added.ids <= self._last_known_id)))
        self.tally.accepted += int(added.accepted.sum()) - updated
        self.tally.updated += updated
        self.tally.kept += int(added.kept.sum())
        self.tally.duplicate += int(added.duplicate.sum())
        self.tally.conflict += int(added.conflict.sum())
        self._used_classes |= set(np.unique(matched.class_id[stored]).tolist())
        notes.conflicts(conflict)
        notes.note(as_logged, "status", "kept_by_log", Outcome.KEPT, "status")
        notes.places(placement, placed, stored)
        notes.values(matched.unknown, stored)
        notes.times(times, stored)
        notes.note(
            self._count_stated(matched, placed, stored), "stated_unit", "unit_differs", Outcome.NOTED, "stated_unit"
        )

    def forget_unused_classes(self) -> None:
        """Take back local classes that were made for rows none of which was stored."""
        self.classes.forget(self._used_classes)

    def _count_reading(self, rows: RowChunk, usable: Rows, notes: ChunkNotes) -> None:
        """Count what was read and note the rows that cannot be stored."""
        self.tally.read += len(rows) + len(rows.ragged)
        self.tally.decoded.update(rows.decoded)
        self.tally.masked.update({kind.value: count for kind, count in rows.masked.items()})
        lines = np.array([row.line for row in rows.ragged], np.int64)
        counts = [f"{row.found} fields instead of {row.expected}" for row in rows.ragged]
        self.tally.issues.add(rows.file, lines, "row", "ragged", Outcome.REJECTED, counts)
        problems = rows.times["reported_at"].problem
        for problem in TimeProblem:
            refused = ~usable & (problems == problem)
            notes.note(refused, "reported_at", f"time_{problem.name.lower()}", Outcome.REJECTED, "reported_at")

    def _match(self, rows: RowChunk, usable: Rows) -> _Matched:
        coded = rows.coded
        class_id, class_severity = self._classes_of(coded["class"], usable)
        status, status_unknown = find_statuses(coded["status"].values, self._mapping.statuses)
        severity, severity_unknown = find_severities(coded["severity"].values, self._mapping.severities)
        stated_id, stated_rank, stated_unknown = self._units.find(coded["stated_unit"].values)
        own = severity[coded["severity"].codes]
        return _Matched(
            class_id=class_id,
            severity=np.where(own > 0, own, class_severity).astype(np.int16),
            status=status[coded["status"].codes],
            source_id=self.sources.find(coded["source"].values)[coded["source"].codes],
            department_id=self.departments.find(coded["department"].values)[coded["department"].codes],
            stated_id=stated_id[coded["stated_unit"].codes],
            stated_rank=stated_rank[coded["stated_unit"].codes],
            unknown={
                "status": status_unknown[coded["status"].codes],
                "severity": severity_unknown[coded["severity"].codes],
                "unit": stated_unknown[coded["stated_unit"].codes],
            },
        )

    def _classes_of(self, column: CodedColumn, usable: Rows) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        """Class and its severity of each row; only values of usable rows may make local classes."""
        used = column.used(usable)
        ids, severities = self.classes.find([column.values[code] for code in used])
        all_ids, all_severities = np.zeros(len(column.values), np.int16), np.ones(len(column.values), np.int16)
        all_ids[used], all_severities[used] = ids, severities
        return all_ids[column.codes], all_severities[column.codes]

    def _batch(
        self, rows: RowChunk, matched: _Matched, placement: Placement, placed: Placed, times: StageTimes
    ) -> IncidentBatch:
        moments = times.moments
        batch = IncidentBatch(
            key=np.empty((len(rows), 2), np.uint64),
            digest=np.empty(len(rows), np.int64),
            lonlat=placement.parsed.lonlat,
            cell_id=placed.cell_id,
            grid_id=placed.grid_id,
            stated_unit_id=matched.stated_id,
            class_id=matched.class_id,
            severity=matched.severity,
            status=matched.status,
            source_id=matched.source_id,
            department_id=matched.department_id,
            reported_at=moments["reported_at"],
            filed_at=moments["filed_at"],
            dispatched_at=moments["dispatched_at"],
            handled_at=moments["handled_at"],
            closed_at=moments["closed_at"],
            due_at=moments["due_at"],
            **rows.texts,
        )
        digest = self._digest(rows, batch, moments | {"due_at": self._deadlines.beyond(batch)})
        return replace(batch, digest=digest, key=self._keys(rows, digest))

    def _digest(
        self, rows: RowChunk, batch: IncidentBatch, moments: dict[str, NDArray[np.datetime64]]
    ) -> NDArray[np.int64]:
        """Hash of what each row says; where it lies and how the file writes it do not matter."""
        stated = rows.coded["stated_unit"]
        nothing = pa.nulls(len(rows), pa.string())
        return content_digest(
            batch.lonlat,
            (batch.class_id, batch.severity, batch.status, batch.source_id, batch.department_id),
            tuple(moments.values()),
            hash_content(pa.array(stated.values, pa.string()))[stated.codes],
            [rows.texts.get(name, nothing) for name in ("close_reason", "text", "address")],
        )

    def _keys(self, rows: RowChunk, digest: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Keys by external id; a row without one is known by its content."""
        by_content = content_keys(digest)
        if "external_id" not in rows.texts:
            return by_content
        ids = rows.texts["external_id"]
        nameless = np.asarray(ids.is_null())
        return np.where(nameless[:, None], by_content, keys_of(ids, self._dataset_key))

    def _count_stated(self, matched: _Matched, placed: Placed, stored: Rows) -> Rows:
        """Count whether rows lie in the unit that they state; marks (n,) rows that lie in another."""
        differs = np.zeros(len(stored), bool)
        stating = np.flatnonzero(stored & (matched.stated_id > 0))
        if not len(stating):
            return differs
        located = self._units_at(placed.cell_id[stating], matched.stated_rank[stating])
        agrees = located == matched.stated_id[stating]
        differs[stating] = (located > 0) & ~agrees
        self.tally.stated.update(
            agrees=int(agrees.sum()), differs=int(differs.sum()), not_located=int(np.count_nonzero(located == 0))
        )
        return differs

    def _units_at(self, cell_id: NDArray[np.int32], rank: NDArray[np.int16]) -> NDArray[np.int32]:
        """Unit of a rank that each cell lies in; 0 for none."""
        cells, position = np.unique(cell_id, return_inverse=True)
        unmet = [int(cell) for cell in cells if int(cell) not in self._cell_units]
        if unmet:
            found = self._connection.execute("SELECT id, unit_ids FROM cell WHERE id = ANY(%s)", [unmet]).fetchall()
            self._cell_units.update({row[0]: tuple(row[1]) for row in found})
        depth = int(rank.max()) + 1
        table = np.zeros((len(cells), depth), np.int32)
        for place, cell in enumerate(cells):
            units = self._cell_units[int(cell)][:depth]
            table[place, : len(units)] = units
        return np.asarray(table[position.ravel(), rank])


def _last_id(connection: psycopg.Connection) -> int:
    """The highest incident id before this import."""
    row = connection.execute("SELECT coalesce(max(incident_id), 0) FROM incident_key").fetchone()
    assert row is not None
    return int(row[0])
