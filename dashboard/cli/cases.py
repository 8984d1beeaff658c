"""How are logs of cases checked, and the work calendar kept, from the command line?"""

import argparse
import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from dashboard.cli.context import Context, opened_database
from data.audit.entry import Action, Entry
from data.audit.record import record_now
from data.cases.calendar import CalendarYear, changed_past, read_csv, store_year
from data.cases.errors import RulesInvalid
from data.cases.rebuild import Difference, compare
from data.engine import AsyncDatabase, engine_for, libpq_url, psycopg_connection
from data.rollup import mark_breached

MOST_LINES = 100


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `cases check` and `cases calendar import`."""
    parser = commands.add_parser("cases", help="check logs of cases, keep the work calendar")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser(
        "check",
        help="build every case anew from its log and compare",
        description="State, time limits and calls are built from the events alone; exit code 1 where they differ.",
    )
    check.add_argument("--repair", action="store_true", help="bring the tables to what the logs say")
    check.add_argument("--json", action="store_true", help="report as JSON on standard output")
    check.set_defaults(run=run_check)
    calendar = actions.add_parser("calendar", help="holidays and make-up days")
    of_calendar = calendar.add_subparsers(dest="calendar", required=True, metavar="ACTION")
    importing = of_calendar.add_parser(
        "import",
        help="replace the holidays of a year",
        description="A CSV file with the columns day (YYYY-MM-DD), kind (off or on) and name, all of one year. "
        "Running time limits are worked out anew; days that are over cannot be changed.",
    )
    importing.add_argument("file", type=Path, metavar="YEAR.csv")
    importing.add_argument("--json", action="store_true", help="report as JSON on standard output")
    importing.set_defaults(run=run_import)


def run_check(arguments: argparse.Namespace, context: Context) -> int:
    """Compare and report; 1 where something differs and was not repaired."""
    with opened_database(context) as url:
        count, found = asyncio.run(_compare(url, repair=arguments.repair))
    report = {"cases": count, "repaired": arguments.repair, "differences": [asdict(one) for one in found[:MOST_LINES]]}
    lines = [_line(one) for one in found[:MOST_LINES]]
    lines.append(f"{count:,} cases with a log, {len(found):,} differences{' repaired' if arguments.repair else ''}")
    print(json.dumps(report, ensure_ascii=False) if context.as_json else "\n".join(lines))
    return 0 if arguments.repair or not found else 1


def run_import(arguments: argparse.Namespace, context: Context) -> int:
    """Store the year and work running limits out anew."""
    year = read_csv(arguments.file)
    with opened_database(context) as url:
        _store(url, year)
        _, found = asyncio.run(_compare(url, repair=True))
    off, on = (sum(day.kind == kind for day in year.days) for kind in ("off", "on"))
    report = {"year": year.year, "off": off, "on": on, "limits_changed": len(found)}
    text = f"{year.year}: {off} days off, {on} make-up days; {len(found):,} cases changed"
    print(json.dumps(report) if context.as_json else text)
    return 0


def _store(url: str, year: CalendarYear) -> None:
    engine = engine_for(url)
    with engine.begin() as connection:
        past = changed_past(connection, year)
        if past is not None:
            raise RulesInvalid(
                f"{past:%Y-%m-%d}",
                "The day is over, and limits were counted by what it was.",
                "Leave it as it is in the table.",
            )
        store_year(connection, year)
        days = {"days_off": sum(day.kind == "off" for day in year.days), "source": year.source}
        record_now(
            psycopg_connection(connection), Entry(Action.CALENDAR_CHANGED, "calendar", str(year.year), detail=days)
        )
    engine.dispose()


async def _compare(url: str, *, repair: bool) -> tuple[int, tuple[Difference, ...]]:
    with psycopg.connect(libpq_url(url)) as connection:
        mark_breached(connection)
    database = AsyncDatabase(url, min_size=1, max_size=1)
    await database.open()
    try:
        async with database.writing() as conn:
            return await compare(conn, datetime.now(UTC), repair=repair)
    finally:
        await database.close()


def _line(one: Difference) -> str:
    return (
        f"BAD  case {one.case_id}, {one.part}: {one.stored or 'nothing'} is stored; {one.follows or 'nothing'} follows"
    )
