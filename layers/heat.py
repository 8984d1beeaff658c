"""How does the density of incidents become a picture over the map, the same at every zoom?"""

import asyncio
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_bytes
from data.tiles import Tile
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
from layers.tilejson import PICTURE_SIDE

NARROWEST_M, WIDEST_M = 100.0, 20_000.0
_PIXELS = 700
"""Longer side of the picture, at most."""
_CELLS_PER_BANDWIDTH = 8
_EQUATOR_M = 40_075_016.685578488
_FADE = 0.12
"""Share of the highest density below which the colour fades out."""


Surface = NDArray[np.float64]


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


@dataclass(frozen=True, slots=True)
class HeatSurface:
    """Density of the incidents of a unit and period.

    Attributes:
        density: Surface over the unit's box.
        inside: (rows, columns) Whether the middle of a cell lies in the unit.
        incidents: Incidents of the unit.
    """

    density: DensitySurface
    inside: NDArray[np.bool_]
    incidents: int

    @property
    def highest_per_km2(self) -> float:
        """Density at the top of the ramp, in every tile and at every zoom."""
        return float(self.density.values.max(initial=0.0))

    @property
    def size(self) -> int:
        """Bytes that keeping it takes."""
        return self.density.values.nbytes + self.inside.nbytes


async def make_heat(conn: AsyncRows, query: Query, access: Access) -> HeatOverlay:
    """The density of a unit and period as one picture, with its legend.

    Raises:
        ParameterRefused: The bandwidth is out of range, or too narrow for a picture of so large a unit.
        data.reads.errors.RequestRefused: The unit or a filter cannot be used.
    """
    theme, lang = theme_of(query), lang_of(query)
    surface = await read_surface(conn, query, access)
    made = surface.density
    png = await asyncio.to_thread(_picture, surface, theme)
    title = "事件密度" if lang == "zh" else "Incident density"
    legend = heat_legend(surface.highest_per_km2, made.bandwidth_m, title=title, theme=theme, lang=lang)
    facts = (made.bandwidth_m, made.cell_m, surface.highest_per_km2, surface.incidents)
    return HeatOverlay(png, made.bbox.as_tuple(), *facts, legend)


async def read_surface(conn: AsyncRows, query: Query, access: Access) -> HeatSurface:
    """Kernel density of the incidents of a unit and period, in metres on the ground.

    Incidents around the unit count as far as the kernel reaches, so its border shows no false drop.

    Raises:
        ParameterRefused: The bandwidth is out of range, or too narrow for a picture of so large a unit.
        data.reads.errors.RequestRefused: The unit or a filter cannot be used.
    """
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
    return await asyncio.to_thread(_surface, data, bandwidth, cell_m, shape)


def default_bandwidth_m(side_m: float) -> float:
    """A thirtieth of the unit's longer side, to two digits that a legend can print, within 150 m … 3 km."""
    return float(np.clip(float(f"{side_m / 30:.1e}"), 150.0, 3_000.0))


def colours_of(surface: Surface, theme: Theme, top: float | None = None) -> NDArray[np.uint8]:
    """RGBA (rows, columns, 4) of densities: the ramp up to the top, fading out towards zero.

    Args:
        top: Density that has the last colour; None for the highest of the surface.
    """
    highest = surface.max(initial=0.0) if top is None else top
    share = surface / highest if highest > 0 else np.zeros_like(surface)
    table = ramp_at("heat", np.linspace(0, 1, 256), theme)
    opacity = np.clip(np.linspace(0, 1, 256) / _FADE, 0, 1) * 0.85
    rgba = np.rint(np.column_stack((table, opacity)) * 255).astype(np.uint8)
    return rgba[np.rint(share * 255).astype(np.intp)]


def heat_tile(surface: HeatSurface, tile: Tile, theme: Theme) -> bytes:
    """One tile of the surface as a PNG; empty where the surface has nothing there.

    Colours mean the same densities in every tile and at every zoom.
    """
    made = surface.density
    rows, columns = made.values.shape
    west, north, side_x, side_y = _grid(made)
    step = _EQUATOR_M / 2**tile.z / PICTURE_SIDE
    middles = np.arange(PICTURE_SIDE) + 0.5
    x = (tile.x * PICTURE_SIDE + middles) * step - _EQUATOR_M / 2
    y = _EQUATOR_M / 2 - (tile.y * PICTURE_SIDE + middles) * step
    column, row = (x - west) / side_x - 0.5, (north - y) / side_y - 0.5
    if column[-1] < -0.5 or row[-1] < -0.5 or column[0] > columns - 0.5 or row[0] > rows - 0.5:
        return b""
    pixels = colours_of(_between(made.values, row, column), theme, surface.highest_per_km2)
    shown = _between(surface.inside.astype(np.float64), row, column)
    pixels[..., 3] = np.rint(pixels[..., 3] * shown).astype(np.uint8)
    return write_png(pixels) if pixels[..., 3].any() else b""


def _between(values: Surface, row: Surface, column: Surface) -> Surface:
    """Values (r, c) between the middles of cells, by their distance to the four around; 0 outside."""
    for axis, place in ((0, row), (1, column)):
        count = values.shape[axis]
        low = np.floor(place).astype(np.intp)
        share = np.expand_dims(place - low, 1 - axis)
        outside = np.expand_dims((place < -0.5) | (place > count - 0.5), 1 - axis)
        near, far = (np.take(values, np.clip(low + k, 0, count - 1), axis=axis) for k in (0, 1))
        values = np.where(outside, 0.0, near * (1 - share) + far * share)
    return values


def _surface(data: OverlayData, bandwidth_m: float, cell_m: float, shape: bytes) -> HeatSurface:
    weights = data.points.n.astype(np.float64)
    made = density(data.points.lonlat, weights, bandwidth_m=bandwidth_m, cell_m=cell_m, bbox=data.box)
    return HeatSurface(made, _inside(made, shape), data.total)


def _picture(surface: HeatSurface, theme: Theme) -> bytes:
    pixels = colours_of(surface.density.values, theme)
    pixels[~surface.inside] = 0
    return write_png(pixels)


def _inside(surface: DensitySurface, shape: bytes) -> NDArray[np.bool_]:
    """Which cells (rows, columns) have their middle in the shape."""
    rows, columns = surface.values.shape
    west, north, side_x, side_y = _grid(surface)
    x = west + (np.arange(columns) + 0.5) * side_x
    y = north - (np.arange(rows) + 0.5) * side_y
    lon = to_wgs84(np.column_stack((x, np.zeros(columns))), Datum.MERCATOR)[:, 0]
    lat = to_wgs84(np.column_stack((np.zeros(rows), y)), Datum.MERCATOR)[:, 1]
    unit = shapely.from_wkb(shape)
    shapely.prepare(unit)
    inside: NDArray[np.bool_] = shapely.contains_xy(unit, *np.meshgrid(lon, lat))
    return inside


def _grid(surface: DensitySurface) -> tuple[float, float, float, float]:
    """West and north of the surface in web mercator, and width and height of a cell there."""
    rows, columns = surface.values.shape
    box = surface.bbox
    corners = from_wgs84(np.array([[box.west, box.north], [box.east, box.south]]), Datum.MERCATOR)
    (west, north), (east, south) = corners.tolist()
    return west, north, (east - west) / columns, (north - south) / rows


def _shape_values(data: OverlayData, cell_m: float) -> dict[str, object]:
    return {"id": data.unit.id, "tolerance": cell_m / 4 / METRES_PER_DEGREE}


def _longer_side_m(box: Box) -> float:
    across = (box.east - box.west) * np.cos(np.radians((box.south + box.north) / 2))
    return float(max(across, box.north - box.south, 1e-4) * METRES_PER_DEGREE)
