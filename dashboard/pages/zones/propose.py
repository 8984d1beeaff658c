"""Which rules and wishes can a proposal be given, and where does its progress show?"""

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, dcc, html

from dashboard import ids
from dashboard.components.date_range import date_range
from dashboard.i18n.translate import t
from dashboard.views.charts import CONFIG
from dashboard.views.patches import attributes
from data.accounts.account import acting_account_or_none

PARTS = {"classes": 1.0, "rates": 0.5, "hours": 0.5, "load": 0.5}
"""Parts of the problem profile, as the interface names their weights, and what each weighs at first."""

WISHES = {"compactness": 0.2, "spread": 0.0, "in_force": 0.0, "post": 0.0}
"""Soft rules and the weight that each has at first."""

RULES = ("together", "apart", "locked")
MOST_WEIGHT, MOST_WISH, WEIGHT_STEP = 3.0, 1.0, 0.05
ZONES, SEED, SECONDS, MOST_SECONDS = 30, 7, 3, 60


def view_propose(lang: str) -> list[Any]:
    """The form in folds, the buttons, and the empty places for progress, result and the tray of comparison."""
    weights = [_weight(part, weight, lang) for part, weight in PARTS.items()]
    folds = [
        _fold("where", [_within(lang), _base(lang), *_aim(lang)], lang, is_open=True),
        _fold("profile", [_dates(lang), *weights, _workload(lang)], lang),
        _fold("rules", [*_bounds(lang), _fence(lang), *_named_units(lang)], lang),
        _fold("wishes", [_wish(wish, weight, lang) for wish, weight in WISHES.items()], lang),
        _fold("search", _search(lang), lang),
    ]
    account = acting_account_or_none()
    own = account.unit_code if account is not None else None
    return [
        html.H2(t("zones.propose", lang), className="panel-title", **attributes({"data-own-unit": own or ""})),
        html.P(t("zones.propose.hint", lang), className="quiet panel-lead"),
        *folds,
        html.Div(id=ids.PROPOSE_ACTS, className="panel-acts"),
        html.Div(id=ids.PROPOSE_STATE, className="job-state", role="status"),
        dcc.Graph(id=ids.PROPOSE_CURVE, config=CONFIG, className="job-curve", style={"display": "none"}),
        html.Div(id=ids.PROPOSE_RESULT, className="job-result"),
        html.Div(id=ids.TRAY, className="tray"),
    ]


def register(app: Dash) -> None:
    """Let the choices of the form follow each other in the browser; `assets/76_zones_propose.js`."""
    wire: Any = app.clientside_callback
    for function, control in (
        ("followWithin", ids.PROPOSE_WITHIN),
        ("followBase", ids.PROPOSE_BASE),
        ("followAim", ids.PROPOSE_AIM),
    ):
        wire(ClientsideFunction("zones_panels", function), Input(control, "value"), prevent_initial_call=True)


def _fold(name: str, fields: list[Any], lang: str, *, is_open: bool = False) -> html.Details:
    body = html.Div(fields, className="fold-body panel-form")
    return html.Details(
        [html.Summary(t(f"zones.propose.fold.{name}", lang)), body],
        className="fold",
        open=is_open,
        **attributes({"data-propose-fold": name}),
    )


def _words(name: str, lang: str) -> dict[str, str]:
    """Label and the sentence of explanation of a control."""
    return {"label": t(f"zones.propose.{name}", lang), "description": t(f"zones.propose.{name}.hint", lang)}


def _number(control_id: str, name: str, lang: str, **more: Any) -> dmc.NumberInput:
    return dmc.NumberInput(id=control_id, size="xs", **_words(name, lang), **more)


def _within(lang: str) -> dmc.Select:
    return dmc.Select(
        id=ids.PROPOSE_WITHIN,
        data=[],
        searchable=True,
        size="xs",
        nothingFoundMessage=t("zones.propose.within.none", lang),
        **_words("within", lang),
    )


def _base(lang: str) -> dmc.Select:
    return dmc.Select(id=ids.PROPOSE_BASE, data=[], size="xs", allowDeselect=False, **_words("base", lang))


def _aim(lang: str) -> list[Any]:
    choices = [{"value": aim, "label": t(f"zones.propose.aim.{aim}", lang)} for aim in ("zones", "floor")]
    return [
        dmc.SegmentedControl(id=ids.PROPOSE_AIM, data=choices, value="zones", size="xs", fullWidth=True),
        html.Div(
            _number(ids.PROPOSE_ZONES, "zones", lang, value=ZONES, min=1, max=5_000, allowDecimal=False),
            **attributes({"data-propose-aim": "zones"}),
        ),
        html.Div(
            _number(ids.PROPOSE_FLOOR, "floor", lang, min=0, thousandSeparator=","),
            hidden=True,
            **attributes({"data-propose-aim": "floor"}),
        ),
    ]


def _dates(lang: str) -> dmc.DatePickerInput:
    return date_range(ids.PROPOSE_DATES, **_words("dates", lang))


def _slider(control_id: str, name: str, value: float, most: float, lang: str) -> html.Div:
    said = _words(name, lang)
    slider = dmc.Slider(
        id=control_id,
        value=value,
        min=0,
        max=most,
        step=WEIGHT_STEP,
        precision=2,
        size="xs",
        labelAlwaysOn=False,
        thumbSize="0.875rem",
        thumbLabel=said["label"],
        **attributes({"data-weight": name}),
    )
    shown = html.Output(f"{value:g}", className="weight-shown", **attributes({"data-shown": control_id}))
    head = html.Div([html.Span(said["label"]), shown], className="weight-head")
    return html.Div([head, html.P(said["description"], className="quiet"), slider], className="weight")


def _weight(part: str, weight: float, lang: str) -> html.Div:
    return _slider(f"{ids.PROPOSE_WEIGHT}-{part}", f"weight_{part}", weight, MOST_WEIGHT, lang)


def _workload(lang: str) -> html.Div:
    said = _words("workload", lang)
    choices = [{"value": kind, "label": t(f"zones.propose.workload.{kind}", lang)} for kind in ("cases", "hours")]
    control = dmc.SegmentedControl(id=ids.PROPOSE_WORKLOAD, data=choices, value="cases", size="xs", fullWidth=True)
    head = html.Div(html.Span(said["label"]), className="weight-head")
    return html.Div([head, html.P(said["description"], className="quiet"), control], className="weight")


def _wish(wish: str, weight: float, lang: str) -> html.Div:
    return _slider(f"{ids.PROPOSE_WISH}-{wish}", f"wish_{wish}", weight, MOST_WISH, lang)


def _bounds(lang: str) -> list[Any]:
    return [
        _number(ids.PROPOSE_TOLERANCE, "tolerance", lang, min=1, max=500, suffix=" %"),
        html.Div(
            [
                _number(ids.PROPOSE_LEAST, "least", lang, min=1, allowDecimal=False),
                _number(ids.PROPOSE_MOST, "most", lang, min=1, allowDecimal=False),
            ],
            className="panel-pair",
        ),
    ]


def _fence(lang: str) -> dmc.Select:
    return dmc.Select(
        id=ids.PROPOSE_FENCE,
        data=[],
        size="xs",
        clearable=True,
        placeholder=t("zones.propose.fence.none", lang),
        **_words("fence", lang),
    )


def _named_units(lang: str) -> list[Any]:
    """Units by code or from the map, and what is to hold for them."""
    take = html.Button(
        t("zones.propose.take", lang), type="button", className="link", **attributes({"data-propose": "take"})
    )
    adds = [
        html.Button(
            t(f"zones.propose.add.{rule}", lang),
            type="button",
            className="act",
            **attributes({"data-propose": "add", "data-rule": rule}),
        )
        for rule in RULES
    ]
    return [
        dmc.TextInput(
            id=ids.PROPOSE_CODES, value="", size="xs", placeholder="441502001001, …", **_words("codes", lang)
        ),
        html.Div([take, *adds], className="panel-acts"),
        html.Ul(id=ids.PROPOSE_GROUPS, className="named-units"),
    ]


def _search(lang: str) -> list[Any]:
    stable = dmc.Switch(id=ids.PROPOSE_STABLE, checked=True, size="xs", **_words("stable", lang))
    return [
        stable,
        _number(ids.PROPOSE_SECONDS, "seconds", lang, value=SECONDS, min=0.1, max=MOST_SECONDS, suffix=" s"),
        _number(ids.PROPOSE_SEED, "seed", lang, value=SEED, min=0, allowDecimal=False),
    ]
