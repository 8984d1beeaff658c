"""Which steps led to a plan, and how is one more written down?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from psycopg.types.json import Jsonb

from data.audit.entry import Action, Entry
from data.audit.record import record
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_all, fetch_one
from data.zoning.authors import current_author
from data.zoning.stored_plans import StoredPlan
from data.zoning.stored_zones import move_members, open_zones

MOST_STEPS = 200
_COLUMNS = """
    SELECT step.version, step.made_at, step.account_id, step.account_name AS who, step.kind, step.units, step.left_no,
        step.joined_no, step.opened, step.earlier, step.of_version, step.detail
    FROM zone_step AS step
"""


class StepKind(StrEnum):
    """What was done to a plan."""

    MOVE = "move"
    MERGE = "merge"
    SPLIT = "split"
    FILL = "fill"
    UNDO = "undo"
    REDO = "redo"
    ZONE = "zone"
    LOCK = "lock"
    NAME = "name"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A step as it is stored.

    Attributes:
        version: that the plan had after it.
        units, left_no, joined_no: ids of the units that moved, the zone that each left and joined, −1 for none.
        opened: number of zones that were new; below 0 where an undo took them back.
        earlier: the last step in force before it.
        of_version: what an undo took back, or a redo made again.
    """

    version: int
    made_at: datetime
    account_id: int | None
    who: str
    kind: str
    units: list[int]
    left_no: list[int]
    joined_no: list[int]
    opened: int
    earlier: int
    of_version: int | None
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step that is to be written.

    Attributes:
        units, left, joined: as in :class:`PlanStep`.
        opened: new zones; below 0 for those that are gone.
        head, done, undone: last step in force, how many are, and steps taken back, after it; None for this step itself
            and one more.
        colours: of the zones that are new, in order.
        figures: of the plan after it; None where they stay.
        key: Idempotency-Key.
        action: for the audit log.
    """

    kind: StepKind
    units: Sequence[int] = ()
    left: Sequence[int] = ()
    joined: Sequence[int] = ()
    opened: int = 0
    head: int | None = None
    done: int | None = None
    undone: Sequence[int] = ()
    of_version: int | None = None
    colours: Sequence[int] = ()
    figures: Mapping[str, object] | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    key: str | None = None
    action: Action = Action.ZONE_PLAN_CHANGED


async def read_step(conn: AsyncRows, plan_id: int, version: int) -> PlanStep | None:
    """One step."""
    query = _COLUMNS + "WHERE step.plan_id = %(plan)s AND step.version = %(version)s"
    return await fetch_one(conn, PlanStep, query, {"plan": plan_id, "version": version})


async def steps_after(conn: AsyncRows, plan_id: int, version: int) -> tuple[PlanStep, ...]:
    """Steps since a version, oldest first; at most MOST_STEPS."""
    query = _COLUMNS + "WHERE step.plan_id = %(plan)s AND step.version > %(version)s ORDER BY step.version LIMIT %(n)s"
    return await fetch_all(conn, PlanStep, query, {"plan": plan_id, "version": version, "n": MOST_STEPS})


async def steps_before(conn: AsyncRows, plan_id: int, version: int | None, most: int) -> tuple[PlanStep, ...]:
    """Steps before a version, or the last ones, newest first."""
    query = _COLUMNS + (
        "WHERE step.plan_id = %(plan)s AND (%(version)s::integer IS NULL OR step.version < %(version)s) "
        "ORDER BY step.version DESC LIMIT %(n)s"
    )
    return await fetch_all(conn, PlanStep, query, {"plan": plan_id, "version": version, "n": most})


async def step_of_request(conn: AsyncRows, plan_id: int, account_id: int | None, key: str) -> PlanStep | None:
    """The step that an account made under an Idempotency-Key."""
    query = _COLUMNS + "WHERE step.plan_id = %(plan)s AND step.account_id = %(account)s AND step.request_key = %(key)s"
    return await fetch_one(conn, PlanStep, query, {"plan": plan_id, "account": account_id, "key": key})


async def write_step(conn: AsyncRows, plan: StoredPlan, step: NewStep) -> int:
    """Write a step and what it changes, with an entry of the audit log, in the caller's transaction.

    Args:
        conn: the transaction that holds the plan.
        plan: the plan as it was locked.
        step: what is done.

    Returns:
        The plan's version after it.
    """
    author, version = current_author(), plan.version + 1
    values = {
        "plan": plan.id,
        "version": version,
        "account": author.account_id,
        "who": author.name,
        "kind": step.kind.value,
        "units": list(step.units),
        "left": list(step.left),
        "joined": list(step.joined),
        "opened": step.opened,
        "earlier": plan.head,
        "of_version": step.of_version,
        "detail": Jsonb(dict(step.detail)),
        "key": step.key,
        "head": version if step.head is None else step.head,
        "done": plan.done + 1 if step.done is None else step.done,
        "undone": list(step.undone),
        "figures": None if step.figures is None else Jsonb(dict(step.figures)),
    }
    # Sent together: none of them needs the answer of another.
    async with conn.pipeline():
        await conn.execute(named("zone_step_write"), values)
        if step.opened > 0 and step.of_version is None:
            await open_zones(conn, plan.id, plan.zones, step.colours)
        await move_members(conn, plan.id, step.units, step.joined)
        await record(conn, _entry(plan, step, version))
    return version


def _entry(plan: StoredPlan, step: NewStep, version: int) -> Entry:
    told = {key: value for key, value in step.detail.items() if key not in ("before", "after")}
    before, after = step.detail.get("before"), step.detail.get("after")
    return Entry(
        step.action,
        "zone_plan",
        str(plan.id),
        unit_ids=(plan.within_id,),
        detail=told | {"step": step.kind.value, "units": len(step.units), "opened": step.opened or None},
        before={"version": plan.version, "zones": sorted(set(step.left))} | _told(before),
        after={"version": version, "zones": sorted(set(step.joined))} | _told(after),
    )


def _told(values: object) -> dict[str, object]:
    return dict(values) if isinstance(values, Mapping) else {}
