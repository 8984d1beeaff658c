"""Which incidents answer a question, newest first and page by page, and what is known about one?"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from psycopg.sql import SQL, Composed

from data.accounts.account import acting_account_or_none
from data.accounts.errors import NotPermitted
from data.accounts.permissions import Permission
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.errors import IncidentUnknown
from data.reads.incident_filter import Box, IncidentFilter, Position
from data.reads.parts import read_cells
from data.reads.question import Question
from data.reads.rows import fetch_all
from data.reads.units import escape_like

CHUNK = 1_000
"""Small enough that turning a chunk into a file does not hold up other requests."""


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as lists show it.

    Attributes:
        status: Code of CaseStatus.
        lon, lat: Degrees WGS 84, None without position; of a sensitive class, a point of the small grid instead.
        unit_code, unit_name, unit_level: Smallest unit that it lies in; None where it lies in none.
    """

    id: int
    reported_at: datetime
    status: int
    severity: int
    overdue: bool
    class_code: str
    class_zh: str
    class_en: str
    sensitive: bool
    source: str | None
    department: str | None
    filed_at: datetime | None
    dispatched_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    close_reason: str | None
    external_id: str | None
    text: str | None
    address: str | None
    lon: float | None
    lat: float | None
    cell_id: int
    unit_code: str | None
    unit_name: str | None
    unit_level: str | None
    stated_unit_id: int | None


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit by name, current or ended."""

    id: int
    code: str
    name: str
    name_en: str
    level: str


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """One incident with the units that it lies in, from the city down, and the unit that its report states."""

    incident: Incident
    located: tuple[UnitName, ...]
    stated: UnitName | None


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """Some incidents, newest first, and where the next page starts (None at the end)."""

    incidents: tuple[Incident, ...]
    next: Position | None


async def read_incidents(
    conn: AsyncRows,
    question: Question,
    narrowed: IncidentFilter,
    *,
    after: Position | None = None,
    limit: int,
) -> IncidentPage:
    """The page of at most `limit` incidents that follows `after`, by time of report and id, descending."""
    condition, values = await _condition(conn, question, narrowed)
    return await read_matching(conn, condition, values, after=after, limit=limit)


async def read_matching(
    conn: AsyncRows,
    condition: SQL | Composed,
    values: dict[str, object],
    *,
    after: Position | None = None,
    limit: int,
) -> IncidentPage:
    """The page of at most `limit` incidents that meet a condition over `incident`, in the order of the list.

    Args:
        conn: A reading transaction.
        condition: In SQL.
        values: Its parameters.
        after: Last incident of the page before.
        limit: Size of the page.
    """
    if after is not None:
        condition = condition + SQL(
            " AND reported_at <= %(after_time)s AND (reported_at, id) < (%(after_time)s, %(after_id)s)"
        )
        values |= {"after_time": after.reported_at, "after_id": after.id}
    rows = await _read_page(conn, condition, values | {"limit": limit + 1})
    page = rows[:limit]
    following = Position(page[-1].reported_at, page[-1].id) if len(rows) > limit else None
    return IncidentPage(page, following)


async def read_incidents_by_id(conn: AsyncRows, ids: Sequence[int], moments: Sequence[datetime]) -> dict[int, Incident]:
    """Incidents by id.

    Args:
        ids: Of the incidents.
        moments: When they were reported, in the same order; their months are searched and no others.
    """
    condition = SQL("id = ANY(%(ids)s) AND reported_at = ANY(%(moments)s)")
    rows = await _read_page(conn, condition, {"ids": list(ids), "moments": list(moments), "limit": len(ids)})
    return {row.id: row for row in rows}


async def stream_incidents(
    conn: AsyncRows, question: Question, narrowed: IncidentFilter
) -> AsyncIterator[tuple[Incident, ...]]:
    """All incidents that answer the question, in chunks, in the order of the list."""
    after: Position | None = None
    while True:
        page = await read_incidents(conn, question, narrowed, after=after, limit=CHUNK)
        yield page.incidents
        after = page.next
        if after is None:
            return


async def read_incident(conn: AsyncRows, incident_id: int) -> IncidentDetail:
    """One incident.

    Raises:
        IncidentUnknown: There is none with the id.
        NotPermitted: The account that acts may not read about single incidents.
    """
    if not _may_read_text():
        raise NotPermitted(Permission.INCIDENT_DETAILS)
    rows = await _read_page(conn, SQL("id = %(id)s"), {"id": incident_id, "limit": 1})
    if not rows:
        raise IncidentUnknown(incident_id)
    incident = rows[0]
    names = await fetch_all(conn, UnitName, named("incident_units"), {"cell": incident.cell_id})
    stated = await fetch_all(
        conn,
        UnitName,
        "SELECT id, code, name, name_en, level_key AS level FROM unit WHERE id = %(id)s",
        {"id": incident.stated_unit_id},
    )
    return IncidentDetail(incident, names, stated[0] if stated else None)


async def _read_page(conn: AsyncRows, condition: SQL | Composed, values: dict[str, object]) -> tuple[Incident, ...]:
    statement = SQL(named("incident_page")).format(condition=condition)
    rows = await fetch_all(conn, Incident, statement, values, prepare=False)
    return rows if _may_read_text() else tuple(replace(row, text=None, address=None) for row in rows)


def _may_read_text() -> bool:
    """Whether what people wrote may leave this room: not for an account without the permission, such as a display."""
    account = acting_account_or_none()
    return account is None or account.may(Permission.INCIDENT_DETAILS)


async def _condition(
    conn: AsyncRows, question: Question, narrowed: IncidentFilter
) -> tuple[Composed, dict[str, object]]:
    zone = question.moment.zone
    values: dict[str, object] = {"start": question.period.start(zone), "end": question.period.end(zone)}
    conditions: list[SQL | Composed] = [SQL("reported_at >= %(start)s AND reported_at < %(end)s")]
    cells = await read_cells(conn, question.unit)
    if cells is not None:
        conditions.append(SQL("cell_id = ANY(%(cells)s)"))
        values["cells"] = list(cells)
    if question.class_ids is not None:
        conditions.append(SQL("class_id = ANY(%(classes)s::smallint[])"))
        values["classes"] = sorted(question.class_ids)
    if narrowed.statuses or narrowed.figures:
        conditions.append(_status_condition(narrowed))
        values["statuses"] = sorted(narrowed.statuses)
    if narrowed.text:
        found, texts = text_condition(narrowed.text)
        conditions.append(found)
        values |= texts
    if narrowed.ids is not None:
        conditions.append(SQL("id = ANY(%(ids)s)"))
        values["ids"] = list(narrowed.ids)
    if narrowed.cells is not None:
        conditions.append(SQL("cell_id = ANY(%(narrow_cells)s)"))
        values["narrow_cells"] = list(narrowed.cells)
    if narrowed.box is not None:
        conditions.append(SQL(_BOX_CONDITION))
        values |= await _box_values(conn, narrowed.box)
    return SQL(" AND ").join(conditions), values


def text_condition(text: str) -> tuple[Composed, dict[str, object]]:
    """The condition that a text is found in an incident, with its values.

    Raises:
        NotPermitted: The account that acts may not read texts: finding words is reading them, one guess at a time.
    """
    if not _may_read_text():
        raise NotPermitted(Permission.INCIDENT_DETAILS)
    return _text_condition(text), {"text": f"%{escape_like(text)}%", "exact": text}


def _text_condition(text: str) -> Composed:
    """Text without cased letters, such as Chinese, is compared as it stands, which is several times faster."""
    operator = "LIKE" if text.lower() == text.upper() else "ILIKE"
    return SQL(_TEXT_CONDITION).format(like=SQL(operator))


def _status_condition(narrowed: IncidentFilter) -> SQL:
    parts = ["status = ANY(%(statuses)s::smallint[])", *(_FIGURE_CONDITIONS[key] for key in sorted(narrowed.figures))]
    return SQL("(" + " OR ".join(parts) + ")")


async def _box_values(conn: AsyncRows, box: Box) -> dict[str, object]:
    corners: dict[str, object] = {"west": box.west, "south": box.south, "east": box.east, "north": box.north}
    rows = await fetch_all(conn, _CellId, named("cells_in_box"), corners)
    return corners | {"cells_in_box": [row.id for row in rows]}


@dataclass(frozen=True, slots=True)
class _CellId:
    id: int


_FIGURE_CONDITIONS = {
    "overdue": "(is_open(status) AND breached AND handled_at IS NULL)",
    "on_time": "handled_at <= due_at",
    "late": "handled_at > due_at",
}
_TEXT_CONDITION = """(
    text {like} %(text)s
    OR external_id = %(exact)s
    OR (
        address {like} %(text)s
        AND class_id <> ALL (ARRAY(SELECT id FROM incident_class WHERE sensitive))
    )
)"""
_BOX_CONDITION = """cell_id = ANY(%(cells_in_box)s)
    AND ST_Intersects(
        ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326),
        CASE
            WHEN class_id = ANY (ARRAY(SELECT id FROM incident_class WHERE sensitive))
                THEN (SELECT label_point FROM unit WHERE unit.id = incident.grid_id)
            ELSE geom
        END
    )"""
