"""How are risks of past cases judged anew, and the rules kept, from the command line?"""

import argparse
import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg

from dashboard.cli.context import Context, opened_database
from data.audit.entry import Action, Entry
from data.audit.record import record_now
from data.engine import libpq_url
from data.risk.errors import RiskRulesInvalid
from data.risk.recompute import Recomputed, recompute
from data.risk.rule_file import read_rule_file, write_rules
from data.risk.rule_store import RuleSet, import_rules, newest_rules


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `risks judge`, `risks rules export` and `risks rules import`."""
    parser = commands.add_parser("risks", help="judge risks of cases, keep the rules")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_judge(actions)
    rules = actions.add_parser("rules", help="the rules in force")
    of_rules = rules.add_subparsers(dest="rules", required=True, metavar="ACTION")
    exporting = of_rules.add_parser("export", help="write the rules in force to a file, to be edited")
    exporting.add_argument("file", type=Path, metavar="RULES.yaml")
    exporting.set_defaults(run=run_export)
    importing = of_rules.add_parser(
        "import",
        help="put the rules of a file into force",
        description="Every entry is proven first. Verdicts of before stay; all open cases are judged anew.",
    )
    importing.add_argument("file", type=Path, metavar="RULES.yaml")
    importing.add_argument("--json", action="store_true", help="report as JSON on standard output")
    importing.set_defaults(run=run_import)


def _add_judge(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    judging = actions.add_parser(
        "judge",
        help="judge the cases of some days anew",
        description="Compares with the stored verdicts and stores what differs. With --dry-run, or other rules by "
        "--rules, nothing is stored.",
    )
    judging.add_argument("--from", dest="first", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD")
    judging.add_argument("--to", dest="last", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD")
    judging.add_argument("--dry-run", action="store_true", help="compare only")
    judging.add_argument("--rules", type=Path, metavar="RULES.yaml", help="try the rules of a file; compare only")
    judging.add_argument("--json", action="store_true", help="report as JSON on standard output")
    judging.set_defaults(run=run_judge)


def run_judge(arguments: argparse.Namespace, context: Context) -> int:
    """Judge and report."""
    now, tried = datetime.now(UTC), None if arguments.rules is None else read_rule_file(arguments.rules)
    is_dry = arguments.dry_run or tried is not None
    with opened_database(context) as url, psycopg.connect(libpq_url(url)) as connection:
        kept = _in_force(connection)
        rules = tried or kept.rules
        found = recompute(connection, arguments.first, arguments.last, rules, now, rule_set=None if is_dry else kept)
        if not is_dry:
            days = {"from": arguments.first.isoformat(), "to": arguments.last.isoformat()}
            detail = days | {"cases": found.cases, "changed": found.changed, "raised": found.raised}
            record_now(connection, Entry(Action.RISKS_JUDGED, "risks", detail=detail))
    report = asdict(found) | {"rules": rules.version, "dry_run": is_dry}
    print(json.dumps(report, ensure_ascii=False) if context.as_json else _text(found, rules.version, is_dry=is_dry))
    return 0


def run_export(arguments: argparse.Namespace, context: Context) -> int:
    """Write the rules in force to a file."""
    with opened_database(context) as url, psycopg.connect(libpq_url(url)) as connection:
        kept = _in_force(connection)
    try:
        arguments.file.write_text(write_rules(kept.rules), encoding="utf-8")
    except OSError as error:
        cause = f"It cannot be written ({error.strerror})."
        raise RiskRulesInvalid(str(arguments.file), cause, "Name another.") from error
    print(f"{len(kept.rules.rules)} rules, version {kept.rules.version}, written to {arguments.file}")
    return 0


def run_import(arguments: argparse.Namespace, context: Context) -> int:
    """Put the rules of a file into force."""
    rules = read_rule_file(arguments.file)
    with opened_database(context) as url, psycopg.connect(libpq_url(url)) as connection:
        before = newest_rules(connection)
        kept = import_rules(connection, rules)
        is_new = before is None or before.id != kept.id
        if is_new:
            was = None if before is None else {"version": before.rules.version, "rules": len(before.rules.rules)}
            now = {"version": rules.version, "rules": len(rules.rules)}
            record_now(connection, Entry(Action.RISK_RULES_CHANGED, "risk_rules", before=was, after=now))
    report = {"version": rules.version, "rules": len(rules.rules), "changed": is_new}
    text = f"{len(rules.rules)} rules, version {rules.version}, {'now in force' if is_new else 'in force already'}"
    print(json.dumps(report) if context.as_json else text)
    return 0


def _in_force(connection: psycopg.Connection) -> RuleSet:
    kept = newest_rules(connection)
    if kept is None:
        raise RiskRulesInvalid("rules", "None are stored yet.", "Start the program once, or import a file of rules.")
    return kept


def _text(found: Recomputed, version: str, *, is_dry: bool) -> str:
    lines = [f"{name:<24} {n:>8,}" for name, n in found.by_rule.items() if n]
    did = "would change" if is_dry else "changed"
    lines.append(
        f"{found.cases:,} cases by rules {version}: {found.major:,} major ({found.was_major:,} stored as major), "
        f"{found.changed:,} verdicts {did}, {found.raised:,} alerts raised"
    )
    return "\n".join(lines)
