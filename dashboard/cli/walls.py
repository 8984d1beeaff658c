"""How are the keys of wall displays managed from the command line?"""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

from dashboard.auth.doors import WALL_ENTER
from dashboard.cli.account_entries import record_account
from dashboard.cli.account_work import in_one_transaction
from dashboard.cli.context import Context
from data.accounts.wall_tokens import (
    DEFAULT_DAYS,
    ListedWallToken,
    NewWallToken,
    list_wall_tokens,
    make_wall_token,
    revoke_wall_token,
)
from data.audit.entry import Action
from data.engine import AsyncRows

Declare = Callable[[str, str, Callable[[argparse.Namespace, Context], int]], argparse.ArgumentParser]


def declare_walls(declare: Declare) -> None:
    """Declare `users wall-token`, `wall-tokens` and `wall-revoke`."""
    make = declare("wall-token", "make a key with which a wall display comes in without a person", run_make)
    make.add_argument("name", help="name of the display")
    make.add_argument("--unit", metavar="CODE", required=True, help="the one area that it shows")
    make.add_argument("--level", metavar="KEY", help="level of the unit, where the code stands on several")
    make.add_argument("--days", type=int, default=DEFAULT_DAYS, help="days until it expires (default %(default)s)")
    make.add_argument(
        "--site", default="http://127.0.0.1:8050", metavar="URL", help="address of the program (default %(default)s)"
    )
    declare("wall-tokens", "list the keys of wall displays", run_list)
    declare("wall-revoke", "make the key of a wall display worthless, at once", run_revoke).add_argument("id", type=int)


def run_make(arguments: argparse.Namespace, context: Context) -> int:
    """Make a key and show the link once."""
    new = NewWallToken(arguments.name, arguments.unit, arguments.level, arguments.days)

    async def make(conn: AsyncRows) -> dict[str, object]:
        made = await make_wall_token(conn, new, _now())
        await record_account(conn, Action.WALL_TOKEN_MADE, made.account_id, token=made.id, expires_at=made.expires_at)
        link = f"{arguments.site.rstrip('/')}{WALL_ENTER}#{made.text}"
        return {"id": made.id, "key": made.text, "link": link, "expires_at": made.expires_at.isoformat()}

    report = in_one_transaction(context, make)
    if context.as_json:
        print(json.dumps(report))
    else:
        context.say(f"link of the display (shown this once; expires {report['expires_at']}):")
        print(report["link"])
    return 0


def run_list(_arguments: argparse.Namespace, context: Context) -> int:
    """All keys of displays."""
    walls = in_one_transaction(context, lambda conn: list_wall_tokens(conn, _now()))
    if context.as_json:
        print(json.dumps([asdict(wall) for wall in walls], ensure_ascii=False, default=datetime.isoformat))
        return 0
    for wall in walls:
        seen = wall.last_seen_at.isoformat(timespec="minutes") if wall.last_seen_at else "never"
        print(
            f"{wall.id:>4}  {wall.name:<20} {wall.level_key} {wall.unit_code:<14} {wall.prefix}…  last seen {seen} "
            f"from {wall.address or '-'}  expires {wall.expires_at.date()}  {_state(wall)}"
        )
    if not walls:
        print("no keys yet; make one: python app.py users wall-token NAME --unit CODE")
    return 0


def run_revoke(arguments: argparse.Namespace, context: Context) -> int:
    """Make a key worthless; the display is cut off."""

    async def revoke(conn: AsyncRows) -> None:
        account_id = await revoke_wall_token(conn, arguments.id, _now())
        await record_account(conn, Action.WALL_TOKEN_REVOKED, account_id, token=arguments.id)

    in_one_transaction(context, revoke)
    print(json.dumps({"revoked": arguments.id}) if context.as_json else f"revoked: {arguments.id}")
    return 0


def _state(wall: ListedWallToken) -> str:
    if wall.revoked_at is not None:
        return "revoked"
    return "expired" if wall.expires_at <= _now() else f"{wall.sessions} sessions"


def _now() -> datetime:
    return datetime.now(UTC)
