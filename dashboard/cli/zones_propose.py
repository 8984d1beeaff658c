"""How are zones proposed from the command line, for units of a file or of the database?"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from dashboard.cli.context import Context
from dashboard.cli.progress import TerminalProgress
from dashboard.cli.zones_city import add_city, read_city_units
from dashboard.cli.zones_options import Sought, add_columns, add_rules, names, read_units, rounded, rules_of
from data.zoning.errors import UnitFileInvalid
from data.zoning.plan_file import ZONE_FIELD, check_target, write_plan
from geo.zoning.plan_hash import plan_hash
from geo.zoning.problem import Wishes
from geo.zoning.propose import Proposal, propose
from geo.zoning.refusal import Refusal
from geo.zoning.search import Progress
from geo.zoning.stable_plan import propose_stable
from geo.zoning.warm import warm_up

_PARTS = 100
_SAFETY_FACTOR, _SAFETY_S = 6.0, 20.0


def add_propose(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `zones propose`."""
    parser = actions.add_parser("propose", help="join adjacent, similar units into zones")
    parser.add_argument("--units", type=Path, metavar="FILE", help="polygons with their figures, without a database")
    parser.add_argument("--attributes", type=names, default=(), metavar="A,B,C", help="fields that make units alike")
    number = parser.add_mutually_exclusive_group(required=True)
    number.add_argument("--zones", type=int, metavar="K", help="number of zones")
    number.add_argument("--floor", type=float, metavar="W", help="as many zones as possible, each with this workload")
    add_city(parser)
    add_columns(parser)
    add_rules(parser)
    parser.add_argument("--compactness", type=float, default=0.2, help="weight of short borders (default %(default)s)")
    parser.add_argument("--spread", type=float, default=0.0, help="weight of even workload (default %(default)s)")
    parser.add_argument(
        "--stable", action="store_true", help="the plan that plans under other weights of the attributes agree on most"
    )
    parser.add_argument("--seconds", type=float, default=3.0, help="CPU time to search (default %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="same seed, same plan (default %(default)s)")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"the units with their zone in the field {ZONE_FIELD}")
    parser.set_defaults(run=run_propose)


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
    _check(arguments)
    with TerminalProgress() as progress:
        progress.step("reading units and their borders")
        sought = read_city_units(arguments, context) if arguments.units is None else _of_file(arguments)
        rules = rules_of(arguments, arguments.zones, arguments.floor)
        progress.step("making the search ready")
        compile_s = _cpu_of(warm_up)
        progress.step("searching")
        watch = _Watch(progress, max(_SAFETY_FACTOR * arguments.seconds, _SAFETY_S))
        seed, seconds = arguments.seed, arguments.seconds
        search = propose_stable if arguments.stable else propose
        found = search(sought.units, rules, sought.wishes, seed=seed, seconds=seconds, listener=watch)
        cpu_s = time.process_time() - watch.start_s
    if arguments.out and isinstance(found, Proposal):
        write_plan(arguments.out, sought.source(found.zone), found.zone)
    report = {
        **_report(found),
        "cpu_s": round(cpu_s, 3),
        "compile_s": round(compile_s, 3),
        "seed": seed,
        **sought.facts,
    }
    if isinstance(found, Proposal):
        report["sha256"] = plan_hash(sought.units.ids, found.zone)
    print(json.dumps(report, ensure_ascii=False) if context.as_json else "\n".join(_lines(report, arguments.out)))
    return 1 if isinstance(found, Refusal) else 0


def _check(arguments: argparse.Namespace) -> None:
    """Refuse what does not go together before anything is read.

    Raises:
        UnitFileInvalid: Neither a file nor a level of the database is named, or both, or the result cannot be written.
    """
    if arguments.out:
        check_target(arguments.out)
    if (arguments.units is None) == (not arguments.base):
        cause = "it is not said which units are to be joined, or it is said twice."
        remedy = "Give --units FILE, or --base LEVEL (and --within CODE) for units of the database."
        raise UnitFileInvalid("zones propose", "units", cause, remedy)
    if arguments.units is not None and not arguments.attributes:
        raise UnitFileInvalid(
            str(arguments.units), "attributes", "no fields are named that make units alike.", "Add --attributes A,B,C."
        )
    if arguments.units is None and (arguments.attributes or arguments.layer or arguments.id_field):
        cause = "units of the database are compared by their problem profile, not by fields."
        raise UnitFileInvalid("zones propose", "attributes", cause, "Leave out --attributes, --layer and --id-field.")


def _of_file(arguments: argparse.Namespace) -> Sought:
    file = read_units(arguments, None)
    return Sought(file.units, Wishes(arguments.compactness, arguments.spread), lambda _: file.source)


def _cpu_of(act: Callable[[], object]) -> float:
    start = time.process_time()
    act()
    return time.process_time() - start


def _report(found: Proposal | Refusal) -> dict[str, object]:
    if isinstance(found, Proposal):
        figures = {name: rounded(value) for name, value in asdict(found.figures).items()}
        return {**figures, "refused": None, "added": list(found.added), "stopped": found.stopped}
    refused = {
        "rule": found.rule.value,
        "units": list(found.units),
        "reason": found.reason,
        "remedy": found.remedy,
        "nearest_tolerance": rounded(found.nearest_tolerance),
        "relaxation": None if found.relaxation is None else asdict(found.relaxation),
    }
    empty = dict.fromkeys(("zones", "ratio", "contiguous", "workload_max_over_mean", "compactness"))
    return {**empty, "refused": refused}


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
