"""On which areas is the zoning engine measured?"""

import csv
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree

from data.demo.class_list import read_class_list
from data.demo.geography import build_geography
from data.demo.incidents import build_incidents
from data.demo.truth import build_truth
from data.importing.polygon_files import read_polygons
from geo.adjacency import shared_borders
from geo.zoning.graph import UnitGraph, touching
from geo.zoning.problem import ZoningUnits, standardised
from geo.zoning.profile import smoothed_shares

ATTRIBUTES = 6
_NOISE = 0.6


@dataclass(frozen=True)
class Case:
    """An area with its attributes; `units` holds the same borders that the peers are given.

    Attributes:
        truth: (n,) planted group of each unit, -1 for none; None where nothing is planted.
    """

    name: str
    units: ZoningUnits
    polygons: np.ndarray
    truth: np.ndarray | None = None


def voronoi_case(count: int, seed: int) -> Case:
    """Voronoi cells in a square, bordering by Queen, with smooth attributes, noise and uneven workload."""
    rng = np.random.default_rng([seed, count])
    points = rng.random((count, 2))
    mirrored = [points, points * [-1, 1], points * [1, -1], [2, 0] + points * [-1, 1], [0, 2] + points * [1, -1]]
    cells = Voronoi(np.vstack(mirrored))
    polygons = np.array([shapely.Polygon(cells.vertices[cells.regions[r]]) for r in cells.point_region[:count]])
    values = standardised(np.column_stack([_field(points, rng) for _ in range(ATTRIBUTES)]))
    return Case(f"Voronoi {count:,}", _units(values, rng.lognormal(0, 0.5, count), _queen(polygons), points), polygons)


def _field(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Eight waves of three lengths, and noise."""
    total = np.zeros(len(points))
    for _ in range(8):
        wave = rng.normal(size=2) * rng.choice([2, 5, 12])
        total += np.sin(points @ wave + rng.random() * 2 * np.pi) * rng.normal() / (1 + np.hypot(*wave) / 6)
    return total / total.std() + _NOISE * rng.normal(size=len(points))


def _queen(polygons: np.ndarray) -> UnitGraph:
    first, second = touching(polygons)
    return UnitGraph.of(len(polygons), first, second, np.ones(len(first)))


def _units(values: np.ndarray, workload: np.ndarray, graph: UnitGraph, place: np.ndarray) -> ZoningUnits:
    ids = tuple(f"{k:06d}" for k in range(len(values)))
    return ZoningUnits(ids, values, workload, graph, place_m=place)


def new_york_case(folder: Path) -> Case | None:
    """The largest connected part of the census tracts with their mix of service requests; None without the files."""
    tracts, requests = folder / "nyc" / "census_tracts_2010.geojson", folder / "nyc" / "nyc311_2023_sample5000.csv"
    if not (tracts.is_file() and requests.is_file()):
        return None
    polygons = shapely.make_valid(np.array([f.geometry for f in read_polygons(tracts).features if f.geometry]))
    first, second = touching(polygons)
    links = coo_array((np.ones(len(first)), (first, second)), shape=(len(polygons),) * 2)
    piece = connected_components(links, directed=False)[1]
    polygons = polygons[piece == np.argmax(np.bincount(piece))]
    counts = _requests(requests, polygons)
    place = shapely.get_coordinates(shapely.centroid(polygons))
    workload = counts.sum(axis=1) + 1.0
    values = standardised(smoothed_shares(counts))
    return Case(f"New York {len(polygons):,}", _units(values, workload, _queen(polygons), place), polygons)


def _requests(path: Path, polygons: np.ndarray) -> np.ndarray:
    """(n, 6) located requests of each tract by type: the five most frequent, and all others."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        rows = list(csv.DictReader(lines))
    names = {name.lower().replace(" ", "_"): name for name in rows[0]}
    lon, lat = names["longitude"], names["latitude"]
    kind = next(names[name] for name in ("complaint_type", "type", "problem") if name in names)
    located = [row for row in rows if row[lon] and row[lat]]
    points = shapely.points([(float(row[lon]), float(row[lat])) for row in located])
    types, number = np.unique([row[kind] for row in located], return_inverse=True)
    rank = np.argsort(np.argsort(-np.bincount(number, minlength=len(types)), kind="stable"), kind="stable")
    point, tract = shapely.STRtree(polygons).query(points, predicate="intersects")
    counts = np.zeros((len(polygons), ATTRIBUTES))
    np.add.at(counts, (tract, np.minimum(rank[number[point]], ATTRIBUTES - 1)), 1)
    return counts


def demo_case(seed: int = 7, incidents: int = 200_000) -> Case:
    """The village grids of the demo city with their mix of class groups; zones stay within their county."""
    geography = build_geography(seed)
    truth = build_truth(geography, seed, count=incidents)
    mediums = geography.level("medium")
    smalls = geography.level("small")
    found = build_incidents(geography, truth, seed=seed, count=incidents, end=datetime(2026, 1, 1, tzinfo=UTC))
    groups = [row.group for row in read_class_list().classes]
    names = sorted(set(groups))
    by_code = {row.code: names.index(row.group) for row in read_class_list().classes}
    group = np.array([by_code[code] for code in found.class_codes])[found.class_code]
    known = found.small_code >= 0
    row = {unit.code: k for k, unit in enumerate(mediums)}
    home = np.array([row[unit.parent_code] for unit in smalls])[found.small_code[known]]
    counts = np.zeros((len(mediums), len(names)))
    np.add.at(counts, (home, group[known]), 1)
    polygons = np.array([unit.geometry for unit in mediums])
    borders = shared_borders(polygons)
    counties = np.array([unit.code[:6] for unit in mediums])
    fence = np.unique(counties, return_inverse=True)[1]
    graph = UnitGraph.of_borders(len(mediums), borders).within(fence)
    keys = sorted(set(truth.profile_groups.values()))
    planted = np.array(
        [keys.index(truth.profile_groups[u.code]) if u.code in truth.profile_groups else -1 for u in mediums]
    )
    values = standardised(smoothed_shares(counts))
    units = _units(values, counts.sum(axis=1), graph, shapely.get_coordinates(shapely.centroid(polygons)))
    return Case(f"demo city {seed}", units, polygons, planted)


def planted_only(case: Case) -> Case:
    """The units of planted groups alone.

    On the whole city peers, which need one piece, reach islands by links, and can spend on the mainland the zones that
    islands take of ours. Here all have the same units and as many zones as there are groups.
    """
    assert case.truth is not None
    kept = np.flatnonzero(case.truth >= 0)
    place = np.full(case.units.count, -1)
    place[kept] = np.arange(len(kept))
    first, second, length = case.units.graph.pairs()
    both = (place[first] >= 0) & (place[second] >= 0)
    graph = UnitGraph.of(len(kept), place[first[both]], place[second[both]], length[both])
    units = _units(case.units.attributes[kept], case.units.workload[kept], graph, case.units.place_m[kept])
    return Case(f"{case.name}, planted units", units, case.polygons[kept], case.truth[kept])


def _in_one_piece(units: ZoningUnits) -> UnitGraph:
    """The borders, and a link from each piece to the nearest unit of those linked before."""
    graph, place = units.graph, units.place_m
    piece = graph.pieces()
    linked = piece == np.argmax(np.bincount(piece))
    ends: list[tuple[int, int]] = []
    while not linked.all():
        inside, outside = np.flatnonzero(linked), np.flatnonzero(~linked)
        distance, nearest = cKDTree(place[inside]).query(place[outside])
        at = int(np.argmin(distance))
        ends.append((int(inside[nearest[at]]), int(outside[at])))
        linked |= piece == piece[outside[at]]
    pairs = np.array(ends, np.int64).reshape(-1, 2)
    return graph.with_links(pairs[:, 0], pairs[:, 1])


def as_json(case: Case) -> str:
    """What a peer needs, for its own process; pieces are linked by their shortest gaps, since peers need one piece."""
    first, second, _ = _in_one_piece(case.units).pairs()
    return json.dumps(
        {
            "values": case.units.attributes.tolist(),
            "workload": case.units.workload.tolist(),
            "first": first.tolist(),
            "second": second.tolist(),
        }
    )
