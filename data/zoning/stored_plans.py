"""Which plans of zones are stored, and how does one writer at a time hold a plan?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from psycopg.sql import SQL, Composed

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_all, fetch_one
from data.zoning.plan_errors import PlanUnknown

MOST_LISTED = 200


class PlanState(StrEnum):
    """Where a plan stands in its life."""

    DRAFT = "draft"
    REVIEW = "review"
    ADOPTED = "adopted"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan without its units' zones.

    Attributes:
        version: number of steps made.
        head: version of the last step in force, 0 before the first.
        done: number of steps in force.
        undone: versions of the steps taken back, the last one last.
        within, within_level: code and level of the unit that is divided.
        base: level of the units that are joined.
        boundary_revision, present_revision: of the boundaries that the units are of, and the newest.
        unit_ids: those units, rising.
        zones: zone numbers in use; zones may be empty.
        parameters: how the plan came about, as asked.
        hash: of who is together with whom; None in a draft.
        figures, start_figures: as they stand, and as they were when the plan was made.
        superseded_from: first day on which it is no longer in force.
    """

    id: int
    name: str
    state: str
    version: int
    head: int
    done: int
    undone: list[int]
    within_id: int
    within: str
    within_name: str
    within_name_en: str
    within_level: str
    base: str
    base_rank: int
    boundary_revision: int
    present_revision: int
    unit_ids: list[int]
    zones: int
    locked_unit_ids: list[int]
    parameters: Mapping[str, object]
    seed: int | None
    hash: str | None
    figures: Mapping[str, object]
    start_figures: Mapping[str, object]
    made_at: datetime
    changed_at: datetime
    account_id: int | None
    made_by: str
    adopted_from: date | None
    adopted_at: datetime | None
    adopted_by: str | None
    superseded_from: date | None
    superseded_by: int | None


@dataclass(frozen=True, slots=True)
class PlanFilter:
    """Which plans are asked for; None asks for all."""

    states: tuple[PlanState, ...] | None = None
    within_id: int | None = None
    base: str | None = None


async def read_plan(conn: AsyncRows, plan_id: int) -> StoredPlan:
    """A plan that the asker may open in full.

    Raises:
        PlanUnknown: There is none, or it divides a unit outside of the scope.
    """
    return await _one(conn, plan_id, "")


async def lock_plan(conn: AsyncRows, plan_id: int) -> StoredPlan:
    """As :func:`read_plan`; until the transaction ends nobody else changes it.

    Raises:
        PlanUnknown: There is none, or it divides a unit outside of the scope.
    """
    return await _one(conn, plan_id, "FOR UPDATE OF plan")


async def list_plans(conn: AsyncRows, wanted: PlanFilter) -> tuple[StoredPlan, ...]:
    """Plans, the one changed last first; at most MOST_LISTED."""
    conditions = ["TRUE"]
    values: dict[str, object] = {}
    if wanted.within_id is not None:
        conditions.append("plan.within_id = %(within)s")
        values["within"] = wanted.within_id
    if wanted.base is not None:
        conditions.append("plan.base_level = %(base)s")
        values["base"] = wanted.base
    query = _rows(" AND ".join(conditions), "plan.changed_at DESC, plan.id DESC", "")
    found = await fetch_all(conn, StoredPlan, query, values)
    # By the state as it is shown: a plan that another one is to follow is still in force.
    kept = [plan for plan in found if wanted.states is None or plan.state in wanted.states]
    return tuple(kept[:MOST_LISTED])


async def plans_by_id(conn: AsyncRows, ids: Sequence[int]) -> tuple[StoredPlan, ...]:
    """Those of the plans that the asker may open, by id."""
    return await fetch_all(conn, StoredPlan, _rows("plan.id = ANY(%(ids)s)", "plan.id", ""), {"ids": list(ids)})


async def plan_of_request(conn: AsyncRows, account_id: int | None, key: str) -> StoredPlan | None:
    """The plan that an account made under an Idempotency-Key."""
    condition = "plan.account_id = %(account)s AND plan.request_key = %(key)s"
    return await fetch_one(conn, StoredPlan, _rows(condition, "plan.id", ""), {"account": account_id, "key": key})


async def _one(conn: AsyncRows, plan_id: int, locking: str) -> StoredPlan:
    found = await fetch_one(conn, StoredPlan, _rows("plan.id = %(id)s", "plan.id", locking), {"id": plan_id})
    if found is None:
        raise PlanUnknown(plan_id)
    return found


def _rows(condition: str, ordering: str, locking: str) -> Composed:
    return SQL(named("zone_plan_rows")).format(
        condition=SQL(condition),
        ordering=SQL(ordering),
        locking=SQL(locking),
    )
