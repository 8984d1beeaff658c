"""How does a set of incident files get into the database, each row exactly once and none dropped in silence?"""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy import Engine

from data.audit.changes import record_import
from data.bulk import BulkLoad
from data.cells import CityLocator, load_level_units
from data.importing.chunk_storing import ChunkStore, Tally
from data.importing.errors import ColumnMissing, NoUnits
from data.importing.incident_mapping import IncidentMapping
from data.importing.incident_places import ChosenDatum, choose_datum, named_datum
from data.importing.incident_rows import RowChunk, read_rows
from data.importing.progress import Progress, Unheard
from data.importing.report import ImportReport, Outcome
from data.importing.row_reading import ReadAhead
from data.importing.tabular_files import read_chunks
from data.importing.value_matching import UnitBook, UnitRow
from data.month_staging import IMPORT_LOCK
from data.privacy.masking import masked_text

_HASH_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class IncidentSource:
    """Files of one data set and how to read them.

    Attributes:
        files: CSV, Excel, GeoJSON, JSON or Parquet files, read one after the other.
        mapping: what their columns mean.
        dataset: key of the data set; an external id is unique within it.
        dataset_name: its name on screen; the key where empty.
    """

    files: tuple[Path, ...]
    mapping: IncidentMapping
    dataset: str
    dataset_name: str = ""


@dataclass(slots=True)
class _Seen:
    """What has been met in the files so far."""

    columns: set[str] = field(default_factory=set)
    left_out: dict[str, None] = field(default_factory=dict)
    files: list[tuple[str, str]] = field(default_factory=list)


def import_incidents(
    engine: Engine,
    source: IncidentSource,
    *,
    now: datetime,
    rng: np.random.Generator,
    crs: str = "auto",
    dry_run: bool = False,
    update: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import incidents in one transaction: all of them, with their figures and the report, or nothing.

    Args:
        engine: the database; it has units.
        source: files, mapping and data set.
        now: aware; reports from later than a day after it are refused, and open cases past their deadline count as
            overdue.
        rng: draws the sample by which the datum is told.
        crs: `auto`, `wgs84`, `gcj02`, `bd09`, `mercator` or EPSG:number; `auto` leaves it to the mapping.
        dry_run: do everything, report, and roll back.
        update: let a row with a known external id and another content replace the stored one.
        progress: hears of the bytes read.

    Returns:
        What became of every row.

    Raises:
        ImportStopped: a file, the mapping or the datum stops the import; nothing has been stored.
    """
    started = time.perf_counter()
    names = (masked_text(source.dataset), masked_text(source.dataset_name))
    source = replace(source, dataset=names[0], dataset_name=names[1])
    with _transaction(engine, keep=not dry_run) as connection:
        with _ImportRun(connection, source, now=now, rng=rng, crs=crs, update=update, rehearsal=dry_run) as run:
            run.store_all(progress or Unheard())
        report = run.report(time.perf_counter() - started, dry_run)
        run.record(report)
    return report


@contextmanager
def _transaction(engine: Engine, *, keep: bool) -> Iterator[psycopg.Connection]:
    """A psycopg connection in one transaction, committed at the end only if it is to be kept."""
    pooled = engine.raw_connection()
    connection = pooled.driver_connection
    assert isinstance(connection, psycopg.Connection)
    try:
        yield connection
        if keep:
            connection.commit()
    finally:
        pooled.rollback()
        pooled.close()


class _ImportRun:
    """One import inside one transaction."""

    def __init__(
        self,
        connection: psycopg.Connection,
        source: IncidentSource,
        *,
        now: datetime,
        rng: np.random.Generator,
        crs: str,
        update: bool,
        rehearsal: bool,
    ) -> None:
        # One import at a time: two could make the same local class or straddle under different ids.
        connection.execute(f"SELECT pg_advisory_xact_lock({IMPORT_LOCK})".encode())
        self._connection, self._source, self._now, self._rng = connection, source, now, rng
        self._crs = source.mapping.datum if crs == "auto" else crs
        levels = load_level_units(connection)
        if not levels:
            raise NoUnits
        self._locator = CityLocator(levels)
        self._units = UnitBook(_unit_rows(connection), source.mapping.stated_unit)
        self._dataset_id = _dataset_id(connection, source)
        zone = _city_zone(connection)
        bulk = BulkLoad(connection, self._dataset_id, zone, now, update=update, rehearsal=rehearsal)
        self._store = ChunkStore(connection, source.mapping, source.dataset, self._locator, levels, self._units, bulk)
        self._bulk = bulk
        self._seen = _Seen()
        self._datums: list[ChosenDatum] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bulk.close()

    def store_all(self, progress: Progress) -> None:
        """Read all files and store their rows."""
        total = sum(path.stat().st_size for path in self._source.files if path.is_file())
        progress.step("incidents")
        done = 0
        for path in self._source.files:
            self._store_file(path)
            done += path.stat().st_size
            progress.advance(done, total)
        self._bulk.finish()
        self._store.forget_unused_classes()

    def _store_file(self, path: Path) -> None:
        datum: ChosenDatum | None = None
        with ReadAhead(lambda: self._chunks(path)) as chunks:
            for rows in chunks:
                datum = datum or self._datum_of(rows)
                self._store.add(rows, datum)
        if datum is not None:
            self._datums.append(datum)

    def _chunks(self, path: Path) -> Iterator[RowChunk]:
        mapping = self._source.mapping
        for chunk in read_chunks(path, mapping.wanted(), mapping.shape):
            self._seen.columns |= set(chunk.columns)
            self._seen.left_out |= dict.fromkeys(masked_text(name) for name in chunk.left_out)
            _require_columns(path, mapping, set(chunk.columns))
            yield read_rows(chunk, mapping, masked_text(path.name), now=self._now)
        self._seen.files.append((masked_text(path.name), sha256_of(path)))

    def _datum_of(self, rows: RowChunk) -> ChosenDatum:
        if self._crs != "auto":
            return named_datum(self._crs, "As stated.")
        stated = rows.coded["stated_unit"]
        ids, ranks, _ = self._units.find(stated.values)
        rank = _most_frequent(ranks[stated.codes])
        of_rank = np.where(ranks == rank, ids, 0)[stated.codes]
        locator = self._locator.level_locator(max(rank, 0))
        return choose_datum(rows.raw, of_rank, locator, self._source.mapping.projected, rng=self._rng)

    def report(self, seconds: float, dry_run: bool) -> ImportReport:
        """What became of every row."""
        tally: Tally = self._store.tally
        stored = tally.accepted + tally.updated
        rejected = tally.issues.count(Outcome.REJECTED)
        # Every row ends in exactly one place; a difference here is an error of the program, never of the file.
        assert stored + tally.duplicate + tally.conflict + sum(rejected.values()) == tally.read
        unassigned = tally.issues.count(Outcome.UNASSIGNED)
        absent = [name for name in self._source.mapping.wanted() if name not in self._seen.columns]
        return ImportReport(
            dataset=self._source.dataset,
            files=tuple(self._seen.files),
            dry_run=dry_run,
            read=tally.read,
            accepted=tally.accepted,
            updated=tally.updated,
            kept=tally.kept,
            duplicate=tally.duplicate,
            conflict=tally.conflict,
            rejected=sum(rejected.values()),
            rejected_by=rejected,
            repaired=tally.issues.count(Outcome.REPAIRED),
            noted=tally.issues.count(Outcome.NOTED),
            unassigned=unassigned,
            unassigned_total=sum(unassigned.values()),
            stated=dict(tally.stated),
            decoded=dict(tally.decoded),
            masked=dict(tally.masked),
            datum=self._datum_verdict(),
            new_classes=tuple(self._store.classes.created),
            new_sources=tuple(self._store.sources.created),
            new_departments=tuple(self._store.departments.created),
            absent_columns=tuple(absent),
            left_out_columns=tuple(self._seen.left_out),
            seconds=round(seconds, 3),
            issues=tally.issues,
        )

    def _datum_verdict(self) -> tuple[str, str]:
        names = dict.fromkeys(datum.name for datum in self._datums)
        reasons = dict.fromkeys(datum.reason for datum in self._datums)
        return ", ".join(names) or "none", " ".join(reasons) or "There were no rows."

    def record(self, report: ImportReport) -> None:
        """Write the run and its report into the database."""
        self._connection.execute(
            """
            INSERT INTO import_run (kind, dataset_id, file_name, file_sha256, started_at, finished_at, report)
            VALUES ('incidents', %s, %s, %s, now(), clock_timestamp(), %s)
            """,
            [
                self._dataset_id,
                ", ".join(name for name, _ in report.files),
                ", ".join(digest for _, digest in report.files),
                json.dumps(report.figures(), ensure_ascii=False),
            ],
        )
        names, digests = (", ".join(part) for part in zip(*report.files, strict=True)) if report.files else ("", "")
        counted = ("read", "accepted", "updated", "kept", "duplicate", "conflict", "rejected")
        counts = {"dataset": report.dataset} | {name: getattr(report, name) for name in counted}
        record_import(self._connection, "incidents", names, digests, counts)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_HASH_BYTES):
            digest.update(part)
    return digest.hexdigest()


def _require_columns(path: Path, mapping: IncidentMapping, present: set[str]) -> None:
    needed = {mapping.columns["reported_at"]: "reported_at"} | dict.fromkeys(mapping.required, "the mapping")
    for column, meaning in needed.items():
        if column not in present:
            raise ColumnMissing(path.name, meaning, column, tuple(sorted(present)))


def _unit_rows(connection: psycopg.Connection) -> list[UnitRow]:
    rows = connection.execute(
        """
        SELECT unit.id, level.rank, unit.level_key, unit.code, unit.name
        FROM unit
        JOIN level ON level.key = unit.level_key
        WHERE unit.ended_revision_id IS NULL
        ORDER BY unit.id
        """
    ).fetchall()
    return [UnitRow(*row) for row in rows]


def _dataset_id(connection: psycopg.Connection, source: IncidentSource) -> int:
    row = connection.execute(
        """
        INSERT INTO dataset (key, name) VALUES (%s, %s)
        ON CONFLICT (key) DO UPDATE SET key = excluded.key
        RETURNING id
        """,
        [source.dataset, source.dataset_name or source.dataset],
    ).fetchone()
    assert row is not None
    return int(row[0])


def _city_zone(connection: psycopg.Connection) -> ZoneInfo:
    row = connection.execute("SELECT city_time_zone()").fetchone()
    assert row is not None
    return ZoneInfo(row[0])


def _most_frequent(ranks: NDArray[np.int16]) -> int:
    """The most frequent rank that is one, or -1 where no row states a unit."""
    stated = ranks[ranks >= 0]
    return int(np.bincount(stated).argmax()) if len(stated) else -1
