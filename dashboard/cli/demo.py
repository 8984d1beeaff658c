"""How is the demo city loaded from the command line?"""

import argparse
import json
from dataclasses import asdict
from datetime import UTC, datetime

from dashboard.cli.context import Context, opened_database, ready_engine
from dashboard.cli.progress import TerminalProgress
from data.demo.load import load_demo


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `demo`."""
    parser = commands.add_parser("demo", help="load the demo city", description="Load the fictional demo city.")
    parser.add_argument("--seed", type=int, default=7, help="same seed, same city (default %(default)s)")
    parser.add_argument("--days", type=int, default=365, help="days of incidents (default %(default)s)")
    parser.add_argument("--incidents", type=int, default=200_000, help="number of incidents (default %(default)s)")
    parser.add_argument("--reset", action="store_true", help="replace the city that the database holds")
    parser.add_argument("--json", action="store_true", help="report as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Load it and tell what was loaded."""
    with opened_database(context) as url, ready_engine(url) as engine, TerminalProgress() as progress:
        report = load_demo(
            engine,
            now=datetime.now(UTC),
            progress=progress,
            seed=arguments.seed,
            days=arguments.days,
            count=arguments.incidents,
            reset=arguments.reset,
        )
    if context.as_json:
        print(json.dumps(asdict(report), ensure_ascii=False))
    else:
        print(
            f"{report.city}: {report.units:,} units, {report.places:,} places, {report.incidents:,} incidents, "
            f"{report.unassigned:,} of them in no grid"
        )
    return 0
