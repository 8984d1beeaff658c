"""How are zones proposed and checked from the command line?"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from dashboard.cli.context import Context
from dashboard.cli.progress import TerminalProgress
from data.zoning.errors import UnitFileInvalid
from data.zoning.plan_file import ZONE_FIELD, check_target, write_plan
from data.zoning.unit_file import UnitColumns, UnitFile, read_unit_file
from geo.zoning.check import check_plan
from geo.zoning.figures import plan_figures
from geo.zoning.problem import Wishes, ZoneRules, ZoningUnits
from geo.zoning.propose import Proposal, propose
from geo.zoning.refusal import Refusal
from geo.zoning.search import Progress
from geo.zoning.warm import warm_up

_PARTS = 100
_SAFETY_FACTOR, _SAFETY_S = 6.0, 20.0


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `zones propose` and `zones check`."""
    parser = commands.add_parser("zones", help="propose or check joint-defence zones")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_propose(actions)
    _add_check(actions)


def _add_propose(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser("propose", help="join adjacent, similar units of a polygon file into zones")
    parser.add_argument("--units", type=Path, required=True, metavar="FILE", help="polygons with their figures")
    parser.add_argument(
        "--attributes", type=_names, required=True, metavar="A,B,C", help="fields that make units alike"
    )
    number = parser.add_mutually_exclusive_group(required=True)
    number.add_argument("--zones", type=int, metavar="K", help="number of zones")
    number.add_argument("--floor", type=float, metavar="W", help="as many zones as possible, each with this workload")
    _add_columns(parser)
    _add_rules(parser)
    parser.add_argument("--compactness", type=float, default=0.2, help="weight of short borders (default %(default)s)")
    parser.add_argument("--spread", type=float, default=0.0, help="weight of even workload (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=3.0, help="CPU time to search (default %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="same seed, same plan (default %(default)s)")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"the units with their zone in the field {ZONE_FIELD}")
    parser.set_defaults(run=run_propose)


def _add_check(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser("check", help="check that a plan is a partition into contiguous zones within its rules")
    parser.add_argument("units", type=Path, metavar="FILE", help="units with the zone of each")
    parser.add_argument("--zone-field", default=ZONE_FIELD, metavar="F", help="field of the zone (default %(default)s)")
    parser.add_argument("--attributes", type=_names, default=(), metavar="A,B,C", help="fields for the ratio")
    parser.add_argument("--zones", type=int, metavar="K", help="number of zones that there must be")
    parser.add_argument("--floor", type=float, metavar="W", help="workload that each zone must have")
    _add_columns(parser)
    _add_rules(parser)
    parser.set_defaults(run=run_check)


def _add_columns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--layer", help="layer of a file with several")
    parser.add_argument("--id-field", metavar="F", help="field of the unit's id (default: number of the feature)")
    parser.add_argument("--workload", metavar="F", help="field of the unit's workload (default: each counts 1)")
    parser.add_argument("--fence", metavar="F", help="field that is the same throughout each zone, such as the county")
    parser.add_argument("--link", type=_ids, action="append", default=[], metavar="A,B", help="neighbours by a bridge")
    parser.add_argument(
        "--cut", type=_ids, action="append", default=[], metavar="A,B", help="neighbours across a river"
    )
    parser.add_argument("--json", action="store_true", help="report as JSON on standard output")


def _add_rules(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--balance", type=_balance, metavar="1.1", help="most workload of a zone, as times the mean")
    parser.add_argument("--least-members", type=int, default=1, metavar="N", help="fewest units of a zone")
    parser.add_argument("--most-members", type=int, metavar="N", help="most units of a zone")
    parser.add_argument("--together", type=_ids, action="append", default=[], metavar="A,B", help="units of one zone")
    parser.add_argument(
        "--apart", type=_ids, action="append", default=[], metavar="A,B", help="units never of one zone"
    )


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("at least one field name is needed")
    return names


def _ids(text: str) -> tuple[str, ...]:
    ids = tuple(name.strip() for name in text.split(","))
    if len(ids) < 2 or not all(ids):
        raise argparse.ArgumentTypeError(f"{text!r} does not name two or more units, such as 12,15")
    return ids


def _balance(text: str) -> float:
    try:
        tolerance = float(text) - 1
    except ValueError:
        tolerance = 0.0
    if not 0 < tolerance < np.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 1, such as 1.1 for ±10 %")
    return tolerance


@dataclass(slots=True)
class _Watch:
    """Shows how far the search is, and ends one that takes many times longer than agreed on."""

    progress: TerminalProgress
    most_s: float
    start_s: float = field(default_factory=time.process_time)

    def heard(self, progress: Progress) -> bool:
        """Take note."""
        self.progress.advance(int(progress.share * _PARTS), _PARTS)
        return time.process_time() - self.start_s < self.most_s


def run_propose(arguments: argparse.Namespace, context: Context) -> int:
    """Propose and write a plan; 1 where it is refused."""
    if arguments.out:
        check_target(arguments.out)
    rules = _rules(arguments, arguments.zones, arguments.floor)
    wishes = Wishes(arguments.compactness, arguments.spread)
    with TerminalProgress() as progress:
        progress.step("reading units and their borders")
        file = _read(arguments, None)
        progress.step("making the search ready")
        compile_s = _cpu_of(warm_up)
        progress.step("searching")
        watch = _Watch(progress, max(_SAFETY_FACTOR * arguments.seconds, _SAFETY_S))
        found = propose(file.units, rules, wishes, seed=arguments.seed, seconds=arguments.seconds, listener=watch)
        cpu_s = time.process_time() - watch.start_s
    if arguments.out and isinstance(found, Proposal):
        write_plan(arguments.out, file.source, found.zone)
    report = {**_report(found), "cpu_s": round(cpu_s, 3), "compile_s": round(compile_s, 3), "seed": arguments.seed}
    print(json.dumps(report, ensure_ascii=False) if context.as_json else "\n".join(_lines(report, arguments.out)))
    return 1 if isinstance(found, Refusal) else 0


def _cpu_of(act: Callable[[], object]) -> float:
    start = time.process_time()
    act()
    return time.process_time() - start


def _rules(arguments: argparse.Namespace, zones: int | None, floor: float | None) -> ZoneRules:
    return ZoneRules(
        zones=zones,
        floor=floor,
        tolerance=arguments.balance,
        least_members=arguments.least_members,
        most_members=arguments.most_members,
        together=tuple(arguments.together),
        apart=tuple((ids[k], other) for ids in arguments.apart for k in range(len(ids)) for other in ids[k + 1 :]),
    )


def _read(arguments: argparse.Namespace, zone_field: str | None) -> UnitFile:
    columns = UnitColumns(arguments.id_field, arguments.attributes, arguments.workload, arguments.fence, zone_field)
    file = read_unit_file(arguments.units, columns, arguments.layer)
    linked, cut = (
        _pairs(file.units, given, name) for given, name in ((arguments.link, "link"), (arguments.cut, "cut"))
    )
    graph = file.units.graph.with_links(*linked).without_pairs(*cut)
    return replace(file, units=replace(file.units, graph=graph))


def _pairs(units: ZoningUnits, given: list[tuple[str, ...]], option: str) -> tuple[np.ndarray, np.ndarray]:
    place = {unit: k for k, unit in enumerate(units.ids)}
    for unit in (unit for ids in given for unit in ids):
        if unit not in place:
            raise UnitFileInvalid(f"--{option}", "id", f"there is no unit {unit!r}.", "Name ids of the file's units.")
    pairs = np.array([(place[a], place[b]) for ids in given for a, b in pairwise(ids)], np.int64)
    return pairs.reshape(-1, 2)[:, 0], pairs.reshape(-1, 2)[:, 1]


def _report(found: Proposal | Refusal) -> dict[str, object]:
    if isinstance(found, Proposal):
        figures = {name: _rounded(value) for name, value in asdict(found.figures).items()}
        return {**figures, "refused": None, "added": list(found.added), "stopped": found.stopped}
    refused = {
        "rule": found.rule.value,
        "units": list(found.units),
        "reason": found.reason,
        "remedy": found.remedy,
        "nearest_tolerance": _rounded(found.nearest_tolerance),
    }
    empty = dict.fromkeys(("zones", "ratio", "contiguous", "workload_max_over_mean", "compactness"))
    return {**empty, "refused": refused}


def _rounded(value: object) -> object:
    return round(value, 6) if isinstance(value, float) else value


def _lines(report: dict[str, object], out: Path | None) -> list[str]:
    refused = report["refused"]
    if isinstance(refused, dict):
        return [f"refused ({refused['rule']}): {refused['reason']}", f"remedy: {refused['remedy']}"]
    shown = ("zones", "ratio", "compactness", "workload_max_over_mean", "least_members", "most_members", "cpu_s")
    lines = [f"{name.replace('_', ' '):<24}{report[name]}" for name in shown]
    if report["added"]:
        lines.append(f"joined to connect a group: {', '.join(report['added'])}")  # type: ignore[arg-type]  # ids
    if report["stopped"]:
        lines.append("stopped before the work agreed on was done, since this machine is much slower than usual")
    return [*lines, f"written: {out}"] if out else lines


def run_check(arguments: argparse.Namespace, context: Context) -> int:
    """Check and report; 1 where a rule is broken."""
    file = _read(arguments, arguments.zone_field)
    zone = file.zone()
    count = int(zone.max(initial=-1)) + 1
    zones = None if arguments.floor is not None else arguments.zones or max(count, 1)
    faults = check_plan(file.units, _rules(arguments, zones, arguments.floor), zone)
    report: dict[str, object] = {"zones": count, "faults": [asdict(fault) for fault in faults]}
    if (zone >= 0).all():
        figures = plan_figures(file.units, zone, Wishes())
        names = ("ratio", "contiguous", "workload_max_over_mean", "workload_min_over_mean", "compactness")
        report |= {name: _rounded(getattr(figures, name)) for name in names}
    if context.as_json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print("\n".join([fault.text for fault in faults] or [f"{count} zones, no fault"]))
    return 1 if faults else 0
