"""What is on the map page before any figure has come?"""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard import ids
from dashboard.components.map_view.component import MapView
from dashboard.i18n.translate import t
from dashboard.theme.mantine import mantine_theme
from dashboard.views.header import view_header
from dashboard.views.help import view_help
from dashboard.views.patches import action_button, attributes, icon
from dashboard.views.rail import view_rail
from dashboard.views.replay import view_replay, view_replay_bar, view_replay_button, view_replay_plate

FACETS = {
    ids.QUESTION: ("unit", "at", "metric", "from", "to", "days", "class", "level", "scheme", "as_of"),
    ids.LAYERS: ("layer", "show"),
    ids.PANEL: ("panel", "after"),
    ids.SELECT: ("select",),
    ids.THEME: ("theme",),
}
"""Which keys of the address each store holds; the same table is in `assets/10_state.js`."""


def map_layout(query: Mapping[str, str]) -> dmc.MantineProvider:
    """The page for a query that names theme and language; callbacks fill it."""
    lang, theme = query["lang"], query["theme"]
    page = html.Div(
        [
            html.A(t("app.skip", lang), href=f"#{ids.MAP}", className="skip"),
            view_header(lang),
            view_rail(lang),
            _main(lang, theme),
            _side(lang),
        ],
        id=ids.PAGE,
        className="map-page",
    )
    return dmc.MantineProvider(
        [
            page,
            *view_replay(lang),
            _drawer(lang),
            _help(lang),
            dmc.NotificationContainer(id=ids.TOASTS),
            *_stores(query),
        ],
        id=ids.PROVIDER,
        theme=mantine_theme(),
        forceColorScheme=theme,
    )


def _stores(query: Mapping[str, str]) -> list[Any]:
    facets = [
        dcc.Store(id=store, data={key: query[key] for key in (*keys, "lang") if query.get(key)})
        for store, keys in FACETS.items()
    ]
    others = [ids.CONTEXT, ids.SPAN, ids.VIEWPORT, ids.TREE_OPEN, ids.ANSWER, ids.EXPORT_ORDER, ids.LIVE]
    return [*facets, *(dcc.Store(id=store) for store in others)]


def _main(lang: str, theme: str) -> html.Main:
    stage = html.Div(
        [
            _map(lang, theme),
            html.Aside(id=ids.LEGEND, className="legend", **attributes({"aria-label": t("map.legend", lang)})),
            _map_tools(lang),
            html.Div(id=ids.NOTICE, className="notice"),
            html.Div(id=ids.EXPORT_STATE, className="export-state", role="status"),
            view_replay_plate(lang),
            view_replay_bar(lang),
        ],
        className="stage",
    )
    return html.Main([stage, _timeline(lang)], className="main")


def _map_tools(lang: str) -> html.Div:
    """Pan, box and lasso; which one is on is told by the map itself."""
    tools = [
        action_button(
            icon(tool),
            "tool",
            className="map-tool",
            title=f"{t(f'map.tool.{tool}', lang)} ({key})",
            **attributes(
                {
                    "data-tool": tool,
                    "aria-label": t(f"map.tool.{tool}", lang),
                    "aria-pressed": str(tool == "pan").lower(),
                    "aria-keyshortcuts": key,
                }
            ),
        )
        for tool, key in (("pan", "Esc"), ("box", "B"), ("lasso", "L"))
    ]
    hint = html.Span(t("map.tool.hint", lang), className="map-tool-hint", role="status")
    return html.Div(
        [html.Div(tools, className="map-tool-row"), hint],
        id=ids.MAP_TOOLS,
        className="map-tools",
        role="toolbar",
        **attributes({"aria-label": t("map.tools", lang), "data-on": "pan"}),
    )


def _map(lang: str, theme: str) -> MapView:
    return MapView(id=ids.MAP, lang="en" if lang == "en" else "zh", theme="light" if theme == "light" else "dark")


def _timeline(lang: str) -> html.Section:
    words = {"play": t("map.timeline.play", lang), "stop": t("map.timeline.stop", lang)}
    play = action_button(
        None,
        "play",
        id=ids.PLAY,
        className="play",
        title=f"{words['play']} (P)",
        **attributes(
            {"aria-pressed": "false", "aria-label": words["play"]}
            | {f"data-{key}": text for key, text in words.items()}
        ),
    )
    brush = dmc.RangeSlider(
        id=ids.BRUSH,
        min=0,
        max=29,
        value=[0, 29],
        minRange=0,
        label={"function": "dayLabel"},
        size="xs",
        thumbSize="0.875rem",
        className="brush",
        thumbFromLabel=t("map.timeline.from", lang),
        thumbToLabel=t("map.timeline.to", lang),
    )
    return html.Section(
        [
            html.Div(
                [
                    play,
                    html.Div(id=f"{ids.TIMELINE}-window", className="window"),
                    view_replay_button(lang),
                    html.Span(id=ids.AS_OF, className="quiet as-of"),
                ],
                className="time-head",
            ),
            html.Div([html.Div(id=ids.TIMELINE), brush], className="strip"),
            html.Div(id=f"{ids.TIMELINE}-ticks", className="ticks", **attributes({"aria-hidden": "true"})),
        ],
        className="time",
        **attributes({"aria-label": t("map.region.time", lang)}),
    )


def _side(lang: str) -> html.Aside:
    newest = html.Header(
        [
            html.H2(t("map.newest", lang)),
            html.Button(
                t("map.newest.all", lang),
                type="button",
                className="link",
                **attributes({"data-patch": '{"panel":"list:all"}'}),
            ),
        ]
    )
    parts = [
        html.Div(id=ids.FIGURES, className="figures"),
        html.Div(id=ids.TOTALS, className="totals"),
        html.Section(id=ids.RANKING, className="card"),
        html.Section(id=ids.HANDLING, className="card"),
        html.Div(id=ids.CHARTS),
        html.Section([newest, html.Div(id=ids.NEWEST)], className="card"),
    ]
    return html.Aside(parts, id=ids.SIDE, className="side", **attributes({"aria-label": t("map.region.figures", lang)}))


def _drawer(lang: str) -> dmc.Drawer:
    return dmc.Drawer(
        html.Div(id=ids.DRAWER_BODY),
        id=ids.DRAWER,
        position="right",
        size="var(--side)",
        withOverlay=False,
        lockScroll=False,
        trapFocus=False,
        closeOnClickOutside=False,
        closeOnEscape=False,
        closeButtonProps={"aria-label": t("app.close", lang)},
        shadow="lg",
    )


def _help(lang: str) -> dmc.Modal:
    return dmc.Modal(view_help(lang), id=ids.HELP, title=t("help.title", lang), size="30rem", centered=True)
