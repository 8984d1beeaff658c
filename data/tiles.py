"""What does the database hold within one map tile?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncCursor
from psycopg.rows import tuple_row

from data.engine import AsyncRows
from data.models.space import ID_BLOCK
from data.named_sql import named
from data.reads.period import Period
from data.reads.rows import fetch_all, fetch_bytes, fetch_one
from data.tile_chunks import CELL_ZOOM, CHUNK_ZOOM
from data.tile_pieces import HIGHEST_ZOOM
from geo.morton import ZOOM, tile_range
from geo.vector_tile import EXTENT
from geo.vector_tile import layer as mvt_layer

BIN_BITS = 6
"""A tile is cut into 2^6 × 2^6 bins, or into fewer where codes are no finer."""

PLANNED_ONCE_ZOOM = 12
"""From this zoom on a statement over incidents, with months, indexes and policies, takes longer to plan than to
carry out; and one plan, by the code, suits every tile. Further out the best plan depends on the values."""

_PLAN_ONCE = "SET LOCAL plan_cache_mode = force_generic_plan"
_CHUNK_CODE_BITS = 2 * (ZOOM - CHUNK_ZOOM)
_CELL_BITS = 2 * (CELL_ZOOM - CHUNK_ZOOM)
_SIGN = 0x8000


@dataclass(frozen=True, slots=True)
class Tile:
    """A web mercator tile: zoom, column from the west, row from the north."""

    z: int
    x: int
    y: int

    @property
    def codes(self) -> tuple[int, int]:
        """Codes of geo.morton in the tile, half-open."""
        return tile_range(self.z, self.x, self.y)


@dataclass(frozen=True, slots=True)
class IncidentChoice:
    """Which incidents a tile shows.

    Attributes:
        period: City-local days of report.
        start: First moment of the period; `end` is the first moment after it.
        class_ids: None for all classes.
        hidden_class_ids: Classes that this reader may not see on a map.
        is_confined: Whether the reader sees a part of the incidents only; packs hold those of the whole city.
        cells: Cells of the unit that is asked for; None for the whole city.
    """

    period: Period
    start: datetime
    end: datetime
    class_ids: frozenset[int] | None = None
    hidden_class_ids: frozenset[int] = frozenset()
    is_confined: bool = False
    cells: tuple[int, ...] | None = None

    def values(self) -> dict[str, object]:
        """Parameters of the statements over incidents."""
        return {
            "start": self.start,
            "end": self.end,
            "first": self.period.first,
            "last": self.period.last,
            "class_ids": None if self.class_ids is None else sorted(self.class_ids),
            "hidden": sorted(self.hidden_class_ids),
            "cells": None if self.cells is None else list(self.cells),
        }

    def allows(self, class_id: NDArray[np.uint16]) -> NDArray[np.bool_]:
        """Which of the class ids (n,) are shown."""
        table = np.full(1 << 16, self.class_ids is None)
        table[sorted(self.class_ids or ())] = True
        table[sorted(self.hidden_class_ids)] = False
        return table[class_id]

    @property
    def is_partial(self) -> bool:
        """Whether only incidents of some cells or departments count, which packs cannot tell apart."""
        return self.is_confined or self.cells is not None

    @property
    def by_class(self) -> bool:
        """Whether the class of an incident matters at all."""
        return self.class_ids is not None or bool(self.hidden_class_ids)


@dataclass(frozen=True, slots=True)
class Label:
    """A unit's name and the point to write it at, degrees WGS 84."""

    id: int
    name: str
    name_en: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class TileState:
    """What cached tiles depend on.

    Attributes:
        revision: Newest boundaries, 0 before the first.
        version: Version of the figures.
        plans: Ids of the plans of zones in force today, separated by commas.
        adopted: The same of every plan that was ever adopted.
    """

    revision: int
    version: int
    plans: str = ""
    adopted: str = ""


async def read_tile_state(conn: AsyncRows) -> TileState:
    """Newest boundary revision, version of the rollups, and plans of zones."""
    state = await fetch_one(conn, TileState, named("tile_state"))
    if state is None:
        raise AssertionError("a SELECT without FROM returned no row")
    return state


async def unit_tile(conn: AsyncRows, level: str, revision: int, tile: Tile, *, extent: int, layer: str) -> bytes:
    """Vector tile of a level's units as of a boundary revision; feature id = unit id, no properties; empty for none.

    Args:
        extent: Tile units a side; fewer make a coarser, smaller tile.
        layer: Name of the layer inside the tile.
    """
    place = {"z": tile.z, "x": tile.x, "y": tile.y, "level": level, "revision": revision}
    if extent == EXTENT and tile.z <= HIGHEST_ZOOM:
        has_gap, features = await _unit_pieces(conn, place)
        if not has_gap:
            return mvt_layer(layer, features)
    buffer = extent // 64
    margin = {"extent": extent, "buffer": buffer, "margin": buffer / extent, "layer": layer}
    return await fetch_bytes(conn, named("tile_units"), place | margin)


async def place_tile(conn: AsyncRows, kinds: frozenset[str] | None, tile: Tile, *, extent: int, layer: str) -> bytes:
    """Vector tile of places with kind, name and service radius; empty for none."""
    values = {"z": tile.z, "x": tile.x, "y": tile.y, "kinds": None if kinds is None else sorted(kinds)}
    return await fetch_bytes(conn, named("tile_places"), values | {"extent": extent, "layer": layer}, prepare=False)


async def point_tile(
    conn: AsyncRows, choice: IncidentChoice, tile: Tile, *, limit: int, layer: str
) -> tuple[bytes, int]:
    """Vector tile of at most `limit` single incidents (id, class_id, status), newest first, and how many they are.

    Returns:
        The tile, empty for none; and the number, `limit` where there may be more.
    """
    lo, hi = tile.codes
    values = {"z": tile.z, "x": tile.x, "y": tile.y, "lo": lo, "hi": hi, "limit": limit, "layer": layer}
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await _execute_planned(cursor, "tile_points", values | choice.values(), tile)
        row = await cursor.fetchone()
    assert row is not None
    content, count = row
    return bytes(content or b""), int(count)


async def incident_bins(conn: AsyncRows, choice: IncidentChoice, tile: Tile, bits: int = BIN_BITS) -> NDArray[np.int64]:
    """Incidents of a tile counted by bin, (4^bits,) in the interleaved order of geo.morton.

    Bins no finer than a packed cell come from the packs, with marked tile-days counted from the incidents; finer
    bins, those of a confined reader and those of one unit come from the incidents alone. Both are exact.

    Args:
        bits: The tile is cut into 2^bits × 2^bits bins; tile.z + bits <= 24.
    """
    if tile.z + bits > CELL_ZOOM or choice.is_partial:
        return await _counted_bins(conn, choice, tile, bits)
    return await _packed_bins(conn, choice, tile, bits)


async def unit_total(conn: AsyncRows, choice: IncidentChoice) -> int:
    """How many of the chosen incidents lie in the chosen cells; for a choice by unit."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(named("tile_unit_total"), choice.values(), prepare=False)
        row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


async def read_labels(conn: AsyncRows, level: str, revision: int) -> tuple[Label, ...]:
    """Names and label points of a level's units as of a boundary revision, by id."""
    return await fetch_all(conn, Label, named("tile_labels"), {"level": level, "revision": revision})


async def _unit_pieces(conn: AsyncRows, place: dict[str, object]) -> tuple[bool, bytes]:
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await cursor.execute(named("tile_unit_pieces"), place | {"block": ID_BLOCK})
        row = await cursor.fetchone()
    assert row is not None
    has_gap, features = row
    return bool(has_gap), bytes(features or b"")


async def _counted_bins(conn: AsyncRows, choice: IncidentChoice, tile: Tile, bits: int) -> NDArray[np.int64]:
    lo, hi = tile.codes
    values = {"lo": lo, "hi": hi, "shift": _bin_shift(tile, bits)}
    return await _bins(conn, "tile_bins", choice.values() | values, bits, tile)


async def _marked_bins(conn: AsyncRows, choice: IncidentChoice, tile: Tile, bits: int) -> NDArray[np.int64]:
    lo, hi = tile.codes
    tile_lo, tile_hi = _chunk_tiles(lo, hi)
    values = {"tile_lo": tile_lo, "tile_hi": tile_hi, "lo": lo, "hi": hi, "shift": _bin_shift(tile, bits)}
    return await _bins(conn, "tile_marked_bins", choice.values() | values, bits, tile)


async def _bins(conn: AsyncRows, statement: str, values: dict[str, object], bits: int, tile: Tile) -> NDArray[np.int64]:
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await _execute_planned(cursor, statement, values, tile)
        rows = np.array(await cursor.fetchall(), np.int64).reshape(-1, 2)
    counts = np.zeros(4**bits, np.int64)
    counts[rows[:, 0]] = rows[:, 1]
    return counts


async def _execute_planned(
    cursor: AsyncCursor[tuple[Any, ...]], statement: str, values: dict[str, object], tile: Tile
) -> None:
    """Carry out a statement over the incidents of a tile, by the connection's plan for it where one suits every tile.

    Policies are asked at each execution: a plan knows no scope.
    """
    is_planned_once = tile.z >= PLANNED_ONCE_ZOOM
    if is_planned_once:
        await cursor.connection.execute(_PLAN_ONCE)
    await cursor.execute(named(statement), values, prepare=is_planned_once)


async def _packed_bins(conn: AsyncRows, choice: IncidentChoice, tile: Tile, bits: int) -> NDArray[np.int64]:
    tile_lo, tile_hi = _chunk_tiles(*tile.codes)
    days: dict[str, object] = {"first": choice.period.first, "last": choice.period.last}
    values = days | {"lo": tile_lo, "hi": tile_hi, "by_class": choice.by_class}
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await cursor.execute(named("tile_chunks"), values)
        rows = await cursor.fetchall()
    packs = [(chunk, _cells_shown(choice, places, class_ids)) for chunk, places, class_ids in rows if chunk is not None]
    bins = [_bins_of_pack(tile, bits, chunk, cells) for chunk, cells in packs]
    counts = np.bincount(np.concatenate([np.empty(0, np.int64), *bins]), minlength=4**bits)
    return counts if len(packs) == len(rows) else counts + await _marked_bins(conn, choice, tile, bits)


def _cells_shown(choice: IncidentChoice, places: bytes, class_ids: bytes) -> NDArray[np.uint16]:
    """Interleaved cells (n,) within the pack's tile, of the incidents that are shown."""
    cells = np.frombuffer(places, ">u2").astype(np.uint16) ^ np.uint16(_SIGN)
    return cells[choice.allows(np.frombuffer(class_ids, ">u2").astype(np.uint16))] if choice.by_class else cells


def _bins_of_pack(tile: Tile, bits: int, chunk: int, cells: NDArray[np.uint16]) -> NDArray[np.int64]:
    """Bin of the tile for each incident of a pack that lies in the tile."""
    shift = 2 * (CELL_ZOOM - tile.z - bits)
    first_cell = tile.codes[0] >> 2 * (ZOOM - CELL_ZOOM)
    position = ((chunk << _CELL_BITS) - first_cell + cells.astype(np.int64)) >> shift
    return position if tile.z <= CHUNK_ZOOM else position[(position >= 0) & (position < 4**bits)]


def _chunk_tiles(lo: int, hi: int) -> tuple[int, int]:
    """Packs that a range of codes touches, half-open."""
    return lo >> _CHUNK_CODE_BITS, ((hi - 1) >> _CHUNK_CODE_BITS) + 1


def _bin_shift(tile: Tile, bits: int) -> int:
    return 2 * (ZOOM - tile.z - bits)
