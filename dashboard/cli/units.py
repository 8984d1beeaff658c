"""How are polygons imported and checked from the command line?"""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from dashboard.cli.context import Context, opened_database, ready_engine
from dashboard.cli.progress import TerminalProgress
from dashboard.cli.values import day
from data.importing.row_filter import RowFilter
from data.importing.unit_check import UnitCheck, check_unit_file, check_units
from data.importing.unit_import import import_units
from data.importing.unit_report import rejected_csv
from data.importing.unit_source import ParentRule, UnitFields, UnitSource
from geo.division import DivisionLimits

MOST_LINES = 60


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `units import` and `units check`."""
    parser = commands.add_parser("units", help="import or check polygons")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_import(actions)
    _add_check(actions)


def _add_import(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser("import", help="import the polygons of one level")
    _add_source(parser, required=True)
    parser.add_argument("--valid-from", type=day, metavar="DATE", help="first day of these borders")
    parser.add_argument("--dry-run", action="store_true", help="do everything, report it, store nothing")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the report as JSON, rejected rows beside it")
    parser.add_argument("--json", action="store_true", help="report as JSON on standard output")
    parser.set_defaults(run=run_import)


def _add_check(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser("check", help="division check of the database, or of a file before its import")
    _add_source(parser, required=False)
    parser.add_argument("--households", type=int, default=300, help="most households of a grid (default %(default)s)")
    parser.add_argument("--geojson", type=Path, metavar="FILE", help="write the problem areas")
    parser.add_argument("--json", action="store_true", help="report as JSON on standard output")
    parser.set_defaults(run=run_check)


def _add_source(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument("file", type=Path, nargs=None if required else "?", metavar="FILE")
    parser.add_argument("--level", required=required, action="append", help="key of the level")
    parser.add_argument("--layer", help="layer of a file with several")
    parser.add_argument("--where", type=RowFilter, help='which features, such as "level == 6"')
    parser.add_argument("--crs", help="auto, wgs84, gcj02, bd09 or EPSG:number; default: what the file says")
    for name in UnitFields.__slots__:
        parser.add_argument(f"--{name.replace('_', '-')}-field", metavar="NAME", help=f"attribute with the {name}")
    parser.add_argument("--parent", type=ParentRule, choices=list(ParentRule), help="how units find their parent")


def _source(arguments: argparse.Namespace) -> UnitSource:
    fields = UnitFields(**{name: getattr(arguments, f"{name}_field") for name in UnitFields.__slots__})
    by_default = ParentRule.FIELD if fields.parent else ParentRule.LOCATION
    return UnitSource(
        path=arguments.file,
        layer=arguments.layer,
        where=arguments.where,
        crs=arguments.crs,
        fields=fields,
        parent=arguments.parent or by_default,
    )


def run_import(arguments: argparse.Namespace, context: Context) -> int:
    """Import and report; 1 where a feature was rejected."""
    with opened_database(context) as url, ready_engine(url) as engine, TerminalProgress() as progress:
        report = import_units(
            engine,
            _source(arguments),
            level=arguments.level[-1],
            now=datetime.now(UTC),
            valid_from=arguments.valid_from,
            dry_run=arguments.dry_run,
            progress=progress,
        )
    if arguments.report:
        text = json.dumps(report.as_json(), ensure_ascii=False, indent=2, default=str)
        arguments.report.write_text(text, encoding="utf-8")
        arguments.report.with_suffix(".rejected.csv").write_text(rejected_csv(report.rejected), encoding="utf-8-sig")
    as_json = json.dumps(report.as_json(), ensure_ascii=False, default=str)
    print(as_json if context.as_json else "\n".join(report.lines()))
    return 1 if report.rejected else 0


def run_check(arguments: argparse.Namespace, context: Context) -> int:
    """Check and report; 1 where a fault was found."""
    check = _check(arguments, context)
    if arguments.geojson:
        arguments.geojson.write_text(json.dumps(check.as_geojson(), ensure_ascii=False), encoding="utf-8")
    print(json.dumps(check.as_json(), ensure_ascii=False) if context.as_json else _screenful(check))
    return 1 if check.findings or check.rejected else 0


def _screenful(check: UnitCheck) -> str:
    """Totals and the first findings; thousands of lines would push the totals off the screen."""
    lines = check.lines()
    rest = len(lines) - MOST_LINES
    more = [f"… and {rest:,} more: --json lists all, --geojson FILE draws them"] if rest > 0 else []
    return "\n".join([*lines[:MOST_LINES], *more])


def _check(arguments: argparse.Namespace, context: Context) -> UnitCheck:
    limits = DivisionLimits(most_households=arguments.households)
    if arguments.file is not None:
        level = arguments.level[-1] if arguments.level else "units"
        return check_unit_file(_source(arguments), level=level, limits=limits)
    with opened_database(context) as url, ready_engine(url) as engine:
        return check_units(engine, arguments.level, limits)
