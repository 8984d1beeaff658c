"""Which ferries join the villages of islands to their county, so that zones can reach them?"""

from dataclasses import dataclass

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

from data.demo.geography import DemoGeography
from geo.adjacency import shared_borders
from geo.metric import LocalMetres
from geo.zoning.graph import UnitGraph

LEVEL = "medium"
AUTHOR = "demo"
_INSERT = """
    INSERT INTO zone_link (level_key, a_code, b_code, kind, reason, account_name)
    VALUES (%s, %s, %s, 'link', %s, %s)
"""


@dataclass(frozen=True, slots=True)
class Ferry:
    """A way across the water between two medium grids of one county, the smaller code first."""

    a_code: str
    b_code: str
    length_m: float

    @property
    def reason(self) -> str:
        """Why the two count as neighbours, as planners read it."""
        return f"轮渡，水路约{self.length_m / 1_000:.1f}公里"


def plan_ferries(geography: DemoGeography) -> tuple[Ferry, ...]:
    """The shortest ferries by which no medium grid of a county is out of reach of the others, by codes.

    Args:
        geography: The units; the same ones have the same ferries.
    """
    units = geography.level(LEVEL)
    large = {unit.code: unit.parent_code for unit in geography.level("large")}
    county = np.unique([large[unit.parent_code or ""] or "" for unit in units], return_inverse=True)[1]
    shapes = np.array([unit.geometry for unit in units], object)
    graph = UnitGraph.of_borders(len(units), shared_borders(shapes)).within(county.astype(np.int64))
    flat = LocalMetres.of(shapes).project(shapes)
    found = []
    while (pair := _nearest_apart(flat, county, graph.pieces())) is not None:
        first, second, length_m = pair
        graph = graph.with_links(np.array([first]), np.array([second]))
        a_code, b_code = sorted((units[first].code, units[second].code))
        found.append(Ferry(a_code, b_code, length_m))
    return tuple(sorted(found, key=lambda ferry: (ferry.a_code, ferry.b_code)))


def _nearest_apart(
    shapes: NDArray[np.object_], county: NDArray[np.int64], piece: NDArray[np.int64]
) -> tuple[int, int, float] | None:
    """Of all units off the main piece of their county the one nearest to another piece of it, that one, and how far."""
    nearest: tuple[int, int, float] | None = None
    for one in np.flatnonzero(piece != _main_piece(county, piece)[county]):
        others = np.flatnonzero((county == county[one]) & (piece != piece[one]))
        distance = shapely.distance(shapes[one], shapes[others])
        place = int(distance.argmin())
        if nearest is None or distance[place] < nearest[2]:
            nearest = int(one), int(others[place]), float(distance[place])
    return nearest


def _main_piece(county: NDArray[np.int64], piece: NDArray[np.int64]) -> NDArray[np.int64]:
    """The piece with the most units of each county."""
    counties = range(int(county.max()) + 1)
    return np.array([np.bincount(piece[county == one]).argmax() for one in counties], np.int64)


def store_ferries(connection: psycopg.Connection, ferries: tuple[Ferry, ...]) -> None:
    """Write the ferries as links made by hand, which planners can remove."""
    rows = [(LEVEL, ferry.a_code, ferry.b_code, ferry.reason, AUTHOR) for ferry in ferries]
    connection.cursor().executemany(_INSERT, rows)
