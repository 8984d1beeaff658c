"""How does the planner enter the application: its layout and its callbacks?"""

from collections.abc import Callable
from typing import Any

from dash import Dash

from dashboard.index import visitor_of
from dashboard.pages.map.page import cookies
from dashboard.pages.zones import propose
from dashboard.pages.zones.layout import zones_layout
from dashboard.services import Services


def layout_for(services: Services) -> Callable[..., Any]:
    """The layout function that Dash calls with the query of the address as keywords."""

    def layout(**query: str) -> Any:
        return zones_layout(visitor_of(query, cookies(), services.default_lang))

    return layout


def register(app: Dash, _: Services) -> None:
    """Add the callbacks of the page; the planner itself speaks to the HTTP interface from the browser."""
    propose.register(app)
