"""What is on the page of one's own account before the lists have come?"""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard import ids
from dashboard.i18n.translate import LANGUAGES, t
from dashboard.index import Visitor
from dashboard.theme.tokens import PALETTES
from dashboard.views.patches import attributes
from data.accounts.permissions import Permission
from data.accounts.tokens import DEFAULT_DAYS, MAX_DAYS


def view_content(visitor: Visitor, permissions: Sequence[Permission]) -> list[Any]:
    """Facts and choices on the left; tokens on the right, for accounts that may have some."""
    lang = visitor.lang
    left = html.Div([_facts(lang), _choices(visitor), _may(permissions, lang)], className="plain-side")
    has_tokens = Permission.OWN_TOKENS in permissions
    columns = [left, _tokens(permissions, lang)] if has_tokens else [left]
    return [html.H1(t("page.account", lang)), html.Div(columns, className="plain-columns turned")]


def act_button(name: str, text: str, lang: str, *, strong: bool = False, label: str | None = None) -> html.Button:
    """A button that makes or revokes a token, or puts away the one that is shown."""
    more = {"data-confirm": t("accounts.sure", lang, what=text)} if name.startswith("revoke:") else {}
    more |= {"aria-label": label} if label else {}
    kind = "act strong" if strong else "act"
    return html.Button(text, id=ids.token_act(name), type="button", className=kind, **attributes(more))


def _facts(lang: str) -> html.Section:
    change = html.A(t("accounts.change_password", lang), href="/login/password", className="act")
    return html.Section([html.Div(id=ids.ACCOUNT_FACTS), html.Div(change, className="acts")], className="card")


def _choices(visitor: Visitor) -> html.Section:
    """A plain form: it works before any script runs, and in a browser without one."""
    lang = visitor.lang
    themes = [(theme, t(f"accounts.theme.{theme}", lang)) for theme in PALETTES]
    langs = [(key, t(f"accounts.lang.{key}", lang)) for key in LANGUAGES]
    form = html.Form(
        [
            _select("lang", t("accounts.lang", lang), langs, visitor.lang),
            _select("theme", t("accounts.theme", lang), themes, visitor.theme),
            html.Div(html.Button(t("accounts.keep", lang), type="submit", className="act"), className="acts"),
        ],
        action="/account/choices",
        method="post",
        className="form",
    )
    return html.Section(form, className="card")


def _select(name: str, label: str, choices: Sequence[tuple[str, str]], chosen: str) -> html.Label:
    """A list of the browser itself; the chosen entry stands first, because that one is shown."""
    ordered = sorted(choices, key=lambda choice: choice[0] != chosen)
    options = [html.Option(text, value=value) for value, text in ordered]
    return html.Label([html.Span(label), html.Select(options, name=name)], className="select-field")


def _may(permissions: Sequence[Permission], lang: str) -> html.Section:
    items = [html.Li(t(f"permission.{permission}", lang)) for permission in Permission if permission in permissions]
    return html.Section([html.H2(t("accounts.may", lang)), html.Ul(items, className="may")], className="card")


def _tokens(permissions: Sequence[Permission], lang: str) -> html.Section:
    scopes = [{"value": str(key), "label": t(f"permission.{key}", lang)} for key in Permission if key in permissions]
    fields = [
        dmc.TextInput(id=ids.TOKEN_NAME, label=t("accounts.token.name", lang), value=""),
        dmc.NumberInput(
            id=ids.TOKEN_DAYS,
            label=t("accounts.days", lang),
            value=DEFAULT_DAYS,
            min=1,
            max=MAX_DAYS,
            allowDecimal=False,
        ),
        dmc.MultiSelect(
            id=ids.TOKEN_SCOPES,
            label=t("accounts.token.scopes", lang),
            placeholder=t("accounts.token.scopes.all", lang),
            data=scopes,
            value=[],
            clearable=True,
        ),
        act_button("make", t("accounts.token.make", lang), lang, strong=True),
    ]
    return html.Section(
        [
            html.H2(t("accounts.tokens", lang)),
            html.P(t("accounts.tokens.text", lang), className="quiet"),
            html.Div(fields, className="form-row"),
            html.Div(id=ids.TOKEN_SAID, className="said-box"),
            html.Div(id=ids.TOKEN_LIST, className="table-box"),
            dcc.Store(id=ids.TOKEN_ROUND),
        ],
        className="card",
    )
