"""How is a plan handed in, sent back, adopted, ended or withdrawn?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from dashboard.zoning.desk import PlanDesk, check_version
from dashboard.zoning.open_plan import OpenPlan
from data.audit.entry import Action
from data.engine import AsyncRows
from data.privacy.masking import masked_text
from data.reads.city import read_moment
from data.zoning.plan_errors import PlanSettled, PlanUnfit
from data.zoning.plan_life import (
    OlderMember,
    ZoneOnAdoption,
    adopt,
    end,
    hold_adoptions,
    kept_codes,
    older_members,
    plan_followed,
    set_state,
)
from data.zoning.stored_plans import PlanState, StoredPlan, lock_plan
from geo.redraw.faults import DrawnFaultKind
from geo.zoning.zone_names import code_stem, successors

MOST_REASON = 400


@dataclass(frozen=True, slots=True)
class Adoption:
    """From which day on, and whether units may be left in no zone."""

    from_day: date
    allow_unassigned: bool = False


class PlanLife:
    """Moves plans through their states; what is not allowed in a state is refused."""

    def __init__(self, desk: PlanDesk) -> None:
        self._desk = desk

    async def hand_in(self, plan_id: int, version: int) -> None:
        """A draft goes to review: from now on it can be commented on and adopted, and not drawn.

        Raises:
            PlanUnfit: It has no zone.
            PlanUnknown, PlanOutdated, PlanSettled, PlanStale: See :meth:`PlanDesk.change`.
        """
        self._desk.plans.drop(plan_id)
        await self._desk.open(plan_id)
        async with self._desk.database.writing() as conn:
            stored = await _held(conn, plan_id, version, PlanState.DRAFT)
            plan = await self._desk.open_in(conn, stored)
            if not plan.in_use:
                raise PlanUnfit("zones", "The plan has no zone yet.", "Draw one, or take a proposal.")
            await set_state(conn, stored, PlanState.REVIEW, plan.hash, Action.ZONE_PLAN_REVIEWED)
        self._desk.changes.tell(plan_id)

    async def send_back(self, plan_id: int, version: int, reason: str) -> None:
        """A plan in review becomes a draft again.

        Raises:
            PlanUnknown, PlanOutdated, PlanSettled: See :meth:`PlanDesk.change`.
        """
        async with self._desk.database.writing() as conn:
            stored = await _held(conn, plan_id, version, PlanState.REVIEW)
            await set_state(conn, stored, PlanState.DRAFT, None, Action.ZONE_PLAN_RETURNED, _reason(reason))
        self._desk.changes.tell(plan_id)

    async def withdraw(self, plan_id: int, version: int | None, reason: str) -> None:
        """A plan that never came into force is put away; it can still be read and copied.

        Raises:
            PlanUnknown, PlanOutdated, PlanSettled: See :meth:`PlanDesk.change`.
        """
        async with self._desk.database.writing() as conn:
            stored = await _held(conn, plan_id, version, PlanState.DRAFT, PlanState.REVIEW)
            action = Action.ZONE_PLAN_WITHDRAWN
            await set_state(conn, stored, PlanState.WITHDRAWN, stored.hash, action, _reason(reason))
        self._desk.changes.tell(plan_id)

    async def adopt(self, plan_id: int, version: int, adoption: Adoption) -> None:
        """A plan in review comes into force and follows the one before it.

        Raises:
            PlanUnfit: It has faults, or units in no zone.
            PlanOverlaps: Another plan is in force for some of its units.
            PlanUnknown, PlanOutdated, PlanSettled, PlanStale: See :meth:`PlanDesk.change`.
        """
        self._desk.plans.drop(plan_id)
        await self._desk.open(plan_id)
        async with self._desk.database.writing() as conn:
            await hold_adoptions(conn)
            stored = await _held(conn, plan_id, version, PlanState.REVIEW)
            plan = await self._desk.open_in(conn, stored)
            check_fit(plan, allow_unassigned=adoption.allow_unassigned)
            today = (await read_moment(conn)).today
            followed = await plan_followed(conn, stored, adoption.from_day, today)
            zones = zones_on_adoption(plan)
            if followed is not None:
                zones = kept_codes(zones, _going_on(plan, await older_members(conn, followed)))
            await adopt(conn, stored, adoption.from_day, plan.hash, zones, followed)
        self._desk.plans.drop_all()
        self._desk.changes.tell(plan_id)

    async def end(self, plan_id: int, version: int, from_day: date, reason: str) -> None:
        """A plan goes out of force from a day on without another in its place.

        Raises:
            PlanRefused: The day is past.
            PlanUnknown, PlanOutdated, PlanSettled: See :meth:`PlanDesk.change`.
        """
        async with self._desk.database.writing() as conn:
            await hold_adoptions(conn)
            stored = await _held(conn, plan_id, version, PlanState.ADOPTED)
            today = (await read_moment(conn)).today
            await end(conn, stored, from_day, today, _reason(reason))
        self._desk.plans.drop_all()
        self._desk.changes.tell(plan_id)


def check_fit(plan: OpenPlan, *, allow_unassigned: bool) -> None:
    """Refuse a plan that has no zone, breaks a rule or leaves units out.

    Raises:
        PlanUnfit: It does; the facts name the faults.
    """
    if not plan.in_use:
        raise PlanUnfit("zones", "The plan has no zone.", "Draw one, or take a proposal.")
    left = plan.plan.unassigned
    if len(left) and not allow_unassigned:
        facts = {"unassigned": len(left), "units": plan.codes(left[:50])}
        remedy = "Put them into zones, or say allow_unassigned."
        raise PlanUnfit("unassigned", f"{len(left):,} units are in no zone.", remedy, facts)
    faults = [fault for fault in plan.faults() if fault.kind is not DrawnFaultKind.UNASSIGNED]
    if faults:
        kinds = ", ".join(sorted({fault.kind.value for fault in faults}))
        facts = {"faults": plan.figures()["faults"]}
        raise PlanUnfit("faults", f"The plan has {len(faults)} faults: {kinds}.", "Put them right first.", facts)


def zones_on_adoption(plan: OpenPlan) -> tuple[ZoneOnAdoption, ...]:
    """Names and beginnings of the codes of the zones in use."""
    names, names_en = plan.names(), plan.names_en()
    fallback = f"Z{plan.stored.within}-"
    return tuple(
        ZoneOnAdoption(no, names[no], names_en[no], code_stem(plan.codes(plan.plan.members(no)), fallback))
        for no in plan.in_use
    )


def _going_on(plan: OpenPlan, older: tuple[OlderMember, ...]) -> Mapping[int, str]:
    """Codes of the older zones that go on, by number of the zones that go on from them."""
    codes = {member.no: member.code for member in older}
    before = np.full(plan.ground.count, -1, np.int64)
    for member in older:
        if member.unit in plan.place:
            before[plan.place[member.unit]] = member.no
    return {new: codes[old] for new, old in successors(before, plan.plan.zone).items()}


async def _held(conn: AsyncRows, plan_id: int, version: int | None, *states: PlanState) -> StoredPlan:
    stored = await lock_plan(conn, plan_id)
    if version is not None:
        await check_version(conn, stored, version)
    if stored.state not in states:
        raise PlanSettled(stored.state, f"This can be done to plans in these states: {', '.join(states)}.")
    return stored


def _reason(text: str) -> str:
    return masked_text(" ".join(text.replace("\0", "").split()))[:MOST_REASON]
