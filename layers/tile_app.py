"""How are tiles, their descriptions and overlays served? A bare ASGI application, mounted at /tiles."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol

from data.engine import AsyncRows
from data.reads.city import CityMoment, read_moment
from data.reads.levels import Level, read_levels
from data.scope import acting_as_program
from data.tiles import Tile, TileState, read_tile_state
from layers.answer import (
    IMMUTABLE,
    PRIVATE_IMMUTABLE,
    PRIVATE_REVALIDATE,
    REVALIDATE,
    Answer,
    Message,
    Send,
    pack_answer,
    send_answer,
)
from layers.byte_cache import ByteCache, CacheCounters
from layers.declaration import Layer, LayerKind, SourceKind
from layers.documents import Setting, is_live, make_document
from layers.overlay_tiles import OverlayTiles
from layers.permission import Access, AccessOf, AsgiScope, everything
from layers.problems import problem_of
from layers.registry import LayerRegistry, build_registry
from layers.tile_address import DocumentAsked, Query, TileAsked, parse_path, parse_query, require_tile
from layers.tile_source import make_tile

MVT = "application/vnd.mapbox-vector-tile"
PNG = "image/png"
STATE_SECONDS = 1.0
"""How old the known revision and version may be; the rollups are folded once a second."""

_SMALL = 16_384
_SEVERAL = (LayerKind.INCIDENTS, LayerKind.ZONES)
"""Kinds of layers whose tiles take more than one statement."""

Receive = Callable[[], Awaitable[Message]]


class Database(Protocol):
    """What tiles are read from; `data.engine.AsyncDatabase` is one."""

    def reading(self) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection with one read-only snapshot."""

    def single(self) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection for one statement."""


@dataclass(frozen=True, slots=True)
class City:
    """What answers depend on besides the address.

    Attributes:
        moments: What readers see of the city, by `Access.key`. A map asks for dozens of tiles within the second for
            which a `City` is known, and reading it takes as long as counting a tile.
    """

    state: TileState
    levels: tuple[Level, ...]
    registry: LayerRegistry
    moments: dict[str, CityMoment] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TileCounters:
    """What was served so far."""

    requests: int
    not_modified: int
    empty: int
    errors: int
    bytes_sent: int
    seconds_making: float
    cache: CacheCounters


class TileApp:
    """ASGI application below /tiles; it keeps what it made, compressed, up to `cache_mb`."""

    def __init__(
        self,
        database: Database,
        *,
        cache_mb: float = 256,
        access_of: AccessOf = everything,
        clock: Callable[[], float] = time.monotonic,
        prefix: str = "/tiles",
    ) -> None:
        self._database = database
        self._cache: ByteCache[Answer] = ByteCache(int(cache_mb * 1_000_000))
        self._overlays = OverlayTiles(database.reading)
        self._access_of = access_of
        self._clock = clock
        self._prefix = prefix
        self._city: City | None = None
        self._city_until = float("-inf")
        self._city_lock = asyncio.Lock()
        self._requests = self._not_modified = self._empty = self._errors = self._bytes_sent = 0
        self._seconds = 0.0

    async def __call__(self, scope: AsgiScope, _receive: Receive, send: Send) -> None:
        """Answer one request; every error becomes a problem document."""
        if scope["type"] != "http":
            raise ValueError(f"TileApp serves HTTP, not {scope['type']}: mount it for HTTP requests only.")
        self._requests += 1
        try:
            if scope["method"] not in ("GET", "HEAD"):
                await _refuse(send, 405, b"", [(b"allow", b"GET, HEAD")])
                return
            answer = await self._answer(scope)
        except Exception as error:  # the edge of this application: all errors leave as problem documents
            self._errors += 1
            status, body = problem_of(error)
            await _refuse(send, status, body, [(b"content-type", b"application/problem+json")])
            return
        status, sent = await send_answer(scope, send, answer)
        self._not_modified += status == 304
        self._empty += status == 204
        self._bytes_sent += sent

    def counters(self) -> TileCounters:
        """What was served so far, for /metrics."""
        return TileCounters(
            self._requests,
            self._not_modified,
            self._empty,
            self._errors,
            self._bytes_sent,
            self._seconds,
            self._cache.counters(),
        )

    def forget(self) -> None:
        """Look at the database again before the next answer, after an import in this process."""
        self._city_until = float("-inf")

    async def _answer(self, scope: AsgiScope) -> Answer:
        access = self._access_of(scope)
        path, query_string = self._path(scope), scope["query_string"]
        # What carries a revision never changes: it is answered before the address is even taken apart.
        fixed = (access.key, path, query_string)
        kept = self._cache.peek(fixed)
        if kept is not None:
            return kept
        asked, query = parse_path(path), parse_query(query_string)
        city = await self._known_city()
        if isinstance(asked, DocumentAsked):
            return await self._document(asked, query, access, city, scope)
        layer = city.registry.get(asked.layer, access)
        require_tile(asked, layer)
        revision = query.revision(city.state.revision)
        if layer.kind is LayerKind.ZONES:
            revision = None if query.plans(city.state.adopted) is None else city.state.revision
        if revision is not None and not layer.live:
            control = self._control(access, fixed=True)
            return await self._cache.get(fixed, lambda: self._tile(asked, query, access, city, control))
        depends_on = city.state if layer.live or layer.kind is LayerKind.ZONES else city.state.revision
        key = (*fixed, depends_on)
        return await self._cache.get(key, lambda: self._tile(asked, query, access, city, self._control(access)))

    async def _tile(self, asked: TileAsked, query: Query, access: Access, city: City, control: bytes) -> Answer:
        started = self._clock()
        layer = city.registry.get(asked.layer, access)
        revision = query.revision(city.state.revision)
        newest = city.state.revision if revision is None else revision
        if layer.kind in (LayerKind.HEAT, LayerKind.HEX):
            content = await self._overlays.tile(layer, asked.tile, query, access, city.state)
        else:
            content = await self._made(layer, asked.tile, newest, query, access, city)
        answer = await _packed(content, PNG if layer.source is SourceKind.RASTER else MVT, control)
        self._seconds += self._clock() - started
        return answer

    async def _made(self, layer: Layer, tile: Tile, revision: int, query: Query, access: Access, city: City) -> bytes:
        # Tiles of places and units are one statement each; those of incidents have to agree with themselves.
        plans = query.plans(city.state.adopted) or tuple(int(plan) for plan in city.state.plans.split(",") if plan)
        async with self._database.reading() if layer.kind in _SEVERAL else self._database.single() as conn:
            moment = None
            if layer.kind is LayerKind.INCIDENTS:
                moment = city.moments.get(access.key) or await read_moment(conn)
                city.moments[access.key] = moment
            return await make_tile(
                conn, layer, tile, revision=revision, plans=plans, query=query, access=access, moment=moment
            )

    async def _document(
        self, asked: DocumentAsked, query: Query, access: Access, city: City, scope: AsgiScope
    ) -> Answer:
        base = self._base(scope)
        depends_on = city.state if is_live(asked) else city.state.revision
        key = (access.key, self._path(scope), scope["query_string"], depends_on, base)

        setting = Setting(city.registry, city.levels, city.state.revision, base, access, city.state.adopted)

        async def make() -> Answer:
            started = self._clock()
            async with self._database.reading() as conn:
                document = await make_document(conn, asked, query, setting)
            fixed = document.fixed_by_revision and query.text("rev") is not None
            answer = await _packed(document.content, document.media_type, self._control(access, fixed=fixed))
            self._seconds += self._clock() - started
            return answer

        return await self._cache.get(key, make)

    async def _known_city(self) -> City:
        async with self._city_lock:
            if self._city is None or self._clock() >= self._city_until:
                self._city = await self._read_city(self._city)
                self._city_until = self._clock() + STATE_SECONDS
            return self._city

    async def _read_city(self, before: City | None) -> City:
        # What all readers share is read for the program: nobody's scope may shape the answers to others.
        with acting_as_program():
            return await self._read_city_whole(before)

    async def _read_city_whole(self, before: City | None) -> City:
        async with self._database.reading() as conn:
            state = await read_tile_state(conn)
            if before is not None and before.state.revision == state.revision:
                return replace(before, state=state, moments={})
            levels = await read_levels(conn)
        return City(state, levels, build_registry(levels))

    def _control(self, access: Access, *, fixed: bool = False) -> bytes:
        if access.permissions is None:
            return IMMUTABLE if fixed else REVALIDATE
        return PRIVATE_IMMUTABLE if fixed else PRIVATE_REVALIDATE

    def _path(self, scope: AsgiScope) -> str:
        path: str = scope["path"]
        return path.removeprefix(scope.get("root_path", "")).removeprefix(self._prefix)

    def _base(self, scope: AsgiScope) -> str:
        root = scope.get("root_path", "").removesuffix(self._prefix) + self._prefix
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        return f"{scope['scheme']}://{host}{root}" if host else root


async def _packed(content: bytes, media_type: str, control: bytes) -> Answer:
    if len(content) <= _SMALL:
        return pack_answer(content, media_type, control)
    return await asyncio.to_thread(pack_answer, content, media_type, control)


async def _refuse(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
