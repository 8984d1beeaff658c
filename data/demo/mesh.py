"""Into which tiny cells is the ground cut, and which of them touch each other?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree

from data.demo.terrain import HEIGHT_M, WIDTH_M, Terrain

CELLS_PER_GRID = 14.0
COAST_SPACING_M = 220.0
SPACING_GROWTH = 0.2
MARGIN_M = 12_000.0
ROOT_M = 4_000.0
DENSITY_EXPONENT = 0.8
MIN_ISLAND_CELLS = 6

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Mesh:
    """Voronoi cells of scattered points; the cells inside the prefecture are the atoms of all units.

    Attributes:
        points: Generators in metres, shape (n, 2).
        spacing_m: Target spacing at each generator, shape (n,).
        inside: Whether a cell belongs to the prefecture, shape (n,).
        vertices: Voronoi vertices in metres, shape (v, 2).
        ridge_points: The two cells on either side of each ridge, shape (r, 2).
        ridge_vertices: The two ends of each ridge, shape (r, 2); -1 at infinity.
        bridges: Pairs of cells that join islands to the nearest land across water, shape (b, 2).
    """

    points: Floats
    spacing_m: Floats
    inside: Bools
    vertices: Floats
    ridge_points: Ints
    ridge_vertices: Ints
    bridges: Ints


def build_mesh(terrain: Terrain, grids: int, rng: np.random.Generator) -> Mesh:
    """Scatter points as densely as `grids` small grids need them, and cut the ground into their Voronoi cells."""
    scale = _grid_density_scale(terrain, grids)
    points = _scatter(terrain, scale, rng)
    diagram = Voronoi(points)
    ridge_points = np.asarray(diagram.ridge_points, dtype=np.int64)
    ridge_vertices = np.asarray(diagram.ridge_vertices, dtype=np.int64)
    inside, bridges = _inside_cells(terrain, points, ridge_points, ridge_vertices)
    spacing_m = _grid_spacing_m(terrain, scale, points[:, 0], points[:, 1])
    return Mesh(points, spacing_m, inside, diagram.vertices, ridge_points, ridge_vertices, bridges)


def _grid_density_scale(terrain: Terrain, grids: int) -> float:
    """Factor that turns density ** DENSITY_EXPONENT into small grids per square metre."""
    step = 400.0
    x, y = (a.ravel() for a in np.meshgrid(np.arange(0, WIDTH_M, step), np.arange(0, HEIGHT_M, step)))
    land = terrain.inside_m(x, y) > 0
    weight = terrain.density_km2(x[land], y[land]) ** DENSITY_EXPONENT
    return float(grids / (weight.sum() * step * step))


def _grid_spacing_m(terrain: Terrain, scale: float, x: Floats, y: Floats) -> Floats:
    """Typical width of a small grid at each position."""
    return np.asarray((scale * terrain.density_km2(x, y) ** DENSITY_EXPONENT) ** -0.5)


def _cell_spacing_m(terrain: Terrain, scale: float, x: Floats, y: Floats) -> Floats:
    """Wanted distance between neighbouring points: fine in towns and along the coast, coarse at sea."""
    coast, inside = terrain.coast_m(x, y), terrain.inside_m(x, y)
    on_land = _grid_spacing_m(terrain, scale, x, y) / CELLS_PER_GRID**0.5
    shore = COAST_SPACING_M + SPACING_GROWTH * np.abs(coast)
    beyond = on_land + SPACING_GROWTH * np.abs(np.minimum(inside, 0.0))
    return np.asarray(np.minimum(beyond, shore))


def _scatter(terrain: Terrain, scale: float, rng: np.random.Generator) -> Floats:
    """Split squares until they are as small as the wanted spacing, then put one jittered point into each."""
    columns = np.arange(-MARGIN_M, WIDTH_M + MARGIN_M, ROOT_M)
    rows = np.arange(-MARGIN_M, HEIGHT_M + MARGIN_M, ROOT_M)
    corners = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    size, done = ROOT_M, []
    while len(corners):
        middle = corners + size / 2
        wanted = _cell_spacing_m(terrain, scale, middle[:, 0], middle[:, 1])
        split = wanted * rng.uniform(0.85, 1.2, len(corners)) < size * 0.74
        leaves = corners[~split]
        done.append(leaves + size * rng.uniform(0.08, 0.92, leaves.shape))
        size /= 2
        offsets = np.array([[0, 0], [size, 0], [0, size], [size, size]])
        corners = (corners[split][:, None, :] + offsets).reshape(-1, 2)
    return np.concatenate(done)


def _adjacency(size: int, pairs: Ints) -> csr_array:
    ones = np.ones(len(pairs), dtype=np.int8)
    return coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(size, size)).tocsr()


def _inside_cells(terrain: Terrain, points: Floats, ridges: Ints, ends: Ints) -> tuple[Bools, Ints]:
    """Mark the cells of the prefecture: no lakes, no specks, no exclaves beyond the land border."""
    x, y = points[:, 0], points[:, 1]
    inside = terrain.inside_m(x, y) > 0
    inside = _fill_lakes(inside, ridges, ends)
    labels, sizes, main = _components(inside, ridges)
    depth = np.bincount(labels, weights=terrain.inland_m(x, y), minlength=len(sizes)) / sizes
    kept = (sizes >= MIN_ISLAND_CELLS) & (depth > 2_500.0)
    kept[main] = True
    inside = inside & kept[labels]
    return inside, _bridges(points, labels, inside, main)


def _fill_lakes(inside: Bools, ridges: Ints, ends: Ints) -> Bools:
    """Water that the open sea does not reach becomes land, so that no unit has a hole that belongs to nobody."""
    outside_ridge = ~inside[ridges].any(axis=1)
    _, labels = connected_components(_adjacency(len(inside), ridges[outside_ridge]), directed=False)
    rim = np.unique(ridges[(ends < 0).any(axis=1)])
    open_water = np.isin(labels, np.unique(labels[rim]))
    return np.asarray(inside | ~open_water)


def _components(inside: Bools, ridges: Ints) -> tuple[Ints, Ints, int]:
    """Connected pieces of land: label of each cell, cells per label, label of the mainland."""
    both = inside[ridges].all(axis=1)
    _, labels = connected_components(_adjacency(len(inside), ridges[both]), directed=False)
    sizes = np.bincount(labels)
    land = np.bincount(labels, weights=inside, minlength=len(sizes))
    return labels.astype(np.int64), sizes, int(land.argmax())


def _bridges(points: Floats, labels: Ints, inside: Bools, main: int) -> Ints:
    """For every island the pair of cells, one on it and one on the mainland, that are nearest to each other."""
    mainland = np.flatnonzero(inside & (labels == main))
    tree = cKDTree(points[mainland])
    pairs = []
    for island in np.unique(labels[inside & (labels != main)]):
        cells = np.flatnonzero(labels == island)
        distance, nearest = tree.query(points[cells])
        best = int(np.argmin(distance))
        pairs.append((cells[best], mainland[nearest[best]]))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)
