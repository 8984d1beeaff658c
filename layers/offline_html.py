"""How does a view of the map become one file that opens without any network?"""

from html import escape
from typing import Any

import folium
from branca.element import Figure
from folium.features import GeoJsonPopup, GeoJsonTooltip

from layers.offline_assets import leaflet_tags
from layers.offline_page import LAND, POINT, page_panel, page_style
from layers.offline_policy import offline_policy
from layers.offline_view import OfflinePoint, OfflineUnit, OfflineView

_HEAD = "<!-- offline assets -->"
_BODY = "<!-- offline panel -->"
_EMPTY_BOUNDS = ((-60.0, -170.0), (75.0, 170.0))


def offline_map_html(view: OfflineView) -> str:
    """One HTML file with the map, its figures and its legend; every asset is inside.

    Raises:
        AssetMissing: Leaflet is not on this machine.
    """
    chart = folium.Map(tiles=None, prefer_canvas=True, zoom_snap=0.25, attribution_control=False, control_scale=True)
    # The library links files of other servers; Leaflet, all that is used of them, is put in below.
    chart.default_js, chart.default_css = [], []
    if view.backdrop is not None:
        _land(view).add_to(chart)
    if view.units:
        _units(view).add_to(chart)
    if view.points:
        _points(view).add_to(chart)
        folium.LayerControl(collapsed=False).add_to(chart)
    chart.fit_bounds(_bounds(view))
    figure = chart.get_root()
    assert isinstance(figure, Figure)
    return _finish(figure, view)


def _finish(figure: Figure, view: OfflineView) -> str:
    # Marks are replaced after rendering, which reads whatever it is given as a template.
    figure.header.add_child(folium.Element(_HEAD), name="offline_assets")
    figure.html.add_child(folium.Element(_BODY), name="offline_panel")
    html: str = figure.render().replace("L.control.scale()", "L.control.scale({imperial: false})", 1)
    leaflet = leaflet_tags()
    # Texts of the panel come in afterwards: a script that came with one of them would not be in the policy.
    policy = f'<meta http-equiv="Content-Security-Policy" content="{offline_policy(leaflet + html)}">'
    head = leaflet + f"\n<title>{escape(view.title)}</title>\n<style>{page_style(view)}</style>"
    language = "en" if view.lang == "en" else "zh-CN"
    html = html.replace("<html>", f'<html lang="{language}">', 1).replace("<head>", f"<head>{policy}", 1)
    return html.replace(_HEAD, head, 1).replace(_BODY, page_panel(view), 1)


def _land(view: OfflineView) -> folium.GeoJson:
    feature = {"type": "Feature", "id": "land", "properties": {}, "geometry": dict(view.backdrop or {})}
    style = {"fillColor": LAND[view.theme], "fillOpacity": 1, "stroke": False, "interactive": False}
    return folium.GeoJson(_collection([feature]), control=False, style_function=lambda _: style, smooth_factor=0.5)


def _units(view: OfflineView) -> folium.GeoJson:
    colours = {str(unit.id): unit.colour for unit in view.units}
    line = "#52627c" if view.theme == "dark" else "#8a95a3"
    thin = 0.4 if len(view.units) > 1_000 else 1

    def style(feature: dict[str, Any]) -> dict[str, Any]:
        return {"fillColor": colours[feature["id"]], "fillOpacity": 1, "color": line, "weight": thin}

    words = ("单元", "编码", view.legend.unit) if view.lang == "zh" else ("Unit", "Code", view.legend.unit)
    tooltip = GeoJsonTooltip(fields=["name", "code", "figure"], aliases=[inert(word) for word in words], sticky=True)
    return folium.GeoJson(
        _collection([_unit_feature(unit) for unit in view.units]),
        name="单元" if view.lang == "zh" else "Units",
        style_function=style,
        highlight_function=lambda _: {"weight": 3, "color": "#ffb224"},
        tooltip=tooltip,
        smooth_factor=0.5,
    )


def _points(view: OfflineView) -> folium.GeoJson:
    marker = folium.CircleMarker(
        radius=4, color="#ffffff", weight=1, fill=True, fill_color=POINT[view.theme], fill_opacity=0.9
    )
    return folium.GeoJson(
        _collection([_point_feature(number, point) for number, point in enumerate(view.points)]),
        name="事件" if view.lang == "zh" else "Incidents",
        marker=marker,
        popup=GeoJsonPopup(fields=["text"], labels=False),
    )


def _unit_feature(unit: OfflineUnit) -> dict[str, Any]:
    properties = {"name": inert(unit.name), "code": inert(unit.code), "figure": inert(unit.figure)}
    return {"type": "Feature", "id": str(unit.id), "properties": properties, "geometry": dict(unit.geometry)}


def _point_feature(number: int, point: OfflinePoint) -> dict[str, Any]:
    lines = [f"<b>{inert(point.title)}</b>"]
    lines += [f"{inert(word)}: {inert(text)}" for word, text in point.facts]
    geometry = {"type": "Point", "coordinates": [point.lon, point.lat]}
    return {"type": "Feature", "id": str(number), "properties": {"text": "<br>".join(lines)}, "geometry": geometry}


def inert(text: str) -> str:
    """Text that is neither HTML in a tooltip nor a template when the library renders the page."""
    return escape(text).replace("{", "&#123;").replace("}", "&#125;").replace("%", "&#37;")


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


def _bounds(view: OfflineView) -> tuple[tuple[float, float], tuple[float, float]]:
    """South-west and north-east corner as (lat, lon), of the units, else of the points."""
    pairs = [pair for unit in view.units for pair in _pairs(unit.geometry["coordinates"])]
    pairs = pairs or [(point.lon, point.lat) for point in view.points]
    if not pairs:
        return _EMPTY_BOUNDS
    lons, lats = zip(*pairs, strict=True)
    return (min(lats), min(lons)), (max(lats), max(lons))


def _pairs(coordinates: Any) -> list[tuple[float, float]]:
    if isinstance(coordinates[0], int | float):
        return [(coordinates[0], coordinates[1])]
    return [pair for part in coordinates for pair in _pairs(part)]
