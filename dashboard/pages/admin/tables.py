"""How do the lists of accounts and displays look?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard import ids
from dashboard.i18n.translate import pick, t
from dashboard.pages.admin.layout import act_button
from dashboard.views.account_words import write_time
from dashboard.views.patches import attributes
from data.accounts.administration import ListedAccount, ListedDepartment
from data.accounts.wall_tokens import ListedWallToken

COLUMNS = ("name", "role", "unit", "department", "state", "sessions", "tokens", "seen")
WALL_COLUMNS = ("wall_name", "unit", "key", "state", "seen", "address", "expires", "act")


def view_accounts(
    accounts: Sequence[ListedAccount],
    departments: Sequence[ListedDepartment],
    chosen: int | None,
    now: datetime,
    lang: str,
) -> Any:
    """One row an account; its name opens it."""
    names = {entry.key: pick(lang, entry.name_zh, entry.name_en) for entry in departments}
    return view_table(COLUMNS, [_row(account, names, chosen, now, lang) for account in accounts], lang)


def view_walls(walls: Sequence[ListedWallToken], now: datetime, lang: str) -> Any:
    """One row a key of a display, newest first."""
    if not walls:
        return html.P(t("accounts.walls.none", lang), className="quiet")
    return view_table(WALL_COLUMNS, [_wall_row(wall, now, lang) for wall in walls], lang)


def states_of(account: ListedAccount, now: datetime) -> list[str]:
    """What is the matter with the account, as keys; nothing where it can simply sign in."""
    facts = {
        "disabled": account.disabled_at is not None,
        "locked": account.locked_until is not None and account.locked_until > now,
        "area_gone": account.area_gone,
        "must_change": account.must_change,
        "demo": account.demo,
    }
    return [key for key, holds in facts.items() if holds]


def wall_state(wall: ListedWallToken, now: datetime) -> str:
    """Whether a key still opens something, and whether a display uses it."""
    if wall.revoked_at is not None:
        return "revoked"
    if wall.expires_at <= now:
        return "expired"
    return "connected" if wall.sessions else "waiting"


def area_text(level_key: str | None, unit_code: str | None, lang: str) -> str:
    """The area of an account in words."""
    return t("accounts.whole_city", lang) if unit_code is None else f"{level_key} {unit_code}"


def view_table(columns: Sequence[str], rows: list[Any], lang: str) -> html.Table:
    """A table whose columns are named by the last part of `accounts.column.…`."""
    head = html.Thead(html.Tr([html.Th(t(f"accounts.column.{name}", lang), scope="col") for name in columns]))
    return html.Table([head, html.Tbody(rows)], className="plain-table")


def _row(account: ListedAccount, names: Mapping[str, str], chosen: int | None, now: datetime, lang: str) -> html.Tr:
    is_chosen = account.id == chosen
    opener = html.Button(
        account.name,
        id=ids.admin_row(account.id),
        type="button",
        className="link",
        **attributes({"aria-pressed": "true" if is_chosen else "false"}),
    )
    states = [view_state(state, lang) for state in states_of(account, now)] or [view_state("open", lang)]
    cells: list[Any] = [
        opener,
        t(f"role.{account.role}", lang),
        area_text(account.level_key, account.unit_code, lang),
        names.get(account.department or "", account.department or "–"),
        states,
        str(account.sessions),
        str(account.tokens),
        write_time(account.last_seen_at, now, lang),
    ]
    return html.Tr([html.Td(cell) for cell in cells], className="chosen" if is_chosen else "")


def _wall_row(wall: ListedWallToken, now: datetime, lang: str) -> html.Tr:
    state = wall_state(wall, now)
    text = t("accounts.wall.revoke", lang)
    revoke = act_button(f"revoke:{wall.id}", text, lang, label=f"{text} {wall.name}")
    cells = [
        wall.name,
        area_text(wall.level_key, wall.unit_code, lang),
        html.Code(f"{wall.prefix}…"),
        view_state(state, lang),
        write_time(wall.last_seen_at, now, lang),
        wall.address or "–",
        write_time(wall.expires_at, now, lang),
        revoke if state in ("connected", "waiting") else "",
    ]
    return html.Tr([html.Td(cell) for cell in cells])


SHAPES = {
    "open": ("●", "within"),
    "connected": ("●", "within"),
    "valid": ("●", "within"),
    "waiting": ("◐", "approaching"),
    "must_change": ("◐", "approaching"),
    "demo": ("◐", "approaching"),
    "locked": ("◐", "approaching"),
}


def view_state(key: str, lang: str) -> html.Span:
    """A state in words, with the shape and colour of its meaning."""
    shape, meaning = SHAPES.get(key, ("▲", "breached"))
    sign = html.Span(shape, className="shape", **attributes({"aria-hidden": "true"}))
    return html.Span([sign, t(f"accounts.state.{key}", lang)], className=f"state m-{meaning}")
