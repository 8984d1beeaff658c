"""How does a file of polygons become the units of a level?"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.types.json import Jsonb
from sqlalchemy import Engine

from data.audit.changes import record_import
from data.engine import psycopg_connection
from data.importing.polygon_feature import PolygonFile
from data.importing.polygon_files import read_polygons
from data.importing.progress import Progress, Unheard
from data.importing.unit_candidates import (
    EXTENT_MARGIN_DEG,
    Candidates,
    UnitCandidate,
    box_of,
    find_candidates,
    selected_features,
)
from data.importing.unit_datum import choose_system, contradicts
from data.importing.unit_doubts import doubtful_datums
from data.importing.unit_errors import ParentLevelEmpty
from data.importing.unit_levels import LevelRow, level_of, read_levels, refresh_zooms, settle_rollups
from data.importing.unit_numbering import number_units
from data.importing.unit_parents import Placed, place_in_tree
from data.importing.unit_relocate import relocate
from data.importing.unit_report import CrsDecision, RepairedUnit, UnitNote, UnitReport, UnitRow
from data.importing.unit_root import city_code, follow_root
from data.importing.unit_source import UnitSource
from data.importing.unit_store import (
    Revision,
    StoredUnit,
    UnitChanges,
    apply_changes,
    compare,
    new_revision,
    read_units,
)
from data.privacy.masking import masked_text

_MOST_KEPT_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class _Read:
    """A file as far as it can be understood without the rest of the tree."""

    file: PolygonFile
    total: int
    decision: CrsDecision
    candidates: Candidates


def import_units(
    engine: Engine,
    source: UnitSource,
    *,
    level: str,
    now: datetime,
    valid_from: date | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> UnitReport:
    """Import the polygons of one level, in one transaction.

    New codes are added; a changed border ends the unit and its successor gets the next id under a new boundary
    revision; changed names, figures and parents are stored in place; equal units stay as they are, so importing
    twice changes nothing. Units that the file does not mention are kept and counted. Incidents in a changed area are
    placed again. Units directly below the root get the root made from them where it has no file of its own.

    Args:
        engine: on a migrated database that has levels.
        source: the file and what it says where.
        level: key of the level.
        now: moment of the import, aware.
        valid_from: first day of the borders.
        dry_run: do everything, report it and undo it.
        progress: listener.

    Raises:
        FileUnreadable, ColumnMissing: The file cannot be read or lacks a field.
        CrsUndecided, CrsInvalid: It is not known in which system the coordinates are.
        LevelUnknown, ParentLevelEmpty: The tree has no place for the units.
    """
    with engine.connect() as connection, connection.begin() as transaction:
        raw = psycopg_connection(connection)
        report = import_level(raw, source, level=level, now=now, valid_from=valid_from, progress=progress)
        if dry_run:
            transaction.rollback()
    return replace(report, dry_run=dry_run, revision_id=None if dry_run else report.revision_id)


def import_level(
    connection: psycopg.Connection,
    source: UnitSource,
    *,
    level: str,
    now: datetime,
    valid_from: date | None = None,
    progress: Progress | None = None,
) -> UnitReport:
    """As `import_units`, inside the caller's transaction."""
    started = time.perf_counter()
    progress = progress or Unheard()
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('unit_import'))")
    levels = read_levels(connection)
    own = level_of(levels, level)
    progress.step(f"units {level}: {source.path.name}")
    read = _read(connection, source, own, levels)
    progress.advance(1, 3)
    placed, present, made_root = _placed(connection, source, own, levels, read.candidates)
    changes = compare(placed.candidates.units, placed.parent_ids, present)
    doubts = doubtful_datums(placed.candidates.units, _others(placed.candidates.units, present))
    progress.advance(2, 3)
    stored = _Stored(0, None) if changes.is_empty else _store(connection, own, changes, source, now, valid_from)
    report = _report(source, own, read, placed.candidates, changes, stored, doubts)
    report = replace(report, seconds=round(time.perf_counter() - started, 3))
    if stored.revision_id is not None or made_root:
        refresh_zooms(connection)
        settle_rollups(connection)
    _keep_run(connection, report, source.path, now)
    progress.advance(3, 3)
    return report


def _read(connection: psycopg.Connection, source: UnitSource, own: LevelRow, levels: Sequence[LevelRow]) -> _Read:
    whole = read_polygons(source.path, source.layer)
    file = selected_features(source, whole)
    reference = _reference(connection, own, levels)
    system, decision = choose_system(file, source.crs, reference)
    extent = None if reference is None else box_of(reference, EXTENT_MARGIN_DEG)
    candidates = find_candidates(source, file, system, extent)
    return _Read(file, len(whole.features), decision, candidates)


def _reference(connection: psycopg.Connection, own: LevelRow, levels: Sequence[LevelRow]) -> NDArray[np.object_] | None:
    """Borders to compare coordinates with: of the nearest level above that has units, else of the level itself."""
    for level in (*reversed([level for level in levels if level.rank < own.rank]), own):
        units = read_units(connection, level.key)
        if units:
            return np.array([unit.geometry for unit in units], dtype=object)
    return None


def _placed(
    connection: psycopg.Connection,
    source: UnitSource,
    own: LevelRow,
    levels: Sequence[LevelRow],
    candidates: Candidates,
) -> tuple[Placed, tuple[StoredUnit, ...], bool]:
    """Candidates with parents and codes, the present units of the level, and whether a root was made for them."""
    present = read_units(connection, own.key)
    if own.rank == 0:
        root = number_units(candidates.units, [None] * len(candidates.units), {None: city_code(connection)}, present)
        named = replace(candidates, units=root)
        return Placed(named, (None,) * len(root)), present, False
    above = next(level for level in levels if level.rank == own.rank - 1)
    made_root = above.rank == 0 and follow_root(connection, above, own, candidates)
    parents = read_units(connection, above.key)
    if not parents:
        raise ParentLevelEmpty(own.key, above.key)
    placed = place_in_tree(candidates, parents, source.parent, above.key)
    codes: dict[int | None, str] = {parent.id: parent.code for parent in parents}
    units = number_units(placed.candidates.units, placed.parent_ids, codes, present)
    return replace(placed, candidates=replace(placed.candidates, units=units)), present, made_root


def _others(units: Sequence[UnitCandidate], present: Sequence[StoredUnit]) -> NDArray[np.object_]:
    codes = {unit.code for unit in units}
    return np.array([unit.geometry for unit in present if unit.code not in codes], dtype=object)


@dataclass(frozen=True, slots=True)
class _Stored:
    relocated: int
    revision_id: int | None


def _store(
    connection: psycopg.Connection,
    own: LevelRow,
    changes: UnitChanges,
    source: UnitSource,
    now: datetime,
    valid_from: date | None,
) -> _Stored:
    revision = new_revision(connection, f"{own.key}: {masked_text(source.path.name)}", valid_from)
    change = apply_changes(connection, own, changes, Revision(revision, valid_from, valid_from or now.date()))
    return _Stored(relocate(connection, change), revision)


def _report(
    source: UnitSource,
    own: LevelRow,
    read: _Read,
    candidates: Candidates,
    changes: UnitChanges,
    stored: _Stored,
    doubts: tuple[UnitNote, ...],
) -> UnitReport:
    return UnitReport(
        file=masked_text(source.path.name),
        level=own.key,
        crs=read.decision,
        encoding=read.file.encoding,
        read=len(read.file.features),
        filtered_out=read.total - len(read.file.features),
        added=len(changes.added),
        unchanged=changes.unchanged,
        renamed=len(changes.renamed),
        redrawn=len(changes.redrawn),
        absent=changes.absent,
        relocated=stored.relocated,
        rejected=tuple(sorted(candidates.rejected, key=lambda item: item.row.number)),
        repaired=_of_accepted(candidates),
        notes=(*_doubt_about_file(source, read.decision), *candidates.notes, *doubts),
        revision_id=stored.revision_id,
        dry_run=False,
        seconds=0.0,
    )


def _doubt_about_file(source: UnitSource, decision: CrsDecision) -> tuple[UnitNote, ...]:
    better = contradicts(decision)
    whole = UnitRow(masked_text(source.path.name), 0, None, "")
    return (UnitNote(whole, f"suspected_{better}", decision.reason),) if better else ()


def _of_accepted(candidates: Candidates) -> tuple[RepairedUnit, ...]:
    numbers = {unit.row.number for unit in candidates.units}
    return tuple(item for item in candidates.repaired if item.row.number in numbers)


def _keep_run(connection: psycopg.Connection, report: UnitReport, path: Path, now: datetime) -> None:
    """Remember the run and its report, also one that changed nothing."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    connection.execute(
        """
        INSERT INTO import_run (kind, file_name, file_sha256, started_at, finished_at, report)
        VALUES ('units', %s, %s, %s, clock_timestamp(), %s)
        """,
        [report.file, digest, now, Jsonb(report.as_json(most_rows=_MOST_KEPT_ROWS))],
    )
    counted = ("level", "read", "added", "unchanged", "renamed", "redrawn", "absent", "relocated", "revision_id")
    counts = {name: getattr(report, name) for name in counted} | {"rejected": len(report.rejected)}
    record_import(connection, "units", report.file, digest, counts)
