"""How much faster does MapView recolour 4,556 grids than plotly's Choroplethmap in the same Chromium? Run directly.

Both pages show the same figures in the same classes at the same view and size, and take turns. A round starts with the
map at rest and the figures in the page. It ends with the first frame that shows the new colours in four places of the
picture, once the graphics process has drawn it: reading a pixel waits for that. MapView's figures pass through Dash,
plotly's do not.
"""

import json
import math
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from dash import Dash, dcc, html
from fastapi import FastAPI
from numpy.typing import NDArray
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from dashboard.components.map_view.values import encode_values
from tests.dashboard.map_view.conftest import CHROMIUM, GL_ARGS, PLAIN_ARGS, RECORDER, serving
from tests.dashboard.map_view.map_view_page import colour_of, projection, wait_prop
from tests.dashboard.map_view.trial_app import BREAKS, COLORS, GRID, build_app, grid_values, sample_values

WARM_UPS = 3
ROUNDS = 15
REST_MS = 400
PROBES = tuple(row * 67 + column for row in (17, 50) for column in (17, 50))
"""One grid in each quarter of the city, and so in each tile of the picture."""
MARKS = (2.0, 7.0, 15.0, 30.0, 45.0)
"""One figure per class; the probes take them in turn, so that each round changes their colour."""
TOP = 50.0

READY = "window.mapEvents.some(e => e.name === 'ready')"
PLOTLY_READY = "document.querySelector('.js-plotly-plot')?._fullLayout?.map?._subplot?.map?.loaded()"
GRIDS_ONLY = """
() => {
  const {layout, paths} = window.dash_stores[0].getState();
  const {layers} = paths.strs.map.reduce((at, key) => at[key], layout).props;
  dash_clientside.set_props('map', {layers: layers.filter(layer => layer.id === 'grids')});
}
"""
SHOWS = """
const {width, height} = document.querySelector('canvas.maplibregl-canvas');
const gl = document.querySelector('canvas.maplibregl-canvas').getContext('webgl2');
const pixel = new Uint8Array(4);
const shows = () => places.every(([x, y]) => {
  gl.readPixels(x, height - 1 - y, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  return wanted === '#' + [...pixel.slice(0, 3)].map(part => part.toString(16).padStart(2, '0')).join('');
});
"""
MAP_VIEW_ROUND = (
    "([entry, places, wanted]) => new Promise((resolve, reject) => {"
    + SHOWS
    + """
  const start = performance.now();
  document.getElementById('map').addEventListener('mapview:painted', () => {
    if (shows()) resolve(performance.now() - start);
    else reject(new Error('a painted frame without the new colours'));
  }, {once: true});
  dash_clientside.set_props('map', {values: [entry]});
})
"""
)
PLOTLY_ROUND = (
    "([z, places, wanted]) => new Promise(resolve => {"
    + SHOWS
    + """
  const graph = document.querySelector('.js-plotly-plot');
  const map = graph._fullLayout.map._subplot.map;
  const look = () => {
    if (!map.areTilesLoaded() || !shows()) return;
    map.off('render', look);
    resolve(performance.now() - start);
  };
  const start = performance.now();
  map.on('render', look);
  Plotly.restyle(graph, {z: [z]}, [0]);
})
"""
)


@dataclass(frozen=True, slots=True)
class Side:
    """Milliseconds of one side.

    Attributes:
        wall_ms: One per round, from new figures in the page to a drawn frame that shows them.
        cpu_ms: Processor time of renderer and graphics processes per round, until the map rests again.
    """

    wall_ms: tuple[float, ...]
    cpu_ms: float

    @property
    def median_ms(self) -> float:
        return statistics.median(self.wall_ms)

    @property
    def spread(self) -> str:
        """Median and quartiles."""
        low, middle, high = statistics.quantiles(self.wall_ms, n=4)
        return f"{middle:.0f} [{low:.0f}-{high:.0f}]"


@dataclass(frozen=True, slots=True)
class Race:
    """Both sides; both draw the same grids alone, with hover."""

    map_view: Side
    plotly: Side

    @property
    def ratio(self) -> float:
        return self.plotly.median_ms / self.map_view.median_ms

    @property
    def cpu_ratio(self) -> float:
        return self.plotly.cpu_ms / self.map_view.cpu_ms


def _figures(number: int) -> NDArray[np.float32]:
    values = sample_values(number)
    values[list(PROBES)] = MARKS[number % len(MARKS)]
    return values


def _wanted(number: int) -> str:
    return colour_of(MARKS[number % len(MARKS)])


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


def _steps() -> list[list[float | str]]:
    """The classes of the other side as a colour scale of plotly's."""
    bounds = [0.0, *(bound / TOP for bound in BREAKS), 1.0]
    return [[end, color] for k, color in enumerate(COLORS) for end in bounds[k : k + 2]]


def plotly_app(viewport: dict[str, Any]) -> FastAPI:
    """The other side, at the view where MapView stands.

    Args:
        viewport: `viewport` of the MapView page.
    """
    server = FastAPI()
    lon, lat = viewport["center"]
    trace = go.Choroplethmap(
        geojson=_geojson(),
        locations=[GRID.first_id + k for k in range(len(GRID.shapes))],
        z=_plain(1),
        colorscale=_steps(),
        zmin=0,
        zmax=TOP,
        marker={"line": {"width": 0}},
        showscale=False,
    )
    style = {"version": 8, "sources": {}, "layers": []}
    figure = go.Figure(trace)
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        map={"style": style, "center": {"lon": lon, "lat": lat}, "zoom": viewport["zoom"]},
    )
    app = Dash("plotly_trial", server=server, update_title="")
    graph = dcc.Graph(id="graph", figure=figure, style={"position": "fixed", "inset": "0"})
    app.layout = html.Div(graph)
    return server


def _plain(number: int) -> list[float | None]:
    return [None if math.isnan(value) else float(value) for value in _figures(number)]


def _entry(number: int) -> dict[str, Any]:
    return grid_values(number, number) | {"data": encode_values(_figures(number))}


@contextmanager
def _opened(browser: Browser, url: str, ready: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1000, "height": 720})
    page.add_init_script(RECORDER)
    page.goto(url)
    page.wait_for_function(ready, timeout=90000)
    page.wait_for_timeout(2000)
    yield page
    page.close()


class _Runner:
    """Runs rounds of one page and adds up what they cost; the first ones only warm up."""

    def __init__(self, page: Page, cdp: CDPSession, script: str, places: list[list[int]]) -> None:
        self.page, self.cdp, self.script, self.places = page, cdp, script, places
        self.wall_ms: list[float] = []
        self.cpu_ms = 0.0
        self.rounds = 0

    def _cpu_ms(self) -> float:
        processes = self.cdp.send("SystemInfo.getProcessInfo")["processInfo"]
        return 1e3 * sum(entry["cpuTime"] for entry in processes if entry["type"] != "browser")

    def run(self, number: int, figures: Any) -> None:
        self.rounds += 1
        self.page.bring_to_front()
        self.page.wait_for_timeout(REST_MS)
        before = self._cpu_ms()
        wall_ms = self.page.evaluate(self.script, [figures, self.places, _wanted(number)])
        self.page.wait_for_timeout(REST_MS)
        if self.rounds > WARM_UPS:
            self.wall_ms.append(wall_ms)
            self.cpu_ms += self._cpu_ms() - before

    @property
    def side(self) -> Side:
        return Side(tuple(self.wall_ms), self.cpu_ms / len(self.wall_ms))


def _places(page: Page) -> list[list[int]]:
    to_screen = projection(page)
    return [[round(part) for part in to_screen(*GRID.centres[index])] for index in PROBES]


def race(browser: Browser) -> Race:
    """Runs both in turns, with the same figures."""
    with serving(build_app()) as our_url, _opened(browser, our_url, READY) as our_page:
        our_page.evaluate(GRIDS_ONLY)
        viewport = wait_prop(our_page, "viewport", "v.zoom")
        with serving(plotly_app(viewport)) as their_url, _opened(browser, their_url, PLOTLY_READY) as their_page:
            cdp = browser.new_browser_cdp_session()
            places = _places(our_page)
            ours = _Runner(our_page, cdp, MAP_VIEW_ROUND, places)
            theirs = _Runner(their_page, cdp, PLOTLY_ROUND, places)
            for number in range(WARM_UPS + ROUNDS):
                turns = [(ours, _entry(number + 2)), (theirs, _plain(number + 2))]
                for side, figures in turns if number % 2 else reversed(turns):
                    side.run(number + 2, figures)
    return Race(ours.side, theirs.side)


if __name__ == "__main__":
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=PLAIN_ARGS + GL_ARGS)
        result = race(chromium)
        sides = {
            name: {"wall_ms": side.spread, "cpu_ms": round(side.cpu_ms)}
            for name, side in (("map_view", result.map_view), ("plotly", result.plotly))
        }
        print(json.dumps({"ratio": round(result.ratio, 1), "cpu_ratio": round(result.cpu_ratio, 1), **sides}))
        chromium.close()
