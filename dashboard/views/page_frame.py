"""How does a page without a map look around its content: the bar on top, the theme, the toasts?"""

from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard import ids
from dashboard.i18n.translate import t
from dashboard.index import Visitor
from dashboard.theme.mantine import mantine_theme
from dashboard.views.live_mark import view_live_mark
from dashboard.views.patches import action_button, attributes, icon
from dashboard.views.walls import view_walls_follow
from data.accounts.account import acting_account_or_none
from data.accounts.permissions import Permission

PLACES: tuple[tuple[str, str, Permission | None], ...] = (
    ("map", "/map", Permission.MAP),
    ("cases", "/cases", Permission.INCIDENT_DETAILS),
    ("zones", "/zones", Permission.ZONES),
    ("alerts", "/alerts", Permission.ALERTS),
    ("wall", "/wall", Permission.WALL),
    ("remote", "/wall/remote", Permission.WALL_REMOTE),
    ("admin", "/admin", Permission.ACCOUNTS),
    ("audit", "/audit", Permission.AUDIT),
    ("account", "/account", None),
)
"""Pages that the bar leads to, and what is needed for them."""

LIVE_PAGES = frozenset({"cases", "remote"})
"""Pages with this bar that follow the data by themselves."""


def page_frame(visitor: Visitor, here: str, content: list[Any], *stores: Any) -> dmc.MantineProvider:
    """A whole page.

    Args:
        here: Last part of the page's locale key.
        content: What stands below the bar.
        stores: Components that are not seen.
    """
    lang = visitor.lang
    page = html.Div(
        [
            html.A(t("app.skip.content", lang), href="#content", className="skip"),
            html.Header(page_bar(lang, here), className="head"),
            html.Main(content, id="content", className="plain-main"),
        ],
        className="plain-page",
    )
    return dmc.MantineProvider(
        [page, dmc.NotificationContainer(id=ids.TOASTS), *stores],
        theme=mantine_theme(),
        forceColorScheme=visitor.theme,
    )


def links(lang: str, here: str) -> list[Any]:
    """Links to the other pages that the account may open."""
    account = acting_account_or_none()
    return [
        html.A(t(f"page.{name}", lang), href=path, className="tool", **_current(name == here))
        for name, path, need in PLACES
        if account is None or need is None or account.may(need)
    ]


def sign_out(lang: str) -> list[Any]:
    """Who is signed in, and the way out; nothing where the page is drawn for nobody."""
    account = acting_account_or_none()
    if account is None:
        return []
    leave = html.Button(account.name, type="submit", className="tool", title=t("app.sign_out", lang, name=account.name))
    return [html.Form(leave, action="/logout", method="post", className="account")]


def page_bar(lang: str, here: str) -> html.Div:
    """The bar on top: the product, its pages, theme and language, the account."""
    tools = [
        action_button(
            icon("theme"), "theme", className="tool", title=t("app.theme", lang), **_label(t("app.theme", lang))
        ),
        action_button(
            t("app.lang.short", lang),
            "lang",
            className="tool",
            title=t("app.lang", lang),
            **_label(t("app.lang", lang)),
        ),
    ]
    return html.Div(
        [
            html.A([html.Span(className="mark"), t("app.name", lang)], href="/map", className="brand"),
            html.Nav(links(lang, here), className="tools", **_label(t("app.pages", lang))),
            html.Div(className="spring"),
            *view_walls_follow(lang),
            *([view_live_mark(lang)] if here in LIVE_PAGES else []),
            html.Div([*tools, *sign_out(lang)], className="tools"),
        ],
        className="bar",
    )


def _label(text: str) -> dict[str, Any]:
    return attributes({"aria-label": text})


def _current(is_here: bool) -> dict[str, Any]:
    return attributes({"aria-current": "page"}) if is_here else {}
