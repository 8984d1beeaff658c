"""What is on the page of alerts before any alert has come?"""

import json
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard import ids
from dashboard.components.map_view.component import MapView
from dashboard.i18n.translate import t
from dashboard.index import Visitor
from dashboard.pages.alerts.words import browser_words
from dashboard.theme.mantine import mantine_theme
from dashboard.views.page_frame import page_bar
from dashboard.views.patches import attributes
from data.accounts.account import Account, acting_account_or_none
from data.accounts.permissions import Permission


def alerts_layout(visitor: Visitor) -> dmc.MantineProvider:
    """The whole page: the list on the left, the chosen alert and the map on the right."""
    lang, account = visitor.lang, acting_account_or_none()
    page = html.Div(
        [
            html.A(t("alerts.skip", lang), href=f"#{ids.ALERTS_DETAIL}", className="skip"),
            html.Header(page_bar(lang, "alerts"), className="head"),
            _list(lang),
            html.Main(
                id=ids.ALERTS_DETAIL, className="alerts-detail", tabIndex="-1", **_label(t("alerts.detail", lang))
            ),
            _map(visitor),
            html.Div(json.dumps(browser_words(lang), ensure_ascii=False), id=ids.ALERTS_WORDS, hidden=True),
        ],
        id=ids.ALERTS_PAGE,
        className="alerts-page",
        **attributes(_rights(account)),
    )
    return dmc.MantineProvider(
        [page, dmc.NotificationContainer(id=ids.TOASTS)], theme=mantine_theme(), forceColorScheme=visitor.theme
    )


def _rights(account: Account | None) -> dict[str, str]:
    """What the account may do here; the interface asks again at every step."""
    may_act = account is not None and account.may(Permission.ALERT_ACKNOWLEDGE)
    may_open = account is not None and account.may(Permission.INCIDENT_DETAILS)
    unit = "" if account is None else account.unit_code or ""
    return {"data-may-act": str(may_act).lower(), "data-may-open": str(may_open).lower(), "data-unit": unit}


def _list(lang: str) -> html.Aside:
    head = html.Div(
        [html.H1(t("page.alerts", lang)), html.Span(id=ids.ALERTS_STATE, className="quiet", role="status")],
        className="alerts-head",
    )
    parts = [
        head,
        html.Div(id=ids.ALERTS_SAVED, className="alerts-saved", role="group", **_label(t("alerts.states", lang))),
        html.Div(id=ids.ALERTS_FILTERS, className="alerts-filters", role="search"),
        html.Div(id=ids.ALERTS_LIST, className="alerts-list", **_label(t("alerts.list", lang))),
    ]
    return html.Aside(parts, className="alerts-left", **_label(t("alerts.list", lang)))


def _map(visitor: Visitor) -> html.Aside:
    lang = visitor.lang
    alerts_map = MapView(
        id=ids.ALERTS_MAP,
        lang="en" if lang == "en" else "zh",
        theme="light" if visitor.theme == "light" else "dark",
        ariaLabel=t("alerts.map", lang),
    )
    return html.Aside(html.Div(alerts_map, className="stage"), className="alerts-side", **_label(t("alerts.map", lang)))


def _label(text: str) -> dict[str, Any]:
    return attributes({"aria-label": text})
