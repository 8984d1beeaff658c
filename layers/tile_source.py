"""What are the bytes of one tile of one layer?"""

import logging
from collections.abc import Awaitable, Callable

import numpy as np

from data.engine import AsyncRows
from data.reads.city import CityMoment, read_moment
from data.reads.classes import read_class_filter
from data.reads.parts import read_cells
from data.reads.past import look_back
from data.reads.period import parse_period
from data.reads.units import Unit, read_unit
from data.tile_chunks import CELL_ZOOM
from data.tiles import BIN_BITS, IncidentChoice, Tile, incident_bins, place_tile, point_tile, unit_tile
from data.zone_tiles import zone_tile
from layers.answer import packed
from layers.declaration import Layer, LayerKind
from layers.mvt import bin_layer
from layers.permission import Access
from layers.registry import BINS, POINTS
from layers.tile_address import Query

MOST_POINTS = 5_000
"""A tile with more incidents than this shows counts in bins."""

MOST_POINT_BYTES = 25_000
"""Nor are single incidents shown where their tile would be larger than this, compressed."""

MOST_BYTES = 500_000
"""A tile that would be larger, before compression, is made again on a coarser grid."""

_EXTENTS = (4096, 2048, 1024, 512, 256)

_log = logging.getLogger(__name__)


async def make_tile(
    conn: AsyncRows,
    layer: Layer,
    tile: Tile,
    *,
    revision: int,
    plans: tuple[int, ...] = (),
    query: Query,
    access: Access,
    moment: CityMoment | None = None,
) -> bytes:
    """Vector tile of a layer; empty where there is nothing to show.

    Args:
        revision: Boundaries that units are shown with.
        plans: Adopted plans whose zones are shown.
        moment: What the reader's snapshot shows, where it is known; for incidents.

    Raises:
        data.reads.errors.RequestRefused: A filter cannot be used.
    """
    if layer.kind is LayerKind.INCIDENTS:
        unit = await read_asked_unit(conn, query) if query.text("unit") else None
        return await incident_tile(conn, await read_choice(conn, query, access, unit, moment), tile)
    if layer.kind is LayerKind.PLACES:
        kinds = frozenset((query.text("kind") or "").split(",")) - {""}
        return await _within_cap(
            tile, lambda extent: place_tile(conn, kinds or None, tile, extent=extent, layer=layer.key)
        )
    if layer.kind is LayerKind.ZONES:
        name = layer.vector_layers[0].name
        return await _within_cap(tile, lambda extent: zone_tile(conn, plans, tile, extent=extent, layer=name))
    if layer.level_key is None:
        return b""
    level, name = layer.level_key, layer.vector_layers[0].name
    return await _within_cap(tile, lambda extent: unit_tile(conn, level, revision, tile, extent=extent, layer=name))


async def read_asked_unit(conn: AsyncRows, query: Query) -> Unit:
    """The unit that the address names; a zone as of the end of its period.

    Raises:
        data.reads.errors.RequestRefused: There is none, or the period or the moment cannot be used.
    """
    code, level = query.text("unit"), query.text("level")
    if not code:
        return await read_unit(conn, code, level)
    period = parse_period(query.text("from"), query.text("to"), await read_asked_moment(conn, query))
    return await read_unit(conn, code, level, period.last)


async def read_asked_moment(conn: AsyncRows, query: Query, moment: CityMoment | None = None) -> CityMoment:
    """The moment that the address names; from here on the transaction reads everything as it stood at it.

    Args:
        moment: What the reader's snapshot shows, or showed a second ago; None reads it.

    Raises:
        data.reads.errors.RequestRefused: It is none, or has not come.
    """
    as_of = query.text("as_of")
    if as_of is None:
        return moment or await read_moment(conn)
    # A moment within the last second has come, whatever was known a second ago.
    return await look_back(conn, await read_moment(conn), as_of)


async def read_choice(
    conn: AsyncRows, query: Query, access: Access, unit: Unit | None = None, moment: CityMoment | None = None
) -> IncidentChoice:
    """The incidents that the filters in the address choose, less those hidden from the reader.

    Args:
        unit: Only what lies in it, as lists and figures count it; None and the whole city choose by no unit.
        moment: What the reader's snapshot shows; None reads it.

    Raises:
        data.reads.errors.RequestRefused: A filter cannot be used.
    """
    moment = await read_asked_moment(conn, query, moment)
    period = parse_period(query.text("from"), query.text("to"), moment)
    classes = await read_class_filter(conn, query.text("class"))
    zone = moment.zone
    cells = None if unit is None else await read_cells(conn, unit)
    return IncidentChoice(
        period,
        period.start(zone),
        period.end(zone),
        classes,
        access.hidden_class_ids,
        # Packs hold the present, and what of it one reader may see.
        is_confined=moment.is_confined or moment.is_replay,
        cells=None if cells is None else tuple(sorted(cells)),
    )


async def incident_tile(conn: AsyncRows, choice: IncidentChoice, tile: Tile) -> bytes:
    """Single incidents, or their number by bin where they are too many or too large; empty for none."""
    if tile.z + BIN_BITS > CELL_ZOOM:
        # Few incidents as a rule, and no pack could count them: they are read at once.
        points = await _few_points(conn, choice, tile)
        return bin_layer(await incident_bins(conn, choice, tile), BIN_BITS, BINS) if points is None else points
    counts = await incident_bins(conn, choice, tile)
    total = int(np.sum(counts))
    if total == 0:
        return b""
    points = await _few_points(conn, choice, tile) if total <= MOST_POINTS else None
    return bin_layer(counts, BIN_BITS, BINS) if points is None else points


async def _few_points(conn: AsyncRows, choice: IncidentChoice, tile: Tile) -> bytes | None:
    """Single incidents; None where they are too many or too large."""
    points, count = await point_tile(conn, choice, tile, limit=MOST_POINTS + 1, layer=POINTS)
    if count > MOST_POINTS or (len(points) > MOST_POINT_BYTES and len(packed(points)) > MOST_POINT_BYTES):
        return None
    return points


async def _within_cap(tile: Tile, make: Callable[[int], Awaitable[bytes]]) -> bytes:
    """The tile on the finest grid on which it keeps to MOST_BYTES, else on the coarsest."""
    content = b""
    for extent in _EXTENTS:
        content = await make(extent)
        if len(content) <= MOST_BYTES:
            return content
    _log.warning("tile %s/%s/%s has %s bytes on the coarsest grid", tile.z, tile.x, tile.y, len(content))
    return content
