"""How are plans of zones checked from the command line, and what else can be done with them?"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from dashboard.cli.context import Context
from dashboard.cli.zones_files import add_database, add_files, is_of_database, run_check_file, settled
from dashboard.cli.zones_options import add_columns, add_rules, names, read_units, rounded, rules_of
from dashboard.cli.zones_propose import add_propose
from data.zoning.plan_file import ZONE_FIELD
from geo.zoning.check import check_plan
from geo.zoning.figures import plan_figures
from geo.zoning.problem import Wishes


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `zones propose` and `zones check`."""
    parser = commands.add_parser("zones", help="propose or check joint-defence zones")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_propose(actions)
    _add_check(actions)
    add_files(actions)


def _add_check(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser("check", help="check that a plan is a partition into contiguous zones within its rules")
    parser.add_argument("units", type=Path, metavar="FILE", help="units with the zone of each")
    parser.add_argument("--zone-field", default=ZONE_FIELD, metavar="F", help="field of the zone (default %(default)s)")
    parser.add_argument("--attributes", type=names, default=(), metavar="A,B,C", help="fields for the ratio")
    parser.add_argument("--zones", type=int, metavar="K", help="number of zones that there must be")
    parser.add_argument("--floor", type=float, metavar="W", help="workload that each zone must have")
    add_columns(parser)
    add_rules(parser)
    add_database(parser)
    parser.set_defaults(run=run_check)


def run_check(arguments: argparse.Namespace, context: Context) -> int:
    """Check and report; 1 where a rule is broken."""
    if is_of_database(arguments):
        return run_check_file(arguments, context)
    file = read_units(settled(arguments), arguments.zone_field)
    zone = file.zone()
    count = int(zone.max(initial=-1)) + 1
    zones = None if arguments.floor is not None else arguments.zones or max(count, 1)
    faults = check_plan(file.units, rules_of(arguments, zones, arguments.floor), zone)
    report: dict[str, object] = {"zones": count, "faults": [asdict(fault) for fault in faults]}
    if (zone >= 0).all():
        figures = plan_figures(file.units, zone, Wishes())
        shown = ("ratio", "contiguous", "workload_max_over_mean", "workload_min_over_mean", "compactness")
        report |= {name: rounded(getattr(figures, name)) for name in shown}
    if context.as_json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print("\n".join([fault.text for fault in faults] or [f"{count} zones, no fault"]))
    return 1 if faults else 0
