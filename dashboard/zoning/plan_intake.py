"""How does a file that holds a plan become a draft?"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dashboard.zoning.desk import PlanDesk
from dashboard.zoning.edits import usable_name
from dashboard.zoning.making import Beginning, make_plan
from data.audit.entry import Action, Entry
from data.audit.record import record_first
from data.engine import AsyncRows
from data.privacy.masking import masked_text
from data.reads.city import read_moment
from data.reads.units import Unit, read_unit
from data.zoning.base_units import read_unit_shapes
from data.zoning.elsewhere import read_elsewhere
from data.zoning.plan_import import ImportedPlan, KnownUnits, RefusedPlan, match_plan
from data.zoning.plan_parameters import PlanParameters, parse_parameters
from data.zoning.plan_rows import PlanRows, read_plan_rows
from data.zoning.planning_ground import PlanningGround
from data.zoning.stored_plans import read_plan


@dataclass(frozen=True, slots=True)
class PlanFileAsked:
    """Which file, and what it is a plan of.

    Attributes:
        path: the file.
        within, level: code of the unit that is divided, and its level where the code stands on several.
        base: level of the units that are joined.
        plan_id: a plan that the file was exported from; it gives what of the above is missing, and the parameters.
        name: of the draft.
        unit_field, zone_field, layer: column of the unit's code, column of the zone, layer or sheet; None looks.
    """

    path: Path
    within: str = ""
    level: str = ""
    base: str = ""
    plan_id: int | None = None
    name: str = ""
    unit_field: str | None = None
    zone_field: str | None = None
    layer: str | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """What the plan is of."""

    within: Unit
    base: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file and what came of it.

    Attributes:
        rows: what it holds.
        found: the plan, or what is wrong with it.
        ground: whose units it was put on.
    """

    rows: PlanRows
    found: ImportedPlan | RefusedPlan
    ground: PlanningGround
    within: Unit
    base: str
    parameters: Mapping[str, object]


async def check_file(desk: PlanDesk, asked: PlanFileAsked) -> CheckedFile:
    """Read a file and check the plan in it, without storing anything.

    Raises:
        FileUnreadable, UnitFileInvalid: The file holds no rows of a plan.
        UnitUnknown, LevelUnknown, PlanUnknown, ZoneQuestionInvalid: There are no such units or plan.
    """
    rows = await asyncio.to_thread(
        read_plan_rows, asked.path, unit=asked.unit_field, zone=asked.zone_field, layer=asked.layer
    )
    async with desk.database.reading() as conn:
        place = await _place(conn, asked)
        question = _parameters(place).question(place.within.id, place.base, await read_moment(conn))
        ground = await desk.grounds.read(conn, question)
        known = await _known(conn, rows, ground, place)
    found = await asyncio.to_thread(match_plan, rows, known)
    return CheckedFile(rows, found, ground, place.within, place.base, place.parameters)


async def import_file(desk: PlanDesk, asked: PlanFileAsked, key: str | None = None) -> tuple[CheckedFile, int | None]:
    """As :func:`check_file`; a sound plan becomes a draft.

    Returns:
        What came of the file, and the id of the draft; None where it was refused.
    """
    checked = await check_file(desk, asked)
    found = checked.found
    entry = Entry(
        Action.IMPORTED,
        "zone_plan",
        unit_ids=(checked.within.id,),
        detail={
            "format": asked.path.suffix.removeprefix("."),
            "rows": len(checked.rows.rows),
            "faults": found.count if isinstance(found, RefusedPlan) else None,
            "sha256": found.hash if isinstance(found, ImportedPlan) else None,
        },
    )
    await record_first(desk.database.writing, entry)
    if isinstance(found, RefusedPlan):
        return checked, None
    beginning = Beginning(
        name=usable_name(asked.name) if asked.name.strip() else "",
        within=checked.within.code,
        level=checked.within.level,
        base=checked.base,
        parameters=checked.parameters,
        zones=found.zone.tolist(),
        units=found.codes,
        names={number: masked_text(name) for number, name in enumerate(found.names)},
    )
    return checked, await make_plan(desk, None, beginning, key)


def _parameters(place: _Place) -> PlanParameters:
    return parse_parameters(place.parameters)


async def _place(conn: AsyncRows, asked: PlanFileAsked) -> _Place:
    if asked.plan_id is None:
        return _Place(await read_unit(conn, asked.within, asked.level or None), asked.base, {})
    plan = await read_plan(conn, asked.plan_id)
    unit = await read_unit(
        conn, asked.within or plan.within, asked.level or (None if asked.within else plan.within_level)
    )
    return _Place(unit, asked.base or plan.base, plan.parameters)


async def _known(conn: AsyncRows, rows: PlanRows, ground: PlanningGround, place: _Place) -> KnownUnits:
    strange = {row.unit for row in rows.rows if row.unit} - set(ground.codes)
    shapes = None
    if rows.shapes is not None and any(row.unit is None for row in rows.rows):
        shapes = await read_unit_shapes(conn, ground.unit_ids)
    elsewhere = await read_elsewhere(conn, strange, place.base, place.within.name) if strange else {}
    return KnownUnits(place.within.name, ground.boundary_revision, ground.units, shapes, elsewhere)
