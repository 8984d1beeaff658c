"""What do people say about a plan, and where?"""

from dataclasses import dataclass
from datetime import datetime

from data.audit.entry import Action, Entry
from data.audit.record import record
from data.engine import AsyncRows
from data.reads.rows import RowId, fetch_all, fetch_one
from data.zoning.authors import current_author
from data.zoning.plan_errors import PartUnknown
from data.zoning.stored_plans import StoredPlan

MOST_COMMENTS = 1_000
_COMMENTS = """
    SELECT comment.id, comment.made_at, comment.account_name AS who, comment.text, comment.no AS zone,
        unit.code AS unit, ST_X(comment.geom) AS lon, ST_Y(comment.geom) AS lat, comment.resolved_at,
        comment.resolved_by
    FROM zone_comment AS comment
    LEFT JOIN unit ON unit.id = comment.unit_id
"""
_ADD = """
    INSERT INTO zone_comment (plan_id, account_id, account_name, text, no, unit_id, geom, request_key)
    VALUES (
        %(plan)s, %(account)s, %(who)s, %(text)s, %(zone)s, %(unit)s,
        ST_SetSRID(ST_MakePoint(%(lon)s::float8, %(lat)s::float8), 4326), %(key)s
    )
    ON CONFLICT (plan_id, account_id, request_key) DO NOTHING
    RETURNING id
"""
_ASKED = """
    SELECT id FROM zone_comment WHERE plan_id = %(plan)s AND account_id = %(account)s AND request_key = %(key)s
"""
_RESOLVE = """
    UPDATE zone_comment
    SET resolved_at = CASE WHEN %(resolved)s THEN coalesce(resolved_at, now()) END,
        resolved_by = CASE WHEN %(resolved)s THEN coalesce(resolved_by, %(who)s) END
    WHERE id = %(id)s AND plan_id = %(plan)s
"""


@dataclass(frozen=True, slots=True)
class PlanComment:
    """A comment; at most one of `zone`, `unit` and the position says where."""

    id: int
    made_at: datetime
    who: str
    text: str
    zone: int | None
    unit: str | None
    lon: float | None
    lat: float | None
    resolved_at: datetime | None
    resolved_by: str | None


@dataclass(frozen=True, slots=True)
class Pin:
    """Where a comment belongs; nowhere for the plan as a whole. Degrees, WGS 84."""

    zone: int | None = None
    unit_id: int | None = None
    lon: float | None = None
    lat: float | None = None


async def list_comments(conn: AsyncRows, plan_id: int) -> tuple[PlanComment, ...]:
    """Comments on a plan, oldest first; at most MOST_COMMENTS."""
    query = _COMMENTS + "WHERE comment.plan_id = %(plan)s ORDER BY comment.id LIMIT %(n)s"
    return await fetch_all(conn, PlanComment, query, {"plan": plan_id, "n": MOST_COMMENTS})


async def add_comment(conn: AsyncRows, plan: StoredPlan, text: str, pin: Pin, key: str | None) -> PlanComment:
    """Store a comment; asked again with the same key, the one that was stored then.

    Args:
        conn: the caller's transaction.
        plan: what is commented on.
        text: masked already.
        pin: where.
        key: Idempotency-Key.
    """
    author = current_author()
    values = {
        "plan": plan.id,
        "account": author.account_id,
        "who": author.name,
        "text": text,
        "zone": pin.zone,
        "unit": pin.unit_id,
        "lon": pin.lon,
        "lat": pin.lat,
        "key": key,
    }
    made = await fetch_one(conn, RowId, _ADD, values)
    if made is None:
        made = await fetch_one(conn, RowId, _ASKED, values)
        assert made is not None
        return await _comment(conn, plan.id, made.id)
    await _note(conn, plan, {"comment": made.id, "characters": len(text), "did": "added"})
    return await _comment(conn, plan.id, made.id)


async def resolve_comment(conn: AsyncRows, plan: StoredPlan, comment_id: int, *, resolved: bool) -> PlanComment:
    """Mark a comment as dealt with, or as open again.

    Raises:
        PartUnknown: The plan has no such comment.
    """
    values = {"id": comment_id, "plan": plan.id, "resolved": resolved, "who": current_author().name}
    await conn.execute(_RESOLVE, values)
    comment = await _comment(conn, plan.id, comment_id)
    await _note(conn, plan, {"comment": comment_id, "did": "resolved" if resolved else "opened again"})
    return comment


async def _comment(conn: AsyncRows, plan_id: int, comment_id: int) -> PlanComment:
    query = _COMMENTS + "WHERE comment.plan_id = %(plan)s AND comment.id = %(id)s"
    found = await fetch_one(conn, PlanComment, query, {"plan": plan_id, "id": comment_id})
    if found is None:
        raise PartUnknown("comment", f"The plan has no comment {comment_id}.", "Take an id from the list of comments.")
    return found


async def _note(conn: AsyncRows, plan: StoredPlan, detail: dict[str, object]) -> None:
    """The log says that there was a comment, not what it says."""
    entry = Entry(Action.ZONE_PLAN_COMMENTED, "zone_plan", str(plan.id), unit_ids=(plan.within_id,), detail=detail)
    await record(conn, entry)
