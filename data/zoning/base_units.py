"""Which units of a base level lie within a unit, which of them share a border, and how long are their outlines?"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg.rows import tuple_row

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_all
from geo.adjacency import shared_borders
from geo.metric import LocalMetres
from geo.zoning.graph import Floats, Ints, UnitGraph

MOST_OUTLINES = 8
_SHAPES = "SELECT id, ST_AsBinary(geom) FROM unit WHERE id = ANY(%(ids)s) ORDER BY id"

Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class BaseUnit:
    """A current unit of the base level.

    Attributes:
        path: Ids from the whole city down to the unit itself.
        population: People; None where nobody counted them.
        lon, lat: A point inside, degrees, WGS 84.
    """

    id: int
    code: str
    name: str
    name_en: str
    parent_id: int | None
    path: list[int]
    population: int | None
    area_m2: float
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Outlines:
    """What the shapes of units come to.

    Attributes:
        graph: Common borders, lengths in metres.
        perimeter_m: (n,) length of each outline.
    """

    graph: UnitGraph
    perimeter_m: Floats


async def read_base_units(conn: AsyncRows, within: int, level: str) -> tuple[BaseUnit, ...]:
    """The units of the level below a unit that the reader sees, by id."""
    return await fetch_all(conn, BaseUnit, named("zone_units"), {"within": within, "level": level})


async def read_unit_shapes(conn: AsyncRows, ids: Ints) -> Shapes:
    """(n,) polygons in degrees of units, in rising order of their ids."""
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await cursor.execute(_SHAPES, {"ids": ids.tolist()})
        found = await cursor.fetchall()
    shapes: Shapes = await asyncio.to_thread(shapely.from_wkb, np.array([row[1] for row in found], dtype=object))
    return shapes


class OutlineCache:
    """Outlines of units that were asked for lately; an id never changes its shape, so nothing here goes out of date."""

    def __init__(self, most: int = MOST_OUTLINES) -> None:
        self._kept: OrderedDict[bytes, Outlines] = OrderedDict()
        self._most = most

    async def read(self, conn: AsyncRows, ids: Ints) -> Outlines:
        """Outlines of units that the reader sees.

        Args:
            conn: a connection in the reader's scope.
            ids: (n,) unit ids, rising.
        """
        key = blake2b(ids.tobytes(), digest_size=16).digest()
        found = self._kept.get(key)
        if found is None:
            found = await asyncio.to_thread(outlines_of, await read_unit_shapes(conn, ids))
            self._kept[key] = found
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return found


def outlines_of(shapes: Shapes) -> Outlines:
    """Borders and perimeters of polygons in degrees."""
    perimeter: Floats = shapely.length(LocalMetres.of(shapes).project(shapes))
    return Outlines(UnitGraph.of_borders(len(shapes), shared_borders(shapes)), perimeter)
