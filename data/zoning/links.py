"""Which units are neighbours by a bridge or a ferry, and which are not although they touch?"""

from dataclasses import dataclass

import numpy as np

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_all
from geo.zoning.graph import Ints, UnitGraph


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs by hand, as places in the ground's arrays.

    Attributes:
        linked: (a, 2) neighbours without a common border.
        cut: (b, 2) pairs whose common border no zone may cross.
    """

    linked: Ints
    cut: Ints

    def applied(self, graph: UnitGraph) -> UnitGraph:
        """The graph with the links and without the cuts."""
        return graph.with_links(self.linked[:, 0], self.linked[:, 1]).without_pairs(self.cut[:, 0], self.cut[:, 1])


@dataclass(frozen=True, slots=True)
class _Pair:
    a_code: str
    b_code: str
    kind: str


async def read_links(conn: AsyncRows, level: str, codes: tuple[str, ...]) -> Links:
    """Links and cuts between units of a level.

    Args:
        conn: a connection in the reader's scope.
        level: key of the level.
        codes: of the ground's units, in its order.
    """
    pairs = await fetch_all(conn, _Pair, named("zone_links"), {"level": level, "codes": list(codes)})
    place = {code: k for k, code in enumerate(codes)}

    def of_kind(kind: str) -> Ints:
        found = [(place[pair.a_code], place[pair.b_code]) for pair in pairs if pair.kind == kind]
        return np.array(found, np.int64).reshape(-1, 2)

    return Links(of_kind("link"), of_kind("cut"))
