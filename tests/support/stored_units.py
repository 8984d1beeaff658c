"""Units from polygons stored straight into the tables, without the import under test."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
import shapely

from data.cells import write_grid_cells


@dataclass(frozen=True)
class PlainUnit:
    """A unit of a test: code, name, position of its parent in the level above, polygon."""

    code: str
    name: str
    parent: int | None
    shape: shapely.Geometry


def store_levels(connection: psycopg.Connection, levels: Sequence[tuple[str, Sequence[PlainUnit]]]) -> None:
    """Store levels from the root down; the last one is the smallest grid."""
    connection.execute("INSERT INTO boundary_revision (source) VALUES ('test')")
    paths: list[list[int]] = []
    for rank, (key, units) in enumerate(levels):
        first = (rank + 1) * 10_000_000 + 1
        connection.execute(
            "INSERT INTO level VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [key, rank, key, key, first, rank * 3, rank * 3 + 3, rank < len(levels) - 1],
        )
        above = paths
        paths = [[*(above[unit.parent] if unit.parent is not None else []), first + n] for n, unit in enumerate(units)]
        connection.cursor().executemany(
            _INSERT, [_row(key, unit, path) for unit, path in zip(units, paths, strict=True)]
        )
    write_grid_cells(connection)


_INSERT = """
    INSERT INTO unit (id, level_key, code, name, parent_id, path, area_m2, geom, geom_3857, label_point, revision_id)
    SELECT %(id)s, %(level)s, %(code)s, %(name)s, %(parent)s, %(path)s, 1.0, ST_Multi(g),
        ST_Multi(ST_Transform(g, 3857)), ST_PointOnSurface(g), (SELECT max(id) FROM boundary_revision)
    FROM ST_GeomFromWKB(%(wkb)s, 4326) AS g
"""


def _row(level: str, unit: PlainUnit, path: list[int]) -> dict[str, object]:
    return {
        "id": path[-1],
        "level": level,
        "code": unit.code,
        "name": unit.name,
        "parent": path[-2] if len(path) > 1 else None,
        "path": path,
        "wkb": shapely.to_wkb(unit.shape),
    }
