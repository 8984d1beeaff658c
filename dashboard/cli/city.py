"""How is a whole city loaded from its city file?"""

import argparse
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from dashboard.cli.context import Context, opened_database, ready_engine
from dashboard.cli.progress import TerminalProgress
from dashboard.cli.values import assignment
from data.importing.city_file import environment_parameters
from data.importing.city_load import CityReport, load_city
from data.release import release_ended
from data.reset import empty_city


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `load`."""
    parser = commands.add_parser(
        "load",
        help="load a whole city",
        description="Load levels, units, places and incidents that a city file describes (docs/city-file.md).",
    )
    parser.add_argument("city_file", type=Path, metavar="CITY.yaml")
    parser.add_argument("--set", action="append", default=[], type=assignment, metavar="NAME=VALUE", dest="parameters")
    parser.add_argument("--dry-run", action="store_true", help="do everything, report it, store nothing")
    parser.add_argument("--replace", action="store_true", help="first remove the city that the database holds")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the report as JSON, rejected rows beside it")
    parser.add_argument("--json", action="store_true", help="report as JSON on standard output")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Load and report; 1 where a row was rejected."""
    parameters = environment_parameters(os.environ) | dict(arguments.parameters)
    with opened_database(context) as url, ready_engine(url) as engine, TerminalProgress() as progress:
        if arguments.replace and not arguments.dry_run:
            with engine.begin() as connection:
                empty_city(connection.connection.driver_connection)  # type: ignore[arg-type]  # psycopg's own
        report = load_city(
            engine,
            arguments.city_file,
            now=datetime.now(UTC),
            rng=np.random.default_rng(0),
            dry_run=arguments.dry_run,
            parameters=parameters,
            progress=progress,
        )
        if not arguments.dry_run:
            release_ended(engine)
    if arguments.report:
        _write(report, arguments.report)
    print(json.dumps(report.as_json(), ensure_ascii=False, default=str) if context.as_json else _text(report))
    return 1 if _rejected(report) else 0


def _text(report: CityReport) -> str:
    return "\n".join([*report.lines(), f"{report.city}: done in {report.seconds} s"])


def _rejected(report: CityReport) -> bool:
    units = any(part.rejected for part in report.units)
    places = any(part.rejected for part in report.places)
    return units or places or any(part.rejected or part.conflict for part in report.incidents)


def _write(report: CityReport, path: Path) -> None:
    path.write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=2, default=str), encoding="utf-8")
    path.with_suffix(".rejected-units.csv").write_text(report.rejected_csv(), encoding="utf-8-sig")
    for part in report.incidents:
        part.write_rows(path.with_suffix(f".{part.dataset}.csv"))
