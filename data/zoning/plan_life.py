"""How does a plan go from draft to review, into force and out of it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from data.audit.entry import Action
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_all
from data.zoning.authors import current_author
from data.zoning.plan_errors import PlanOverlaps, PlanRefused, PlanSettled
from data.zoning.plan_steps import NewStep, StepKind, write_step
from data.zoning.stored_plans import PlanState, StoredPlan, lock_plan
from geo.zoning.zone_names import zone_codes

_SET_STATE = "UPDATE zone_plan SET state = %(state)s, hash = %(hash)s WHERE id = %(plan)s"
_ADOPT = """
    UPDATE zone_plan
    SET state = 'adopted', hash = %(hash)s, adopted_from = %(from)s, adopted_at = now(), adopted_by = %(who)s
    WHERE id = %(plan)s
"""
_SUPERSEDE = """
    UPDATE zone_plan SET state = 'superseded', superseded_from = %(from)s, superseded_by = %(by)s WHERE id = %(plan)s
"""
_GO_ON = """
    UPDATE zone_plan SET state = 'adopted', superseded_from = NULL, superseded_by = NULL
    WHERE superseded_by = %(plan)s
    RETURNING id
"""
_NEVER = """
    UPDATE zone_plan SET state = 'withdrawn', adopted_from = NULL, adopted_at = NULL, adopted_by = NULL
    WHERE id = %(plan)s
"""
_BARE = """
    UPDATE zone SET code = NULL, geom = NULL, geom_3857 = NULL, label_point = NULL, area_m2 = NULL, population = NULL
    WHERE plan_id = %(plan)s
"""
_OLDER = """
    SELECT unit.code AS unit, zone.no, zone.code
    FROM zone_member AS member
    JOIN zone USING (plan_id, no)
    JOIN unit ON unit.id = member.unit_id
    WHERE plan_id = %(plan)s AND zone.code IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class ZoneOnAdoption:
    """What a zone is from its adoption on.

    Attributes:
        stem: what its code begins with.
        kept: code of the zone that it goes on from; None for a new one.
    """

    no: int
    name: str
    name_en: str
    stem: str
    kept: str | None = None


@dataclass(frozen=True, slots=True)
class OlderMember:
    """A unit in a zone of the plan that is followed."""

    unit: str
    no: int
    code: str


@dataclass(frozen=True, slots=True)
class _Rival:
    id: int
    name: str
    same: bool
    adopted_from: date
    superseded_from: date | None


@dataclass(frozen=True, slots=True)
class _Code:
    code: str


async def set_state(
    conn: AsyncRows, plan: StoredPlan, state: PlanState, digest: str | None, action: Action, reason: str = ""
) -> int:
    """Put a plan that is not in force into another state, as a step of its own.

    Args:
        conn: the transaction that holds the plan.
        plan: the plan.
        state: draft, review or withdrawn.
        digest: hash of who is together with whom; None in a draft.
        action: for the audit log.
        reason: why, masked already.

    Returns:
        The plan's version after it.
    """
    version = await write_step(conn, plan, _state_step(plan, state, action, {"reason": reason}))
    await conn.execute(_SET_STATE, {"plan": plan.id, "state": state.value, "hash": digest})
    return version


async def hold_adoptions(conn: AsyncRows) -> None:
    """Let nobody else adopt or end a plan until the transaction ends."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext('zone_adopt'))")


async def plan_followed(conn: AsyncRows, plan: StoredPlan, from_day: date, today: date) -> StoredPlan | None:
    """The plan of the same units that the plan would follow, held for the transaction; None where there is none.

    Raises:
        PlanOverlaps: Another plan is in force for some of these units, or this one comes too early or too late.
    """
    values = {"plan": plan.id, "within": plan.within, "level": plan.within_level, "base": plan.base, "from": from_day}
    followed = None
    for rival in await fetch_all(conn, _Rival, named("zone_plan_rivals"), values):
        if not rival.same:
            cause = f"Plan {rival.id} {rival.name!r} is in force for some of these units from {rival.adopted_from}."
            raise PlanOverlaps("from", cause, "End that plan first, or leave these units out.", {"plan": rival.id})
        if rival.adopted_from >= from_day or rival.superseded_from is not None:
            cause = f"Plan {rival.id} {rival.name!r} is to be in force from {rival.adopted_from}."
            raise PlanOverlaps("from", cause, "Choose a later day, or end that plan first.", {"plan": rival.id})
        followed = rival
    if followed is None:
        return None
    if from_day < today:
        cause = f"{from_day} is past, and plan {followed.id} was in force then."
        raise PlanOverlaps(
            "from", cause, "Choose today or a later day: what was in force stays.", {"plan": followed.id}
        )
    return await lock_plan(conn, followed.id)


async def older_members(conn: AsyncRows, plan: StoredPlan) -> tuple[OlderMember, ...]:
    """Units of the zones of an adopted plan, with their codes."""
    return await fetch_all(conn, OlderMember, _OLDER, {"plan": plan.id})


async def adopt(
    conn: AsyncRows,
    plan: StoredPlan,
    from_day: date,
    digest: str,
    zones: Sequence[ZoneOnAdoption],
    followed: StoredPlan | None,
) -> int:
    """Put a plan into force: codes, names and shapes of its zones, the end of the plan before it.

    Args:
        conn: a transaction that holds both plans and :func:`hold_adoptions`.
        plan: the plan, in review.
        from_day: first day in force.
        digest: hash of who is together with whom.
        zones: the zones in use.
        followed: the plan in force so far.

    Returns:
        The plan's version after it.
    """
    codes = await _codes(conn, zones, from_day, followed)
    detail = {"from": from_day.isoformat(), "zones": len(zones), "follows": followed.id if followed else None}
    version = await write_step(conn, plan, _state_step(plan, PlanState.ADOPTED, Action.ZONE_PLAN_ADOPTED, detail))
    if followed is not None:
        await _supersede(conn, followed, from_day, plan.id)
    values = {
        "plan": plan.id,
        "no": [zone.no for zone in zones],
        "codes": [codes[zone.no] for zone in zones],
        "names": [zone.name for zone in zones],
        "names_en": [zone.name_en for zone in zones],
    }
    await conn.execute(named("zone_adopt"), values)
    who = current_author().name
    await conn.execute(_ADOPT, {"plan": plan.id, "hash": digest, "from": from_day, "who": who})
    return version


async def end(conn: AsyncRows, plan: StoredPlan, from_day: date, today: date, reason: str) -> int:
    """Put a plan out of force from a day on, without another in its place.

    A plan that has not come into force yet is withdrawn, and the one before it goes on.

    Raises:
        PlanSettled: It is not in force and not to be.
        PlanRefused: The day is past.
    """
    if plan.adopted_from is None or plan.superseded_from is not None:
        raise PlanSettled(plan.state, "Only a plan that is in force, or is to be, can be ended.")
    detail = {"from": from_day.isoformat(), "reason": reason}
    if plan.adopted_from > today and from_day <= plan.adopted_from:
        step = _state_step(plan, PlanState.WITHDRAWN, Action.ZONE_PLAN_WITHDRAWN, detail)
        version = await write_step(conn, plan, step)
        await conn.execute(_BARE, {"plan": plan.id})
        await conn.execute(_NEVER, {"plan": plan.id})
        await _go_on(conn, plan.id)
        return version
    if from_day < today or from_day <= plan.adopted_from:
        cause = f"The plan cannot end on {from_day}: it is in force from {plan.adopted_from}, and today is {today}."
        raise PlanRefused("from", cause, "Choose today or a later day: what was in force stays.")
    return await _supersede(conn, plan, from_day, None, reason)


async def _go_on(conn: AsyncRows, plan_id: int) -> None:
    for row in await (await conn.execute(_GO_ON, {"plan": plan_id})).fetchall():
        older = await lock_plan(conn, int(str(row["id"])))
        step = _state_step(older, PlanState.ADOPTED, Action.ZONE_PLAN_ADOPTED, {"instead_of": plan_id})
        await write_step(conn, older, step)


async def _supersede(conn: AsyncRows, plan: StoredPlan, from_day: date, by: int | None, reason: str = "") -> int:
    detail = {"from": from_day.isoformat(), "by": by, "reason": reason}
    step = _state_step(plan, PlanState.SUPERSEDED, Action.ZONE_PLAN_SUPERSEDED, detail)
    version = await write_step(conn, plan, step)
    await conn.execute(_SUPERSEDE, {"plan": plan.id, "from": from_day, "by": by})
    return version


def _state_step(plan: StoredPlan, state: PlanState, action: Action, detail: Mapping[str, object]) -> NewStep:
    told = {key: value for key, value in detail.items() if value not in (None, "")}
    told |= {"before": {"state": plan.state}, "after": {"state": state.value}}
    return NewStep(StepKind.STATE, head=plan.head, done=plan.done, undone=plan.undone, detail=told, action=action)


async def _codes(
    conn: AsyncRows, zones: Sequence[ZoneOnAdoption], from_day: date, followed: StoredPlan | None
) -> dict[int, str]:
    kept = {zone.no: zone.kept for zone in zones if zone.kept is not None}
    stems = {zone.no: zone.stem for zone in zones}
    values = {"stems": sorted(set(stems.values())), "from": from_day}
    taken = {row.code for row in await fetch_all(conn, _Code, named("zone_codes_taken"), values)}
    if followed is not None:
        # Codes of zones that end here are not given to others, those of zones that go on stay.
        taken -= set(kept.values())
    return zone_codes(stems, kept, taken)


def kept_codes(zones: Sequence[ZoneOnAdoption], kept: Mapping[int, str]) -> tuple[ZoneOnAdoption, ...]:
    """The zones with the codes of those that they go on from, by number."""
    return tuple(replace(zone, kept=kept.get(zone.no)) for zone in zones)
