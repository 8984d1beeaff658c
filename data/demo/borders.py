"""How do the borders between units run, and which polygons do they enclose?"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from data.demo.mesh import Mesh
from data.demo.terrain import to_lonlat

STEP_M = 150.0
COAST_STEP_M = 95.0
SWING = 0.24
MAX_SWING = 0.7
FINEST = 8
END_SHARE = 1e-3

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Borders:
    """Drawn lines between cells; the same line serves both sides and every level.

    Attributes:
        lines: One shapely LineString per ridge that separates two small grids, shape (m,).
        cells: The two cells beside each line, shape (m, 2).
    """

    lines: NDArray[np.object_]
    cells: Ints


def draw_borders(mesh: Mesh, small: Ints, rng: np.random.Generator) -> Borders:
    """Draw every ridge between two small grids, or between one and the outside, as a wandering line.

    A line may swing only within the kite of its two generators and its two ends; kites never overlap, so lines
    never cross, whatever the noise. A kite may be hollow at an end; a line that would leave it there stays straight.

    Args:
        small: Small grid of each cell, -1 outside, shape (n,).
        rng: Draws the wandering.
    """
    sides = small[mesh.ridge_points]
    wanted = np.flatnonzero(sides[:, 0] != sides[:, 1])
    cells, ends = mesh.ridge_points[wanted], mesh.ridge_vertices[wanted]
    steps = _step_counts(mesh, ends, coast=sides[wanted].min(axis=1) < 0)
    swing = _swings(len(wanted), rng)
    lines = np.empty(len(wanted), dtype=object)
    for count in (1, 2, 4, FINEST):
        rows = np.flatnonzero(steps == count)
        lines[rows] = _wander(mesh, cells[rows], ends[rows], swing[rows][:, :: FINEST // count])
    drawn = shapely.length(lines) > 0
    return Borders(lines[drawn], cells[drawn])


def _step_counts(mesh: Mesh, ends: Ints, coast: NDArray[np.bool_]) -> Ints:
    length = np.hypot(*(mesh.vertices[ends[:, 0]] - mesh.vertices[ends[:, 1]]).T)
    ratio = np.clip(length / np.where(coast, COAST_STEP_M, STEP_M), 1.0, FINEST)
    return np.asarray(2 ** np.round(np.log2(ratio)), dtype=np.int64)


def _swings(count: int, rng: np.random.Generator) -> Floats:
    """Midpoint displacement on [0, 1] in FINEST steps, pinned to 0 at both ends, shape (count, FINEST + 1)."""
    swing = np.zeros((count, FINEST + 1))
    stride, amplitude = FINEST // 2, SWING
    while stride:
        middle = np.arange(stride, FINEST, 2 * stride)
        mean = (swing[:, middle - stride] + swing[:, middle + stride]) / 2
        swing[:, middle] = mean + amplitude * rng.standard_normal((count, len(middle)))
        stride, amplitude = stride // 2, amplitude * 0.55
    return np.clip(swing, -MAX_SWING, MAX_SWING)


def _wander(mesh: Mesh, cells: Ints, ends: Ints, swing: Floats) -> NDArray[np.object_]:
    """Lines from end to end, pulled towards one generator (swing > 0) or the other (swing < 0)."""
    along = np.linspace(0.0, 1.0, swing.shape[1])[None, :, None]
    start, stop = mesh.vertices[ends[:, 0]][:, None, :], mesh.vertices[ends[:, 1]][:, None, :]
    straight = start + along * (stop - start)
    towards = np.where((swing > 0)[:, :, None], *(mesh.points[cells[:, i]][:, None, :] for i in (0, 1)))
    xy = straight + np.abs(swing)[:, :, None] * (towards - straight)
    xy = np.where(_strays(xy - start, (stop - start)[:, 0])[:, None, None], straight, xy)
    lonlat = to_lonlat(xy.reshape(-1, 2)).reshape(xy.shape)
    return np.asarray(shapely.linestrings(lonlat), dtype=object)


def _strays(offset: Floats, ridge: Floats) -> NDArray[np.bool_]:
    """Whether a line changes sides beyond one of its ends, where the kite may be hollow and other kites begin.

    Args:
        offset: Points of each line seen from its first end in metres, shape (n, points, 2).
        ridge: From its first end to its last, shape (n, 2).

    Returns:
        One per line, shape (n,).
    """
    square = np.maximum((ridge**2).sum(axis=1), 1e-12)[:, None]
    along = (offset @ ridge[:, :, None])[:, :, 0] / square
    aside = (offset[:, :, 1] * ridge[:, None, 0] - offset[:, :, 0] * ridge[:, None, 1]) / square
    before, after = aside[:, :-1], aside[:, 1:]
    changes = before * after < 0
    share = np.abs(before) / np.where(changes, np.abs(before) + np.abs(after), 1.0)
    crossing = along[:, :-1] + share * np.diff(along, axis=1)
    beyond = (crossing < END_SHARE) | (crossing > 1 - END_SHARE)
    return np.asarray((changes & beyond).any(axis=1))


def enclose(borders: Borders, labels: Ints, witnesses: Ints, points: Floats, groups: int) -> tuple[Polygon, ...]:
    """Polygons of the groups: what the lines between different labels enclose.

    Args:
        labels: Group of each cell, -1 outside, shape (n,).
        witnesses: Cells, at least one in every connected part of every group.
        points: Generators of all cells in metres, shape (n, 2).
        groups: Number of groups.

    Returns:
        One Polygon, or MultiPolygon for a group with islands, per group in label order.
    """
    sides = labels[borders.cells]
    faces = shapely.get_parts(shapely.polygonize(borders.lines[sides[:, 0] != sides[:, 1]]))
    spots = shapely.points(to_lonlat(points[witnesses]))
    spot, face = shapely.STRtree(faces).query(spots, predicate="within")
    owner = np.full(len(faces), -1, dtype=np.int64)
    owner[face] = labels[witnesses[spot]]
    faces = shapely.orient_polygons(faces)
    return tuple(_as_one(faces[owner == group]) for group in range(groups))


def _as_one(parts: NDArray[np.object_]) -> Polygon:
    return parts[0] if len(parts) == 1 else MultiPolygon(list(parts))
