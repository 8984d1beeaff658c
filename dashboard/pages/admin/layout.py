"""What is on the page of accounts before the lists have come?"""

from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard import ids
from dashboard.i18n.translate import t
from dashboard.views.patches import attributes
from data.accounts.permissions import Role
from data.accounts.wall_tokens import DEFAULT_DAYS, MAX_DAYS

ACTS = ("save", "reset", "sessions", "tokens", "disable", "enable")
ASKED_FIRST = frozenset({"reset", "sessions", "tokens", "disable"})
"""Acts that cannot be taken back: a question comes before."""


def view_content(lang: str) -> list[Any]:
    """The list on the left; on the right the chosen account, a new one and the displays."""
    left = html.Section(
        [html.H1(t("page.admin", lang)), html.Div(id=ids.ADMIN_LIST, className="table-box")], className="plain-list"
    )
    right = html.Div([_detail(lang), _new(lang)], className="plain-side")
    walls = html.Section(
        [
            html.H2(t("accounts.walls", lang)),
            html.P(t("accounts.walls.text", lang), className="quiet"),
            _wall_form(lang),
            html.Div(id=ids.ADMIN_WALLS, className="table-box"),
        ],
        className="card",
    )
    said = html.Div(id=ids.ADMIN_SAID, className="said-box")
    return [said, html.Div([left, right], className="plain-columns"), walls]


def act_button(name: str, text: str, lang: str, *, strong: bool = False, label: str | None = None) -> html.Button:
    """A button that does something to accounts.

    Args:
        name: What it does: one of ACTS, or `revoke:12` for a key of a display.
        label: What a screen reader says, where the text alone is not enough.
    """
    more = {"data-confirm": t("accounts.sure", lang, what=text)} if _asks_first(name) else {}
    more |= {"aria-label": label} if label else {}
    kind = "act strong" if strong else "act"
    return html.Button(text, id=ids.admin_act(name), type="button", className=kind, **attributes(more))


def _asks_first(name: str) -> bool:
    return name in ASKED_FIRST or name.startswith("revoke:")


def _detail(lang: str) -> html.Section:
    fields = [
        _roles(ids.ADMIN_ROLE, lang),
        dmc.TextInput(
            id=ids.ADMIN_UNIT, label=t("accounts.unit", lang), description=t("accounts.unit.hint", lang), value=""
        ),
        _departments(ids.ADMIN_DEPARTMENT, lang),
    ]
    acts = [act_button(name, t(f"accounts.act.{name}", lang), lang, strong=name == "save") for name in ACTS]
    parts = [
        html.Div(html.P(t("accounts.choose", lang), className="quiet"), id=ids.ADMIN_HEAD),
        html.Div([*fields, html.Div(acts, className="acts")], id=ids.ADMIN_DETAIL, className="form", hidden=True),
    ]
    return html.Section(parts, className="card", **attributes({"aria-label": t("accounts.chosen", lang)}))


def _new(lang: str) -> html.Details:
    fields = [
        dmc.TextInput(id=ids.ADMIN_NEW_NAME, label=t("accounts.name", lang), value=""),
        _roles(ids.ADMIN_NEW_ROLE, lang),
        dmc.TextInput(
            id=ids.ADMIN_NEW_UNIT, label=t("accounts.unit", lang), description=t("accounts.unit.hint", lang), value=""
        ),
        _departments(ids.ADMIN_NEW_DEPARTMENT, lang),
        html.Div(act_button("add", t("accounts.add", lang), lang, strong=True), className="acts"),
    ]
    return html.Details(
        [html.Summary(t("accounts.new", lang)), html.Div(fields, className="form")], className="card fold", open=False
    )


def _wall_form(lang: str) -> html.Div:
    fields = [
        dmc.TextInput(id=ids.ADMIN_WALL_NAME, label=t("accounts.wall.name", lang), value=""),
        dmc.TextInput(id=ids.ADMIN_WALL_UNIT, label=t("accounts.unit", lang), value=""),
        dmc.NumberInput(
            id=ids.ADMIN_WALL_DAYS,
            label=t("accounts.days", lang),
            value=DEFAULT_DAYS,
            min=1,
            max=MAX_DAYS,
            allowDecimal=False,
        ),
        act_button("wall", t("accounts.wall.make", lang), lang, strong=True),
    ]
    return html.Div(fields, className="form-row")


def _roles(component_id: str, lang: str) -> dmc.Select:
    data = [{"value": role.value, "label": t(f"role.{role}", lang)} for role in Role]
    return dmc.Select(
        id=component_id, label=t("accounts.role", lang), data=data, value=Role.OPERATOR.value, allowDeselect=False
    )


def _departments(component_id: str, lang: str) -> dmc.Select:
    return dmc.Select(
        id=component_id,
        label=t("accounts.department", lang),
        data=[],
        value=None,
        clearable=True,
        searchable=True,
        placeholder=t("accounts.department.none", lang),
    )
