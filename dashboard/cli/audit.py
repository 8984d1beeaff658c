"""How is the audit log verified from the command line?"""

import argparse
import json

import psycopg

from dashboard.cli.context import Context, opened_database
from dashboard.cli.progress import TerminalProgress
from data.audit.chain import chain_key
from data.audit.check import verified_entry
from data.audit.findings import Verification
from data.audit.record import record_now
from data.audit.verify import UNSEALED_AFTER_S, parse_head, verify
from data.engine import libpq_url

MOST_LINES = 100


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `audit verify`."""
    parser = commands.add_parser("audit", help="verify the audit log")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser(
        "verify",
        help="find any entry that was edited, removed, put in or moved",
        description="Walk along the whole chain; exit code 1 where something is wrong, which is named.",
    )
    check.add_argument("--head", metavar="NUMBER:HASH", help="a head noted down before, which has to be there still")
    check.add_argument(
        "--unsealed-after",
        type=float,
        default=UNSEALED_AFTER_S,
        metavar="SECONDS",
        help="name entries that wait longer for their seal (default %(default)s)",
    )
    check.add_argument("--json", action="store_true", help="report as JSON on standard output")
    check.set_defaults(run=run_verify)


def run_verify(arguments: argparse.Namespace, context: Context) -> int:
    """Verify and report; 1 where something is wrong."""
    noted = parse_head(arguments.head) if arguments.head else None
    with opened_database(context) as url, psycopg.connect(libpq_url(url), autocommit=True) as connection:
        with TerminalProgress() as progress:
            progress.step("audit log")
            result = verify(
                connection,
                chain_key(context.settings.secret_key),
                noted=noted,
                unsealed_after_s=arguments.unsealed_after,
                progress=progress.advance,
            )
        record_now(connection, verified_entry(result))
    print(json.dumps(result.as_json(), ensure_ascii=False) if context.as_json else _text(result))
    return 0 if result.is_whole else 1


def _text(result: Verification) -> str:
    lines = [f"BAD  {finding.text}" for finding in result.findings[:MOST_LINES]]
    if len(result.findings) > MOST_LINES:
        lines.append(f"… and {len(result.findings) - MOST_LINES:,} more: --json lists them")
    keyed = "all made with the key" if result.keyed == result.sealed else f"{result.keyed:,} made with the key"
    lines.append(
        f"{'ok  ' if result.is_whole else 'BAD '} {result.sealed:,} entries sealed, {keyed}; {result.waiting} wait; "
        f"{result.dropped:,} of them dropped by retention"
    )
    lines.append(f"head {result.head}")
    lines.append("     Note the head down elsewhere; audit verify --head proves later that it is still in the chain.")
    return "\n".join(lines)
