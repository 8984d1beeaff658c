"""How does the page of the audit log enter the application: its layout and its callbacks?"""

from collections.abc import Callable
from typing import Any

from dash import Dash, dcc

from dashboard import ids
from dashboard.index import visitor_of
from dashboard.pages.audit import callbacks
from dashboard.pages.audit.layout import view_content
from dashboard.pages.audit.question import KEYS
from dashboard.pages.map.page import cookies
from dashboard.services import Services
from dashboard.views.page_frame import page_frame


def layout_for(services: Services) -> Callable[..., Any]:
    """The layout function that Dash calls with the query of the address as keywords."""

    def layout(**query: str) -> Any:
        visitor = visitor_of(query, cookies(), services.default_lang)
        asked = {key: query[key] for key in KEYS if query.get(key)}
        stores = [
            dcc.Store(id=ids.AUDIT_LANG, data=visitor.lang),
            dcc.Store(id=ids.AUDIT_QUESTION, data=asked),
            dcc.Store(id=ids.AUDIT_CHOSEN, data=query.get("entry")),
            dcc.Store(id=ids.AUDIT_ROUND),
        ]
        return page_frame(visitor, "audit", view_content(asked, visitor.lang), *stores)

    return layout


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the page."""
    callbacks.register(app, services)
