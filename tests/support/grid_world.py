"""A small world of square units for tests, drawn in ASCII: one letter a medium grid, one square a small grid."""

from dataclasses import dataclass

import psycopg
import shapely

ORIGIN = (115.0, 22.0)
SIDE = 0.01
LEVELS = (("city", 0), ("county", 1), ("medium", 2), ("small", 3))


@dataclass(frozen=True)
class GridWorld:
    """Ids by code."""

    ids: dict[str, int]
    rows: int
    columns: int

    def point_in(self, row: int, column: int, dx: float = 0.5, dy: float = 0.5) -> tuple[float, float]:
        """A point inside the square in a row (from the top) and column."""
        return ORIGIN[0] + (column + dx) * SIDE, ORIGIN[1] + (self.rows - row - 1 + dy) * SIDE


def build_world(connection: psycopg.Connection, drawing: str) -> GridWorld:
    """Store city > county (upper or lower case) > medium (letter) > small (square) as drawn."""
    lines = drawing.split()
    squares = {(r, c): letter for r, line in enumerate(lines) for c, letter in enumerate(line)}
    connection.execute("INSERT INTO boundary_revision (source) VALUES ('drawing')")
    for key, rank in LEVELS:
        connection.execute(
            "INSERT INTO level VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [key, rank, key, key, (rank + 1) * 10_000_000 + 1, rank * 3, rank * 3 + 3, key != "small"],
        )
    ids: dict[str, int] = {}
    boxes = {square: _box(len(lines), *square) for square in squares}
    _add(connection, ids, "city", "X", None, list(boxes.values()))
    counties = sorted({"U" if letter.isupper() else "L" for letter in squares.values()})
    for county in counties:
        _add(connection, ids, "county", county, "X", [boxes[s] for s, v in squares.items() if _county(v) == county])
    for letter in sorted(set(squares.values())):
        _add(connection, ids, "medium", letter, _county(letter), [boxes[s] for s, v in squares.items() if v == letter])
    for row, column in sorted(squares):
        _add(connection, ids, "small", f"{row},{column}", squares[row, column], [boxes[row, column]])
    return GridWorld(ids, len(lines), len(lines[0]))


def _county(letter: str) -> str:
    return "U" if letter.isupper() else "L"


def _box(rows: int, row: int, column: int) -> shapely.Polygon:
    x, y = ORIGIN[0] + column * SIDE, ORIGIN[1] + (rows - row - 1) * SIDE
    return shapely.box(x, y, x + SIDE, y + SIDE)


def _add(
    connection: psycopg.Connection,
    ids: dict[str, int],
    level: str,
    code: str,
    parent: str | None,
    boxes: list[shapely.Polygon],
) -> None:
    rank = dict(LEVELS)[level]
    unit = (rank + 1) * 10_000_000 + 1 + sum(i // 10_000_000 == rank + 1 for i in ids.values())
    ids[code] = unit
    parent_id = ids[parent] if parent else None
    path = [unit]
    if parent_id:
        found = connection.execute("SELECT path FROM unit WHERE id = %s", [parent_id]).fetchone()
        assert found is not None
        path = [*found[0], unit]
    shape = (
        shapely.MultiPolygon([shapely.union_all(boxes)])
        if shapely.union_all(boxes).geom_type == "Polygon"
        else (shapely.union_all(boxes))
    )
    connection.execute(
        """
        INSERT INTO unit (
            id, level_key, code, name, parent_id, path, area_m2, geom, geom_3857, label_point, revision_id
        )
        SELECT %(id)s, %(level)s, %(code)s, %(code)s, %(parent)s, %(path)s, ST_Area(g::geography), g,
            ST_Multi(ST_Transform(g, 3857)), ST_PointOnSurface(g), (SELECT max(id) FROM boundary_revision)
        FROM ST_GeomFromWKB(%(wkb)s, 4326) AS g
        """,
        {
            "id": unit,
            "level": level,
            "code": code,
            "parent": parent_id,
            "path": path,
            "wkb": shapely.to_wkb(shape),
        },
    )
