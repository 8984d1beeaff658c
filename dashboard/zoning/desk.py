"""How are plans of zones opened and changed, by several people at once?"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dashboard.services import Database
from dashboard.zoning.grounds import Grounds
from dashboard.zoning.open_plan import OpenPlan, opened
from dashboard.zoning.open_plans import Changes, OpenPlans
from dashboard.zoning.zone_colours import new_colours
from data.accounts.account import acting_account_or_none
from data.engine import AsyncRows
from data.reads.city import read_moment
from data.zoning.plan_errors import NotTheSameRequest, PlanOutdated, PlanSettled, PlanStale
from data.zoning.plan_parameters import parse_parameters
from data.zoning.plan_steps import NewStep, PlanStep, StepKind, step_of_request, steps_after, write_step
from data.zoning.planning_ground import PlanningGround
from data.zoning.stored_plans import PlanState, StoredPlan, lock_plan, read_plan
from data.zoning.stored_zones import StoredZone, read_members, read_zones, store_facts
from geo.redraw.plan import DrawnPlan
from geo.zoning.graph import Ints

WAIT_S = 25.0
LOOK_S = 1.0
"""So often a waiting reader looks whether another process has changed the plan."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit makes of a plan.

    Attributes:
        kind: of the step.
        after: the plan after it.
        repeats: the step that an undo takes back or a redo makes again.
        facts: zones whose name, team, post or lock is another one now.
        locked_unit_ids: units that are locked after it; None where they stay.
        name: of the plan after it; None where it stays.
        detail: what else the history and the audit log say; `before` and `after` hold values.
    """

    kind: StepKind
    after: DrawnPlan
    repeats: PlanStep | None = None
    facts: tuple[StoredZone, ...] = ()
    locked_unit_ids: tuple[int, ...] | None = None
    name: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_undoable(self) -> bool:
        """Whether units go to other zones; names, teams and locks stay where steps are taken back."""
        return self.kind in (StepKind.MOVE, StepKind.MERGE, StepKind.SPLIT, StepKind.FILL)


Edit = Callable[[AsyncRows, OpenPlan], Awaitable[Change]]


@dataclass(frozen=True, slots=True)
class Changed:
    """What an edit has changed.

    Attributes:
        plan: the plan after it.
        units: (m,) places of the units whose zone differs.
        zones: numbers of the zones that they left and joined, and of those whose facts changed.
    """

    plan: OpenPlan
    units: Ints
    zones: tuple[int, ...]


class PlanDesk:
    """Opens plans and changes them; one per process.

    A change holds the plan's row until it is stored, and is refused where somebody else was faster.
    """

    def __init__(self, database: Database, grounds: Grounds) -> None:
        self.database = database
        self.grounds = grounds
        self.plans = OpenPlans()
        self.changes = Changes()

    async def open(self, plan_id: int) -> OpenPlan:
        """A plan that the asker may open, as it stands.

        Raises:
            PlanUnknown: There is none, or it divides a unit outside of the scope.
            PlanStale: Its units are not those of today's boundaries.
        """
        async with self.database.reading() as conn:
            return await self.open_in(conn, await read_plan(conn, plan_id))

    async def open_in(self, conn: AsyncRows, stored: StoredPlan) -> OpenPlan:
        """As :meth:`open`, of a plan whose row was read on this connection."""
        held = self.plans.at(stored.id, stored.version)
        if held is not None and held.ground.boundary_revision == stored.present_revision:
            return held
        ground = await self._ground(conn, stored)
        zone = await read_members(conn, stored.id, stored.unit_ids)
        zones = await read_zones(conn, stored.id)
        plan = await asyncio.to_thread(opened, stored, ground, zone, zones)
        self.plans.keep(plan, opened=True)
        return plan

    async def change(self, plan_id: int, version: int, edit: Edit, key: str | None = None) -> Changed:
        """Change the zones of a draft.

        Args:
            plan_id: the plan.
            version: the version that was looked at.
            edit: what is done; may refuse.
            key: Idempotency-Key; a request that is sent again gets the plan as it is now.

        Raises:
            PlanUnknown: There is none, or it divides a unit outside of the scope.
            PlanOutdated: Somebody else changed it since.
            PlanSettled: It is no draft.
            PlanStale: Its units are not those of today's boundaries.
            MoveNotMade: The edit was refused.
        """
        await self._made_ready(plan_id, version)
        async with self.database.writing() as conn:
            stored = await lock_plan(conn, plan_id)
            repeated = await _repeated(conn, stored, key)
            if repeated is not None:
                return _changed_by(await self.open_in(conn, stored), repeated)
            await check_version(conn, stored, version)
            check_draft(stored)
            before = await self.open_in(conn, stored)
            change = await edit(conn, before)
            after, step = await _written(conn, before, change, key)
        self.plans.keep(after)
        self.changes.tell(plan_id)
        return _changed_by(after, step)

    async def since(self, plan_id: int, version: int) -> tuple[int, tuple[PlanStep, ...]]:
        """The present version and the steps after a version; waits up to 25 s for one.

        Raises:
            PlanUnknown: There is none, or it divides a unit outside of the scope.
        """
        until_s = time.monotonic() + WAIT_S
        while True:
            async with self.database.reading() as conn:
                stored = await read_plan(conn, plan_id)
                if stored.version > version:
                    return stored.version, await steps_after(conn, plan_id, version)
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                return stored.version, ()
            await self.changes.wait(plan_id, min(left_s, LOOK_S))

    async def _made_ready(self, plan_id: int, version: int) -> None:
        """Read what is not at hand before the row is held, so that nobody waits for a ground."""
        if self.plans.at(plan_id, version) is None:
            await self.open(plan_id)

    async def _ground(self, conn: AsyncRows, stored: StoredPlan) -> PlanningGround:
        moment = await read_moment(conn)
        question = parse_parameters(stored.parameters).question(stored.within_id, stored.base, moment)
        ground = await self.grounds.read(conn, question)
        if ground.unit_ids.tolist() != stored.unit_ids:
            raise PlanStale(stored.boundary_revision, moment.boundary_revision)
        return ground


async def check_version(conn: AsyncRows, stored: StoredPlan, version: int) -> None:
    """Refuse a change that was thought of at another version.

    Raises:
        PlanOutdated: The plan is not at this version any more.
    """
    if stored.version != version:
        steps = await steps_after(conn, stored.id, min(version, stored.version))
        raise PlanOutdated(stored.version, [told(step) for step in steps])


def check_draft(stored: StoredPlan) -> None:
    """Refuse to change a plan that was handed in.

    Raises:
        PlanSettled: It is no draft.
    """
    if stored.state != PlanState.DRAFT:
        remedy = (
            "Take it back to a draft first." if stored.state == PlanState.REVIEW else "Make a new plan from this one."
        )
        raise PlanSettled(stored.state, remedy)


def told(step: PlanStep) -> dict[str, object]:
    """A step as others are told of it."""
    account = acting_account_or_none()
    return {
        "version": step.version,
        "at": step.made_at.isoformat(),
        "who": step.who,
        "mine": account is not None and step.account_id == account.id,
        "kind": step.kind,
        "units": len(step.units),
        "unit_ids": step.units[:500],
        "zone": step.joined_no[:500],
        "left": sorted({no for no in step.left_no if no >= 0}),
        "joined": sorted({no for no in step.joined_no if no >= 0}),
        "of_version": step.of_version,
        "detail": dict(step.detail),
    }


async def _repeated(conn: AsyncRows, stored: StoredPlan, key: str | None) -> PlanStep | None:
    account = acting_account_or_none()
    if key is None or account is None:
        return None
    step = await step_of_request(conn, stored.id, account.id, key)
    if step is not None and step.version < stored.version:
        raise NotTheSameRequest(
            "Idempotency-Key", "This step was made, and others since.", "Read the plan as it is now."
        )
    return step


async def _written(conn: AsyncRows, before: OpenPlan, change: Change, key: str | None) -> tuple[OpenPlan, PlanStep]:
    """The plan after a change that was stored, and the step as it is in the history."""
    stored, after = before.stored, change.after
    head, done, undone = _history(stored, change)
    figures = before.at(stored, after, before.zones).figures()
    await write_step(conn, stored, _step(before, change, figures, key))
    await store_facts(conn, stored.id, change.facts, change.locked_unit_ids, change.name)
    has_other_zones = len(after.figures) != len(before.plan.figures) or change.facts
    zones = await read_zones(conn, stored.id) if has_other_zones else before.zones
    written = (await steps_after(conn, stored.id, stored.version))[-1]
    row = replace(
        stored,
        version=written.version,
        name=change.name or stored.name,
        head=written.version if head is None else head,
        done=done,
        undone=list(undone),
        zones=len(after.figures),
        figures=figures,
        locked_unit_ids=stored.locked_unit_ids if change.locked_unit_ids is None else list(change.locked_unit_ids),
        changed_at=written.made_at,
    )
    return before.at(row, after, tuple(zone for zone in zones if zone.no < len(after.figures))), written


def _step(before: OpenPlan, change: Change, figures: Mapping[str, object], key: str | None) -> NewStep:
    after, count = change.after, len(before.plan.figures)
    units = np.flatnonzero(before.plan.zone != after.zone)
    is_new = len(after.figures) > count and change.repeats is None
    head, done, undone = _history(before.stored, change)
    return NewStep(
        change.kind,
        units=before.ground.unit_ids[units].tolist(),
        left=before.plan.zone[units].tolist(),
        joined=after.zone[units].tolist(),
        opened=len(after.figures) - count,
        head=head,
        done=done,
        undone=undone,
        of_version=None if change.repeats is None else change.repeats.version,
        colours=new_colours(after, [zone.colour for zone in before.zones[:count]]) if is_new else (),
        figures=figures,
        detail=change.detail,
        key=key,
    )


def _history(stored: StoredPlan, change: Change) -> tuple[int | None, int, Sequence[int]]:
    """Last step in force, None for this one, how many are, and steps taken back, after a change."""
    if change.is_undoable:
        return None, stored.done + 1, ()
    if change.repeats is None:
        return stored.head, stored.done, stored.undone
    if change.kind is StepKind.UNDO:
        return change.repeats.earlier, stored.done - 1, (*stored.undone, change.repeats.version)
    return change.repeats.version, stored.done + 1, stored.undone[:-1]


def _changed_by(plan: OpenPlan, step: PlanStep) -> Changed:
    units = np.searchsorted(plan.ground.unit_ids, np.array(step.units, np.int64))
    touched = {no for no in (*step.left_no, *step.joined_no) if no >= 0}
    named = step.detail.get("zones")
    touched |= {int(str(no)) for no in named} if isinstance(named, list) else set()
    return Changed(plan, units, tuple(sorted(no for no in touched if no < len(plan.plan.figures))))
