"""What is in the documents beside the tiles: descriptions, names, labels, overlays?"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from data.engine import AsyncRows
from data.reads.city import read_moment
from data.reads.errors import CityEmpty
from data.reads.levels import Level, find_level
from data.reads.period import parse_period
from data.reads.units import read_root
from data.reads.zone_facts import ZONE
from data.reads.zones import read_zones_of_plans
from data.tiles import read_labels
from data.zone_tiles import read_plans_in_force, zone_labels
from layers.declaration import Layer, LayerKind
from layers.errors import AddressUnknown
from layers.heat import HeatOverlay, make_heat
from layers.hexes import HexOverlay, make_hexes
from layers.overlay_request import lang_of
from layers.permission import Access
from layers.registry import LayerRegistry
from layers.tile_address import DocumentAsked, Query
from layers.tile_source import read_asked_moment
from layers.tilejson import Place, tilejson
from layers.unit_names import label_collection, name_array

JSON = "application/json"
GEOJSON = "application/geo+json"
_FILTERS = ("unit", "level", "from", "to", "class", "kind", "bandwidth", "edge", "theme", "lang", "v", "as_of")


@dataclass(frozen=True, slots=True)
class Document:
    """A made document.

    Attributes:
        fixed_by_revision: With a revision in its address it never changes.
    """

    content: bytes
    media_type: str
    fixed_by_revision: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """What a document is made in: the city as known, and where the reader stands; `adopted` are plans of zones."""

    registry: LayerRegistry
    levels: Sequence[Level]
    revision: int
    base: str
    access: Access
    adopted: str = ""


def is_live(asked: DocumentAsked) -> bool:
    """Whether the document changes with the incidents or with plans of zones, not only with the boundaries."""
    return asked.name in ("heat", "hex", "zones", f"names-{ZONE}", f"labels-{ZONE}")


async def make_document(conn: AsyncRows, asked: DocumentAsked, query: Query, setting: Setting) -> Document:
    """The document at the address.

    Raises:
        AddressUnknown: There is none.
        LayerError, data.reads.errors.RequestRefused: The layer or a parameter cannot be used.
    """
    for prefix in ("labels", "names"):
        if asked.name.startswith(f"{prefix}-") and asked.ending == "json":
            return await _names(conn, prefix, asked.name.removeprefix(f"{prefix}-"), query, setting)
    layer = setting.registry.get(asked.name, setting.access)
    if layer.kind is LayerKind.HEAT and asked.ending in ("json", "png"):
        return await _heat(conn, layer, asked, query, setting)
    if layer.kind is LayerKind.HEX and asked.ending in ("json", "geojson"):
        return await _hexes(conn, layer, asked, query, setting)
    if layer.kind is LayerKind.ZONES and asked.ending == "json":
        plans = await _plans(conn, query, setting)
        place = replace(await _place(conn, query, setting), plans=",".join(map(str, plans)))
        return _json(tilejson(layer, place, lang_of(query)) | {"plans": await _plan_facts(conn, plans)})
    if asked.ending == "json":
        return _json(tilejson(layer, await _place(conn, query, setting), lang_of(query)), fixed_by_revision=True)
    raise AddressUnknown(f"/{asked.name}.{asked.ending}")


async def _names(conn: AsyncRows, kind: str, level_key: str, query: Query, setting: Setting) -> Document:
    if level_key == ZONE:
        return await _zone_names(conn, kind, query, setting)
    setting.registry.get(f"units-{level_key}", setting.access)
    level = find_level(setting.levels, level_key)
    asked = query.revision(setting.revision)
    labels = await read_labels(conn, level.key, setting.revision if asked is None else asked)
    if kind == "labels":
        return _json(label_collection(labels, lang_of(query)), GEOJSON, fixed_by_revision=True)
    return _json(name_array(level, labels, lang_of(query)), fixed_by_revision=True)


async def _zone_names(conn: AsyncRows, kind: str, query: Query, setting: Setting) -> Document:
    setting.registry.get("zones", setting.access)
    sheet = await read_zones_of_plans(conn, await _plans(conn, query, setting))
    labels = zone_labels(sheet)
    if kind == "labels":
        return _json(label_collection(labels, lang_of(query)), GEOJSON)
    return _json(name_array(sheet.level, labels, lang_of(query)))


async def _plans(conn: AsyncRows, query: Query, setting: Setting) -> tuple[int, ...]:
    """Plans that the address names, else those in force on its day `to`, else on this one."""
    asked = query.plans(setting.adopted)
    if asked is not None:
        return asked
    day = query.text("to")
    on = None if day is None else parse_period(None, day, await read_moment(conn)).last
    return await read_plans_in_force(conn, on)


async def _plan_facts(conn: AsyncRows, plans: Sequence[int]) -> list[dict[str, Any]]:
    """Name and time of each plan."""
    return [
        {"id": plan.id, "name": plan.name, "adopted_from": str(plan.adopted_from)}
        | {"superseded_from": None if plan.superseded_from is None else str(plan.superseded_from)}
        for plan in (await read_zones_of_plans(conn, plans)).level.plans
    ]


async def _heat(conn: AsyncRows, layer: Layer, asked: DocumentAsked, query: Query, setting: Setting) -> Document:
    made = await make_heat(conn, query, setting.access)
    if asked.ending == "png":
        return Document(made.png, "image/png")
    facts = {name: getattr(made, name) for name in ("bandwidth_m", "cell_m", "highest_per_km2", "incidents")}
    image = {"layer": "heat", "image": _with_filters(f"{setting.base}/heat.png", query)}
    return _json(_overlay_tiles(layer, made, query, setting) | image | facts | _legend(made))


async def _hexes(conn: AsyncRows, layer: Layer, asked: DocumentAsked, query: Query, setting: Setting) -> Document:
    made = await make_hexes(conn, query, setting.access)
    if asked.ending == "geojson":
        return _json(made.features, GEOJSON)
    facts = {name: getattr(made, name) for name in ("edge_m", "breaks", "incidents")}
    data = {"layer": "hex", "data": _with_filters(f"{setting.base}/hex.geojson", query)}
    return _json(_overlay_tiles(layer, made, query, setting) | data | facts | _legend(made))


def _overlay_tiles(layer: Layer, made: HeatOverlay | HexOverlay, query: Query, setting: Setting) -> dict[str, Any]:
    """TileJSON of a layer that is computed for a unit: its bounds are those of the unit."""
    return tilejson(layer, Place(setting.base, made.bounds, setting.revision, _filters(query)), lang_of(query))


async def _place(conn: AsyncRows, query: Query, setting: Setting) -> Place:
    if query.text("as_of") is not None:
        # Tiles would refuse a moment that has not come; so does what describes them.
        await read_asked_moment(conn, query)
    try:
        root = await read_root(conn)
        bounds = (root.west, root.south, root.east, root.north)
    except CityEmpty:
        bounds = None
    return Place(setting.base, bounds, setting.revision, _filters(query))


def _filters(query: Query) -> str:
    return urlencode([(name, query.values[name]) for name in _FILTERS if query.text(name)])


def _with_filters(address: str, query: Query) -> str:
    filters = _filters(query)
    return f"{address}?{filters}" if filters else address


def _legend(made: HeatOverlay | HexOverlay) -> dict[str, Any]:
    return {"legend": asdict(made.legend)}


def _json(content: Mapping[str, Any], media_type: str = JSON, *, fixed_by_revision: bool = False) -> Document:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Document(text.encode(), media_type, fixed_by_revision)
