"""How are incidents imported and exported from the command line?"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from dashboard.cli.context import Context, opened_database, ready_engine
from dashboard.cli.progress import TerminalProgress
from dashboard.cli.values import day
from data.audit.entry import Action, Entry
from data.audit.record import record_now
from data.engine import psycopg_connection
from data.importing.incident_export import FORMATS, export_incidents
from data.importing.incident_import import IncidentSource, import_incidents
from data.importing.incident_mapping import IncidentMapping
from data.importing.mapping_file import load_mapping, preset_mapping, preset_names
from data.release import release_ended


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `incidents import` and `incidents export`."""
    parser = commands.add_parser("incidents", help="import or export incidents")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_import(actions)
    _add_export(actions)


def _add_import(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser("import", help="import CSV, Excel, GeoJSON, JSON or Parquet")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    mapping = parser.add_mutually_exclusive_group(required=True)
    mapping.add_argument("--map", type=Path, metavar="M.yaml", help="what the columns mean (docs/incident-mapping.md)")
    mapping.add_argument("--preset", choices=preset_names(), help="a mapping that ships with the program")
    parser.add_argument("--dataset", help="key of the data set; default: name of the first file")
    parser.add_argument("--crs", default="auto", help="auto, wgs84, gcj02, bd09, mercator or EPSG:number")
    parser.add_argument("--update", action="store_true", help="a known id with another content replaces what is stored")
    parser.add_argument("--dry-run", action="store_true", help="do everything, report it, store nothing")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write the report as JSON, rows with issues beside it"
    )
    parser.add_argument("--json", action="store_true", help="report as JSON on standard output")
    parser.set_defaults(run=run_import)


def _add_export(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser("export", help="write incidents to a file")
    parser.add_argument("file", type=Path, metavar="FILE", help="its ending tells the format")
    parser.add_argument("--format", choices=FORMATS, help="csv, geojson or parquet")
    parser.add_argument("--unit", metavar="CODE", help="only incidents in this unit")
    parser.add_argument("--from", type=day, dest="first", metavar="DATE", help="first day")
    parser.add_argument("--to", type=day, dest="last", metavar="DATE", help="last day")
    parser.set_defaults(run=run_export)


def run_import(arguments: argparse.Namespace, context: Context) -> int:
    """Import and report; 1 where a row was rejected or in conflict."""
    dataset = arguments.dataset or arguments.files[0].stem
    source = IncidentSource(tuple(arguments.files), _mapping(arguments), dataset)
    with opened_database(context) as url, ready_engine(url) as engine, TerminalProgress() as progress:
        report = import_incidents(
            engine,
            source,
            now=datetime.now(UTC),
            rng=np.random.default_rng(0),
            crs=arguments.crs,
            dry_run=arguments.dry_run,
            update=arguments.update,
            progress=progress,
        )
        if not arguments.dry_run:
            release_ended(engine)
    if arguments.report:
        arguments.report.write_text(report.to_json(), encoding="utf-8")
        report.write_rows(arguments.report.with_suffix(".rows.csv"))
    print(report.to_json() if context.as_json else report.to_text())
    return 1 if report.rejected or report.conflict else 0


def _mapping(arguments: argparse.Namespace) -> IncidentMapping:
    return preset_mapping(arguments.preset) if arguments.preset else load_mapping(arguments.map)


def run_export(arguments: argparse.Namespace, context: Context) -> int:
    """Write the file and say how many incidents it holds."""
    with opened_database(context) as url, ready_engine(url) as engine:
        _record_export(engine, arguments)
        written = export_incidents(
            engine,
            arguments.file,
            unit=arguments.unit,
            first_day=arguments.first,
            last_day=arguments.last,
            file_format=arguments.format,
        )
    context.say(f"{written:,} incidents written to {arguments.file}")
    return 0


def _record_export(engine: Engine, arguments: argparse.Namespace) -> None:
    """Before the file is there: data that left must never lack its entry."""
    detail = {"file": arguments.file.name, "unit": arguments.unit, "from": arguments.first, "to": arguments.last}
    with engine.begin() as connection:
        record_now(psycopg_connection(connection), Entry(Action.EXPORTED, "incidents", detail=detail))
