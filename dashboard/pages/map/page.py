"""How does the map page enter the application: its layout and its callbacks?"""

from collections.abc import Callable
from typing import Any

from dash import Dash, ctx
from dash.exceptions import MissingCallbackContextException

from dashboard.index import visitor_of
from dashboard.pages.map import browser, callbacks, drawer, handling, map_callbacks
from dashboard.pages.map.layout import map_layout
from dashboard.services import Services


def layout_for(services: Services) -> Callable[..., Any]:
    """The layout function that Dash calls with the query of the address as keywords."""

    def layout(**query: str) -> Any:
        visitor = visitor_of(query, cookies(), services.default_lang)
        return map_layout({**query, "theme": visitor.theme, "lang": visitor.lang})

    return layout


def cookies() -> dict[str, str]:
    """The cookies of the request that is answered; none where Dash draws the page for itself."""
    try:
        return dict(ctx.cookies)
    except MissingCallbackContextException:
        return {}


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the page."""
    callbacks.register(app, services)
    map_callbacks.register(app, services)
    handling.register(app, services)
    drawer.register(app, services)
    browser.register(app)
