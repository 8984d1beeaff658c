"""What is on the page of the audit log before any entry has come?"""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard import ids
from dashboard.components.date_range import date_range
from dashboard.i18n.translate import t
from dashboard.views.patches import attributes
from data.audit.entry import Action


def view_content(asked: Mapping[str, str], lang: str) -> list[Any]:
    """Filters on top, the list on the left, the chosen entry and the chain on the right.

    Args:
        asked: Query of the address; fills the filters.
    """
    left = html.Section(
        [html.Div(id=ids.AUDIT_LIST, className="audit-list")],
        className="audit-left",
        **attributes({"aria-label": t("audit.entries", lang)}),
    )
    right = html.Aside(
        [
            html.Section([html.Div(id=ids.AUDIT_CHAIN), _said(lang)], className="card audit-chain"),
            html.Section(id=ids.AUDIT_DETAIL, className="card audit-detail", **attributes({"aria-live": "polite"})),
        ],
        className="audit-right",
    )
    return [_filters(asked, lang), html.Div([left, right], className="audit-columns")]


def _said(lang: str) -> html.Div:
    """Where the result of a verification stays, with the sentences for it; the rest of the card is drawn anew then."""
    words = {f"data-{key}": t(f"audit.verify.{key}", lang) for key in ("busy", "whole", "broken", "failed")}
    return html.Div(role="status", className="audit-said", **attributes({"data-audit-said": "true"} | words))


def _filters(asked: Mapping[str, str], lang: str) -> html.Div:
    fields = [
        html.H1(t("page.audit", lang)),
        _dates(asked, lang),
        dmc.Select(
            id=ids.AUDIT_ACTION,
            data=[{"value": action.value, "label": t(f"audit.action.{action}", lang)} for action in Action],
            value=asked.get("action"),
            placeholder=t("audit.filter.action", lang),
            searchable=True,
            clearable=True,
            size="xs",
            className="audit-action",
            nothingFoundMessage=t("audit.filter.none", lang),
            **attributes({"aria-label": t("audit.filter.action", lang)}),
        ),
        _text(ids.AUDIT_ACTOR, "actor", asked, lang),
        _text(ids.AUDIT_OBJECT, "object", asked, lang),
        _text(ids.AUDIT_ADDRESS, "address", asked, lang),
        html.Div(className="spring"),
        html.A(t("audit.export", lang), id=ids.AUDIT_EXPORT, href="/api/v1/audit/export.csv", className="tool"),
    ]
    return html.Div(fields, className="audit-filters", role="search")


def _dates(asked: Mapping[str, str], lang: str) -> Any:
    return date_range(
        ids.AUDIT_DATES,
        value=[asked.get("from"), asked.get("to")],
        placeholder=t("audit.filter.period", lang),
        allowSingleDateInRange=True,
        clearable=True,
        className="audit-dates",
        **attributes({"aria-label": t("audit.filter.period", lang)}),
    )


def _text(component_id: str, key: str, asked: Mapping[str, str], lang: str) -> Any:
    return dmc.TextInput(
        id=component_id,
        value=asked.get(key, ""),
        debounce=400,
        placeholder=t(f"audit.filter.{key}", lang),
        size="xs",
        className="audit-text",
        **attributes({"aria-label": t(f"audit.filter.{key}", lang)}),
    )
