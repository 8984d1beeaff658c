"""How do tiles of a computed overlay (heat, hexagons) come from one computation for all of them?"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from data.engine import AsyncRows
from data.tiles import Tile
from layers.byte_cache import ByteCache
from layers.declaration import Layer, LayerKind
from layers.heat import HeatSurface, heat_tile, read_surface
from layers.hexes import HexOverlay, hex_tile, make_hexes
from layers.overlay_request import theme_of
from layers.permission import Access
from layers.tile_address import Query

KEPT_BYTES = 64_000_000
_DEPENDS_ON = ("unit", "level", "from", "to", "class", "bandwidth", "edge", "as_of")

Made = TypeVar("Made")
Reading = Callable[[], AbstractAsyncContextManager[AsyncRows]]


class OverlayTiles:
    """Keeps the surfaces and hexagons computed last: a map asks for dozens of tiles of each at once."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._surfaces: ByteCache[HeatSurface] = ByteCache(KEPT_BYTES)
        self._hexagons: ByteCache[HexOverlay] = ByteCache(KEPT_BYTES)

    async def tile(self, layer: Layer, tile: Tile, query: Query, access: Access, state: Hashable) -> bytes:
        """The tile of a heat or hexagon layer; empty where nothing is.

        Args:
            state: What the overlay depends on besides the address and the reader.

        Raises:
            layers.errors.ParameterRefused: A parameter cannot be used.
            data.reads.errors.RequestRefused: The unit or a filter cannot be used.
        """
        key = (access.key, state, tuple(query.text(name) for name in _DEPENDS_ON))
        if layer.kind is LayerKind.HEAT:
            theme = theme_of(query)
            surface = await self._surfaces.get(key, self._with_connection(read_surface, query, access))
            return await asyncio.to_thread(heat_tile, surface, tile, theme)
        made = await self._hexagons.get(key, self._with_connection(make_hexes, query, access))
        return await asyncio.to_thread(hex_tile, made.hexagons, tile)

    def _with_connection(
        self, make: Callable[[AsyncRows, Query, Access], Awaitable[Made]], query: Query, access: Access
    ) -> Callable[[], Awaitable[Made]]:
        """The computation on a connection of its own, as its first reader may go away before it ends."""

        async def run() -> Made:
            async with self._reading() as conn:
                return await make(conn, query, access)

        return run
