"""How does the page of one's own account enter the application: its layout and its callbacks?"""

from collections.abc import Callable
from typing import Any

from dash import Dash, dcc

from dashboard import ids
from dashboard.index import visitor_of
from dashboard.pages.account import callbacks
from dashboard.pages.account.layout import view_content
from dashboard.pages.map.page import cookies
from dashboard.services import Services
from dashboard.views.page_frame import page_frame
from data.accounts.account import acting_account_or_none
from data.accounts.permissions import Permission


def layout_for(services: Services) -> Callable[..., Any]:
    """The layout function that Dash calls with the query of the address as keywords."""

    def layout(**query: str) -> Any:
        visitor, account = visitor_of(query, cookies(), services.default_lang), acting_account_or_none()
        # Dash draws the page once for itself, to know all components.
        permissions = tuple(Permission) if account is None else tuple(sorted(account.permissions))
        stores = [
            dcc.Store(id=ids.ACCOUNT_LANG, data=visitor.lang),
            dcc.Store(id=ids.ACCOUNT_ROUND),
        ]
        return page_frame(visitor, "account", view_content(visitor, permissions), *stores)

    return layout


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the page."""
    callbacks.register(app, services)
