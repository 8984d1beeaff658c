"""How does a page say that walls follow it?"""

from dash import html

from dashboard import ids
from dashboard.i18n.translate import t
from data.accounts.account import acting_account_or_none
from data.accounts.permissions import Permission


def view_walls_follow(lang: str) -> list[html.Button]:
    """A mark that ends it at a press, hidden until it is so; nothing for accounts that drive no walls."""
    if not may_drive_walls():
        return []
    title = t("walls.following.title", lang)
    return [
        html.Button(
            t("walls.following", lang), id=ids.WALLS_FOLLOW, type="button", className="tool walls-follow", title=title,
            hidden=True,
        )
    ]  # fmt: skip


def may_drive_walls() -> bool:
    """Whether the account may say what walls show."""
    account = acting_account_or_none()
    return account is not None and account.may(Permission.WALL_REMOTE)
