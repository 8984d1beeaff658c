"""At which zooms do unit shapes go onto the grid of map tiles as they are?"""

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

GRID = 4096
"""Tile units a side; the grid of a zoom is one for the whole world."""

HIGHEST_ZOOM = 14
_EQUATOR_M = 40_075_016.685578488


def note_plain_zooms(connection: psycopg.Connection, limit: int = 1_000) -> int:
    """Look at units that nobody has looked at yet, in the caller's transaction; returns how many.

    Tiles are right before and after; afterwards they are made several times faster.
    """
    rows = connection.execute(
        """
        SELECT unit.id, ST_AsBinary(unit.geom_3857)
        FROM unit
        WHERE NOT EXISTS (SELECT FROM unit_plain_zooms AS noted WHERE noted.unit_id = unit.id)
        ORDER BY unit.id
        LIMIT %(limit)s
        FOR SHARE
        """,
        {"limit": limit},
    ).fetchall()
    if rows:
        zooms = plain_zooms(shapely.from_wkb([bytes(shape) for _, shape in rows]))
        connection.execute(
            """
            INSERT INTO unit_plain_zooms (unit_id, zooms)
            SELECT * FROM unnest(%(ids)s::int[], %(zooms)s::int[])
            ON CONFLICT (unit_id) DO UPDATE SET zooms = EXCLUDED.zooms
            """,
            {"ids": [unit_id for unit_id, _ in rows], "zooms": zooms.tolist()},
        )
    return len(rows)


def plain_zooms(shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    """Bit z (n,) of each shape says that it is valid and keeps its parts when rounded to the grid of zoom z.

    Args:
        shapes: (n,) polygons in EPSG:3857.
    """
    zooms = np.zeros(len(shapes), np.int64)
    for z in range(HIGHEST_ZOOM + 1):
        scale = GRID * 2**z / _EQUATOR_M
        rounded = shapely.transform(shapes, lambda metres, scale=scale: np.rint(metres * scale))
        plain = shapely.is_valid(rounded) & (shapely.area(rounded) > 0)
        zooms |= plain.astype(np.int64) << z
    return zooms
