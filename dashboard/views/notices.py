"""What does the page say when there is nothing to show, and how does the reader get on?"""

from datetime import date, timedelta
from typing import Any

from dash import html

from dashboard.i18n.translate import t
from dashboard.views.numbers import write_count
from dashboard.views.patches import patch_button
from data.reads.errors import (
    ClassUnknown,
    LevelUnknown,
    MomentUnavailable,
    PeriodInvalid,
    RequestRefused,
    UnitUnknown,
)
from data.reads.period import MAX_DAYS


def view_empty_city(lang: str) -> html.Div:
    """No units are loaded: what would be here and how to get it."""
    ways = [
        (t("map.empty.demo", lang), "python app.py demo"),
        (t("map.empty.load", lang), "python app.py load CITY.yaml"),
    ]
    rows = [part for name, command in ways for part in (html.Dt(name), html.Dd(html.Code(command)))]
    card = [html.H2(t("map.empty", lang)), html.P(t("map.empty.text", lang)), html.Dl(rows)]
    return html.Div(card, className="notice-card", role="status")


def view_refusal(error: RequestRefused, lang: str) -> html.Div:
    """The address asks for something that does not exist."""
    card = [
        html.H2(t("map.refused", lang)),
        html.P(_reason(error, lang)),
        html.P(patch_button(t("map.refused.back", lang), CLEARED, className="link")),
    ]
    return html.Div(card, className="notice-card", role="alert")


def _reason(error: RequestRefused, lang: str) -> str:
    match error:
        case UnitUnknown():
            return t("map.refused.unit", lang, code=error.code)
        case PeriodInvalid():
            return t("map.refused.period", lang, most=write_count(MAX_DAYS))
        case ClassUnknown():
            return t("map.refused.class", lang)
        case LevelUnknown():
            return t("map.refused.level", lang)
        case MomentUnavailable():
            return t("map.refused.moment", lang)
        case _:
            return error.cause


CLEARED: dict[str, str | None] = {
    "unit": None,
    "at": None,
    "from": None,
    "to": None,
    "as_of": None,
    "class": None,
    "level": None,
    "days": None,
}


def view_nothing_in_period(newest: date, lang: str) -> Any:
    """There are incidents, but none in the chosen days."""
    days: dict[str, str | None] = {
        "from": (newest - timedelta(days=29)).isoformat(),
        "to": newest.isoformat(),
        "days": None,
    }
    card = [
        html.Span(t("map.outside", lang, day=newest.isoformat())),
        patch_button(t("map.outside.jump", lang), days, className="link"),
    ]
    return html.Div(card, className="notice-card", role="status")
