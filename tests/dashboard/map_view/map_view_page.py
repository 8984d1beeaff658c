"""How do tests talk to a MapView page? Props in and out, events, pixels of the picture, places on screen."""

import base64
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from tests.dashboard.map_view.trial_app import BREAKS, COLORS, GRID, sample_values


def set_props(page: Page, **props: Any) -> None:
    page.evaluate("props => dash_clientside.set_props('map', props)", props)


def prop(page: Page, name: str) -> Any:
    """Value of a prop as the Dash client holds it."""
    return page.evaluate(
        "name => { const s = window.dash_stores?.[0] ?? null;"
        " const {layout, paths} = s.getState();"
        " const node = paths.strs.map.reduce((at, key) => at[key], layout); return node.props[name]; }",
        name,
    )


def wait_prop(page: Page, name: str, condition: str) -> Any:
    """Waits until `condition`, a JavaScript expression over `v`, holds for the prop."""
    page.wait_for_function(
        f"() => {{ const {{layout, paths}} = window.dash_stores[0].getState();"
        f" const v = paths.strs.map.reduce((at, key) => at[key], layout).props.{name};"
        f" return v !== undefined && v !== null && ({condition}); }}",
        timeout=30000,
    )
    return prop(page, name)


def wait_event(page: Page, name: str, after: float) -> dict[str, Any]:
    found = f"(e => e.name === '{name}' && e.at > {after})"
    page.wait_for_function(f"window.mapEvents.some{found}", timeout=60000)
    return page.evaluate(f"window.mapEvents.find{found}.detail")


def now(page: Page) -> float:
    return page.evaluate("performance.now()")


def pixels_of(page: Page, png: bytes) -> NDArray[np.uint8]:
    """Shape (height, width, 3); the browser decodes the picture."""
    width, height, data = page.evaluate(
        "async text => { const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));"
        " const image = await createImageBitmap(new Blob([bytes], {type: 'image/png'}));"
        " const canvas = new OffscreenCanvas(image.width, image.height);"
        " const ctx = canvas.getContext('2d', {willReadFrequently: true}); ctx.drawImage(image, 0, 0);"
        " const {data} = ctx.getImageData(0, 0, image.width, image.height);"
        " let out = ''; for (let k = 0; k < data.length; k += 32768)"
        " out += String.fromCharCode(...data.subarray(k, k + 32768));"
        " return [image.width, image.height, btoa(out)]; }",
        base64.b64encode(png).decode(),
    )
    return np.frombuffer(base64.b64decode(data), dtype=np.uint8).reshape(height, width, 4)[..., :3]


def colour_at(page: Page, x: float, y: float) -> str:
    """Colour of one pixel of the picture on screen, as hex."""
    shot = pixels_of(page, page.screenshot())
    return "#{:02x}{:02x}{:02x}".format(*shot[round(y), round(x)])


def projection(page: Page) -> Callable[[float, float], tuple[float, float]]:
    """From lon, lat to pixels, by the viewport that the map reports now; the map fills the page."""
    west, south, east, north = prop(page, "viewport")["bounds"]
    size = page.viewport_size
    assert size is not None

    def mercator(degrees: float) -> float:
        return math.log(math.tan(math.pi / 4 + math.radians(degrees) / 2))

    def to_screen(lon: float, lat: float) -> tuple[float, float]:
        down = (mercator(north) - mercator(lat)) / (mercator(north) - mercator(south))
        return (lon - west) / (east - west) * size["width"], down * size["height"]

    return to_screen


def screen_of(page: Page, lon: float, lat: float) -> tuple[float, float]:
    """Pixel of one place."""
    return projection(page)(lon, lat)


def zoom_to(page: Page, index: int, zoom: float = 13.0, nonce: int = 99) -> None:
    set_props(page, view={"nonce": nonce, "center": list(GRID.centres[index]), "zoom": zoom})
    wait_prop(page, "viewport", f"Math.abs(v.zoom - {zoom}) < 0.01")
    start = now(page)
    page.evaluate("window.dispatchEvent(new Event('resize'))")
    page.wait_for_function(f"window.mapEvents.some(e => e.name === 'idle' && e.at > {start} - 400)", timeout=30000)
    page.wait_for_timeout(300)


def plain_index(seed: int = 1, wanted: int = 2000) -> int:
    """A grid with a positive number, near the middle of the list."""
    values = sample_values(seed)
    return next(k for k in range(wanted, len(values)) if values[k] > 0)


def colour_of(value: float) -> str:
    return COLORS[int(np.searchsorted(BREAKS, value, side="left"))]
