"""Which button of the page of accounts does what?"""

from dataclasses import dataclass
from typing import Any

from dashboard.auth.desk import AccountDesk
from dashboard.i18n.translate import t
from dashboard.views.account_words import view_done, view_secret
from data.accounts.administration import AccountChange, NewAccount
from data.accounts.errors import AccountUnknown, LoginNameInvalid, WallTokenRefused
from data.accounts.permissions import Role
from data.accounts.wall_tokens import MAX_DAYS, NewWallToken

ENTER = "/wall/enter#"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was clicked, and what the fields of the page held; `site` is its address without a path."""

    site: str
    name: str
    chosen: int | None
    role: str | None
    unit: str | None
    department: str | None
    new_name: str | None
    new_role: str | None
    new_unit: str | None
    new_department: str | None
    wall_name: str | None
    wall_unit: str | None
    wall_days: str | None


async def carry_out(desk: AccountDesk, asked: Asked, close: Any, lang: str) -> Any:
    """Do what was clicked.

    Args:
        close: Button that puts away what is shown once.

    Returns:
        What the page says about it.

    Raises:
        AccountRefused: It cannot be done with these values.
    """
    match asked.name:
        case "add":
            return await _add(desk, asked, close, lang)
        case "wall":
            return await _make_wall(desk, asked, close, lang)
        case name if name.startswith("revoke:"):
            await desk.revoke_wall(int(name.removeprefix("revoke:")))
            return view_done(t("accounts.done.revoke", lang))
        case _:
            return await _change(desk, asked, close, lang)


async def _add(desk: AccountDesk, asked: Asked, close: Any, lang: str) -> Any:
    new = NewAccount(
        asked.new_name or "",
        Role(asked.new_role or ""),
        _given(asked.new_unit),
        None,
        _given(asked.new_department),
        must_change=True,
    )
    first = await desk.add(new)
    return view_secret(t("accounts.first_password", lang, name=first.name), first.text, close, lang)


async def _make_wall(desk: AccountDesk, asked: Asked, close: Any, lang: str) -> Any:
    days = asked.wall_days or ""
    if not (days.isascii() and days.isdigit() and len(days) < 6):
        raise WallTokenRefused("days", f"{days!r} is no number of days.", f"Use 1 to {MAX_DAYS}.")
    name = (asked.wall_name or "").strip()
    if not name:
        raise LoginNameInvalid(name)
    made = await desk.make_wall(NewWallToken(name, (asked.wall_unit or "").strip(), None, int(days)))
    return view_secret(
        t("accounts.wall.link", lang, name=name), asked.site.rstrip("/") + ENTER + made.text, close, lang
    )


async def _change(desk: AccountDesk, asked: Asked, close: Any, lang: str) -> Any:
    if asked.chosen is None:
        raise AccountUnknown("")
    match asked.name:
        case "reset":
            first = await desk.reset(asked.chosen)
            return view_secret(t("accounts.first_password", lang, name=first.name), first.text, close, lang)
        case "save":
            change = AccountChange(Role(asked.role or ""), _given(asked.unit), None, _given(asked.department))
            await desk.change(asked.chosen, change)
        case "disable":
            await desk.disable(asked.chosen)
        case "enable":
            await desk.enable(asked.chosen)
        case "sessions":
            await desk.end_sessions(asked.chosen)
        case "tokens":
            await desk.revoke_tokens(asked.chosen)
        case _:
            raise AccountUnknown(asked.name)
    return view_done(t(f"accounts.done.{asked.name}", lang))


def _given(text: str | None) -> str | None:
    return (text or "").strip() or None
