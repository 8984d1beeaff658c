"""A small city drawn in letters, with incidents whose place in it is known from the drawing alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import shapely

from data.cells import CityLocator, write_grid_cells
from data.engine import libpq_url
from data.reads.measures import Measures
from data.rollup import fold

CITY = [
    "XXXXXXXX.",
    "XXXXXXXX.",
    "XXXXXXXX.",
    "XXXXXXXX.",
]
TOWNS = [
    "AAAABBBBB",
    "AAAABBBBB",
    "CCCCC.CC.",
    "CCCC.....",
]
GRIDS = [
    "aabbccddd",
    "aabbbcddd",
    "eeeeeeff.",
    "gg.......",
]
"""Grid b of town A reaches into B; e of C reaches where no town is; B and d reach out of the city."""

PARENT = {"X": None, **dict.fromkeys("ABC", "X"), **dict.fromkeys("ab", "A"), **dict.fromkeys("cd", "B")}
PARENT |= dict.fromkeys("efgz", "C")
CODES = {"X": "44", "A": "4401", "B": "4402", "C": "4403"} | {
    letter: f"{town}{number:03d}"
    for letter, town, number in [
        ("a", "4401", 1), ("b", "4401", 2), ("c", "4402", 1), ("d", "4402", 2),
        ("e", "4403", 1), ("f", "4403", 2), ("g", "4403", 3), ("z", "4403", 9),
    ]
}  # fmt: skip
NAMES = {
    "X": ("海城市", "Haicheng", "hai cheng shi"),
    "A": ("城区", "Town Centre", "cheng qu"),
    "B": ("红草镇", "Hongcao", "hong cao zhen"),
    "C": ("马宫街道", "Magong", "ma gong jie dao"),
}
IDS = {"X": 10_000_001, "A": 20_000_001, "B": 20_000_002, "C": 20_000_003}
IDS |= {letter: 30_000_001 + place for place, letter in enumerate("abcdefgz")}
LEVEL = {"X": "city", **dict.fromkeys("ABC", "town"), **dict.fromkeys("abcdefgz", "grid")}
NO_POPULATION = "g"
SIDE = 0.01
ORIGIN = (120.0, 30.0)
ZONE = ZoneInfo("Asia/Shanghai")
LAST_DAY = date(2025, 3, 31)
DAYS = 70
CLASSES = [
    ("U-E-1-01", "urban", "event", "appearance", False),
    ("U-E-1-02", "urban", "event", "appearance", False),
    ("U-C-2-01", "urban", "component", "roads", False),
    ("S-D-1-01", "safety", "dispute", "neighbour", True),
    ("S-P-2-01", "safety", "prevention", "disaster", False),
]
SCENARIOS = {"flood": ["S-P-2-01", "U-C-2-01"], "roads": ["U-E-1-01"]}


@dataclass(frozen=True)
class Row:
    """An incident with the letters of the drawing where it lies (None in none)."""

    id: int
    reported_at: datetime
    lonlat: tuple[float, float] | None
    city: str | None
    town: str | None
    grid: str | None
    class_id: int
    status: int
    breached: bool
    handled_at: datetime | None
    due_at: datetime | None
    department_id: int | None

    @property
    def day(self) -> date:
        return self.reported_at.astimezone(ZONE).date()

    def lies_in(self, letter: str) -> bool:
        """Whether it counts for the unit; the whole city has everything."""
        return letter == "X" or letter in (self.town, self.grid)


def measures(rows: Iterable[Row]) -> Measures:
    """The figures of rows by the definitions, one by one."""
    rows = list(rows)
    is_open = [row.status in (1, 2, 3, 4, 5, 10, 11, 12) for row in rows]
    return Measures(
        len(rows),
        sum(is_open),
        sum(o and row.breached and row.handled_at is None for o, row in zip(is_open, rows, strict=True)),
        sum(row.status == 6 for row in rows),
        sum(row.handled_at is not None and row.due_at is not None and row.handled_at <= row.due_at for row in rows),
        sum(row.handled_at is not None and row.due_at is not None and row.handled_at > row.due_at for row in rows),
    )


def build(url: str, *, seed: int = 7, count: int = 1_500) -> list[Row]:
    """Write the city and its incidents, half of their figures folded, half pending."""
    rows = draw_rows(np.random.default_rng(seed), count)
    with psycopg.connect(libpq_url(url)) as connection:
        _write_space(connection)
        _write_catalog(connection)
        write_grid_cells(connection)
        locator = CityLocator.load(connection)
        half = len(rows) // 2
        write_rows(connection, locator, rows[:half])
        fold(connection)
        write_rows(connection, locator, rows[half:])
    return rows


def draw_rows(rng: np.random.Generator, count: int) -> list[Row]:
    """Incidents at random squares, days, classes and states."""
    return [_draw_row(rng, number + 1) for number in range(count)]


def _draw_row(rng: np.random.Generator, number: int) -> Row:
    line, column = int(rng.integers(len(CITY))), int(rng.integers(len(CITY[0])))
    located = rng.random() > 0.05
    reported = _midnight(LAST_DAY) - timedelta(minutes=int(rng.integers((DAYS - 1) * 1440)) - 1439)
    due = reported + timedelta(hours=24) if rng.random() < 0.8 else None
    status = int(rng.integers(1, 13))
    handled = reported + timedelta(hours=int(rng.integers(1, 48))) if status in (5, 6) else None
    return Row(
        number,
        reported,
        _point(rng, line, column) if located else None,
        *(_letter(drawing, line, column) if located else None for drawing in (CITY, TOWNS, GRIDS)),
        class_id=int(rng.integers(1, len(CLASSES) + 1)),
        status=status,
        breached=bool(rng.random() < 0.4),
        handled_at=handled,
        due_at=due,
        department_id=int(rng.integers(1, 3)) if rng.random() < 0.7 else None,
    )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def _letter(drawing: list[str], line: int, column: int) -> str | None:
    letter = drawing[line][column]
    return None if letter == "." else letter


def _point(rng: np.random.Generator, line: int, column: int) -> tuple[float, float]:
    x, y = rng.uniform(0.1, 0.9, 2)
    return ORIGIN[0] + (column + x) * SIDE, ORIGIN[1] - (line + y) * SIDE


def _outline(letter: str) -> shapely.MultiPolygon:
    drawing = {"city": CITY, "town": TOWNS, "grid": GRIDS}[LEVEL[letter]]
    squares = [
        shapely.box(
            ORIGIN[0] + column * SIDE,
            ORIGIN[1] - (line + 1) * SIDE,
            ORIGIN[0] + (column + 1) * SIDE,
            ORIGIN[1] - line * SIDE,
        )
        for line, text in enumerate(drawing)
        for column, found in enumerate(text)
        if found == letter
    ]
    union = shapely.union_all(squares or [shapely.box(119, 29, 119.01, 29.01)])
    return union if isinstance(union, shapely.MultiPolygon) else shapely.MultiPolygon([union])


def _write_space(connection: psycopg.Connection) -> None:
    connection.execute("INSERT INTO boundary_revision (source) VALUES ('drawing'), ('second drawing')")
    connection.execute(
        """
        INSERT INTO setting (key, value) VALUES ('city', '{"code": "44", "name": "海城市", "name_en": "Haicheng"}')
        """
    )
    for rank, (key, name) in enumerate({"city": "市", "town": "镇街", "grid": "小网格"}.items()):
        connection.execute(
            "INSERT INTO level VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [key, rank, name, key, (rank + 1) * 10_000_000 + 1, rank * 4, rank * 4 + 4, key != "grid"],
        )
    for letter, unit_id in IDS.items():
        _write_unit(connection, letter, unit_id)


def _write_unit(connection: psycopg.Connection, letter: str, unit_id: int) -> None:
    parent = PARENT[letter]
    path = [unit_id]
    above = parent
    while above:
        path.insert(0, IDS[above])
        above = PARENT[above]
    name, english, pinyin = NAMES.get(letter, (f"{letter}网格", f"Grid {letter}", f"{letter} wang ge"))
    shape = _outline(letter)
    connection.execute(
        """
        INSERT INTO unit (id, level_key, code, name, name_en, pinyin, parent_id, path, population, area_m2,
            geom, geom_3857, label_point, revision_id, ended_revision_id)
        VALUES (%(id)s, %(level)s, %(code)s, %(name)s, %(english)s, %(pinyin)s, %(parent)s, %(path)s, %(population)s,
            %(area)s, ST_GeomFromWKB(%(wkb)s, 4326), ST_Transform(ST_GeomFromWKB(%(wkb)s, 4326), 3857),
            ST_PointOnSurface(ST_GeomFromWKB(%(wkb)s, 4326)), 1, %(ended)s)
        """,
        {
            "id": unit_id,
            "level": LEVEL[letter],
            "code": CODES[letter],
            "name": name,
            "english": english,
            "pinyin": pinyin,
            "parent": IDS[parent] if parent else None,
            "path": path,
            "population": None if letter == NO_POPULATION else 500,
            "area": 2_000_000.0,
            "wkb": shapely.to_wkb(shape),
            "ended": 2 if letter == "z" else None,
        },
    )


def _write_catalog(connection: psycopg.Connection) -> None:
    for code, family, kind, group, sensitive in CLASSES:
        connection.execute(
            """
            INSERT INTO incident_class (code, family, kind, group_key, group_zh, group_en, name_zh, name_en, sensitive)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [code, family, kind, group, f"{group}组", group, f"类{code}", f"Class {code}", sensitive],
        )
    for position, (key, codes) in enumerate(SCENARIOS.items()):
        connection.execute(
            "INSERT INTO scenario VALUES (%s, %s, 'kind', '种', 'kind', %s, %s)", [key, position, f"场景{key}", key]
        )
        connection.execute(
            "INSERT INTO scenario_class SELECT %s, id FROM incident_class WHERE code = ANY(%s)", [key, codes]
        )
    connection.execute("INSERT INTO source (key, name_zh, name_en) VALUES ('grid_worker', '网格员', 'Grid worker')")
    connection.execute(
        "INSERT INTO department (key, name_zh, name_en) VALUES ('water', '水务局', 'Water'), ('fire', '消防', 'Fire')"
    )
    connection.execute("INSERT INTO dataset (key, name) VALUES ('drawn', 'Drawn')")


def write_rows(connection: psycopg.Connection, locator: CityLocator, rows: list[Row]) -> None:
    """Insert incidents, each in the cell where it lies."""
    lonlat = np.array([row.lonlat or (np.nan, np.nan) for row in rows])
    placed = locator.place(connection, lonlat)
    for moment in {row.reported_at for row in rows}:
        connection.execute("SELECT ensure_incident_partition(%s)", [moment])
    connection.cursor().executemany(
        """
        INSERT INTO incident (id, reported_at, cell_id, grid_id, class_id, status, breached, source_id, department_id,
            dataset_id, handled_at, due_at, morton, geom, external_id, text, address, stated_unit_id)
        VALUES (%s, %s, %s, %s, %s, %s, %s, 1, %s, 1, %s, %s, %s, ST_GeomFromText(%s, 4326), %s, %s, %s, %s)
        """,
        [
            [
                row.id, row.reported_at, int(cell), int(grid) or None, row.class_id, row.status, row.breached,
                row.department_id, row.handled_at, row.due_at, row.id if row.lonlat else None,
                f"POINT({row.lonlat[0]} {row.lonlat[1]})" if row.lonlat else None,
                f"X-{row.id}", f"路面积水 第{row.id}号", f"滨海路{row.id}号", IDS["a"],
            ]
            for row, cell, grid in zip(rows, placed.cell_id, placed.grid_id, strict=True)
        ],
    )  # fmt: skip
