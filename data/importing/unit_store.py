"""How do units get into their table: compared with what is there, ended, renewed, renamed or added?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.importing.unit_candidates import UnitCandidate
from data.importing.unit_codes import search_letters
from data.importing.unit_levels import LevelRow
from data.importing.unit_shapes import ewkb_hex, label_points, mercator_shapes, multipolygon, same_border
from geo.metric import areas_m2

_COLUMNS = (
    "id, level_key, code, name, name_en, pinyin, parent_id, path, population, households, area_m2, geom, geom_3857, "
    "label_point, valid_from, revision_id"
)


@dataclass(frozen=True, slots=True)
class StoredUnit:
    """A current unit of the database."""

    id: int
    code: str
    name: str
    name_en: str
    parent_id: int | None
    population: int | None
    households: int | None
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class UnitChanges:
    """What has to happen so that the database says what a file says.

    Attributes:
        added: candidates whose code is new, with their parents' ids.
        redrawn: current units with a changed border, their candidates and parents' ids.
        renamed: current units with changed attributes or another parent, their candidates and parents' ids.
        unchanged: number of candidates that are as in the database.
        absent: number of current units that the file does not mention.
    """

    added: tuple[tuple[UnitCandidate, int | None], ...]
    redrawn: tuple[tuple[StoredUnit, UnitCandidate, int | None], ...]
    renamed: tuple[tuple[StoredUnit, UnitCandidate, int | None], ...]
    unchanged: int
    absent: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing has to happen."""
        return not (self.added or self.redrawn or self.renamed)


@dataclass(frozen=True, slots=True)
class Revision:
    """The boundary revision that changes belong to: first day of the new borders, last day of the old ones."""

    id: int
    valid_from: date | None
    ended_on: date


@dataclass(frozen=True, slots=True)
class StoredChange:
    """What was written.

    Attributes:
        unit_ids: units whose meaning changed: ended, or with another path than before.
        shapes: old and new borders of everything that moved, degrees.
    """

    unit_ids: tuple[int, ...]
    shapes: NDArray[np.object_]


def read_units(connection: psycopg.Connection, level_key: str) -> tuple[StoredUnit, ...]:
    """Current units of a level by id."""
    rows = connection.execute(
        """
        SELECT id, code, name, name_en, parent_id, population, households, ST_AsBinary(geom)
        FROM unit
        WHERE level_key = %s AND ended_revision_id IS NULL
        ORDER BY id
        """,
        [level_key],
    ).fetchall()
    shapes = shapely.from_wkb([row[7] for row in rows])
    return tuple(StoredUnit(*(*row[:7], shape)) for row, shape in zip(rows, shapes, strict=True))


def compare(
    units: Sequence[UnitCandidate], parent_ids: Sequence[int | None], present: Sequence[StoredUnit]
) -> UnitChanges:
    """Find out what has to change; borders are equal when no corner differs by more than 1e-9 degrees."""
    by_code = {unit.code: unit for unit in present}
    added, redrawn, renamed, unchanged = [], [], [], 0
    for unit, parent_id in zip(units, parent_ids, strict=True):
        stored = by_code.pop(unit.code or "", None)
        if stored is None:
            added.append((unit, parent_id))
        elif not same_border(stored.geometry, unit.geometry):
            redrawn.append((stored, unit, parent_id))
        elif _renamed(stored, unit) or stored.parent_id != parent_id:
            renamed.append((stored, unit, parent_id))
        else:
            unchanged += 1
    return UnitChanges(tuple(added), tuple(redrawn), tuple(renamed), unchanged, len(by_code))


def _renamed(stored: StoredUnit, unit: UnitCandidate) -> bool:
    """Whether an attribute that the file states differs; what it leaves open changes nothing."""
    for name in ("name", "name_en", "population", "households"):
        value = getattr(unit, name)
        if value is not None and value != getattr(stored, name):
            return True
    return False


def apply_changes(
    connection: psycopg.Connection, level: LevelRow, changes: UnitChanges, revision: Revision
) -> StoredChange:
    """Write the changes of one level.

    A unit with another border is ended and its successor gets the next id; its children follow the successor. Other
    changes are made in place. New ids follow the order of parents and codes.

    Args:
        connection: inside the caller's transaction.
        level: of all units.
        changes: from `compare`.
        revision: boundary revision that the changes belong to.
    """
    ended = [stored.id for stored, _, _ in changes.redrawn]
    _end(connection, ended, revision)
    for stored, unit, parent_id in changes.renamed:
        _rename(connection, stored, unit, parent_id)
    new: list[tuple[UnitCandidate, int | None, int | None]] = []
    new += [(unit, parent_id, None) for unit, parent_id in changes.added]
    new += [(_filled(unit, stored), parent_id, stored.id) for stored, unit, parent_id in changes.redrawn]
    new.sort(key=lambda item: (item[1] or 0, item[0].code or ""))
    first = _next_id(connection, level)
    ids = range(first, first + len(new))
    numbered = [(unit_id, unit, parent) for unit_id, (unit, parent, _) in zip(ids, new, strict=True)]
    _insert(connection, level, numbered, revision)
    for unit_id, (_, _, old_id) in zip(ids, new, strict=True):
        if old_id is not None:
            connection.execute(
                "UPDATE unit SET parent_id = %s WHERE parent_id = %s AND ended_revision_id IS NULL", [unit_id, old_id]
            )
    moved = refresh_paths(connection)
    borders = [unit.geometry for unit, _, _ in new] + [stored.geometry for stored, _, _ in changes.redrawn]
    parents_changed = [stored.id for stored, _, parent in changes.renamed if stored.parent_id != parent]
    return StoredChange(tuple({*ended, *moved, *parents_changed} - set(ids)), np.array(borders, dtype=object))


def new_revision(connection: psycopg.Connection, source: str, valid_from: date | None) -> int:
    """Begin a boundary revision; returns its id."""
    row = connection.execute(
        "INSERT INTO boundary_revision (source, valid_from) VALUES (%s, %s) RETURNING id", [source, valid_from]
    ).fetchone()
    assert row is not None
    return int(row[0])


def refresh_paths(connection: psycopg.Connection) -> tuple[int, ...]:
    """Make the paths of all current units agree with their parents; returns the ids whose path changed."""
    rows = connection.execute(
        """
        WITH RECURSIVE tree AS (
            SELECT id, ARRAY[id] AS path FROM unit WHERE parent_id IS NULL AND ended_revision_id IS NULL
            UNION ALL
            SELECT unit.id, tree.path || unit.id
            FROM unit
            JOIN tree ON unit.parent_id = tree.id
            WHERE unit.ended_revision_id IS NULL
        )
        UPDATE unit SET path = tree.path
        FROM tree
        WHERE unit.id = tree.id AND unit.path <> tree.path
        RETURNING unit.id
        """
    ).fetchall()
    return tuple(int(row[0]) for row in rows)


def redraw_in_place(connection: psycopg.Connection, unit_id: int, shape: BaseGeometry, revision_id: int) -> None:
    """Give a unit another border without ending it; for the whole city, whose border follows from its parts."""
    polygons = np.array([multipolygon(shape)], dtype=object)
    connection.execute(
        """
        UPDATE unit SET
            geom = ST_GeomFromWKB(%s, 4326), geom_3857 = ST_GeomFromWKB(%s, 3857),
            label_point = ST_GeomFromWKB(%s, 4326), area_m2 = %s, revision_id = %s
        WHERE id = %s
        """,
        [
            shapely.to_wkb(polygons[0]),
            shapely.to_wkb(mercator_shapes(polygons)[0]),
            shapely.to_wkb(label_points(polygons)[0]),
            float(areas_m2(polygons)[0]),
            revision_id,
            unit_id,
        ],
    )


def _filled(unit: UnitCandidate, stored: StoredUnit) -> UnitCandidate:
    """The candidate with what its predecessor says where the file is silent."""
    known = {
        name: getattr(stored, name)
        for name in ("name", "name_en", "population", "households")
        if getattr(unit, name) is None
    }
    return replace(unit, **known)


def _end(connection: psycopg.Connection, ids: list[int], revision: Revision) -> None:
    connection.execute(
        """
        UPDATE unit SET
            ended_revision_id = %s,
            valid_to = greatest(valid_from, %s)
        WHERE id = ANY(%s)
        """,
        [revision.id, revision.ended_on, ids],
    )


def _rename(connection: psycopg.Connection, stored: StoredUnit, unit: UnitCandidate, parent_id: int | None) -> None:
    unit = _filled(unit, stored)
    name = unit.name or stored.name
    connection.execute(
        """
        UPDATE unit SET
            name = %s, name_en = %s, pinyin = %s, population = %s, households = %s, parent_id = %s
        WHERE id = %s
        """,
        [name, unit.name_en, search_letters(name), unit.population, unit.households, parent_id, stored.id],
    )


def _next_id(connection: psycopg.Connection, level: LevelRow) -> int:
    row = connection.execute("SELECT max(id) + 1 FROM unit WHERE level_key = %s", [level.key]).fetchone()
    return int(row[0]) if row and row[0] is not None else level.first_id


def _insert(
    connection: psycopg.Connection,
    level: LevelRow,
    units: Sequence[tuple[int, UnitCandidate, int | None]],
    revision: Revision,
) -> None:
    if not units:
        return
    shapes = np.array([multipolygon(unit.geometry) for _, unit, _ in units], dtype=object)
    parents = sorted({parent for *_, parent in units if parent is not None})
    rows = connection.execute("SELECT id, path FROM unit WHERE id = ANY(%s)", [parents]).fetchall()
    paths: dict[int | None, list[int]] = {row[0]: row[1] for row in rows}
    dates = (revision.valid_from, revision.id)
    columns = zip(
        units,
        areas_m2(shapes),
        ewkb_hex(shapes, 4326),
        ewkb_hex(mercator_shapes(shapes), 3857),
        ewkb_hex(label_points(shapes), 4326),
        strict=True,
    )
    with connection.cursor().copy(f"COPY unit ({_COLUMNS}) FROM STDIN".encode()) as copy:
        for (unit_id, unit, parent_id), area, geom, geom_3857, label in columns:
            name = unit.name or unit.code or ""
            texts = (unit.code, name, unit.name_en or "", search_letters(name))
            tree = (parent_id, [*paths.get(parent_id, []), unit_id])
            counts = (unit.population, unit.households, float(area))
            copy.write_row((unit_id, level.key, *texts, *tree, *counts, geom, geom_3857, label, *dates))
