"""How does a plan begin: empty, as a copy, from a proposal, or from zones that are given?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dashboard.zoning.desk import PlanDesk
from dashboard.zoning.edits import usable_name
from dashboard.zoning.jobs import JobUnknown, ZoneJobs
from dashboard.zoning.open_plan import drawn_rules, told_figures
from dashboard.zoning.proposing import ProposalWork
from dashboard.zoning.zone_colours import new_colours
from data.accounts.account import acting_account, acting_account_or_none
from data.engine import AsyncRows
from data.reads.city import read_moment
from data.reads.units import read_unit, read_units
from data.zoning.plan_errors import PlanValueInvalid
from data.zoning.plan_making import NewPlan, check_area, codes_of, one_at_a_time, store_plan
from data.zoning.plan_parameters import PlanParameters, parse_parameters
from data.zoning.planning_ground import PlanningGround
from data.zoning.stored_plans import plan_of_request, read_plan
from data.zoning.stored_zones import StoredZone, read_members, read_zones
from geo.redraw.plan import DrawnPlan
from geo.zoning.graph import Ints, by_first_use

MOST_ZONES = 2_000
USUAL_NAME = "{}联防方案"


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a plan begins with; at most one of the last three.

    Attributes:
        name: of the plan; empty for one after the unit.
        within, level: code of the unit that is divided, and its level where the code stands on several; empty for the
            city, or for that of the plan or proposal that it is made from.
        base: level of the units that are joined; empty for that of the plan or proposal.
        parameters: as a client gives them; empty for those of the plan or proposal.
        plan_id: a plan whose zones it takes over by the codes of the units.
        job_id: a proposal of the asker's.
        zones: (n,) zone of each unit, −1 for none.
        units: (n,) codes of these units; None for all units in rising order of their ids.
        names: own names of the zones given, by their number.
    """

    name: str = ""
    within: str = ""
    level: str = ""
    base: str = ""
    parameters: Mapping[str, object] | None = None
    plan_id: int | None = None
    job_id: str | None = None
    zones: Sequence[int] | None = None
    units: Sequence[str] | None = None
    names: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Start:
    """What is known of a plan before it is stored."""

    within_id: int
    base: str
    parameters: PlanParameters
    zone: Mapping[str, int]
    facts: tuple[StoredZone, ...] = ()
    in_order: tuple[int, ...] | None = None
    origin: str = "empty"
    names: Mapping[int, str] = field(default_factory=dict)


async def make_plan(desk: PlanDesk, jobs: ZoneJobs | None, given: Beginning, key: str | None = None) -> int:
    """Make a plan.

    Args:
        desk: where plans are opened.
        jobs: where proposals come from.
        given: what it begins with.
        key: Idempotency-Key; asked again with the same one, the plan that was made then.

    Returns:
        The id of the plan.

    Raises:
        UnitUnknown, LevelUnknown, ZoneQuestionInvalid: Units or profile cannot be read.
        PlanUnknown, JobUnknown: There is nothing to begin with.
        PlanValueInvalid: The zones given do not fit the units.
    """
    async with desk.database.reading() as conn:
        made = await _made_before(conn, key)
        if made is not None:
            return made
        moment = await read_moment(conn)
        start = await _start(conn, jobs, given)
        question = start.parameters.question(start.within_id, start.base, moment)
        ground = await desk.grounds.read(conn, question)
        unit = (await read_units(conn, [start.within_id]))[0]
        check_area(unit)
        name = given.name.strip() or USUAL_NAME.format(unit.name)
    parameters = replace(start.parameters, since=question.since, until=question.until)
    start = replace(start, parameters=_of_units(parameters, ground) if start.facts else parameters)
    new = _new_plan(ground, start, usable_name(name), key)
    async with desk.database.writing() as conn:
        await one_at_a_time(conn)
        return await _made_before(conn, key) or await store_plan(conn, new)


def _of_units(parameters: PlanParameters, ground: PlanningGround) -> PlanParameters:
    """The parameters of a plan for a copy that may not have all of its units: rules on the others fall away."""
    rules, codes = parameters.rules, set(ground.codes)
    if rules is None:
        return parameters
    kept = replace(
        rules,
        together=tuple(group for group in rules.together if codes.issuperset(group)),
        apart=tuple(pair for pair in rules.apart if codes.issuperset(pair)),
        locked=tuple((unit, name) for unit, name in rules.locked if unit in codes),
    )
    return replace(parameters, rules=kept)


async def _made_before(conn: AsyncRows, key: str | None) -> int | None:
    account = acting_account_or_none()
    if key is None or account is None:
        return None
    plan = await plan_of_request(conn, account.id, key)
    return None if plan is None else plan.id


async def _start(conn: AsyncRows, jobs: ZoneJobs | None, given: Beginning) -> _Start:
    asked = parse_parameters(given.parameters) if given.parameters else None
    if given.plan_id is not None:
        return await _from_plan(conn, given, asked)
    if given.job_id is not None:
        return _from_job(jobs, given.job_id)
    unit = await read_unit(conn, given.within or own_area(), given.level or None)
    if not given.base:
        raise PlanValueInvalid("base", "No level of units is named.", "Name one, such as medium.")
    parameters = asked or PlanParameters()
    if given.zones is None:
        return _Start(unit.id, given.base, parameters, {})
    if given.units is None:
        return _Start(unit.id, given.base, parameters, {}, in_order=tuple(given.zones), origin="zones")
    if len(given.units) != len(given.zones):
        cause = f"There are {len(given.zones):,} zones for {len(given.units):,} units."
        raise PlanValueInvalid("zones", cause, "Give one zone for each unit.")
    zone = dict(zip(given.units, given.zones, strict=True))
    return _Start(unit.id, given.base, parameters, zone, origin="zones", names=given.names)


def own_area() -> str:
    """Code of the acting account's area; empty for the whole city."""
    account = acting_account_or_none()
    return (account.unit_code or "") if account is not None else ""


async def _from_plan(conn: AsyncRows, given: Beginning, asked: PlanParameters | None) -> _Start:
    """A copy; where boundaries changed since, the units that are still there keep their zone."""
    plan = await read_plan(conn, given.plan_id or 0)
    unit = await read_unit(
        conn, given.within or plan.within, given.level or (None if given.within else plan.within_level)
    )
    codes = await codes_of(conn, plan.unit_ids)
    zone = await read_members(conn, plan.id, plan.unit_ids)
    parameters = asked or parse_parameters(plan.parameters)
    facts = tuple(zone for zone in await read_zones(conn, plan.id) if zone.no < plan.zones)
    by_code = {codes[unit_id]: no for unit_id, no in zip(plan.unit_ids, zone.tolist(), strict=True) if unit_id in codes}
    return _Start(unit.id, given.base or plan.base, parameters, by_code, facts, origin=f"plan {plan.id}")


def _from_job(jobs: ZoneJobs | None, job_id: str) -> _Start:
    if jobs is None:
        raise JobUnknown(job_id)
    job = jobs.find(acting_account().id, job_id)
    work, zone = job.work, job.zone
    if not isinstance(work, ProposalWork) or zone is None:
        cause = "The job has no plan" + (" yet." if isinstance(work, ProposalWork) else ".")
        raise PlanValueInvalid("from.job", cause, "Wait until it has found one, or start another.")
    question = work.ground.question
    by_code = dict(zip(work.ground.codes, zone.tolist(), strict=True))
    return _Start(question.within, question.base, work.parameters, by_code, origin="proposal")


def _new_plan(ground: PlanningGround, start: _Start, name: str, key: str | None) -> NewPlan:
    zone = _zone(ground, start)
    used, renumbered = _renumbered(zone)
    facts = {fact.no: fact for fact in start.facts}
    plan = DrawnPlan.of(ground.terrain, renumbered)
    colours = new_colours(plan, ())
    zones = tuple(
        replace(facts[old], no=number, code=None)
        if old in facts
        else _zone_facts(number, colours[number], start.names.get(old))
        for number, old in enumerate(used)
    )
    figures = told_figures(ground, plan, drawn_rules(start.parameters, ground, plan))
    return NewPlan(
        name=name,
        within_id=start.within_id,
        base=start.base,
        boundary_revision=ground.boundary_revision,
        unit_ids=ground.unit_ids.tolist(),
        zone=renumbered.tolist(),
        zones=zones,
        parameters=start.parameters.as_json(),
        seed=start.parameters.seed if start.origin == "proposal" else None,
        figures=figures,
        origin=start.origin,
        key=key,
    )


def _zone(ground: PlanningGround, start: _Start) -> Ints:
    if start.in_order is not None:
        if len(start.in_order) != ground.count:
            cause = f"There are {len(start.in_order):,} zones for {ground.count:,} units."
            raise PlanValueInvalid("zones", cause, "Give one zone for each unit, in rising order of their ids.")
        return np.array(start.in_order, np.int64)
    strange = sorted(start.zone.keys() - set(ground.codes))
    if strange and start.origin == "zones":
        cause = f"{len(strange):,} codes are no units of this level here, such as {strange[0]!r}."
        raise PlanValueInvalid("units", cause, "Leave them out.")
    return np.array([start.zone.get(code, -1) for code in ground.codes], np.int64)


def _renumbered(zone: Ints) -> tuple[list[int], Ints]:
    """The numbers that are used, in the order of the new ones, and the zones numbered from 0."""
    placed = zone >= 0
    new = np.full(len(zone), -1, np.int64)
    new[placed] = by_first_use(zone[placed]) if placed.any() else zone[placed]
    used = [int(zone[np.flatnonzero(new == number)[0]]) for number in range(int(new.max(initial=-1)) + 1)]
    if len(used) > MOST_ZONES:
        raise PlanValueInvalid("zones", f"{len(used):,} zones are too many.", f"Give at most {MOST_ZONES:,}.")
    return used, new


def _zone_facts(number: int, colour: int, name: str | None) -> StoredZone:
    return StoredZone(
        number,
        None,
        usable_name(name) if name and name.strip() else None,
        "",
        colour,
        False,
        None,
        None,
        None,
        None,
        None,
    )
