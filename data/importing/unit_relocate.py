"""How do incidents and places find their units again after borders or the tree have changed?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

from data.cells import FIRST_COMBINED_ID, CityLocator, write_grid_cells
from data.importing.unit_store import StoredChange
from data.rollup import fold

_CHUNK = 200_000


@dataclass(frozen=True, slots=True)
class _Points:
    """Some located rows: their keys and positions (n, 2) in degrees, NaN where there is none."""

    ids: list[int]
    moments: list[object]
    lonlat: NDArray[np.float64]


def relocate(connection: psycopg.Connection, change: StoredChange) -> int:
    """Bring cells, incidents, places and figures into line with the units as they now stand.

    Cells of changed units get other subjects, so their incidents are first taken out of them (into cell 0) and the
    figures folded; then the cells are written anew and every incident of the changed area is placed again. Writers
    wait until the caller's transaction ends. Figures stay equal to a recount throughout.

    Args:
        connection: inside the caller's transaction, after the units were changed.
        change: which units changed, and the old and new borders.

    Returns:
        How many incidents lie in other units than before.
    """
    if not _any_rows(connection):
        _drop_cells(connection, change.unit_ids)
        write_grid_cells(connection)
        return 0
    connection.execute("LOCK TABLE incident IN SHARE ROW EXCLUSIVE MODE")
    _collect(connection, change)
    connection.execute("UPDATE place SET cell_id = 0 WHERE id IN (SELECT id FROM moved_place)")
    connection.execute(
        """
        UPDATE incident SET cell_id = 0, grid_id = NULL, morton = shown_code(class_id, NULL, morton)
        FROM moved
        WHERE incident.id = moved.id AND incident.reported_at = moved.reported_at AND moved.lifted
        """
    )
    fold(connection)
    _drop_cells(connection, change.unit_ids)
    write_grid_cells(connection)
    locator = CityLocator.load(connection)
    _place_incidents(connection, locator)
    _place_places(connection, locator)
    row = connection.execute("SELECT count(*) FILTER (WHERE lifted OR cell_id <> old_cell_id) FROM moved").fetchone()
    connection.execute("DROP TABLE moved, moved_place")
    return int(row[0]) if row else 0


def _any_rows(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT EXISTS (SELECT FROM incident) OR EXISTS (SELECT FROM place)").fetchone()
    return bool(row and row[0])


def _collect(connection: psycopg.Connection, change: StoredChange) -> None:
    """Tables `moved` and `moved_place`: what lies in changed cells (lifted) or in the boxes of the changed borders."""
    boxes = [shapely.to_wkb(shapely.box(*bounds)) for bounds in shapely.bounds(change.shapes).reshape(-1, 4)]
    connection.execute("CREATE TEMP TABLE changed_box (geom geometry) ON COMMIT DROP")
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO changed_box VALUES (ST_GeomFromWKB(%s, 4326))", [(box,) for box in boxes])
    connection.execute(
        """
        CREATE TEMP TABLE moved ON COMMIT DROP AS
        SELECT incident.id, incident.reported_at, incident.cell_id AS old_cell_id, incident.cell_id,
            cell.unit_ids && %s AS lifted
        FROM incident
        JOIN cell ON cell.id = incident.cell_id
        WHERE cell.unit_ids && %s OR EXISTS (SELECT FROM changed_box WHERE changed_box.geom && incident.geom)
        """,
        [list(change.unit_ids), list(change.unit_ids)],
    )
    connection.execute(
        """
        CREATE TEMP TABLE moved_place ON COMMIT DROP AS
        SELECT place.id
        FROM place
        JOIN cell ON cell.id = place.cell_id
        WHERE cell.unit_ids && %s OR EXISTS (SELECT FROM changed_box WHERE changed_box.geom && place.geom)
        """,
        [list(change.unit_ids)],
    )
    connection.execute("DROP TABLE changed_box")


def _drop_cells(connection: psycopg.Connection, unit_ids: tuple[int, ...]) -> None:
    """Forget combinations that name a changed unit, and the straddles that only they used."""
    connection.execute("DELETE FROM cell WHERE id >= %s AND unit_ids && %s", [FIRST_COMBINED_ID, list(unit_ids)])
    connection.execute(
        """
        DELETE FROM straddle
        WHERE (parent_id = ANY(%s) OR child_id = ANY(%s))
            AND NOT EXISTS (SELECT FROM cell WHERE cell.subjects @> ARRAY[straddle.id])
        """,
        [list(unit_ids), list(unit_ids)],
    )


def _place_incidents(connection: psycopg.Connection, locator: CityLocator) -> None:
    connection.execute(
        """
        CREATE TEMP TABLE found (
            id bigint, reported_at timestamptz, cell_id integer, grid_id integer
        ) ON COMMIT DROP
        """
    )
    for points in _moved_points(connection):
        placed = locator.place(connection, points.lonlat)
        with connection.cursor().copy("COPY found FROM STDIN") as copy:
            for row in zip(points.ids, points.moments, placed.cell_id, placed.grid_id, strict=True):
                copy.write_row((row[0], row[1], int(row[2]), int(row[3]) or None))
    connection.execute(
        """
        UPDATE incident SET
            cell_id = found.cell_id,
            grid_id = found.grid_id,
            morton = shown_code(class_id, found.grid_id, morton)
        FROM found
        WHERE incident.id = found.id AND incident.reported_at = found.reported_at
            AND incident.cell_id <> found.cell_id
        """
    )
    connection.execute(
        """
        UPDATE moved SET cell_id = found.cell_id
        FROM found
        WHERE moved.id = found.id AND moved.reported_at = found.reported_at
        """
    )
    connection.execute("DROP TABLE found")


def _moved_points(connection: psycopg.Connection) -> Iterator[_Points]:
    with connection.cursor(name="moved_points") as cursor:
        cursor.itersize = _CHUNK
        cursor.execute(
            """
            SELECT incident.id, incident.reported_at, ST_X(incident.geom), ST_Y(incident.geom)
            FROM incident
            JOIN moved ON moved.id = incident.id AND moved.reported_at = incident.reported_at
            """
        )
        while rows := cursor.fetchmany(_CHUNK):
            yield _Points([row[0] for row in rows], [row[1] for row in rows], _lonlat(rows, 2))


def _place_places(connection: psycopg.Connection, locator: CityLocator) -> None:
    rows = connection.execute(
        "SELECT place.id, ST_X(geom), ST_Y(geom) FROM place JOIN moved_place ON moved_place.id = place.id"
    ).fetchall()
    if rows:
        cells = locator.place(connection, _lonlat(rows, 1)).cell_id
        with connection.cursor() as cursor:
            pairs = [(int(cell), row[0]) for cell, row in zip(cells, rows, strict=True)]
            cursor.executemany("UPDATE place SET cell_id = %s WHERE id = %s", pairs)


def _lonlat(rows: list[tuple[object, ...]], first: int) -> NDArray[np.float64]:
    return np.array([row[first : first + 2] for row in rows], dtype=np.float64).reshape(-1, 2)
