"""How are accounts managed from the command line?"""

import argparse
import json
import secrets
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

from dashboard.cli.account_entries import account_facts, record_account
from dashboard.cli.account_work import in_one_transaction
from dashboard.cli.context import Context
from dashboard.cli.identities import declare_identities
from dashboard.cli.walls import declare_walls
from data.accounts.administration import (
    ListedAccount,
    NewAccount,
    add_account,
    disable_account,
    enable_account,
    enabled_demo_names,
    find_account_id,
    list_accounts,
    reset_password,
)
from data.accounts.permissions import Permission, Role
from data.accounts.tokens import DEFAULT_DAYS, NewToken, make_token
from data.audit.entry import Action
from data.engine import AsyncRows


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `users add`, `list`, `disable`, `enable`, `reset`, `token`, those of displays and of single sign-on."""
    parser = commands.add_parser("users", help="manage accounts")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _declare_add(actions)
    _declare(actions, "list", "list all accounts", run_list)
    disable = _declare(actions, "disable", "shut accounts out: sessions end, tokens are revoked", run_disable)
    disable.add_argument("names", nargs="*", metavar="NAME")
    disable.add_argument("--demo", action="store_true", help="all demo accounts")
    _declare(actions, "enable", "let an account in again, and lift a lock", run_enable).add_argument("name")
    reset = _declare(actions, "reset", "set a new password, to be changed at the next sign-in", run_reset)
    reset.add_argument("name")
    _add_password_stdin(reset)
    _declare_token(actions)
    declare_walls(lambda name, text, run: _declare(actions, name, text, run))
    declare_identities(lambda name, text, run: _declare(actions, name, text, run))


def _declare(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    text: str,
    run: Callable[[argparse.Namespace, Context], int],
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=text.capitalize() + ".")
    parser.add_argument("--json", action="store_true", help="report as JSON")
    parser.set_defaults(run=run)
    return parser


def _declare_add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _declare(actions, "add", "make an account", run_add)
    parser.add_argument("name", help="login name")
    parser.add_argument("--role", type=Role, choices=list(Role), required=True)
    parser.add_argument("--unit", metavar="CODE", help="unit that it may see (default: the whole city)")
    parser.add_argument("--level", metavar="KEY", help="level of the unit, where the code stands on several")
    parser.add_argument("--department", metavar="KEY", help="department; handlers need one")
    _add_password_stdin(parser)


def _declare_token(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _declare(actions, "token", "make a token for a program that acts for the account", run_token)
    parser.add_argument("name", help="login name")
    parser.add_argument("--label", required=True, help="what the token is called")
    parser.add_argument("--days", type=int, default=DEFAULT_DAYS, help="days until it expires (default %(default)s)")
    parser.add_argument(
        "--scope", type=Permission, choices=list(Permission), action="append", help="narrow it to this permission"
    )


def _add_password_stdin(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input instead of making one"
    )


def run_add(arguments: argparse.Namespace, context: Context) -> int:
    """Make an account and show its first password once."""
    password, made_up = _password(arguments)
    new = NewAccount(
        arguments.name, arguments.role, arguments.unit, arguments.level, arguments.department, must_change=made_up
    )

    async def make(conn: AsyncRows) -> int:
        account_id = await add_account(conn, new, password, _now())
        await record_account(conn, Action.ACCOUNT_ADDED, account_id)
        return account_id

    account_id = in_one_transaction(context, make)
    _tell_password(context, {"id": account_id, "name": arguments.name}, "added", password if made_up else None)
    return 0


def run_reset(arguments: argparse.Namespace, context: Context) -> int:
    """Set a new password and show it once."""
    password, made_up = _password(arguments)

    async def reset(conn: AsyncRows) -> int:
        before = await account_facts(conn, await find_account_id(conn, arguments.name))
        account_id = await reset_password(conn, arguments.name, password, _now())
        await record_account(conn, Action.PASSWORD_RESET, account_id, before)
        return account_id

    account_id = in_one_transaction(context, reset)
    _tell_password(context, {"id": account_id, "name": arguments.name}, "reset", password if made_up else None)
    return 0


def run_list(_arguments: argparse.Namespace, context: Context) -> int:
    """All accounts."""
    accounts = in_one_transaction(context, lambda conn: list_accounts(conn, _now()))
    if context.as_json:
        print(json.dumps([asdict(account) for account in accounts], ensure_ascii=False, default=datetime.isoformat))
        return 0
    for account in accounts:
        area = f"{account.level_key} {account.unit_code}" if account.unit_code else "whole city"
        print(
            f"{account.name:<20} {account.role:<9} {area:<24} {account.department or '-':<22} "
            f"{account.sessions} sessions  {account.tokens} tokens  {', '.join(_state(account))}"
        )
    if not accounts:
        print("no accounts yet; make one: python app.py users add NAME --role admin")
    return 0


def _state(account: ListedAccount) -> list[str]:
    facts = {
        "disabled": account.disabled_at is not None,
        "locked": account.locked_until is not None and account.locked_until > _now(),
        "its area has no current unit": account.area_gone,
        "must change the password": account.must_change,
        "demo": account.demo,
    }
    return [text for text, holds in facts.items() if holds]


def run_disable(arguments: argparse.Namespace, context: Context) -> int:
    """Shut accounts out, all or none of those named."""
    if not arguments.names and not arguments.demo:
        print("error: name at least one account, or pass --demo", file=sys.stderr)
        return 2

    async def disable(conn: AsyncRows) -> list[str]:
        names = [*arguments.names, *(await enabled_demo_names(conn) if arguments.demo else ())]
        for name in names:
            account_id = await find_account_id(conn, name)
            before = await account_facts(conn, account_id)
            await disable_account(conn, account_id, _now())
            await record_account(conn, Action.ACCOUNT_DISABLED, account_id, before)
        return names

    _tell(context, {"disabled": in_one_transaction(context, disable)})
    return 0


def run_enable(arguments: argparse.Namespace, context: Context) -> int:
    """Let an account in again."""

    async def enable(conn: AsyncRows) -> None:
        account_id = await find_account_id(conn, arguments.name)
        before = await account_facts(conn, account_id)
        await enable_account(conn, account_id)
        await record_account(conn, Action.ACCOUNT_ENABLED, account_id, before)

    in_one_transaction(context, enable)
    _tell(context, {"enabled": [arguments.name]})
    return 0


def run_token(arguments: argparse.Namespace, context: Context) -> int:
    """Make a token and show it once."""
    new = NewToken(arguments.label, arguments.days, frozenset(arguments.scope) if arguments.scope else None)

    async def make(conn: AsyncRows) -> dict[str, object]:
        account_id = await find_account_id(conn, arguments.name)
        made = await make_token(conn, account_id, new, _now())
        more = {"token": made.id, "token_name": new.name, "scopes": new.scopes, "expires_at": made.expires_at}
        await record_account(conn, Action.TOKEN_MADE, account_id, await account_facts(conn, account_id), **more)
        return {"id": made.id, "token": made.text, "expires_at": made.expires_at.isoformat()}

    report = in_one_transaction(context, make)
    if context.as_json:
        print(json.dumps(report))
    else:
        context.say("token (shown this once; expires " + str(report["expires_at"]) + "):")
        print(report["token"])
    return 0


def _password(arguments: argparse.Namespace) -> tuple[str, bool]:
    """The password to set, and whether it was made here and has to be shown."""
    if arguments.password_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    return secrets.token_urlsafe(15), True


def _tell_password(context: Context, report: dict[str, object], done: str, password: str | None) -> None:
    if context.as_json:
        print(json.dumps(report | ({"password": password} if password else {}), ensure_ascii=False))
        return
    print(f"{done}: {report['name']}")
    if password:
        print(f"password (shown this once; has to be changed at the first sign-in): {password}")


def _tell(context: Context, report: dict[str, list[str]]) -> None:
    if context.as_json:
        print(json.dumps(report, ensure_ascii=False))
        return
    for done, names in report.items():
        print(f"{done}: {', '.join(names) or 'none'}")


def _now() -> datetime:
    return datetime.now(UTC)
