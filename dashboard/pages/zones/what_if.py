"""With which period, shifts and rival is a plan replayed, and where does its answer stand?"""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard import ids
from dashboard.components.date_range import date_range
from dashboard.i18n.translate import t
from dashboard.views.charts import CONFIG


def view_what_if(lang: str) -> list[Any]:
    """The form, the charts of load and of weeks, the verdict, and the coverage by posts."""
    hidden = {"display": "none"}
    form = html.Div(
        [
            date_range(ids.WHAT_IF_DATES, **_words("dates", lang)),
            dmc.TextInput(id=ids.WHAT_IF_SHIFTS, value="08:00, 16:00, 00:00", size="xs", **_words("shifts", lang)),
            dmc.Select(
                id=ids.WHAT_IF_AGAINST,
                data=[],
                clearable=True,
                searchable=True,
                size="xs",
                placeholder=t("zones.what_if.against.none", lang),
                **_words("against", lang),
            ),
        ],
        className="panel-form",
    )
    replay = [
        html.H3(t("zones.what_if", lang)),
        html.P(t("zones.what_if.hint", lang), className="quiet"),
        form,
        html.Div(id=ids.WHAT_IF_STATE, role="status"),
        html.Div(id=ids.WHAT_IF_RESULT),
        dcc.Graph(id=ids.WHAT_IF_LOAD, config=CONFIG, style=hidden),
        dcc.Graph(id=ids.WHAT_IF_WEEKS, config=CONFIG, style=hidden),
    ]
    return [
        html.Section(replay, className="panel-card"),
        html.Section(id=ids.COVERAGE, className="panel-card"),
    ]


def _words(name: str, lang: str) -> dict[str, str]:
    return {"label": t(f"zones.what_if.{name}", lang), "description": t(f"zones.what_if.{name}.hint", lang)}
