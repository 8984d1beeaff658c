"""What happens on the map page in the browser alone? The wiring of `assets/30_controls.js`."""

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State

from dashboard import ids


def register(app: Dash) -> None:
    """Add the clientside callbacks of the page."""
    _register_choices(app)
    _register_followers(app)


def _register_choices(app: Dash) -> None:
    """Control → address."""
    wiring: dict[str, tuple[Input | State, ...]] = {
        "choosePreset": (Input(ids.PRESET, "value"), State(ids.CONTEXT, "data")),
        "chooseDates": (Input(ids.DATES, "value"), State(ids.CONTEXT, "data")),
        "chooseDays": (Input(ids.BRUSH, "value"), State(ids.SPAN, "data")),
        "chooseClass": (Input(ids.CLASS, "value"),),
        "chooseMetric": (Input(ids.METRIC, "value"),),
        "chooseMeasure": (Input(ids.MEASURE, "value"),),
        "chooseLevel": (Input(ids.LEVEL, "value"),),
        "chooseScheme": (Input(ids.SCHEME, "value"),),
        "chooseDensity": (Input(ids.DENSITY, "value"),),
        "chooseOverlays": (Input(ids.OVERLAYS, "value"),),
        "chooseChart": (Input(ids.chart(ALL), "clickData"),),
        "applyAnswer": (Input(ids.ANSWER, "data"),),
        "followExport": (Input(ids.MAP, "exported"),),
        "followTool": (Input(ids.MAP, "tool"),),
        "closePanel": (Input(ids.DRAWER, "opened"),),
    }
    wire: Any = app.clientside_callback
    for function, inputs in wiring.items():
        wire(ClientsideFunction("map_page", function), *inputs, prevent_initial_call=True)


def _register_followers(app: Dash) -> None:
    """Address → controls."""
    wire: Any = app.clientside_callback
    wire(
        ClientsideFunction("map_page", "followState"),
        Output(ids.CLASS, "value"),
        Output(ids.METRIC, "value"),
        Output(ids.MEASURE, "value"),
        Output(ids.LEVEL, "value"),
        Output(ids.SCHEME, "value"),
        Output(ids.DENSITY, "value"),
        Output(ids.OVERLAYS, "value"),
        Input(ids.QUESTION, "data"),
        Input(ids.LAYERS, "data"),
    )
    wire(
        ClientsideFunction("map_page", "followContext"),
        Output(ids.PRESET, "value"),
        Output(ids.DATES, "value"),
        Input(ids.CONTEXT, "data"),
    )
    wire(
        ClientsideFunction("map_page", "followTheme"),
        Output(ids.PROVIDER, "forceColorScheme"),
        Output(ids.MAP, "theme"),
        Input(ids.THEME, "data"),
    )
    wire(
        ClientsideFunction("map_page", "whenReady"),
        Output(ids.VIEWPORT, "data"),
        Input(ids.MAP, "status"),
        State(ids.VIEWPORT, "data"),
    )
