"""How does the density of incidents become a picture over the map, the same at every zoom?"""

import asyncio
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_bytes
from geo.box import Box
from geo.datum import Datum, from_wgs84, to_wgs84
from geo.density import DensitySurface, density
from layers.errors import ParameterRefused
from layers.legend import Legend, heat_legend
from layers.overlay_request import METRES_PER_DEGREE, OverlayData, lang_of, read_overlay, theme_of
from layers.palette import Theme, ramp_at
from layers.permission import Access
from layers.png import write_png
from layers.tile_address import Query

NARROWEST_M, WIDEST_M = 100.0, 20_000.0
_PIXELS = 700
"""Longer side of the picture, at most."""
_CELLS_PER_BANDWIDTH = 8
_FADE = 0.12
"""Share of the highest density below which the colour fades out."""


@dataclass(frozen=True, slots=True)
class HeatOverlay:
    """A density picture with what is needed to lay and read it.

    Attributes:
        png: RGBA picture; transparent outside the unit.
        bounds: West, south, east, north of the picture in degrees; it is regular in web mercator.
        highest_per_km2: Density at the top of the ramp.
    """

    png: bytes
    bounds: tuple[float, float, float, float]
    bandwidth_m: float
    cell_m: float
    highest_per_km2: float
    incidents: int
    legend: Legend


async def make_heat(conn: AsyncRows, query: Query, access: Access) -> HeatOverlay:
    """Kernel density of the incidents of a unit and period, in metres on the ground.

    Incidents around the unit count as far as the kernel reaches, so its border shows no false drop.

    Raises:
        ParameterRefused: The bandwidth is out of range, or too narrow for a picture of so large a unit.
        data.reads.errors.RequestRefused: The unit or a filter cannot be used.
    """
    theme, lang = theme_of(query), lang_of(query)
    asked = query.number("bandwidth", NARROWEST_M, WIDEST_M)
    reach = asked or WIDEST_M / 4
    data = await read_overlay(conn, query, access, cell_m=reach / _CELLS_PER_BANDWIDTH, margin_m=reach)
    side_m = _longer_side_m(data.box)
    bandwidth = asked or default_bandwidth_m(side_m)
    cell_m = max(bandwidth / _CELLS_PER_BANDWIDTH, side_m / _PIXELS)
    if cell_m > bandwidth / 2:
        least = int(np.ceil(2 * side_m / _PIXELS / 50) * 50)
        cause = f"{bandwidth:g} m is too narrow for a picture of a unit {side_m / 1000:.0f} km wide."
        raise ParameterRefused("bandwidth", cause, f"Give at least {least}, or choose a smaller unit.")
    shape = await fetch_bytes(conn, named("tile_unit_shape"), _shape_values(data, cell_m))
    surface, png = await asyncio.to_thread(_draw, data, bandwidth, cell_m, shape, theme)
    highest = float(surface.values.max(initial=0.0))
    title = "事件密度" if lang == "zh" else "Incident density"
    legend = heat_legend(highest, bandwidth, title=title, theme=theme, lang=lang)
    count = int(data.points.n[data.box.contains(data.points.lonlat[:, 0], data.points.lonlat[:, 1])].sum())
    return HeatOverlay(png, surface.bbox.as_tuple(), bandwidth, cell_m, highest, count, legend)


def default_bandwidth_m(side_m: float) -> float:
    """A thirtieth of the unit's longer side, to two digits that a legend can print, within 150 m … 3 km."""
    return float(np.clip(float(f"{side_m / 30:.1e}"), 150.0, 3_000.0))


def colours_of(surface: NDArray[np.float64], theme: Theme) -> NDArray[np.uint8]:
    """RGBA (rows, columns, 4) of densities: the ramp up to the highest, fading out towards zero."""
    highest = surface.max(initial=0.0)
    share = surface / highest if highest > 0 else np.zeros_like(surface)
    table = ramp_at("heat", np.linspace(0, 1, 256), theme)
    opacity = np.clip(np.linspace(0, 1, 256) / _FADE, 0, 1) * 0.85
    rgba = np.rint(np.column_stack((table, opacity)) * 255).astype(np.uint8)
    return rgba[np.rint(share * 255).astype(np.intp)]


def _draw(
    data: OverlayData, bandwidth_m: float, cell_m: float, shape: bytes, theme: Theme
) -> tuple[DensitySurface, bytes]:
    surface = density(
        data.points.lonlat, data.points.n.astype(np.float64), bandwidth_m=bandwidth_m, cell_m=cell_m, bbox=data.box
    )
    pixels = colours_of(surface.values, theme)
    pixels[~_inside(surface, shape)] = 0
    return surface, write_png(pixels)


def _inside(surface: DensitySurface, shape: bytes) -> NDArray[np.bool_]:
    """Which cells (rows, columns) have their middle in the shape."""
    rows, columns = surface.values.shape
    box = surface.bbox
    corners = from_wgs84(np.array([[box.west, box.north], [box.east, box.south]]), Datum.MERCATOR)
    (west, north), (east, south) = corners.tolist()
    x = west + (np.arange(columns) + 0.5) * (east - west) / columns
    y = north - (np.arange(rows) + 0.5) * (north - south) / rows
    lon = to_wgs84(np.column_stack((x, np.zeros(columns))), Datum.MERCATOR)[:, 0]
    lat = to_wgs84(np.column_stack((np.zeros(rows), y)), Datum.MERCATOR)[:, 1]
    unit = shapely.from_wkb(shape)
    shapely.prepare(unit)
    inside: NDArray[np.bool_] = shapely.contains_xy(unit, *np.meshgrid(lon, lat))
    return inside


def _shape_values(data: OverlayData, cell_m: float) -> dict[str, object]:
    return {"id": data.unit.id, "tolerance": cell_m / 4 / METRES_PER_DEGREE}


def _longer_side_m(box: Box) -> float:
    across = (box.east - box.west) * np.cos(np.radians((box.south + box.north) / 2))
    return float(max(across, box.north - box.south, 1e-4) * METRES_PER_DEGREE)
