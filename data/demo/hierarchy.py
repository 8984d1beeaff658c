"""Which cells form which small, medium and large grids and counties?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from data.demo.mesh import Mesh
from data.demo.partition import PieceGraph, merge_graph, partition, travel_costs
from data.demo.terrain import COUNTY_SEATS, Terrain

LARGE, MEDIUM, SMALL = 56, 868, 4_555

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Hierarchy:
    """Group of every piece at each step upward.

    Attributes:
        cell_small: Small grid of each mesh cell, -1 outside the prefecture, shape (n,).
        small_medium: Medium grid of each small grid, shape (4555,).
        medium_large: Large grid of each medium grid, shape (868,).
        large_county: County of each large grid, shape (56,).
        small, medium, large, county: The pieces of each level.
        small_people: Residents by the density field, before any rounding, shape (4555,).
        small_borders: Small grids with a common border on land, each pair once, shape (e, 2).
        witnesses: One cell in every connected part of every small grid.
    """

    cell_small: Ints
    small_medium: Ints
    medium_large: Ints
    large_county: Ints
    small: PieceGraph
    medium: PieceGraph
    large: PieceGraph
    county: PieceGraph
    small_people: Floats
    small_borders: Ints
    witnesses: Ints


def build_hierarchy(terrain: Terrain, mesh: Mesh, rng: np.random.Generator) -> Hierarchy:
    """Grow small grids from cells, villages from small grids, towns from villages, counties from towns."""
    land = np.flatnonzero(mesh.inside)
    cells = _land_graph(mesh, land)
    land_small = _small_grids(mesh, land, cells, rng)
    small = merge_graph(cells, land_small, SMALL)
    density = terrain.density_km2(cells.xy[:, 0], cells.xy[:, 1])
    people = np.bincount(land_small, weights=density * cells.area_m2 / 1e6, minlength=SMALL).astype(np.float64)
    small_medium = _medium_grids(small, people, rng)
    medium = merge_graph(small, small_medium, MEDIUM)
    medium_large = _large_grids(terrain, medium, rng)
    large = merge_graph(medium, medium_large, LARGE)
    large_county = _counties(terrain, large, rng)
    cell_small = np.full(len(mesh.points), -1, dtype=np.int64)
    cell_small[land] = land_small
    return Hierarchy(
        cell_small=cell_small,
        small_medium=small_medium,
        medium_large=medium_large,
        large_county=large_county,
        small=small,
        medium=medium,
        large=large,
        county=merge_graph(large, large_county, COUNTY_SEATS),
        small_people=people,
        small_borders=_border_pairs(mesh, cell_small),
        witnesses=_witnesses(mesh, cell_small),
    )


def _land_graph(mesh: Mesh, land: Ints) -> PieceGraph:
    """The cells of the prefecture, renumbered, with the bridges to the islands as if they touched."""
    position = np.full(len(mesh.points), -1, dtype=np.int64)
    position[land] = np.arange(len(land))
    both = mesh.inside[mesh.ridge_points].all(axis=1)
    pairs = position[np.concatenate([mesh.ridge_points[both], mesh.bridges])]
    return PieceGraph(mesh.points[land], _cell_areas_m2(mesh)[land], pairs)


def _cell_areas_m2(mesh: Mesh) -> Floats:
    """Area of every bounded cell: the triangles that its generator spans with its ridges."""
    closed = (mesh.ridge_vertices >= 0).all(axis=1)
    cells, ends = mesh.ridge_points[closed], mesh.ridge_vertices[closed]
    base = mesh.vertices[ends[:, 1]] - mesh.vertices[ends[:, 0]]
    areas = np.zeros(len(mesh.points))
    for side in (0, 1):
        arm = mesh.points[cells[:, side]] - mesh.vertices[ends[:, 0]]
        triangle = np.abs(base[:, 0] * arm[:, 1] - base[:, 1] * arm[:, 0]) / 2
        areas += np.bincount(cells[:, side], weights=triangle, minlength=len(areas))
    return areas


def _small_grids(mesh: Mesh, land: Ints, cells: PieceGraph, rng: np.random.Generator) -> Ints:
    spacing = mesh.spacing_m[land]
    costs = travel_costs(cells, spacing, 0.35, rng)
    chance = cells.area_m2 / spacing**2
    seeds = rng.choice(len(land), SMALL, replace=False, p=chance / chance.sum())
    return partition(cells, costs, seeds, rounds=3)


def _medium_grids(small: PieceGraph, people: Floats, rng: np.random.Generator) -> Ints:
    costs = travel_costs(small, np.sqrt(small.area_m2), 0.25, rng)
    chance = np.sqrt(people / people.sum())
    seeds = rng.choice(SMALL, MEDIUM, replace=False, p=chance / chance.sum())
    return partition(small, costs, seeds, rounds=4)


def _large_grids(terrain: Terrain, medium: PieceGraph, rng: np.random.Generator) -> Ints:
    """Towns grow around the settlement centres, so that each has its houses in its middle."""
    costs = travel_costs(medium, medium.area_m2**0.36, 0.2, rng)
    return partition(medium, costs, _nearest_distinct(medium.xy, terrain.centres[:, :2]), rounds=1)


def _counties(terrain: Terrain, large: PieceGraph, rng: np.random.Generator) -> Ints:
    costs = travel_costs(large, np.ones(LARGE), 0.15, rng)
    return partition(large, costs, _nearest_distinct(large.xy, terrain.centres[:COUNTY_SEATS, :2]), rounds=1)


def _nearest_distinct(xy: Floats, spots: Floats) -> Ints:
    """For each spot in turn the nearest piece that no earlier spot took."""
    taken: list[int] = []
    for spot in spots:
        offset = np.hypot(*(xy - spot).T)
        offset[taken] = np.inf
        taken.append(int(offset.argmin()))
    return np.array(taken, dtype=np.int64)


def _border_pairs(mesh: Mesh, cell_small: Ints) -> Ints:
    sides = np.sort(cell_small[mesh.ridge_points], axis=1)
    return np.unique(sides[(sides[:, 0] >= 0) & (sides[:, 0] != sides[:, 1])], axis=0)


def _witnesses(mesh: Mesh, cell_small: Ints) -> Ints:
    """One cell of every connected part of every small grid; bridges do not connect."""
    same = cell_small[mesh.ridge_points]
    pairs = mesh.ridge_points[(same[:, 0] == same[:, 1]) & (same[:, 0] >= 0)]
    links = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(cell_small),) * 2)
    _, part = connected_components(links, directed=False)
    _, first = np.unique(part, return_index=True)
    return np.asarray(first[cell_small[first] >= 0], dtype=np.int64)
