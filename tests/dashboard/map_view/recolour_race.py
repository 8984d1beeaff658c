"""How much faster does MapView recolour 4,556 grids than plotly's Choroplethmap in the same Chromium? Run directly."""

import json
import math
import statistics
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from dash import Dash, dcc, html
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright

from tests.dashboard.map_view.conftest import CHROMIUM, GL_ARGS, PLAIN_ARGS, RECORDER, serving
from tests.dashboard.map_view.trial_app import COLORS, GRID, build_app, grid_values, sample_values

ROUNDS = 7
GRIDS_ONLY = """
() => {
  const {layout, paths} = window.dash_stores[0].getState();
  const {layers} = paths.strs.map.reduce((at, key) => at[key], layout).props;
  dash_clientside.set_props('map', {layers: layers.filter(layer => layer.id === 'grids')});
}
"""
MAP_VIEW_ROUND = """
entry => new Promise(resolve => {
  const element = document.getElementById('map');
  const start = performance.now();
  let painted = 0;
  const onIdle = () => {
    if (!painted) return;
    element.removeEventListener('mapview:idle', onIdle);
    resolve([painted, performance.now() - start]);
  };
  element.addEventListener('mapview:painted', () => { painted = performance.now() - start; }, {once: true});
  element.addEventListener('mapview:idle', onIdle);
  dash_clientside.set_props('map', {values: [entry]});
})
"""
PLOTLY_ROUND = """
async z => {
  const graph = document.querySelector('.js-plotly-plot');
  const map = graph._fullLayout.map._subplot.map;
  const start = performance.now();
  const done = new Promise(resolve => map.once('idle', () => resolve(performance.now() - start)));
  await Plotly.restyle(graph, {z: [z]}, [0]);
  const restyled = performance.now() - start;
  return [restyled, await done];
}
"""


@dataclass(frozen=True, slots=True)
class Race:
    """Median milliseconds from new figures in the page to a picture at rest.

    Both draw the same grids with hover; `full_scene_ms` is MapView with land, lines, places and labels on top.
    """

    map_view_ms: float
    full_scene_ms: float
    plotly_ms: float

    @property
    def ratio(self) -> float:
        return self.plotly_ms / self.map_view_ms


def _lonlat(px: float, py: float) -> list[float]:
    lat = math.degrees(2 * math.atan(math.exp(py / 6378137)) - math.pi / 2)
    return [round(math.degrees(px / 6378137), 5), round(lat, 5)]


def _geojson() -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "id": GRID.first_id + k,
            "properties": {},
            "geometry": {"type": "Polygon", "coordinates": [[_lonlat(*p) for p in shape.exterior.coords]]},
        }
        for k, shape in enumerate(GRID.shapes)
    ]
    return {"type": "FeatureCollection", "features": features}


def plotly_app() -> FastAPI:
    server = FastAPI()
    west, south, east, north = GRID.bounds
    trace = go.Choroplethmap(
        geojson=_geojson(),
        locations=[GRID.first_id + k for k in range(len(GRID.shapes))],
        z=_plain(1),
        colorscale=[[k / (len(COLORS) - 1), color] for k, color in enumerate(COLORS)],
        zmin=0,
        zmax=40,
        marker={"line": {"width": 0}},
        showscale=False,
    )
    style = {"version": 8, "sources": {}, "layers": []}
    figure = go.Figure(trace)
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        map={"style": style, "center": {"lon": (west + east) / 2, "lat": (south + north) / 2}, "zoom": 9},
    )
    app = Dash("plotly_trial", server=server, update_title="")
    graph = dcc.Graph(id="graph", figure=figure, style={"position": "fixed", "inset": "0"})
    app.layout = html.Div(graph)
    return server


def _plain(seed: int) -> list[float | None]:
    return [None if math.isnan(value) else float(value) for value in sample_values(seed)]


def _open(browser: Browser, url: str, ready: str) -> Page:
    page = browser.new_page(viewport={"width": 1000, "height": 720})
    page.add_init_script(RECORDER)
    page.goto(url)
    page.wait_for_function(ready, timeout=90000)
    page.wait_for_timeout(2000)
    return page


def _run(page: Page, first_seed: int) -> list[float]:
    """Times to rest of MapView; each round repaints what differs between two random snapshots."""
    seeds = range(first_seed, first_seed + ROUNDS)
    return [page.evaluate(MAP_VIEW_ROUND, grid_values(seed, seed))[1] for seed in seeds]


def race(browser: Browser) -> Race:
    """Runs both, one after the other, with the same figures."""
    with serving(build_app()) as url:
        page = _open(browser, url, "window.mapEvents.some(e => e.name === 'ready')")
        full = _run(page, 2)
        page.evaluate(GRIDS_ONLY)
        page.wait_for_timeout(2000)
        ours = _run(page, 2 + ROUNDS)
        page.close()
    with serving(plotly_app()) as url:
        page = _open(
            browser, url, "document.querySelector('.js-plotly-plot')?._fullLayout?.map?._subplot?.map?.loaded()"
        )
        theirs = [page.evaluate(PLOTLY_ROUND, _plain(seed)) for seed in range(2, 2 + ROUNDS)]
        page.close()
    return Race(
        map_view_ms=statistics.median(ours),
        full_scene_ms=statistics.median(full),
        plotly_ms=statistics.median(idle for _, idle in theirs),
    )


if __name__ == "__main__":
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=PLAIN_ARGS + GL_ARGS)
        result = race(chromium)
        print(
            json.dumps(
                {"ratio": round(result.ratio, 1), **{k: round(getattr(result, k)) for k in Race.__dataclass_fields__}}
            )
        )
        chromium.close()
