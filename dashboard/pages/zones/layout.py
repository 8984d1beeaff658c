"""What is on the planner's page before a plan is open?"""

import json
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard import ids
from dashboard.components.map_view.component import MapView
from dashboard.i18n.translate import t
from dashboard.index import Visitor
from dashboard.pages.zones.map_tools import view_map_tools
from dashboard.pages.zones.propose import view_propose
from dashboard.pages.zones.reasons import view_reasons
from dashboard.pages.zones.what_if import view_what_if
from dashboard.pages.zones.words import browser_words
from dashboard.theme.mantine import mantine_theme
from dashboard.views.page_frame import page_bar
from dashboard.views.patches import attributes
from data.accounts.account import acting_account_or_none
from data.accounts.permissions import Permission

RIGHTS = {"edit": Permission.ZONE_PROPOSE, "adopt": Permission.ZONE_ADOPT, "export": Permission.EXPORT}
TABS = ("metrics", "next", "reasons", "what_if", "comments")
"""Panels of the right column, from left to right."""


def zones_layout(visitor: Visitor) -> dmc.MantineProvider:
    """The whole page: bars on top, rules on the left, map and history in the middle, figures on the right."""
    lang = visitor.lang
    page = html.Div(
        [
            html.A(t("app.skip", lang), href=f"#{ids.ZONES_MAP}", className="skip"),
            html.Header([page_bar(lang, "zones"), _plan_bar(lang)], className="head"),
            _rules(lang),
            html.Main([_stage(visitor), _history(lang)], className="zones-main"),
            _side(lang),
            _words(lang),
        ],
        id=ids.ZONES_PAGE,
        className="zones-page",
        **attributes(_rights()),
    )
    stores = [dcc.Store(id=ids.ZONES_PLAN), dcc.Store(id=ids.ZONES_CHOSEN)]
    return dmc.MantineProvider(
        [page, dmc.NotificationContainer(id=ids.TOASTS), *stores],
        theme=mantine_theme(),
        forceColorScheme=visitor.theme,
    )


def _rights() -> dict[str, str]:
    """What the account may do here; the interface asks again at every step."""
    account = acting_account_or_none()
    rights = {
        f"data-may-{name}": str(account is not None and account.may(need)).lower() for name, need in RIGHTS.items()
    }
    return rights | {"data-account": account.name if account else ""}


def _words(lang: str) -> html.Div:
    words = json.dumps(browser_words(lang), ensure_ascii=False)
    return html.Div(words, id=ids.ZONES_WORDS, hidden=True)


def _plan_bar(lang: str) -> html.Div:
    return html.Div(
        id=ids.ZONES_BAR, className="bar zones-bar", role="group", **attributes({"aria-label": t("zones.bar", lang)})
    )


def _rules(lang: str) -> html.Aside:
    """Rules and proposals."""
    body = html.Div(view_propose(lang), id=ids.ZONES_PROPOSE, className="zones-propose")
    return html.Aside([body], className="zones-rules", **attributes({"aria-label": t("zones.rules", lang)}))


def _stage(visitor: Visitor) -> html.Div:
    lang = visitor.lang
    zones_map = MapView(
        id=ids.ZONES_MAP,
        lang="en" if lang == "en" else "zh",
        theme="light" if visitor.theme == "light" else "dark",
        ariaLabel=t("zones.map", lang),
    )
    parts = [
        zones_map,
        view_map_tools(lang),
        html.Div(id=ids.ZONES_LEGEND, className="zones-legend"),
        html.Div(
            [
                html.Div(id=ids.ZONES_REFUSAL, className="zones-refusal", role="alert"),
                html.Div(id=ids.ZONES_SELECTION, className="zones-selection"),
                html.Div(id=ids.ZONES_PREVIEW, className="zones-preview", role="status"),
            ],
            className="zones-foot",
        ),
        html.Div(id=ids.ZONES_EMPTY, className="notice zones-empty"),
        html.Div(id=ids.ZONES_COMPARE, className="zones-compare", hidden=True),
    ]
    return html.Div(parts, className="stage zones-stage")


def _history(lang: str) -> html.Section:
    return html.Section(
        id=ids.ZONES_HISTORY, className="zones-history", **attributes({"aria-label": t("zones.history", lang)})
    )


def _side(lang: str) -> html.Aside:
    tabs = [
        html.Button(
            t(f"zones.tab.{name}", lang),
            id=f"{ids.ZONES_TAB}-{name}",
            type="button",
            role="tab",
            className="zones-tab",
            tabIndex="0" if name == TABS[0] else "-1",
            **attributes(
                {
                    "data-zones-tab": name,
                    "aria-selected": str(name == TABS[0]).lower(),
                    "aria-controls": f"{ids.ZONES_PANEL}-{name}",
                }
            ),
        )
        for name in TABS
    ]
    row = html.Div(tabs, className="zones-tabs", role="tablist", **attributes({"aria-label": t("zones.side", lang)}))
    return html.Aside([row, *(_panel(name, lang) for name in TABS)], className="zones-side")


def _panel(name: str, lang: str) -> html.Div:
    """One panel of the right column; its content has the id of its own."""
    content = {
        "metrics": ids.ZONES_METRICS,
        "next": ids.ZONES_NEXT,
        "reasons": ids.ZONES_REASONS,
        "what_if": ids.ZONES_WHAT_IF,
        "comments": ids.ZONES_COMMENTS,
    }[name]
    more: dict[str, Any] = {} if name == TABS[0] else {"hidden": True}
    return html.Div(
        html.Div({"reasons": view_reasons(), "what_if": view_what_if(lang)}.get(name), id=content),
        id=f"{ids.ZONES_PANEL}-{name}",
        className="zones-panel",
        role="tabpanel",
        **attributes({"aria-labelledby": f"{ids.ZONES_TAB}-{name}"}),
        **more,
    )
