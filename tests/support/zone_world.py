"""The city drawn in letters as the planner of zones needs it: incidents at their true places on the map, and posts."""

from collections.abc import Iterable

import numpy as np
import psycopg

from data.engine import libpq_url
from geo.morton import morton_of
from tests.data.reads import grid_world
from tests.data.reads.grid_world import CLASSES, IDS, ORIGIN, SIDE, Row

NEIGHBOURS = {"ab": 2, "ae": 2, "bc": 3, "be": 3, "cd": 2, "ce": 1, "df": 2, "ef": 1, "eg": 2}
"""Pairs of grids with a common border in the drawing, and how many sides of squares it has; corners are none."""

POSTS = {"SP1": ("sentry_post", (0.5, 0.5), None), "PR1": ("police_room", (6.5, 0.5), 1_200.0)}
"""Code: kind, column and line in the drawing, radius; the first lies in a, the second in d."""


def build(url: str, *, count: int = 1_500) -> list[Row]:
    """Write the drawn city."""
    rows = grid_world.build(url, count=count)
    with psycopg.connect(libpq_url(url)) as connection:
        located = [row for row in rows if row.lonlat is not None]
        codes = morton_of(np.array([row.lonlat for row in located])).tolist()
        connection.cursor().executemany(
            "UPDATE incident SET morton = %s WHERE id = %s AND reported_at = %s",
            [[code, row.id, row.reported_at] for code, row in zip(codes, located, strict=True)],
        )
        for code, (kind, place, radius_m) in POSTS.items():
            _write_post(connection, code, kind, lonlat_at(*place), radius_m, "a" if code == "SP1" else "d")
    return rows


def lonlat_at(column: float, line: float) -> tuple[float, float]:
    """Degrees of a point of the drawing, counted in squares from its upper left corner."""
    return ORIGIN[0] + column * SIDE, ORIGIN[1] - line * SIDE


def seen_in(rows: Iterable[Row], letter: str, *, sensitive: bool = True) -> list[Row]:
    """The incidents that lie in a grid, with those of sensitive classes or without."""
    return [row for row in rows if row.grid == letter and (sensitive or not CLASSES[row.class_id - 1][4])]


def _write_post(
    connection: psycopg.Connection,
    code: str,
    kind: str,
    lonlat: tuple[float, float],
    radius_m: float | None,
    letter: str,
) -> None:
    connection.execute(
        """
        INSERT INTO place (kind, code, name, cell_id, service_radius_m, geom, geom_3857)
        SELECT %(kind)s, %(code)s, %(code)s, cell.id, %(radius)s, point, ST_Transform(point, 3857)
        FROM cell, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS point
        WHERE cell.unit_ids[3] = %(grid)s
        ORDER BY cell.id LIMIT 1
        """,
        {"kind": kind, "code": code, "radius": radius_m, "lon": lonlat[0], "lat": lonlat[1], "grid": IDS[letter]},
    )
