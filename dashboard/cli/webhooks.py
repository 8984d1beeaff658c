"""How are webhooks managed from the command line?"""

import argparse
import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

from dashboard.cli.account_work import in_one_transaction
from dashboard.cli.context import Context
from data.audit.entry import Action, Entry
from data.audit.record import record
from data.engine import AsyncRows
from data.webhooks.hook import (
    TEST_BODY,
    NewHook,
    add_hook,
    find_hook,
    list_dead,
    list_hooks,
    remove_hook,
    retry_dead,
)
from data.webhooks.secret import SecretSeal
from data.webhooks.sending import Letter, Result, send

Run = Callable[[argparse.Namespace, Context], int]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `webhooks add`, `list`, `remove`, `test`, `dead` and `retry`."""
    parser = commands.add_parser("webhooks", help="programs that are told of events of cases")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _declare_add(_declare(actions, "add", "add a webhook; its secret is shown once", run_add))
    _declare(actions, "list", "list webhooks and how their messages stand", run_list)
    _declare(actions, "remove", "remove a webhook and what waits for it", run_remove).add_argument("id", type=int)
    _declare(actions, "test", "send a test message now; exit code 1 where it does not arrive", run_test).add_argument(
        "id", type=int
    )
    _declare(actions, "dead", "list messages that were given up", run_dead).add_argument("id", type=int)
    retry = _declare(actions, "retry", "let messages that were given up wait again", run_retry)
    retry.add_argument("id", type=int)
    retry.add_argument("--delivery", type=int, metavar="N", help="only this message")


def _declare(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str, run: Run
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=text.capitalize() + ".")
    parser.add_argument("--json", action="store_true", help="report as JSON")
    parser.set_defaults(run=run)
    return parser


def _declare_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("url", metavar="URL")
    parser.add_argument("--account", required=True, metavar="NAME", help="told is what this account may see")
    parser.add_argument("--act", action="append", default=[], metavar="ACT", help="only these acts; may be repeated")
    parser.add_argument(
        "--class", action="append", default=[], dest="classes", metavar="CODE", help="only these classes"
    )
    parser.add_argument("--unit", default="", metavar="CODE", help="only cases in this unit")
    parser.add_argument(
        "--allow-private", action="store_true", help="it may lie on this machine or in a private network"
    )


def run_add(arguments: argparse.Namespace, context: Context) -> int:
    """Add a webhook and show its secret once."""
    new = NewHook(
        arguments.name,
        arguments.url,
        arguments.account,
        tuple(arguments.act),
        tuple(arguments.classes),
        arguments.unit,
        arguments.allow_private,
    )

    async def work(conn: AsyncRows) -> dict[str, object]:
        made, secret = await add_hook(conn, new, SecretSeal(context.settings.secret_key), _now())
        detail = {"name": new.name, "url": new.url, "account": new.account}
        await record(conn, Entry(Action.WEBHOOK_ADDED, "webhook", str(made), detail=detail))
        return {"id": made, "secret": secret}

    report = in_one_transaction(context, work)
    if context.as_json:
        print(json.dumps(report))
    else:
        context.say(f"webhook {report['id']} added; its secret (shown this once):")
        print(report["secret"])
    return 0


def run_list(_arguments: argparse.Namespace, context: Context) -> int:
    """All webhooks."""
    hooks = in_one_transaction(context, list_hooks)
    if context.as_json:
        print(json.dumps([asdict(hook) for hook in hooks], ensure_ascii=False, default=datetime.isoformat))
        return 0
    for hook in hooks:
        trouble = f"  trouble: {hook.trouble}" if hook.trouble else ""
        print(
            f"{hook.id:>4}  {hook.name:<20} {hook.url}  as {hook.account}  {hook.waiting:,} waiting, "
            f"{hook.dead:,} dead{trouble}"
        )
    if not hooks:
        print("no webhooks yet; add one: python app.py webhooks add NAME URL --account NAME")
    return 0


def run_remove(arguments: argparse.Namespace, context: Context) -> int:
    """Remove a webhook."""

    async def work(conn: AsyncRows) -> None:
        hook = await remove_hook(conn, arguments.id)
        await record(conn, Entry(Action.WEBHOOK_REMOVED, "webhook", str(hook.id), detail={"name": hook.name}))

    in_one_transaction(context, work)
    print(json.dumps({"removed": arguments.id}) if context.as_json else f"removed: {arguments.id}")
    return 0


def run_test(arguments: argparse.Namespace, context: Context) -> int:
    """Send a test message from here."""
    hook = in_one_transaction(context, lambda conn: find_hook(conn, arguments.id))
    secret = SecretSeal(context.settings.secret_key).open(hook.sealed_secret, hook.name)
    letter = Letter(0, hook.url, secret, TEST_BODY.encode(), hook.allow_private)
    result: Result = asyncio.run(send(letter, _now()))
    text = f"not arrived: {result.trouble}" if result.trouble else f"arrived: status {result.status}"
    print(json.dumps(asdict(result)) if context.as_json else text)
    return 1 if result.trouble else 0


def run_dead(arguments: argparse.Namespace, context: Context) -> int:
    """Messages that were given up."""
    dead = in_one_transaction(context, lambda conn: list_dead(conn, arguments.id))
    if context.as_json:
        print(json.dumps([asdict(one) for one in dead], default=datetime.isoformat))
        return 0
    for one in dead:
        print(
            f"{one.id:>8}  case {one.incident_id or '-'} event {one.seq or '-'}  {one.tries} tries  "
            f"given up {one.ended_at.isoformat(timespec='minutes')}  {one.trouble or ''}"
        )
    if not dead:
        print("none")
    return 0


def run_retry(arguments: argparse.Namespace, context: Context) -> int:
    """Let messages wait again."""

    async def work(conn: AsyncRows) -> int:
        count = await retry_dead(conn, arguments.id, _now(), arguments.delivery)
        await record(conn, Entry(Action.WEBHOOK_RETRIED, "webhook", str(arguments.id), detail={"messages": count}))
        return count

    count = in_one_transaction(context, work)
    print(json.dumps({"waiting": count}) if context.as_json else f"{count:,} messages wait again")
    return 0


def _now() -> datetime:
    return datetime.now(UTC)
