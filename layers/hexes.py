"""How do the incidents of a unit become hexagons on the map?"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from data.engine import AsyncRows
from data.reads.units import read_root
from data.tiles import Tile
from geo.datum import Datum, from_wgs84
from geo.hexbin import Hexagons, hexagons
from geo.tile_cut import cut_for_tile, on_grid
from geo.vector_tile import layer, polygon_feature
from layers.classification import Scheme, classify
from layers.errors import ParameterRefused
from layers.legend import Legend, hex_legend
from layers.overlay_request import METRES_PER_DEGREE, lang_of, read_overlay, theme_of
from layers.permission import Access
from layers.registry import HEXES
from layers.tile_address import Query

SHORTEST_M, LONGEST_M = 100.0, 20_000.0
_MOST = 20_000
_DIGITS = 6
_EQUATOR_M = 40_075_016.685578488
_MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class HexOverlay:
    """Hexagons with what is needed to draw and read them.

    Attributes:
        features: GeoJSON FeatureCollection; property `n`.
        breaks: Class bounds of `n`, inclusive upper bounds.
        hexagons: The same as arrays; a hexagon's id is its place there, from 1 on.
    """

    features: dict[str, Any]
    bounds: tuple[float, float, float, float]
    edge_m: float
    breaks: tuple[float, ...]
    incidents: int
    legend: Legend
    hexagons: Hexagons

    @property
    def size(self) -> int:
        """Bytes that keeping it takes, roughly."""
        return 2_000 * (1 + len(self.hexagons.counts))


async def make_hexes(conn: AsyncRows, query: Query, access: Access) -> HexOverlay:
    """Number of incidents of a unit by hexagon.

    Incidents enter by squares of a twelfth of the edge or less, down to 38 m, so near an edge one can fall to the
    neighbour; none is lost or doubled. The lattice is the same for every unit of the city.

    Raises:
        ParameterRefused: The edge is out of range or makes too many hexagons.
        data.reads.errors.RequestRefused: The unit or a filter cannot be used.
    """
    theme, lang = theme_of(query), lang_of(query)
    edge_m = query.number("edge", SHORTEST_M, LONGEST_M) or 1_000.0
    root = await read_root(conn)
    data = await read_overlay(conn, query, access, cell_m=edge_m / 12, margin_m=0.0)
    _require_few(data.box.as_tuple(), edge_m)
    made = hexagons(
        data.points.lonlat,
        data.points.n.astype(np.float64),
        edge_m=edge_m,
        latitude=float(np.clip((root.south + root.north) / 2, -85, 85)),
    )
    classes = classify(made.counts, Scheme.QUANTILE, 5, whole=True)
    title = "每格事件数" if lang == "zh" else "Incidents per hexagon"
    legend = hex_legend(classes, edge_m, title=title, theme=theme, lang=lang)
    total = int(made.counts.sum())
    return HexOverlay(hex_collection(made), data.box.as_tuple(), edge_m, classes.breaks, total, legend, made)


def hex_tile(made: Hexagons, tile: Tile) -> bytes:
    """Vector tile of the hexagons in it: a number as id, the same in every tile, and the property `n`."""
    corners = from_wgs84(made.corners.reshape(-1, 2), Datum.MERCATOR).reshape(-1, 6, 2)
    near = np.flatnonzero(_near(corners, tile))
    shapes = on_grid(np.asarray(shapely.polygons(corners[near]), object).reshape(-1), tile.z)
    owners, commands = cut_for_tile(shapes, tile.x, tile.y)
    shown = near[owners]
    values, value_of = np.unique(made.counts[shown].astype(np.int64), return_inverse=True)
    facts = zip((shown + 1).tolist(), commands, value_of.tolist(), strict=True)
    features = b"".join(polygon_feature(number, drawn, (0, tag)) for number, drawn, tag in facts)
    return layer(HEXES, features, ["n"], values.tolist())


def _near(corners: NDArray[np.float64], tile: Tile) -> NDArray[np.bool_]:
    """Which hexagons (h, 6, 2), in web mercator, touch the tile or lie close around it."""
    side = _EQUATOR_M / 2**tile.z
    west, north = tile.x * side - _EQUATOR_M / 2, _EQUATOR_M / 2 - tile.y * side
    low = np.array([west - _MARGIN * side, north - (1 + _MARGIN) * side])
    high = np.array([west + (1 + _MARGIN) * side, north + _MARGIN * side])
    touches: NDArray[np.bool_] = ((corners.max(axis=1) >= low) & (corners.min(axis=1) <= high)).all(axis=1)
    return touches


def hex_collection(made: Hexagons) -> dict[str, Any]:
    """GeoJSON polygons with a number as id and the property `n`."""
    rings = np.concatenate((made.corners, made.corners[:, :1]), axis=1).round(_DIGITS)
    features = [
        {
            "type": "Feature",
            "id": k + 1,
            "properties": {"n": n},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for k, (n, ring) in enumerate(zip(made.counts.astype(int).tolist(), rings.tolist(), strict=True))
    ]
    return {"type": "FeatureCollection", "features": features}


def _require_few(bounds: tuple[float, float, float, float], edge_m: float) -> None:
    west, south, east, north = bounds
    metres = METRES_PER_DEGREE * np.cos(np.radians((south + north) / 2)) * (east - west)
    area = metres * METRES_PER_DEGREE * (north - south)
    if area / (2.6 * edge_m**2) > _MOST:
        least = int(np.ceil(np.sqrt(area / (2.6 * _MOST)) / 50) * 50)
        remedy = f"Give at least {least}, or choose a smaller unit."
        raise ParameterRefused("edge", f"{edge_m:g} m would make over {_MOST:,} hexagons.", remedy)
