"""How do the facts about one's own account and the list of its tokens look?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.i18n.translate import t
from dashboard.pages.account.layout import act_button
from dashboard.pages.admin.tables import area_text, view_state, view_table
from dashboard.views.account_words import write_time
from data.accounts.administration import ListedAccount
from data.accounts.tokens import ListedToken

COLUMNS = ("token", "key", "scopes", "state", "used", "expires", "act")


def view_facts(account: ListedAccount, lang: str) -> Any:
    """Name, role, area and department."""
    facts = [
        ("name", account.name),
        ("role", t(f"role.{account.role}", lang)),
        ("unit", area_text(account.level_key, account.unit_code, lang)),
        ("department", account.department or "–"),
        ("sessions", str(account.sessions)),
    ]
    parts = [part for key, value in facts for part in (html.Dt(t(f"accounts.column.{key}", lang)), html.Dd(value))]
    return html.Dl(parts, className="facts")


def view_tokens(tokens: Sequence[ListedToken], now: datetime, lang: str) -> Any:
    """One row a token, newest first."""
    if not tokens:
        return html.P(t("accounts.tokens.none", lang), className="quiet")
    return view_table(COLUMNS, [_row(token, now, lang) for token in tokens], lang)


def token_state(token: ListedToken, now: datetime) -> str:
    """Whether a token still counts, as a key."""
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at <= now else "valid"


def _row(token: ListedToken, now: datetime, lang: str) -> html.Tr:
    state, text = token_state(token, now), t("accounts.token.revoke", lang)
    revoke = act_button(f"revoke:{token.id}", text, lang, label=f"{text} {token.name}")
    everything = t("accounts.token.scopes.all", lang)
    scopes = ", ".join(token.scopes) if token.scopes is not None else everything
    cells = [
        token.name,
        html.Code(f"{token.prefix}…"),
        scopes,
        view_state(state, lang),
        write_time(token.last_used_at, now, lang),
        write_time(token.expires_at, now, lang),
        revoke if state == "valid" else "",
    ]
    return html.Tr([html.Td(cell) for cell in cells])
