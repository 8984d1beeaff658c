"""Which layers does this city's map have?"""

from collections.abc import Sequence
from dataclasses import dataclass

from data.reads.levels import Level
from layers.declaration import Drawing, Layer, LayerKind, LegendKind, SourceKind, VectorLayer
from layers.errors import LayerForbidden, LayerUnknown
from layers.permission import Access

POINTS = "incidents"
"""Layer inside incident tiles that holds single incidents."""

BINS = "incident-bins"
"""Layer inside incident tiles that holds counts, where a tile has too many incidents."""

HEXES = "hex"
"""Layer inside hexagon tiles."""

UNIT_TILE_ZOOM = 14
OVERLAY_TILE_ZOOM = 14
INCIDENT_TILE_ZOOM = 16


@dataclass(frozen=True, slots=True)
class LayerRegistry:
    """All layers, bottom first."""

    layers: tuple[Layer, ...]

    def get(self, key: str, access: Access) -> Layer:
        """The layer with the key.

        Raises:
            LayerUnknown: There is none.
            LayerForbidden: The reader may not see it.
        """
        for layer in self.layers:
            if layer.key == key:
                if not access.allows(layer.permission):
                    raise LayerForbidden(key)
                return layer
        raise LayerUnknown(key, tuple(layer.key for layer in self.visible(access)))

    def visible(self, access: Access) -> tuple[Layer, ...]:
        """The layers that the reader may see, bottom first."""
        return tuple(layer for layer in self.layers if access.allows(layer.permission))


def build_registry(levels: Sequence[Level]) -> LayerRegistry:
    """The layers of a city with the levels, by rank."""
    units = tuple(_units(level) for level in levels)
    return LayerRegistry((*([_backdrop(levels[0])] if levels else []), *units, _hex(), _heat(), _zones(), *_points()))


def _tiles(key: str) -> str:
    return f"{key}/{{z}}/{{x}}/{{y}}.mvt"


def _backdrop(root: Level) -> Layer:
    return Layer(
        key="backdrop",
        title_zh="底图",
        title_en="Backdrop",
        kind=LayerKind.BACKDROP,
        source=SourceKind.VECTOR,
        url=_tiles("backdrop"),
        min_zoom=0,
        max_zoom=UNIT_TILE_ZOOM,
        drawings=(Drawing("land", "land"),),
        legend=LegendKind.NONE,
        permission="map",
        vector_layers=(VectorLayer("land"),),
        level_key=root.key,
    )


def _units(level: Level) -> Layer:
    key = f"units-{level.key}"
    shown = (level.min_zoom, level.max_zoom)
    return Layer(
        key=key,
        title_zh=level.name_zh,
        title_en=level.name_en,
        kind=LayerKind.UNITS,
        source=SourceKind.VECTOR,
        url=_tiles(key),
        min_zoom=0,
        max_zoom=UNIT_TILE_ZOOM,
        drawings=(Drawing("unit-fill", key, *shown), Drawing("unit-line", key, *shown)),
        legend=LegendKind.CHOROPLETH,
        permission="map",
        vector_layers=(VectorLayer(key),),
        popup_fields=("name", "code", "n", "n_open", "n_overdue", "on_time_share"),
        level_key=level.key,
    )


def _points() -> tuple[Layer, Layer]:
    incidents = Layer(
        key="incidents",
        title_zh="事件",
        title_en="Incidents",
        kind=LayerKind.INCIDENTS,
        source=SourceKind.VECTOR,
        url=_tiles("incidents"),
        min_zoom=0,
        max_zoom=INCIDENT_TILE_ZOOM,
        drawings=(Drawing("bins", BINS), Drawing("points", POINTS)),
        legend=LegendKind.AMOUNT,
        permission="incidents",
        vector_layers=(
            VectorLayer(POINTS, {"class_id": "id of the class", "status": "code of the status"}),
            VectorLayer(BINS, {"n": "number of incidents in the bin"}),
        ),
        popup_fields=("class", "status", "reported_at", "text"),
        live=True,
    )
    places = Layer(
        key="places",
        title_zh="地物",
        title_en="Places",
        kind=LayerKind.PLACES,
        source=SourceKind.VECTOR,
        url=_tiles("places"),
        min_zoom=0,
        max_zoom=UNIT_TILE_ZOOM,
        drawings=(Drawing("places", "places", 10),),
        legend=LegendKind.SYMBOLS,
        permission="places",
        vector_layers=(
            VectorLayer(
                "places", {"kind": "kind of place", "name": "name", "service_radius_m": "metres, if it has one"}
            ),
        ),
        popup_fields=("name", "kind", "service_radius_m"),
        live=True,
    )
    return incidents, places


def _heat() -> Layer:
    return Layer(
        key="heat",
        title_zh="热力",
        title_en="Heat",
        kind=LayerKind.HEAT,
        source=SourceKind.RASTER,
        url="heat/{z}/{x}/{y}.png",
        min_zoom=0,
        max_zoom=OVERLAY_TILE_ZOOM,
        drawings=(Drawing("heat"),),
        legend=LegendKind.RAMP,
        permission="incidents",
        live=True,
    )


def _hex() -> Layer:
    return Layer(
        key="hex",
        title_zh="六边形",
        title_en="Hexagons",
        kind=LayerKind.HEX,
        source=SourceKind.VECTOR,
        url=_tiles("hex"),
        min_zoom=0,
        max_zoom=OVERLAY_TILE_ZOOM,
        drawings=(Drawing("hex", HEXES),),
        legend=LegendKind.AMOUNT,
        permission="incidents",
        vector_layers=(VectorLayer(HEXES, {"n": "number of incidents in the hexagon"}),),
        popup_fields=("n",),
        live=True,
    )


def _zones() -> Layer:
    """Joint-defence zones of the plans in force, or of those that the address names."""
    return Layer(
        key="zones",
        title_zh="联防片区",
        title_en="Joint-defence zones",
        kind=LayerKind.ZONES,
        source=SourceKind.VECTOR,
        url=_tiles("zones"),
        min_zoom=0,
        max_zoom=UNIT_TILE_ZOOM,
        drawings=(Drawing("outline", "zones"),),
        legend=LegendKind.OUTLINE,
        permission="zones",
        vector_layers=(VectorLayer("zones"),),
        popup_fields=("name", "code"),
    )
