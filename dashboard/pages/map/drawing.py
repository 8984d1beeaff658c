"""How does a picture become the props of the map: sources, layers, values, names, legend?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from dashboard.components.map_view.commands import ViewCommand
from dashboard.components.map_view.layers import MapLayer
from dashboard.components.map_view.sources import GeoJsonSource, ImageSource, Source, VectorSource
from dashboard.components.map_view.values import LayerValues, Tooltip, encode_values
from dashboard.i18n.translate import pick, t
from dashboard.pages.map.picture import Picture, Sheet
from dashboard.pages.map.state import MapState
from dashboard.views.tree import unit_name
from data.reads.choropleth import COUNTS
from data.reads.levels import Level, find_level
from data.reads.units import Unit
from data.reads.zone_facts import ZONE
from layers.classification import Classes, Scheme, classify
from layers.heat import HeatOverlay
from layers.hexes import HexOverlay
from layers.legend import Legend, StateCounts, choropleth_legend
from layers.palette import Theme, ramp
from layers.registry import BINS, INCIDENT_TILE_ZOOM, POINTS, UNIT_TILE_ZOOM

RAMPS = {"overdue": "heat", "on_time_share": "blue"}
CLASS_COUNT = 5
CONTEXT_OPACITY = 0.28
FOCUS_OPACITY = 0.9
UNDER_OVERLAY_OPACITY = 0.14
"""Units stay to be seen and clicked below heat and hexagons, without mixing their colours in."""

LABEL_PX, SMALL_LABEL_PX = 14, 12
"""Sizes on a screen of 1920 × 1080; the map scales them with the viewport."""

VIEW_PADDING_PX = 40

NEAR_ZOOM = 12.6
"""From here on points no longer hide the units below them."""

SHARE_BOUNDS = (60.0, 70.0, 80.0, 90.0, 100.0)
ROUND_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Coloured:
    """A sheet with the classes that its values fall into."""

    sheet: Sheet
    values: NDArray[np.float64]
    classes: Classes
    colours: tuple[str, ...]

    @property
    def layer_id(self) -> str:
        """Id of the sheet's layer on the map."""
        return f"units-{self.sheet.level.key}"


def colour_sheet(sheet: Sheet, state: MapState, theme: Theme) -> Coloured:
    """Divide the drawn units of a sheet into classes."""
    values = sheet.values.values.astype(np.float64)
    if state.metric == "on_time_share":
        values = values * 100
    drawn = values if sheet.ids is None else values[np.array(sheet.ids, np.int64) - sheet.level.first_id]
    scheme = Scheme(state.scheme)
    fixed = _round_bounds(drawn, state.metric) if scheme is Scheme.FIXED else ()
    classes = classify(drawn, scheme, CLASS_COUNT, fixed, whole=state.metric in COUNTS)
    colours = ramp(RAMPS.get(state.metric, "water"), max(1, len(classes)), theme)
    return Coloured(sheet, values, classes, colours)


def _round_bounds(values: NDArray[np.float64], metric: str) -> tuple[float, ...]:
    if metric == "on_time_share":
        return SHARE_BOUNDS
    finite = values[np.isfinite(values)]
    highest = float(finite.max()) if len(finite) and finite.max() > 0 else 1.0
    raw = highest / CLASS_COUNT
    magnitude = 10 ** np.floor(np.log10(raw))
    step = next(factor * magnitude for factor in ROUND_STEPS if factor * magnitude >= raw * 0.999)
    if metric in COUNTS:
        step = max(1.0, step)
    return tuple(float(step * k) for k in range(1, CLASS_COUNT + 1))


def theme_of(state: MapState) -> Theme:
    """The theme as layers name it."""
    return "light" if state.theme == "light" else "dark"


def decimals_of(coloured: Coloured, metric: str) -> int:
    """Digits after the point that tell the classes apart."""
    if metric in COUNTS:
        return 0
    if metric == "on_time_share":
        return 1
    highest = coloured.classes.breaks[-1] if coloured.classes.breaks else 0
    return 0 if highest >= 100 else 1 if highest >= 10 else 2


def draw_sources(picture: Picture, state: MapState) -> dict[str, Source]:
    """All levels, so that a drill-down reads nothing anew; and what is shown of incidents and places."""
    revision = picture.question.moment.boundary_revision
    bounds = bounds_of(picture.path[0])
    sources: dict[str, Source] = {"land": _units_source("backdrop", revision, bounds)}
    for level in picture.levels:
        sources[level.key] = _units_source(f"units-{level.key}", revision, bounds)
    sources["names"] = GeoJsonSource(_names(picture.labelled, state.lang))
    sources["incidents"] = VectorSource(
        f"/tiles/incidents/{{z}}/{{x}}/{{y}}.mvt?{asked_of(picture, state)}", max_zoom=INCIDENT_TILE_ZOOM, bounds=bounds
    )
    sources["places"] = VectorSource("/tiles/places/{z}/{x}/{y}.mvt", max_zoom=UNIT_TILE_ZOOM, bounds=bounds)
    sources["zones"] = _zones_source(picture.zones, bounds)
    overlay = _overlay_source(picture, state)
    return sources if overlay is None else {**sources, "overlay": overlay}


def _overlay_source(picture: Picture, state: MapState) -> Source | None:
    match picture.overlay:
        case HeatOverlay(png=png, bounds=bounds):
            # An address of ours, as the policy of the page lets nothing be fetched from a data: address.
            asked = f"{asked_of(picture, state)}&theme={state.theme}&v={crc32(png):x}"
            return ImageSource(f"/tiles/heat.png?{asked}", bounds)
        case HexOverlay(features=features):
            return GeoJsonSource(features)
        case _:
            return None


def _units_source(key: str, revision: int, bounds: tuple[float, float, float, float]) -> VectorSource:
    tiles = f"/tiles/{key}/{{z}}/{{x}}/{{y}}.mvt?rev={revision}"
    return VectorSource(tiles, max_zoom=UNIT_TILE_ZOOM, bounds=bounds, revision=str(revision))


def _zones_source(level: Level, bounds: tuple[float, float, float, float]) -> VectorSource:
    tiles = "/tiles/zones/{z}/{x}/{y}.mvt"
    plans = plans_of(level)
    if plans:
        tiles += f"?plan={plans}"
    return VectorSource(tiles, max_zoom=UNIT_TILE_ZOOM, bounds=bounds, revision=f"zones:{plans}")


def plans_of(level: Level) -> str:
    """Ids of the plans of a level of zones, as tiles are asked for them."""
    return ",".join(str(plan.id) for plan in level.plans)


def source_of(level: Level) -> tuple[str, str]:
    """Source of a level's units, and the layer inside its tiles."""
    return ("zones", "zones") if level.key == ZONE else (level.key, f"units-{level.key}")


def bounds_of(unit: Unit) -> tuple[float, float, float, float]:
    """West, south, east, north."""
    return (unit.west, unit.south, unit.east, unit.north)


def asked_of(picture: Picture, state: MapState) -> str:
    """Unit below the city, period and classes, as tiles are asked for them."""
    period, unit = picture.question.period, picture.question.unit
    asked = {"from": period.first.isoformat(), "to": period.last.isoformat(), "class": state.classes}
    asked |= {"as_of": state.as_of}
    if not unit.is_city:
        asked |= {"unit": unit.code, "level": unit.level}
    return urlencode({key: value for key, value in asked.items() if value})


def _names(units: tuple[Unit, ...], lang: str) -> Mapping[str, Any]:
    features = [
        {
            "type": "Feature",
            "id": unit.id,
            "properties": {"name": unit_name(unit, lang), "rank": unit.rank},
            "geometry": {"type": "Point", "coordinates": [unit.label_lon, unit.label_lat]},
        }
        for unit in units
    ]
    return {"type": "FeatureCollection", "features": features}


def draw_layers(picture: Picture, state: MapState) -> list[MapLayer]:
    """Everything on the map, from bottom to top."""
    focus, context, unit = picture.focus, picture.context, picture.question.unit
    layers = [MapLayer("land", "land", "land", "land")]
    is_covered = picture.overlay is not None
    if context is not None:
        layers += _unit_layers(context, UNDER_OVERLAY_OPACITY / 2 if is_covered else CONTEXT_OPACITY)
    layers += _unit_layers(focus, UNDER_OVERLAY_OPACITY if is_covered else FOCUS_OPACITY)
    layers += _overlay_layers(picture, state)
    own_level = picture.zones if unit.zone is not None else find_level(picture.levels, unit.level)
    layers.append(
        MapLayer(
            "selected",
            "outline",
            *source_of(own_level),
            ids=(unit.id,),
            paint={"line-width": 2.6},
        )
    )
    return [*layers, *_point_layers(state), _label_layer(focus.level)]


def _unit_layers(sheet: Sheet, opacity: float) -> list[MapLayer]:
    level = sheet.level
    layer_id, (source, tile_layer) = f"units-{level.key}", source_of(level)
    many = sheet.count() > 1200
    return [
        MapLayer(layer_id, "unit-fill", source, tile_layer, ids=sheet.ids, paint={"fill-opacity": opacity}),
        MapLayer(f"lines-{level.key}", "unit-line", source, tile_layer, min_zoom=11 if many else 0, ids=sheet.ids),
    ]


def _overlay_layers(picture: Picture, state: MapState) -> list[MapLayer]:
    is_shown = "zones" in state.overlays and picture.zones.current > 0
    zones = MapLayer("zones", "outline", "zones", "zones", visible=is_shown)
    match picture.overlay:
        case HeatOverlay():
            return [zones, MapLayer("heat", "heat", "overlay")]
        case HexOverlay(breaks=breaks):
            colours = ramp("heat", len(breaks), theme_of(state)) if breaks else ()
            hexes = MapLayer("hex", "hex", "overlay", property="n", breaks=breaks, colors=colours, interactive=False)
            return [zones, hexes]
        case _:
            return [zones]


def _point_layers(state: MapState) -> list[MapLayer]:
    has_points = state.density in ("auto", "points")
    near = NEAR_ZOOM if state.density == "auto" else 0
    return [
        MapLayer("bins", "bins", "incidents", BINS, near, visible=has_points, interactive=False),
        MapLayer("incidents", "points", "incidents", POINTS, near, visible=has_points),
        MapLayer("places", "places", "places", "places", visible="places" in state.overlays, symbols=PLACE_SYMBOLS),
    ]


PLACE_SYMBOLS = {
    "sentry_post": "哨",
    "sentry_point": "岗",
    "police_room": "警",
    "mediation_centre": "调",
    "reservoir": "库",
    "hydrant": "栓",
    "shelter": "避",
    "camera": "视",
}


def _label_layer(level: Level) -> MapLayer:
    size = ["case", ["==", ["get", "rank"], level.rank], LABEL_PX, SMALL_LABEL_PX]
    opacity = ["case", ["==", ["get", "rank"], level.rank], 1, 0.6]
    layout = {"text-size": size, "text-padding": 4, "symbol-sort-key": ["-", ["get", "rank"]]}
    return MapLayer(
        "names", "unit-label", "names", layout=layout, paint={"text-opacity": opacity, "text-halo-width": 1.8}
    )


def draw_values(coloured: Coloured, version: int, revision: int) -> LayerValues:
    """The values of a sheet for its layer."""
    level = coloured.sheet.level
    return LayerValues(
        coloured.layer_id,
        breaks=coloured.classes.breaks,
        colors=coloured.colours,
        first_id=coloured.sheet.level.first_id,
        version=version,
        revision=f"zones:{plans_of(level)}" if level.key == ZONE else str(revision),
        data=encode_values(coloured.values),
        suppressed=coloured.sheet.values.suppressed,
    )


def draw_tooltip(coloured: Coloured, picture: Picture, state: MapState) -> Tooltip:
    """Names and wording under the pointer."""
    level = coloured.sheet.level
    revision = {"plan": plans_of(level)} if level.key == ZONE else {"rev": picture.question.moment.boundary_revision}
    asked = urlencode({**revision, "lang": state.lang})
    return Tooltip(
        coloured.layer_id,
        url=f"/tiles/names-{level.key}.json?{asked}",
        metric=t(f"map.metric.{state.metric}", state.lang),
        unit=unit_of_metric(state),
        digits=decimals_of(coloured, state.metric),
    )


def unit_of_metric(state: MapState) -> str:
    """What the amounts count, in short."""
    key = state.metric if state.metric in ("on_time_share", "per_km2", "per_1000") else "count"
    return t(f"map.unit.{key}.short", state.lang)


def draw_legend(coloured: Coloured, state: MapState, theme: Theme) -> Legend:
    """The legend of the focus."""
    level = coloured.sheet.level
    name = pick(state.lang, level.name_zh, level.name_en)
    long_unit = t(
        f"map.unit.{state.metric if state.metric in ('on_time_share', 'per_km2', 'per_1000') else 'count'}", state.lang
    )
    states = StateCounts(suppressed=count_withheld(coloured))
    return choropleth_legend(
        replace(coloured.classes, missing=coloured.classes.missing - states.suppressed),
        title=f"{name} · {t(f'map.metric.{state.metric}.long', state.lang)}",
        unit=long_unit,
        ramp_name=RAMPS.get(state.metric, "water"),
        theme=theme,
        lang="en" if state.lang == "en" else "zh",
        decimals=decimals_of(coloured, state.metric),
        states=states,
    )


def count_withheld(coloured: Coloured) -> int:
    """How many of the drawn units have a value that is withheld."""
    withheld = frozenset(coloured.sheet.values.suppressed)
    return len(withheld if coloured.sheet.ids is None else withheld.intersection(coloured.sheet.ids))


def view_command(unit: Unit, *, fly: bool) -> ViewCommand:
    """Look at a unit; the same unit twice does not move the map."""
    return ViewCommand(nonce=unit.id, bounds=bounds_of(unit), fly=fly, padding=VIEW_PADDING_PX)
