"""What is on the page of cases before any case has come?"""

import json
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard import ids
from dashboard.components.map_view.component import MapView
from dashboard.i18n.translate import t
from dashboard.index import Visitor
from dashboard.pages.cases import new_case
from dashboard.pages.cases.grid import view_grid
from dashboard.pages.cases.words import browser_words
from dashboard.pages.remote.words import remote_words
from dashboard.theme.mantine import mantine_theme
from dashboard.views.page_frame import page_bar
from dashboard.views.patches import attributes
from dashboard.views.walls import may_drive_walls
from data.accounts.account import Account, acting_account_or_none
from data.accounts.permissions import Permission
from data.cases.flow import OPEN, acts_of

TABS = ("neighbours", "photos")
"""Panels below the map, from left to right."""


def cases_layout(visitor: Visitor) -> dmc.MantineProvider:
    """The whole page: queue on the left, case in the middle, map and neighbours on the right."""
    lang, account = visitor.lang, acting_account_or_none()
    page = html.Div(
        [
            html.A(t("cases.skip", lang), href=f"#{ids.CASES_CASE}", className="skip"),
            html.Header(page_bar(lang, "cases"), className="head"),
            _queue(lang, account),
            html.Main(id=ids.CASES_CASE, className="cases-case", tabIndex="-1", **_label(t("cases.case", lang))),
            _side(visitor),
            new_case.layout(),
            *_walls(lang),
            _words(lang),
        ],
        id=ids.CASES_PAGE,
        className="cases-page",
        **attributes(_rights(account)),
    )
    return dmc.MantineProvider(
        [page, dmc.NotificationContainer(id=ids.TOASTS)], theme=mantine_theme(), forceColorScheme=visitor.theme
    )


def _rights(account: Account | None) -> dict[str, str]:
    """Who looks and what this account may do here; the interface asks again at every step."""
    if account is None:
        return {"data-account": "", "data-role": "", "data-acts": "[]"}
    return {
        "data-account": account.name,
        "data-role": account.role.value,
        "data-department": "" if account.department_id is None else str(account.department_id),
        "data-unit": account.unit_code or "",
        "data-acts": json.dumps([act.value for act in acts_of(account)]),
        "data-open-states": json.dumps(sorted(status.key for status in OPEN)),
        "data-may-report": str(account.may(Permission.INCIDENT_REPORT)).lower(),
    }


def _words(lang: str) -> html.Div:
    words = json.dumps(browser_words(lang), ensure_ascii=False)
    return html.Div(words, id=ids.CASES_WORDS, hidden=True)


def _queue(lang: str, account: Account | None) -> html.Aside:
    may_report = account is None or account.may(Permission.INCIDENT_REPORT)
    new = html.Button(
        t("cases.new", lang),
        id=ids.CASES_NEW,
        type="button",
        className="act strong",
        hidden=not may_report,
        **attributes({"aria-keyshortcuts": "N"}),
    )
    walls = html.Button(
        t("cases.walls", lang),
        id=ids.CASES_WALLS_OPEN,
        type="button",
        className="act",
        hidden=not may_drive_walls(),
        **attributes({"aria-controls": ids.CASES_WALLS, "aria-expanded": "false"}),
    )
    head = html.Div(
        [html.H1(t("cases.queue", lang)), html.Span(id=ids.CASES_STATE, className="quiet", role="status"), walls, new],
        className="cases-queue-head",
    )
    parts = [
        head,
        html.Div(id=ids.CASES_SAVED, className="cases-saved", role="group", **_label(t("cases.saved", lang))),
        html.Div(id=ids.CASES_FIGURE, className="cases-figure"),
        html.Div(id=ids.CASES_FILTERS, className="cases-filters", role="search"),
        html.Div(id=ids.CASES_BULK, className="cases-bulk", role="region", **_label(t("cases.bulk", lang))),
        html.Div([view_grid(lang), html.Div(id=ids.CASES_EMPTY, className="cases-empty")], className="cases-list"),
    ]
    return html.Aside(parts, id=ids.CASES_QUEUE, className="cases-queue", **_label(t("cases.queue", lang)))


def _side(visitor: Visitor) -> html.Aside:
    lang = visitor.lang
    cases_map = MapView(
        id=ids.CASES_MAP,
        lang="en" if lang == "en" else "zh",
        theme="light" if visitor.theme == "light" else "dark",
        ariaLabel=t("cases.map", lang),
    )
    tabs = [_tab(name, lang) for name in TABS]
    row = html.Div(tabs, className="cases-tabs", role="tablist", **_label(t("cases.side", lang)))
    panels = [
        _panel(
            "neighbours",
            [html.Section(id=ids.CASES_DUPLICATES), html.Section(id=ids.CASES_SAME_PLACE)],
        ),
        _panel("photos", [html.Section(id=ids.CASES_PHOTOS)]),
    ]
    stage = html.Div(cases_map, className="stage cases-stage")
    return html.Aside([stage, row, *panels], id=ids.CASES_SIDE, className="cases-side")


def _walls(lang: str) -> list[Any]:
    """The remote of walls, which is drawn when it is opened; nothing for accounts that drive none."""
    if not may_drive_walls():
        return []
    drawer = html.Aside(id=ids.CASES_WALLS, className="cases-walls", hidden=True, **_label(t("page.remote", lang)))
    return [drawer, remote_words(lang)]


def _tab(name: str, lang: str) -> html.Button:
    is_first = name == TABS[0]
    marks = {
        "data-cases-tab": name,
        "aria-selected": str(is_first).lower(),
        "aria-controls": f"{ids.CASES_PANEL}-{name}",
    }
    return html.Button(
        t(f"cases.tab.{name}", lang),
        id=f"{ids.CASES_TAB}-{name}",
        type="button",
        role="tab",
        className="cases-tab",
        tabIndex="0" if is_first else "-1",
        **attributes(marks),
    )


def _panel(name: str, content: list[Any]) -> html.Div:
    more: dict[str, Any] = {} if name == TABS[0] else {"hidden": True}
    return html.Div(
        content,
        id=f"{ids.CASES_PANEL}-{name}",
        className="cases-panel",
        role="tabpanel",
        **attributes({"aria-labelledby": f"{ids.CASES_TAB}-{name}"}),
        **more,
    )


def _label(text: str) -> dict[str, Any]:
    return attributes({"aria-label": text})
