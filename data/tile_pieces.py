"""How do unit shapes become pieces of map tiles, ahead of the readers?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

from geo.tile_cut import cut, most_tiles, on_grid
from geo.vector_tile import polygon_feature

HIGHEST_ZOOM = 14
"""Unit tiles end here; maps enlarge them from there on."""

MOST_TILES = 16_384
"""A shape that reaches into more tiles of a zoom is not cut from that zoom on: a prefecture reaches into some thousand
at zoom 14, and a single large shape is quickly put into a tile by the database."""

_COLUMNS = "zoom, tile_column, tile_row, unit_id, revision_id, ended_revision_id, feature"
_TYPES = ("int2", "int4", "int4", "int4", "int4", "int4", "bytea")


@dataclass(frozen=True, slots=True)
class _Units:
    """Units whose pieces are missing: facts (n,) and shapes (n,) in EPSG:3857."""

    facts: list[tuple[int, int, int | None]]
    shapes: NDArray[np.object_]


def cut_units(connection: psycopg.Connection, limit: int = 200) -> int:
    """Cut units that are not in pieces yet, in the caller's transaction; returns how many.

    Tiles are right before and after; afterwards they are made many times faster.
    """
    units = _missing(connection, limit)
    if not units.facts:
        return 0
    ids = [unit_id for unit_id, *_ in units.facts]
    # A unit that was cut in part only has pieces below its gap.
    connection.execute("DELETE FROM unit_tile_piece WHERE unit_id = ANY(%s)", [ids])
    ends = np.full(len(ids), HIGHEST_ZOOM + 1)
    with connection.cursor().copy(f"COPY unit_tile_piece ({_COLUMNS}) FROM STDIN (FORMAT BINARY)".encode()) as copy:
        copy.set_types(_TYPES)
        for row in _pieces(units, ends):
            copy.write_row(row)
    _close_gaps(connection, ids, ends)
    return len(ids)


def _missing(connection: psycopg.Connection, limit: int) -> _Units:
    # The lock keeps a shape from changing while it is cut.
    rows = connection.execute(
        """
        SELECT unit.id, unit.revision_id, unit.ended_revision_id, ST_AsBinary(unit.geom_3857)
        FROM unit
        JOIN unit_tile_gap AS gap ON gap.unit_id = unit.id
        WHERE NOT gap.settled
        ORDER BY unit.id
        LIMIT %s
        FOR SHARE OF unit
        """,
        [limit],
    ).fetchall()
    shapes = shapely.from_wkb([bytes(shape) for *_, shape in rows])
    return _Units([(unit_id, began, ended) for unit_id, began, ended, _ in rows], np.asarray(shapes, object))


def _pieces(units: _Units, ends: NDArray[np.int64]) -> Iterator[tuple[int, int, int, int, int, int | None, bytes]]:
    """Rows of the table; notes in `ends` (n,) the first zoom at which a shape reaches into too many tiles."""
    for z in range(HIGHEST_ZOOM + 1):
        shapes = on_grid(units.shapes, z)
        ends[(most_tiles(shapes, z) > MOST_TILES) & (ends > z)] = z
        within = np.flatnonzero(ends > z)
        pieces = cut(shapes[within], z)
        places = zip(within[pieces.owner].tolist(), pieces.column.tolist(), pieces.row.tolist(), strict=True)
        for (owner, column, row), commands in zip(places, pieces.commands, strict=True):
            unit_id, began, ended = units.facts[owner]
            yield z, column, row, unit_id, began, ended, polygon_feature(unit_id, commands)


def _close_gaps(connection: psycopg.Connection, ids: list[int], ends: NDArray[np.int64]) -> None:
    whole = ends > HIGHEST_ZOOM
    connection.execute(
        "DELETE FROM unit_tile_gap WHERE unit_id = ANY(%s)",
        [[unit_id for unit_id, is_whole in zip(ids, whole.tolist(), strict=True) if is_whole]],
    )
    for k in np.flatnonzero(~whole).tolist():
        connection.execute(
            "UPDATE unit_tile_gap SET from_zoom = %s, settled = true WHERE unit_id = %s", [int(ends[k]), ids[k]]
        )
