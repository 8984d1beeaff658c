"""Which options do proposals and checks of zones share, and what do they mean for units of a file?"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from data.importing.polygon_feature import PolygonFile
from data.zoning.errors import UnitFileInvalid
from data.zoning.unit_file import UnitColumns, UnitFile, read_unit_file
from geo.zoning.graph import Ints
from geo.zoning.problem import Wishes, ZoneRules, ZoningUnits


@dataclass(frozen=True, slots=True)
class Sought:
    """What a plan is looked for.

    Attributes:
        units: to be joined.
        wishes: what zones should be like.
        source: the polygons that a plan (the zone of each unit) is written with.
        facts: what the report says besides.
    """

    units: ZoningUnits
    wishes: Wishes
    source: Callable[[Ints], PolygonFile]
    facts: Mapping[str, object] = field(default_factory=dict)


def add_columns(parser: argparse.ArgumentParser) -> None:
    """Declare which field of a file holds what, and links and cuts by hand."""
    parser.add_argument("--layer", help="layer of a file with several")
    parser.add_argument("--id-field", metavar="F", help="field of the unit's id (default: number of the feature)")
    parser.add_argument("--workload", metavar="F", help="field of the unit's workload (default: each counts 1)")
    parser.add_argument("--fence", metavar="F", help="field that is the same throughout each zone, such as the county")
    parser.add_argument("--link", type=ids, action="append", default=[], metavar="A,B", help="neighbours by a bridge")
    parser.add_argument("--cut", type=ids, action="append", default=[], metavar="A,B", help="neighbours across a river")
    parser.add_argument("--json", action="store_true", help="report as JSON on standard output")


def add_rules(parser: argparse.ArgumentParser) -> None:
    """Declare the hard rules."""
    parser.add_argument("--balance", type=balance, metavar="1.1", help="most workload of a zone, as times the mean")
    parser.add_argument("--least-members", type=int, default=1, metavar="N", help="fewest units of a zone")
    parser.add_argument("--most-members", type=int, metavar="N", help="most units of a zone")
    parser.add_argument("--together", type=ids, action="append", default=[], metavar="A,B", help="units of one zone")
    parser.add_argument("--apart", type=ids, action="append", default=[], metavar="A,B", help="units never of one zone")


def names(text: str) -> tuple[str, ...]:
    """Names separated by commas."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("at least one field name is needed")
    return names


def ids(text: str) -> tuple[str, ...]:
    """Two or more ids separated by commas."""
    ids = tuple(name.strip() for name in text.split(","))
    if len(ids) < 2 or not all(ids):
        raise argparse.ArgumentTypeError(f"{text!r} does not name two or more units, such as 12,15")
    return ids


def balance(text: str) -> float:
    """Most workload as times the mean, as the share above it."""
    try:
        tolerance = float(text) - 1
    except ValueError:
        tolerance = 0.0
    if not 0 < tolerance < np.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 1, such as 1.1 for ±10 %")
    return tolerance


def rules_of(arguments: argparse.Namespace, zones: int | None, floor: float | None) -> ZoneRules:
    """The hard rules that options say."""
    return ZoneRules(
        zones=zones,
        floor=floor,
        tolerance=arguments.balance,
        least_members=arguments.least_members,
        most_members=arguments.most_members,
        together=tuple(arguments.together),
        apart=tuple((ids[k], other) for ids in arguments.apart for k in range(len(ids)) for other in ids[k + 1 :]),
    )


def read_units(arguments: argparse.Namespace, zone_field: str | None) -> UnitFile:
    """The units of a file with the links and cuts of the options."""
    columns = UnitColumns(arguments.id_field, arguments.attributes, arguments.workload, arguments.fence, zone_field)
    file = read_unit_file(arguments.units, columns, arguments.layer)
    return replace(file, units=linked_units(file.units, arguments))


def linked_units(units: ZoningUnits, arguments: argparse.Namespace) -> ZoningUnits:
    """Units with the links and cuts of the options.

    Raises:
        UnitFileInvalid: An option names an unknown unit.
    """
    linked, cut = (_pairs(units, given, name) for given, name in ((arguments.link, "link"), (arguments.cut, "cut")))
    return replace(units, graph=units.graph.with_links(*linked).without_pairs(*cut))


def _pairs(units: ZoningUnits, given: list[tuple[str, ...]], option: str) -> tuple[np.ndarray, np.ndarray]:
    place = {unit: k for k, unit in enumerate(units.ids)}
    for unit in (unit for ids in given for unit in ids):
        if unit not in place:
            raise UnitFileInvalid(f"--{option}", "id", f"there is no unit {unit!r}.", "Name ids of the units.")
    pairs = np.array([(place[a], place[b]) for ids in given for a, b in pairwise(ids)], np.int64)
    return pairs.reshape(-1, 2)[:, 0], pairs.reshape(-1, 2)[:, 1]


def rounded(value: object) -> object:
    """A figure with as many digits as a report shows."""
    return round(value, 6) if isinstance(value, float) else value
