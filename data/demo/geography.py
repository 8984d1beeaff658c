"""Which units does the demo city consist of, with which codes, names, people and polygons?"""

from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from data.demo import naming
from data.demo.borders import draw_borders, enclose
from data.demo.coding import Coding, build_coding
from data.demo.hierarchy import SMALL, Hierarchy, build_hierarchy
from data.demo.mesh import Mesh, build_mesh
from data.demo.terrain import Terrain, build_terrain, to_lonlat

LEVELS = ("city", "county", "large", "medium", "small")
CITY_PEOPLE = 2_600_000
PEOPLE_PER_HOUSEHOLD = 3.05
FEWEST_HOUSEHOLDS = 18

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class DemoUnit:
    """One unit of the area tree; the geometry is EPSG:4326 (lon, lat)."""

    level: str
    code: str
    name: str
    name_en: str
    parent_code: str | None
    population: int
    households: int
    geometry: Polygon | MultiPolygon


@dataclass(frozen=True)
class SmallFacts:
    """What the generators of places and incidents know about the ground, one row per small grid in code order.

    Attributes:
        lonlat: Centre, shape (4555, 2); it may lie outside a crescent-shaped grid.
        area_km2: Area.
        height_m: Height above the sea.
        coast_km: Distance to the coast.
        density_km2: Residents per square kilometre.
        medium: Row of the parent among the medium units, int64.
        pairs: Rows of small grids that share a border on land, each pair once, shape (e, 2).
    """

    lonlat: Floats
    area_km2: Floats
    height_m: Floats
    coast_km: Floats
    density_km2: Floats
    medium: Ints
    pairs: Ints


@dataclass(frozen=True)
class DemoGeography:
    """The units of the demo city, sorted by level (city first), then code."""

    units: tuple[DemoUnit, ...]
    facts: SmallFacts

    def level(self, name: str) -> tuple[DemoUnit, ...]:
        """The units of one level in code order."""
        return tuple(unit for unit in self.units if unit.level == name)


def build_geography(seed: int) -> DemoGeography:
    """Generate the prefecture: 1 city, 4 counties, 56 large, 868 medium and 4,555 small grids that tile exactly.

    Args:
        seed: Any non-negative integer; the same seed gives the same units to the last coordinate.
    """
    rng = np.random.default_rng(seed)
    terrain = build_terrain(rng)
    mesh = build_mesh(terrain, SMALL, rng)
    hierarchy = build_hierarchy(terrain, mesh, rng)
    coding = build_coding(hierarchy, rng)
    households, people = _census(hierarchy, rng)
    shapes = _shapes(mesh, hierarchy, rng)
    units = _units(hierarchy, coding, households, people, shapes)
    return DemoGeography(units, _facts(terrain, hierarchy, coding, people))


def _census(hierarchy: Hierarchy, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Households and residents of each small grid; extremes are drawn towards the guideline of a grid's size."""
    target = CITY_PEOPLE * rng.uniform(0.94, 1.06) / PEOPLE_PER_HOUSEHOLD
    raw = hierarchy.small_people**0.8 * rng.lognormal(0.0, 0.18, SMALL)
    households = np.maximum(FEWEST_HOUSEHOLDS, np.round(raw * target / raw.sum())).astype(np.int64)
    people = np.round(households * rng.normal(PEOPLE_PER_HOUSEHOLD, 0.18, SMALL).clip(2.3, 3.9)).astype(np.int64)
    return households, people


def _lifted(labels: Ints, parent_of: Ints) -> Ints:
    return np.asarray(np.where(labels >= 0, parent_of[labels], -1))


def _shapes(mesh: Mesh, hierarchy: Hierarchy, rng: np.random.Generator) -> dict[str, tuple[Polygon, ...]]:
    """Polygons per level, all enclosed by the same lines."""
    borders = draw_borders(mesh, hierarchy.cell_small, rng)
    labels = {"small": hierarchy.cell_small}
    labels["medium"] = _lifted(labels["small"], hierarchy.small_medium)
    labels["large"] = _lifted(labels["medium"], hierarchy.medium_large)
    labels["county"] = _lifted(labels["large"], hierarchy.large_county)
    labels["city"] = np.minimum(labels["county"], 0)
    return {
        level: enclose(borders, of_cell, hierarchy.witnesses, mesh.points, int(of_cell.max()) + 1)
        for level, of_cell in labels.items()
    }


def _units(
    hierarchy: Hierarchy, coding: Coding, households: Ints, people: Ints, shapes: dict[str, tuple[Polygon, ...]]
) -> tuple[DemoUnit, ...]:
    parents = {
        "small": (hierarchy.small_medium, coding.medium.codes),
        "medium": (hierarchy.medium_large, coding.large.codes),
        "large": (hierarchy.large_county, coding.county.codes),
    }
    by_level: dict[str, list[DemoUnit]] = {}
    for level in ("small", "medium", "large", "county"):
        named = getattr(coding, level)
        parent_of, parent_codes = parents.get(level, (np.zeros(len(named.codes), dtype=np.int64), (naming.CITY_CODE,)))
        columns = (named.codes, named.labels, parent_of, people, households, shapes[level])
        rows = [
            DemoUnit(level, code, label.zh, label.en, parent_codes[parent], int(n), int(h), shape)
            for code, label, parent, n, h, shape in zip(*columns, strict=True)
        ]
        by_level[level] = sorted(rows, key=lambda unit: unit.code)
        people, households = (np.bincount(parent_of, weights=a).astype(np.int64) for a in (people, households))
    zh, en = naming.CITY_NAME
    city = DemoUnit("city", naming.CITY_CODE, zh, en, None, int(people[0]), int(households[0]), shapes["city"][0])
    by_level["city"] = [city]
    return tuple(chain.from_iterable(by_level[level] for level in LEVELS))


def _facts(terrain: Terrain, hierarchy: Hierarchy, coding: Coding, people: Ints) -> SmallFacts:
    """Rows in code order, as the small units are."""
    order = np.argsort(np.array(coding.small.codes), kind="stable")
    row_of = np.empty_like(order)
    row_of[order] = np.arange(len(order))
    medium_row = np.empty(len(coding.medium.codes), dtype=np.int64)
    medium_row[np.argsort(np.array(coding.medium.codes), kind="stable")] = np.arange(len(medium_row))
    xy, area_km2 = hierarchy.small.xy[order], hierarchy.small.area_m2[order] / 1e6
    return SmallFacts(
        lonlat=to_lonlat(xy),
        area_km2=area_km2,
        height_m=terrain.height_m(xy[:, 0], xy[:, 1]),
        coast_km=terrain.coast_m(xy[:, 0], xy[:, 1]) / 1e3,
        density_km2=people[order] / area_km2,
        medium=medium_row[hierarchy.small_medium[order]],
        pairs=row_of[hierarchy.small_borders],
    )
