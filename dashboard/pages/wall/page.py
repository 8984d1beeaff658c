"""How does the wall enter the application: its layout and its callbacks?"""

from collections.abc import Callable
from typing import Any

from dash import Dash

from dashboard.index import visitor_of
from dashboard.pages.map.page import cookies
from dashboard.pages.wall.layout import wall_layout
from dashboard.services import Services


def layout_for(services: Services) -> Callable[..., Any]:
    """The layout function that Dash calls with the query of the address as keywords."""

    def layout(**query: str) -> Any:
        return wall_layout(visitor_of(query, cookies(), services.default_lang))

    return layout


def register(_app: Dash, _: Services) -> None:
    """Nothing to add: the wall listens to the feed and speaks to the HTTP interface from the browser."""
