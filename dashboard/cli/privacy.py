"""How is personal data masked in texts that were stored by an earlier version?"""

import argparse
import json

import psycopg

from dashboard.cli.context import Context, opened_database, ready_engine
from data.engine import libpq_url
from data.privacy.stored_texts import mask_stored_texts


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `privacy mask`."""
    parser = commands.add_parser("privacy", help="mask personal data in stored texts")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    masking = actions.add_parser("mask", help="mask what was stored before; broken off, run it again")
    masking.add_argument("--json", action="store_true", help="report as JSON")
    masking.set_defaults(run=run_mask)


def run_mask(_arguments: argparse.Namespace, context: Context) -> int:
    """Mask and report."""
    with opened_database(context) as url, ready_engine(url), psycopg.connect(libpq_url(url)) as connection:
        done = mask_stored_texts(connection)
    report = {"incidents": done.looked_at, "rows_changed": done.changed, "masked": dict(done.counts)}
    if context.as_json:
        print(json.dumps(report))
    else:
        kinds = ", ".join(f"{kind} {count}" for kind, count in done.counts.items()) or "nothing"
        print(f"{done.looked_at:,} incidents read, {done.changed:,} rows changed; masked: {kinds}")
    return 0
