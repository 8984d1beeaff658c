"""What is on the wall before the first figures have come?

The frame is drawn once; scenes fill it in the browser, because a component for each figure would cost more than the
figure. The one component that stays is the map.
"""

import json
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard import ids
from dashboard.components.map_view.component import MapView
from dashboard.i18n.translate import t
from dashboard.index import Visitor
from dashboard.pages.wall.words import browser_ramps, browser_words
from dashboard.theme.mantine import mantine_theme
from dashboard.views.live_mark import view_live_mark
from dashboard.views.patches import attributes
from data.accounts.account import acting_account_or_none
from data.accounts.permissions import Permission
from layers.palette import Theme

PLACES = ("left", "centre", "right", "foot")


def wall_layout(visitor: Visitor) -> dmc.MantineProvider:
    """The whole page."""
    lang = visitor.lang
    theme: Theme = "light" if visitor.theme == "light" else "dark"
    page = html.Main(
        [
            html.Div([_head(lang), *_places(lang, theme)], className="wall-stage", id=f"{ids.WALL_PAGE}-stage"),
            html.Div(id=f"{ids.WALL_PAGE}-alarm", className="wall-alarm", role="alert", hidden=True),
            html.Div(id=f"{ids.WALL_PAGE}-frame", className="wall-frame", hidden=True),
            html.Div(className="wall-night", id=f"{ids.WALL_PAGE}-night", hidden=True),
            html.Div(json.dumps(browser_words(lang), ensure_ascii=False), id=ids.WALL_WORDS, hidden=True),
            html.Div(json.dumps(browser_ramps(theme)), id=ids.WALL_RAMPS, hidden=True),
        ],
        id=ids.WALL_PAGE,
        className="wall",
        **attributes({"aria-label": t("page.wall", lang), **_rights()}),
    )
    return dmc.MantineProvider(
        [page, dmc.NotificationContainer(id=ids.TOASTS)], theme=mantine_theme(), forceColorScheme=visitor.theme
    )


def _rights() -> dict[str, str]:
    """Which doors the account may open from here; the interface asks again."""
    account = acting_account_or_none()
    may_open = account is not None and account.may(Permission.INCIDENT_DETAILS)
    return {"data-may-open": str(may_open).lower()}


def _head(lang: str) -> html.Header:
    return html.Header(
        [
            html.Span(className="mark"),
            html.Span(t("app.name", lang), className="wall-brand", id=f"{ids.WALL_PAGE}-city"),
            html.H1(id=f"{ids.WALL_PAGE}-title", className="wall-title"),
            html.Ol(id=f"{ids.WALL_PAGE}-scenes", className="wall-scenes"),
            html.Span(id=f"{ids.WALL_PAGE}-tag", className="wall-tag", hidden=True),
            html.Div(id=f"{ids.WALL_PAGE}-notices", className="wall-notices", role="status"),
            view_live_mark(lang),
            html.Span(id=f"{ids.WALL_PAGE}-clock", className="wall-clock"),
        ],
        className="wall-head",
    )


def _places(lang: str, theme: Theme) -> list[Any]:
    wall_map = MapView(
        id=ids.WALL_MAP,
        lang="en" if lang == "en" else "zh",
        theme=theme,
        wall=True,
        ariaLabel=t("wall.map", lang),
    )
    pulses = html.Div(id=f"{ids.WALL_PAGE}-pulses", className="wall-pulses", **attributes({"aria-hidden": "true"}))
    stage = html.Div([wall_map, pulses], className="wall-map", id=f"{ids.WALL_PAGE}-map")
    return [
        html.Div([stage] if place == "centre" else [], className=f"wall-place wall-{place}", id=_place_id(place))
        for place in PLACES
    ]


def _place_id(place: str) -> str:
    return f"{ids.WALL_PAGE}-{place}"
