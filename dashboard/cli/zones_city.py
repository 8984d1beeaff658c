"""Which units of the database are to be joined into zones, and with which problem profile?"""

import argparse
import asyncio
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from dashboard.cli.context import Context, opened_database
from dashboard.cli.values import assignment, day
from dashboard.cli.zones_options import Sought, linked_units
from data.engine import AsyncDatabase
from data.importing.polygon_feature import PolygonFeature, PolygonFile
from data.reads.city import read_moment
from data.reads.units import read_unit, read_units
from data.roles import role_urls
from data.scope import acting_as_program
from data.zoning.base_units import Shapes, read_unit_shapes
from data.zoning.plan_columns import CODE_FIELD, FENCE_FIELD, KEY_FIELD
from data.zoning.plan_parameters import parse_parameters
from data.zoning.planning_ground import PlanningGround, read_ground
from geo.zoning.graph import Ints
from geo.zoning.plan_hash import zone_keys

WGS84 = "EPSG:4326"


@dataclass(frozen=True, slots=True)
class _City:
    ground: PlanningGround
    within: str
    above: dict[int, str]
    shapes: Shapes
    since: date
    until: date


def add_city(parser: argparse.ArgumentParser) -> None:
    """Declare options that say which units of the database are meant."""
    parser.add_argument(
        "--within", default="", metavar="CODE", help="unit of the database to divide (default: the city)"
    )
    parser.add_argument("--level", metavar="L", help="level of that unit, where its code stands on several")
    parser.add_argument("--base", default="", metavar="L", help="level of its units that are joined, such as medium")
    parser.add_argument("--from", type=day, dest="since", metavar="DATE", help="first day of the profile (90 in all)")
    parser.add_argument(
        "--to", type=day, dest="last", metavar="DATE", help="its last day (default: the last with data)"
    )
    parser.add_argument(
        "--weight", type=assignment, action="append", default=[], metavar="PART=W",
        help="weight of a part of the profile: classes, rates, hours or load",
    )  # fmt: skip
    parser.add_argument("--post-kind", action="append", default=[], metavar="KIND", help="kind of place that is a post")
    parser.add_argument("--in-force", type=float, default=0.0, metavar="W", help="weight of the plan in force")
    parser.add_argument("--post", type=float, default=0.0, metavar="W", help="weight of same nearest posts")


def read_city_units(arguments: argparse.Namespace, context: Context) -> Sought:
    """Read the units from the database.

    Raises:
        UnitUnknown, LevelUnknown, ZoneQuestionInvalid: What is asked cannot be used.
    """
    with opened_database(context) as url:
        # Under the role that policies confine: a plan that is handed on tells nothing of sensitive classes.
        city = asyncio.run(_read(arguments, role_urls(url, context.settings).web))
    ground = city.ground
    facts = {
        "units": ground.count,
        "within": city.within,
        "base": ground.question.base,
        "since": str(city.since),
        "until": str(city.until),
        "boundary_revision": ground.boundary_revision,
    }
    wishes = ground.wishes(
        compactness=arguments.compactness, spread=arguments.spread, in_force=arguments.in_force, post=arguments.post
    )
    return Sought(linked_units(ground.units, arguments), wishes, lambda zone: _source(city, zone), facts)


async def _read(arguments: argparse.Namespace, url: str) -> _City:
    parameters = parse_parameters(_given(arguments))
    database = AsyncDatabase(url, min_size=1, max_size=1)
    await database.open()
    try:
        with acting_as_program():
            async with database.reading() as conn:
                moment = await read_moment(conn)
                unit = await read_unit(conn, arguments.within, arguments.level)
                question = parameters.question(unit.id, arguments.base, moment)
                ground = await read_ground(conn, question)
                above = await read_units(conn, np.unique(ground.ancestors).tolist())
                shapes = await read_unit_shapes(conn, ground.unit_ids)
    finally:
        await database.close()
    codes = {unit.id: unit.code for unit in above}
    return _City(ground, unit.code, codes, shapes, question.since, question.until)


def _given(arguments: argparse.Namespace) -> dict[str, object]:
    """The options as parameters of a proposal."""
    until = None if arguments.last is None else date.fromordinal(arguments.last.toordinal() + 1)
    return {
        "since": None if arguments.since is None else arguments.since.isoformat(),
        "until": None if until is None else until.isoformat(),
        "weights": {name: _number(text) for name, text in arguments.weight},
        "workload": arguments.workload,
        "posts": arguments.post_kind,
        "rules": {"fence_level": arguments.fence},
    }


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _source(city: _City, zone: Ints) -> PolygonFile:
    """The units as a file would hold them, with what tells a plan of this program."""
    ground = city.ground
    fence = ground.units.fence
    keys = zone_keys(ground.codes, zone)
    features = tuple(
        PolygonFeature(
            k + 1,
            None,
            {
                CODE_FIELD: code,
                KEY_FIELD: keys[k],
                "name": ground.names[k],
                "parent": city.above.get(int(ground.parents[k]), ""),
                FENCE_FIELD: "" if fence is None else city.above.get(int(fence[k]), ""),
                "workload": float(ground.units.workload[k]),
            },
            city.shapes[k],
        )
        for k, code in enumerate(ground.codes)
    )
    return PolygonFile(Path(f"{city.within}.geojson"), features, WGS84, (CODE_FIELD, KEY_FIELD))
