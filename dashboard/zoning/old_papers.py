"""What does a plan say when it leaves the program, also where the borders of its units have changed since?"""

import asyncio
from collections.abc import Sequence

import numpy as np

from dashboard.zoning.desk import PlanDesk
from dashboard.zoning.old_units import OldUnit, old_titles, read_old_units
from dashboard.zoning.plan_papers import PlanPapers, plan_head, read_codes, read_papers, shortfalls, stored_sums
from dashboard.zoning.zone_colours import colour_of
from data.engine import AsyncRows
from data.reads.city import read_moment
from data.reads.levels import find_level, read_levels
from data.zoning.base_units import Shapes, read_unit_shapes
from data.zoning.plan_document import PlanDocument, PlanUnits, PlanZone
from data.zoning.plan_errors import PlanStale
from data.zoning.plan_parameters import parse_parameters
from data.zoning.planning_ground import fence_rank
from data.zoning.stored_plans import StoredPlan, read_plan
from data.zoning.stored_zones import StoredZone, read_members, read_zones
from geo.zoning.graph import Ints

_UNKNOWN = float("nan")


async def papers_of(desk: PlanDesk, plan_id: int) -> PlanPapers:
    """A plan as a document; one over older boundaries with the outlines and the figures that it had.

    Raises:
        PlanUnknown: There is none, or it divides a unit outside of the scope.
        PlanStale: Its units have other borders today, and the asker does not see all of those that it was drawn on.
    """
    try:
        plan = await desk.open(plan_id)
    except PlanStale:
        async with desk.database.reading() as conn:
            return await _read_old_papers(conn, await read_plan(conn, plan_id))
    async with desk.database.reading() as conn:
        return await read_papers(conn, plan)


async def _read_old_papers(conn: AsyncRows, stored: StoredPlan) -> PlanPapers:
    levels = await read_levels(conn)
    base = find_level(levels, stored.base)
    moment = await read_moment(conn)
    question = parse_parameters(stored.parameters).question(stored.within_id, stored.base, moment)
    rank = fence_rank(question, levels, base)
    units = await read_old_units(conn, stored)
    if [unit.id for unit in units] != stored.unit_ids:
        raise PlanStale(stored.boundary_revision, stored.present_revision)
    above = await read_codes(conn, {id for unit in units for id in unit.path})
    parents = [above.get(unit.path[-2], "") if len(unit.path) > 1 else "" for unit in units]
    fences = ["" if rank is None else above.get(unit.path[rank], "") for unit in units]
    shapes = await read_unit_shapes(conn, np.array(stored.unit_ids, np.int64))
    zone = await read_members(conn, stored.id, stored.unit_ids)
    facts = await read_zones(conn, stored.id)
    sums = stored_sums(stored.figures)
    assert sums is not None, "a plan is stored with its figures"
    document = await asyncio.to_thread(
        lambda: PlanDocument(
            head=plan_head(stored, question, base),
            units=_units(units, zone, shapes, parents, fences),
            zones=_zones(units, zone, facts),
            sums=sums,
            start=stored_sums(stored.start_figures),
            faults=tuple(shortfalls(stored.figures)),
        )
    )
    return PlanPapers(stored, document, None if rank is None else levels[rank])


def _units(
    units: Sequence[OldUnit], zone: Ints, shapes: Shapes, parents: Sequence[str], fences: Sequence[str]
) -> PlanUnits:
    order = np.array(sorted(range(len(units)), key=lambda k: units[k].code), np.int64)
    return PlanUnits(
        codes=tuple(units[k].code for k in order),
        names=tuple(units[k].name for k in order),
        parents=tuple(parents[k] for k in order),
        fences=tuple(fences[k] for k in order),
        zone=zone[order],
        workload=np.full(len(units), _UNKNOWN),
        area_m2=np.array([units[k].area_m2 for k in order], np.float64),
        shapes=shapes[order],
        names_en=tuple(units[k].name_en for k in order),
    )


def _zones(units: Sequence[OldUnit], zone: Ints, facts: Sequence[StoredZone]) -> tuple[PlanZone, ...]:
    """The zones that have units; what follows from incidents is not known, as these count in today's units."""
    stored = {fact.no: fact for fact in facts}
    used = sorted(set(zone.tolist()) - {-1})
    members = {no: [units[k] for k in np.flatnonzero(zone == no).tolist()] for no in used}
    titles = old_titles(members, facts)
    return tuple(_zone(stored[no], members[no], *titles[no]) for no in used)


def _zone(stored: StoredZone, members: Sequence[OldUnit], name: str, name_en: str) -> PlanZone:
    return PlanZone(
        number=stored.no,
        code=stored.code or "",
        name=name,
        members=len(members),
        workload=_UNKNOWN,
        area_m2=sum(unit.area_m2 for unit in members),
        perimeter_m=_UNKNOWN,
        roundness=_UNKNOWN,
        pieces=None,
        team=stored.team or "",
        colour=colour_of(stored.colour),
        name_en=name_en,
    )
