"""How is a plan drawn in its report: zones in colours, units inside them, the number of each zone?"""

import json
from dataclasses import replace
from typing import Any

import folium
import numpy as np
import shapely
from folium.features import GeoJsonPopup

from data.zoning.plan_columns import zone_shapes
from data.zoning.plan_document import PlanDocument, PlanZone, Shapes
from layers.legend import Lang
from layers.offline_html import inert
from layers.plan_report_tables import figure, unit_title, zone_title
from layers.plan_report_words import word

NO_ZONE = "#f3f1eb"
_FINENESS = 3_000
"""So many steps across the map: what is finer is not drawn."""
_MOST_LABELS = 400
_MANY = 3_000


def plan_map(document: PlanDocument, lang: Lang) -> folium.Map:
    """The map, without any file of others."""
    units = document.units
    chart = folium.Map(
        tiles=None,
        prefer_canvas=len(units.codes) > _MANY,
        zoom_snap=0.25,
        attribution_control=False,
        control_scale=True,
        scrollWheelZoom=False,
    )
    chart.default_js, chart.default_css = [], []
    shapes = _plain(units.shapes)
    _units(document, shapes, lang).add_to(chart)
    outlines = zone_shapes(replace(units, shapes=shapes))
    _outlines(outlines).add_to(chart)
    for marker in _numbers(outlines):
        marker.add_to(chart)
    west, south, east, north = shapely.total_bounds(shapes)
    chart.fit_bounds(((south, west), (north, east)))
    return chart


def _plain(shapes: Shapes) -> Shapes:
    """Outlines as fine as a page can show, neighbours still sharing their border."""
    west, south, east, north = shapely.total_bounds(shapes)
    plain: Shapes = shapely.coverage_simplify(shapes, max(east - west, north - south) / _FINENESS)
    return np.where(shapely.is_empty(plain), shapes, plain)


def _units(document: PlanDocument, shapes: Shapes, lang: Lang) -> folium.GeoJson:
    zones = {zone.number: zone for zone in document.zones}
    fills = {number: zone.colour for number, zone in zones.items()}
    features = [_feature(document, index, shape, zones, lang) for index, shape in enumerate(shapes)]
    thin = 0.3 if len(features) > _MANY else 0.6

    def style(feature: dict[str, Any]) -> dict[str, Any]:
        fill = fills.get(feature["properties"]["no"], NO_ZONE)
        return {"fillColor": fill, "fillOpacity": 0.9, "color": "#5d6b7c", "weight": thin}

    labels = [inert(word(key, lang)) for key in ("unit.zone", "zone.team", "unit.name", "unit.code", "zone.workload")]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        style_function=style,
        highlight_function=lambda _: {"weight": 2.5, "color": "#0b6bcb"},
        popup=GeoJsonPopup(fields=["zone", "team", "name", "code", "workload"], aliases=labels),
        smooth_factor=0.5,
    )


def _feature(
    document: PlanDocument, index: int, shape: shapely.Geometry, zones: dict[int, PlanZone], lang: Lang
) -> dict[str, Any]:
    units = document.units
    number = int(units.zone[index])
    zone = zones.get(number)
    properties = {
        "no": number,
        "zone": inert(f"{number + 1} {zone_title(zone, lang)}" if zone else word("map.none", lang)),
        "team": inert(zone.team if zone and zone.team else "–"),
        "name": inert(unit_title(units, index, lang)),
        "code": inert(units.codes[index]),
        "workload": figure(float(units.workload[index]), ",.1f"),
    }
    return {"type": "Feature", "id": str(index), "properties": properties, "geometry": _geometry(shape)}


def _outlines(outlines: dict[int, shapely.Geometry]) -> folium.GeoJson:
    features = [
        {"type": "Feature", "id": f"z{number}", "properties": {}, "geometry": _geometry(shape)}
        for number, shape in outlines.items()
    ]
    style = {"fill": False, "color": "#1b2733", "weight": 2, "interactive": False}
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features}, style_function=lambda _: style, smooth_factor=0.5
    )


def _numbers(outlines: dict[int, shapely.Geometry]) -> list[folium.CircleMarker]:
    if len(outlines) > _MOST_LABELS:
        return []
    markers = []
    for number, shape in outlines.items():
        point = shapely.point_on_surface(max(shapely.get_parts(shape), key=shapely.area))
        label = folium.Tooltip(str(number + 1), sticky=False, permanent=True, direction="center", className="mq-no")
        markers.append(
            folium.CircleMarker((point.y, point.x), radius=0, stroke=False, interactive=False, tooltip=label)
        )
    return markers


def _geometry(shape: shapely.Geometry) -> dict[str, Any]:
    rounded = shapely.transform(shape, lambda lonlat: np.round(lonlat, 6))
    geometry: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return geometry
