"""How does the page of accounts enter the application: its layout and its callbacks?"""

from collections.abc import Callable
from typing import Any

from dash import Dash, dcc

from dashboard import ids
from dashboard.index import visitor_of
from dashboard.pages.admin import callbacks
from dashboard.pages.admin.layout import view_content
from dashboard.pages.map.page import cookies
from dashboard.services import Services
from dashboard.views.page_frame import page_frame


def layout_for(services: Services) -> Callable[..., Any]:
    """The layout function that Dash calls with the query of the address as keywords."""

    def layout(**query: str) -> Any:
        visitor = visitor_of(query, cookies(), services.default_lang)
        stores = [
            dcc.Store(id=ids.ADMIN_LANG, data=visitor.lang),
            dcc.Store(id=ids.ADMIN_ROUND),
            dcc.Store(id=ids.ADMIN_CHOSEN),
        ]
        return page_frame(visitor, "admin", view_content(visitor.lang), *stores)

    return layout


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the page."""
    callbacks.register(app, services)
