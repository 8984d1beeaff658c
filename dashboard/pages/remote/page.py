"""How does the remote enter the application: its layout and its callbacks?"""

from collections.abc import Callable
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, html

from dashboard import ids
from dashboard.i18n.translate import t
from dashboard.index import Visitor, visitor_of
from dashboard.pages.map.page import cookies
from dashboard.pages.remote.words import remote_words
from dashboard.services import Services
from dashboard.theme.mantine import mantine_theme
from dashboard.views.page_frame import page_bar


def layout_for(services: Services) -> Callable[..., Any]:
    """The layout function that Dash calls with the query of the address as keywords."""

    def layout(**query: str) -> Any:
        return remote_layout(visitor_of(query, cookies(), services.default_lang))

    return layout


def remote_layout(visitor: Visitor) -> dmc.MantineProvider:
    """The whole page, which fits a phone; its parts are drawn in the browser."""
    lang = visitor.lang
    page = html.Div(
        [
            html.Header(page_bar(lang, "remote"), className="head"),
            html.H1(t("page.remote", lang), className="remote-title"),
            html.Main(id=ids.REMOTE_PAGE, className="remote-page"),
            remote_words(lang),
        ],
        className="remote-whole",
    )
    return dmc.MantineProvider(
        [page, dmc.NotificationContainer(id=ids.TOASTS)], theme=mantine_theme(), forceColorScheme=visitor.theme
    )


def register(_app: Dash, _: Services) -> None:
    """Nothing to add: the page speaks to the HTTP interface from the browser."""
