"""How do the two bars on top of the map page look: where you are, search, tools, filters?"""

import json
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard import ids
from dashboard.components.date_range import date_range
from dashboard.i18n.translate import t
from dashboard.views.choices import measure_choices, metric_choices
from dashboard.views.live_mark import view_live_mark
from dashboard.views.page_frame import links, sign_out
from dashboard.views.patches import action_button, attributes, icon
from dashboard.views.walls import view_walls_follow
from data.accounts.account import acting_account_or_none
from data.accounts.permissions import Permission

EXPORTS = ("png", "csv", "geojson", "html")
PRESETS = (1, 7, 30, 90, 365)


def view_header(lang: str) -> html.Header:
    """Both bars; what depends on data is filled in by callbacks."""
    return html.Header([_first_bar(lang), _filter_bar(lang)], className="head")


def _first_bar(lang: str) -> html.Div:
    crumbs = html.Nav(id=ids.BREADCRUMB, className="crumbs", **attributes({"aria-label": t("map.breadcrumb", lang)}))
    parts = [
        html.H1([html.Span(className="mark"), t("app.name", lang)], className="brand"),
        crumbs,
        html.Div(className="spring"),
        _search(lang),
        _tools(lang),
    ]
    return html.Div(parts, className="bar")


def _search(lang: str) -> html.Div:
    field = dcc.Input(
        id=ids.SEARCH, type="search", debounce=0.2, value="", placeholder=t("map.search", lang), autoComplete="off"
    )
    found = html.Div(id=ids.SUGGESTIONS, className="suggestions", **attributes({"data-list": "suggestions"}))
    return html.Div([field, html.Kbd("/"), found], className="search", role="search")


def _tools(lang: str) -> html.Div:
    tools = [
        *view_walls_follow(lang),
        view_live_mark(lang),
        *([_export_menu(lang)] if _may_export() else []),
        action_button(
            icon("theme"),
            "theme",
            className="tool",
            title=t("app.theme", lang),
            **attributes({"aria-label": t("app.theme", lang)}),
        ),
        action_button(
            t("app.lang.short", lang),
            "lang",
            className="tool",
            title=t("app.lang", lang),
            **attributes({"aria-label": t("app.lang", lang)}),
        ),
        action_button(
            "?", "help", className="tool", title=t("app.help", lang), **attributes({"aria-label": t("app.help", lang)})
        ),
    ]
    return html.Div([*tools, *links(lang, "map")[1:], *sign_out(lang)], className="tools")


def _may_export() -> bool:
    account = acting_account_or_none()
    return account is None or account.may(Permission.EXPORT)


def _export_menu(lang: str) -> Any:
    items = [
        dmc.MenuItem(t(f"map.export.{kind}", lang), **attributes({"data-action": "export", "data-kind": kind}))
        for kind in EXPORTS
    ]
    button = html.Button([icon("export"), t("map.export", lang)], type="button", className="tool")
    menu = dmc.Menu([dmc.MenuTarget(button), dmc.MenuDropdown(items)], position="bottom-end", shadow="md")
    words = {key: t(f"map.export.{key}", lang) for key in (*EXPORTS, "busy", "done", "failed")}
    return html.Div([menu, html.Div(json.dumps(words, ensure_ascii=False), id=ids.EXPORT_WORDS, hidden=True)])


def _filter_bar(lang: str) -> html.Div:
    parts = [_period(lang), _dates(lang), _classes(lang), html.Div(className="spring"), *_metrics(lang)]
    return html.Div(
        parts, className="bar filters", role="group", **attributes({"aria-label": t("map.region.filters", lang)})
    )


def _period(lang: str) -> Any:
    data = [{"value": str(days), "label": t(f"map.period.{days}", lang)} for days in PRESETS]
    return dmc.SegmentedControl(id=ids.PRESET, data=data, value="", size="xs", className="segments")


def _dates(lang: str) -> Any:
    return date_range(
        ids.DATES,
        allowSingleDateInRange=True,
        className="dates",
        **attributes({"aria-label": t("map.period.range", lang)}),
    )


def _classes(lang: str) -> Any:
    return dmc.Select(
        id=ids.CLASS,
        data=[],
        placeholder=t("map.class.all", lang),
        searchable=True,
        clearable=True,
        size="xs",
        className="class-select",
        maxDropdownHeight=420,
        nothingFoundMessage=t("map.class.none", lang),
        **attributes({"aria-label": t("map.class", lang)}),
    )


def _metrics(lang: str) -> list[Any]:
    return [
        dmc.SegmentedControl(
            id=ids.MEASURE, data=measure_choices(lang), value="reported", size="xs", className="segments"
        ),
        dmc.SegmentedControl(
            id=ids.METRIC, data=metric_choices(lang), value="reported", size="xs", className="segments strong"
        ),
    ]
