"""A small FastAPI + Dash application with one MapView over the synthetic city; run directly to look at it."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from dash import Dash, Input, Output, dcc, html
from fastapi import FastAPI, Response
from numpy.typing import NDArray

from dashboard.components.map_view.commands import ViewCommand
from dashboard.components.map_view.component import MapView, layer_props, source_props
from dashboard.components.map_view.layers import MapLayer
from dashboard.components.map_view.sources import GeoJsonSource, VectorSource
from dashboard.components.map_view.values import LayerValues, Tooltip, encode_values
from tests.dashboard.map_view.map_view_tiles import City, TileCutter, build_city

GRID = build_city(67, 68)
"""4,556 small grids."""
TOWNS = build_city(6, 5, first_id=1)
COLORS = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
BREAKS = (5.0, 10.0, 20.0, 40.0)
SURNAMES = "梁陈林黄蔡郑吴罗叶曾庄彭"


def grid_names(city: City) -> tuple[str, ...]:
    return tuple(f"{SURNAMES[k % len(SURNAMES)]}厝村第{k % 9 + 1}网格" for k in range(len(city.shapes)))


def sample_values(seed: int, city: City = GRID) -> NDArray[np.float32]:
    """Counts with some zeros and some units without data."""
    rng = np.random.default_rng(seed)
    values = rng.gamma(1.2, 12, len(city.shapes)).round().astype(np.float32)
    values[rng.random(len(values)) < 0.03] = np.nan
    return values


def label_points(city: City, names: tuple[str, ...]) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "id": city.first_id + k,
            "properties": {"name": name},
            "geometry": {"type": "Point", "coordinates": list(centre)},
        }
        for k, (centre, name) in enumerate(zip(city.centres, names, strict=True))
    ]
    return {"type": "FeatureCollection", "features": features}


def grid_values(seed: int, version: int) -> dict[str, Any]:
    first = GRID.first_id
    return LayerValues(
        layer="grids",
        first_id=first,
        version=version,
        revision="r1",
        data=encode_values(sample_values(seed)),
        suppressed=tuple(range(first + 1400, first + 1406)),
        filtered=tuple(range(first + 1467, first + 1473)),
        breaks=BREAKS,
        colors=COLORS,
    ).as_prop()


def map_view() -> MapView:
    sources = {
        "grids": VectorSource("/tiles/grids/{z}/{x}/{y}.mvt", max_zoom=13, revision="r1", bounds=GRID.bounds),
        "towns": VectorSource("/tiles/towns/{z}/{x}/{y}.mvt", max_zoom=13, bounds=TOWNS.bounds),
        "names": GeoJsonSource("/names.json"),
        "places": GeoJsonSource("/places.json"),
    }
    layers = [
        MapLayer("land", "land", "towns", "towns"),
        MapLayer("grids", "unit-fill", "grids", "grids"),
        MapLayer("grid-lines", "unit-line", "grids", "grids", min_zoom=12),
        MapLayer("town-lines", "unit-line", "towns", "towns"),
        MapLayer("parent", "outline", "towns", "towns", ids=(15,)),
        MapLayer("posts", "places", "places", symbols={"sentry_post": "哨", "police_room": "警"}),
        MapLayer("town-names", "unit-label", "names"),
    ]
    return MapView(
        id="map",
        lang="zh",
        theme="dark",
        sources=source_props(sources),
        layers=layer_props(layers),
        values=[grid_values(1, 1)],
        tooltips=[
            Tooltip("grids", GRID.first_id, grid_names(GRID), metric="上报", unit="件").as_prop(),
            Tooltip("posts", property="name").as_prop(),
        ],
        view=ViewCommand(1, bounds=GRID.bounds, fly=False).as_prop(),
    )


def _places() -> dict[str, Any]:
    features = label_points(TOWNS, tuple(f"哨点{k}" for k in range(30)))["features"][::4]
    for k, feature in enumerate(features):
        feature["properties"]["kind"] = "police_room" if k % 2 else "sentry_post"
        feature["geometry"]["coordinates"][0] += 0.03
    return {"type": "FeatureCollection", "features": features}


def _add_tiles(server: FastAPI, city: City, layer: str) -> None:
    cutter = TileCutter(city, layer)
    cut: Callable[[int, int, int], bytes] = lru_cache(maxsize=512)(cutter.tile)

    @server.get(f"/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt")
    def tile(z: int, x: int, y: int) -> Response:
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(cut(z, x, y), media_type="application/vnd.mapbox-vector-tile", headers=headers)


def build_app(layout: Callable[[], Any] | None = None) -> FastAPI:
    server = FastAPI()
    _add_tiles(server, GRID, "grids")
    _add_tiles(server, TOWNS, "towns")
    server.get("/names.json")(lambda: label_points(TOWNS, tuple(f"{SURNAMES[k % 12]}家镇" for k in range(30))))
    server.get("/places.json")(_places)
    server.get("/values.bin")(
        lambda: Response(sample_values(3).astype("<f4").tobytes(), media_type="application/octet-stream")
    )
    app = Dash("map_view_trial", server=server, title="MapView", update_title="")
    box = {"position": "fixed", "inset": "0"}
    app.layout = layout or (lambda: html.Div([html.Div(map_view(), style=box), dcc.Store("echo")]))

    if layout is None:

        @app.callback(Output("echo", "data"), Input("map", "clicked"), prevent_initial_call=True)
        async def echo(clicked: dict[str, Any]) -> str:
            return json.dumps(clicked)

    return server


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(build_app(), host="127.0.0.1", port=8765, log_level="warning")
