"""Which cell, the combination of units of all levels, does each point lie in?"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

from data.errors import DataError
from geo.locate import UnitLocator

LEVELS = "SELECT rank, key FROM level ORDER BY rank"
UNITS = """
SELECT level.rank, unit.id, coalesce(unit.parent_id, 0), ST_AsBinary(unit.geom)
FROM unit
JOIN level ON level.key = unit.level_key
WHERE unit.ended_revision_id IS NULL
ORDER BY level.rank, unit.id
"""
ENSURE_CELL = "SELECT ensure_cell(%s::integer[])"
FIRST_COMBINED_ID = 2_000_000_001
"""Cells whose units are not one small grid and its ancestors get ids from here, in the order they are met."""
_ROUNDING_DEG = 2e-8
"""Borders that should be one line differ by less, about 2 mm, where files round their coordinates."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Cells of n points.

    Attributes:
        cell_id: (n,) id of the cell, 0 where the point lies in no unit.
        grid_id: (n,) id of the small grid, 0 where it lies in none.
        overlaps: (n,) whether the point lies in several units of one level.
    """

    cell_id: NDArray[np.int32]
    grid_id: NDArray[np.int32]
    overlaps: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Found:
    """Cells of n points as far as they are known.

    Attributes:
        placed: Cells; 0 where the combination of units is not known yet.
        unknown: Rows of points by the combination of units, one per level, that has no known cell.
    """

    placed: Placed
    unknown: dict[tuple[int, ...], NDArray[np.intp]]


@dataclass(frozen=True, slots=True)
class LevelUnits:
    """The current units of one level, ordered by id."""

    rank: int
    ids: NDArray[np.int32]
    parent_ids: NDArray[np.int32]
    geometries: NDArray[np.object_]


class LevelsIncomplete(DataError):
    """Some levels have units and others have none."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__(
            f"Levels without units: {', '.join(keys)}. Incidents and places are placed on every level at once: "
            "import the units of these levels first."
        )
        self.keys = keys


def load_level_units(connection: psycopg.Connection) -> tuple[LevelUnits, ...]:
    """Current units of all levels, from the root down.

    Raises:
        LevelsIncomplete: Some levels have units and others have none.
    """
    return level_units(connection.execute(LEVELS).fetchall(), connection.execute(UNITS).fetchall())


def level_units(
    levels: Sequence[tuple[int, str]], rows: Sequence[tuple[int, int, int, bytes]]
) -> tuple[LevelUnits, ...]:
    """Units of all levels from the rows that `LEVELS` and `UNITS` give.

    Raises:
        LevelsIncomplete: Some levels have units and others have none.
    """
    ranks = sorted({row[0] for row in rows})
    empty = tuple(key for rank, key in levels if rank not in ranks)
    if ranks and empty:
        raise LevelsIncomplete(empty)
    return tuple(_level(rank, [row for row in rows if row[0] == rank]) for rank in ranks)


def _level(rank: int, rows: list[tuple[int, int, int, bytes]]) -> LevelUnits:
    return LevelUnits(
        rank,
        np.array([row[1] for row in rows], np.int32),
        np.array([row[2] for row in rows], np.int32),
        shapely.from_wkb([row[3] for row in rows]),
    )


def write_grid_cells(connection: psycopg.Connection) -> None:
    """Give every small grid that has none its cell: the grid and its ancestors by the tree."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('cell'))")
    connection.execute(
        """
        INSERT INTO cell (id, grid_id, unit_ids, subjects)
        SELECT unit.id, unit.id, unit.path, unit.path
        FROM unit
        JOIN level ON level.key = unit.level_key
        WHERE level.rank = (SELECT max(rank) FROM level)
        ON CONFLICT (id) DO UPDATE SET unit_ids = excluded.unit_ids, subjects = excluded.subjects
        WHERE cell.unit_ids <> excluded.unit_ids
        """
    )


class CityLocator:
    """Finds the units of every level for many points and names their combination, the cell.

    Levels are independent: a point may lie in a district that is not the parent of its tract. Where a small grid
    lies wholly inside its ancestors and no units of a level overlap, one look-up answers for all levels.
    """

    def __init__(self, levels: tuple[LevelUnits, ...]) -> None:
        self._levels = levels
        self._locators: dict[int, UnitLocator] = {}
        with ThreadPoolExecutor(1) as pool:
            # Both spend their time in compiled code that lets the other run.
            found = pool.submit(_paths_and_nesting, levels)
            if levels:
                self.level_locator(len(levels) - 1)
            self._paths, self._nested = found.result()
        self._known: dict[tuple[int, ...], int] = {}

    @classmethod
    def load(cls, connection: psycopg.Connection) -> "CityLocator":
        """Locator over the current boundaries."""
        return cls(load_level_units(connection))

    @property
    def is_empty(self) -> bool:
        """Whether the database has no units at all."""
        return not self._levels

    def level_locator(self, rank: int) -> UnitLocator:
        """Locator of one level alone; made when it is first asked for."""
        if rank not in self._locators:
            level = self._levels[rank]
            self._locators[rank] = UnitLocator(level.geometries, level.ids)
        return self._locators[rank]

    def place(self, connection: psycopg.Connection, lonlat: NDArray[np.float64]) -> Placed:
        """Find the cell of each point; combinations never met before are stored.

        Args:
            connection: Inside the caller's transaction.
            lonlat: (n, 2) degrees, NaN where there is no position.
        """
        found = self.find(lonlat)
        cell_id = found.placed.cell_id
        for combo, rows in found.unknown.items():
            stored = connection.execute(ENSURE_CELL, [list(combo)]).fetchone()
            assert stored is not None
            self.learn(combo, int(stored[0]))
            cell_id[rows] = stored[0]
        return found.placed

    def find(self, lonlat: NDArray[np.float64]) -> Found:
        """Find the cell of each point without asking the database.

        Args:
            lonlat: (n, 2) degrees, NaN where there is no position.
        """
        if self.is_empty:
            zeros = np.zeros(len(lonlat), np.int32)
            return Found(Placed(zeros, zeros, np.zeros(len(lonlat), bool)), {})
        deepest = len(self._levels) - 1
        leaf = self.level_locator(deepest).locate(lonlat)
        cell_id = leaf.unit_id.copy()
        overlaps = leaf.overlaps.copy()
        unknown: dict[tuple[int, ...], NDArray[np.intp]] = {}
        rest = np.flatnonzero(~self._is_nested(leaf.unit_id) & ~np.isnan(lonlat[:, 0]))
        if len(rest):
            found = [self.level_locator(rank).locate(lonlat[rest]) for rank in range(deepest)]
            unit_ids = np.column_stack([*(level.unit_id for level in found), leaf.unit_id[rest]])
            overlaps[rest] |= np.any([level.overlaps for level in found], axis=0) if found else False
            unknown = self._resolve(unit_ids, rest, cell_id)
        return Found(Placed(cell_id, leaf.unit_id, overlaps), unknown)

    def learn(self, combo: tuple[int, ...], cell_id: int) -> None:
        """Remember which cell stands for a combination of units."""
        self._known[combo] = cell_id

    def _is_nested(self, grid_id: NDArray[np.int32]) -> NDArray[np.bool_]:
        ids = self._levels[-1].ids
        position = np.minimum(np.searchsorted(ids, grid_id), len(ids) - 1)
        nested: NDArray[np.bool_] = self._nested[position] & (ids[position] == grid_id)
        return nested

    def _resolve(
        self, unit_ids: NDArray[np.int32], rows: NDArray[np.intp], cell_id: NDArray[np.int32]
    ) -> dict[tuple[int, ...], NDArray[np.intp]]:
        """Fill in the cells of combinations (n, levels) that stand in some rows; gives the rows of unknown ones."""
        combos, inverse = np.unique(unit_ids, axis=0, return_inverse=True)
        unknown: dict[tuple[int, ...], NDArray[np.intp]] = {}
        for position, combo in enumerate(combos):
            own = rows[inverse.ravel() == position]
            known = self._cell_of(combo)
            if known is None:
                unknown[tuple(combo.tolist())] = own
            cell_id[own] = known or 0
        return unknown

    def _cell_of(self, combo: NDArray[np.int32]) -> int | None:
        if not combo.any():
            return 0
        path = self._paths.get(int(combo[-1]))
        if path is not None and np.array_equal(path, combo):
            return int(combo[-1])
        return self._known.get(tuple(combo.tolist()))


def _paths_and_nesting(
    levels: tuple[LevelUnits, ...],
) -> tuple[dict[int, NDArray[np.int32]], NDArray[np.bool_]]:
    """Path by small grid, and whether each small grid (by position) lies wholly inside all its ancestors."""
    if not levels:
        return {}, np.zeros(0, bool)
    paths = {int(unit): np.array([unit], np.int32) for unit in levels[0].ids}
    nested = np.full(len(levels[0].ids), _disjoint(levels[0]))
    for above, level in pairwise(levels):
        position = np.minimum(np.searchsorted(above.ids, level.parent_ids), len(above.ids) - 1)
        known = above.ids[position] == level.parent_ids
        parents = above.geometries[position]
        shapely.prepare(parents)
        inside = _inside(level.geometries, parents)
        nested = known & inside & nested[position] & _disjoint(level)
        none = np.zeros(level.rank, np.int32)
        paths = {
            int(unit): np.append(paths.get(int(parent), none), np.int32(unit))
            for unit, parent in zip(level.ids, level.parent_ids, strict=True)
        }
    return paths, nested


def _inside(children: NDArray[np.object_], parents: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether each child lies in its parent, apart from what rounding of coordinates leaves."""
    inside: NDArray[np.bool_] = shapely.covers(parents, children)
    for position in np.flatnonzero(~inside):
        child = children[position]
        near = shapely.clip_by_rect(parents[position], *child.buffer(_ROUNDING_DEG * 10).bounds)
        inside[position] = _is_rounding(shapely.difference(child, near), child)
    return inside


def _is_rounding(rest: shapely.Geometry, unit: shapely.Geometry) -> bool:
    """Whether an area along a unit's border is on average thinner than the rounding of coordinates."""
    return bool(rest.area <= _ROUNDING_DEG * unit.length)


def _disjoint(level: LevelUnits) -> bool:
    """Whether no two units of the level overlap, apart from what rounding of coordinates leaves."""
    # A valid coverage has no overlap, and that is told several times faster than by looking at pairs.
    if len(level.geometries) < 2 or shapely.coverage_is_valid(level.geometries):
        return True
    tree = shapely.STRtree(level.geometries)
    pairs = [tree.query(level.geometries, predicate=predicate) for predicate in ("overlaps", "contains_properly")]
    left, right = np.concatenate(pairs, axis=1)
    different = left < right
    common = shapely.intersection(level.geometries[left[different]], level.geometries[right[different]])
    units = level.geometries[left[different]]
    return all(_is_rounding(area, unit) for area, unit in zip(common, units, strict=True))
