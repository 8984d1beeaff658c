"""What happened to cases during a period, as spans of time that a map can play back?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg.sql import SQL, Composed

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.errors import PeriodInvalid
from data.reads.incident_filter import Position
from data.reads.parts import read_cells
from data.reads.past import parse_moment
from data.reads.question import Question
from data.reads.rows import fetch_all

MAX_DAYS = 92
MAX_SPANS = 20_000
DEFAULT_SPANS = 5_000
DAY_CHARACTERS = len("2026-03-02")
"""Longer texts are moments; they begin with their day."""

Phase = Literal["open", "overdue", "handled", "closed"]
Kind = Literal["opened", "overdue", "handled", "closed", "reopened", "changed"]


@dataclass(frozen=True, slots=True)
class Span:
    """A case from one moment to another.

    Attributes:
        id: Of the incident.
        phase: open; overdue, as far as nothing was handled; handled, it waits to be closed; closed.
        until: When it changed again; None where that has not happened yet.
        due_at: When handling is, or was, due, as far as was known in this time.
        phase_before: Of the span before; None for a report.
        reported_at: Of the incident.
        class_id: Of the incident.
        lon, lat: Degrees WGS 84, None without position; of a sensitive class, a point of the small grid instead.
    """

    id: int
    phase: Phase
    at: datetime
    until: datetime | None
    due_at: datetime | None
    phase_before: Phase | None
    reported_at: datetime
    class_id: int
    lon: float | None
    lat: float | None

    @property
    def kind(self) -> Kind:
        """What happened when it began; a report that was late or closed at once is told as a report."""
        if self.phase_before is None:
            return "opened"
        if self.phase == self.phase_before or (self.phase_before == "overdue" and self.phase == "open"):
            return "changed"
        return "reopened" if self.phase == "open" else self.phase


@dataclass(frozen=True, slots=True)
class ReplayPeriod:
    """From one moment until just before another; neither lies in the future."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class SpanPage:
    """Spans by beginning, and where the next page starts (None at the end)."""

    spans: tuple[Span, ...]
    next: Position | None


def parse_replay(start: str, end: str, question: Question) -> ReplayPeriod:
    """The period to play back, from days (the last one included) or moments; it ends now at the latest.

    Raises:
        PeriodInvalid: A text is neither, the period has no length, is longer than MAX_DAYS, or ends before the first
            day with an incident.
        MomentUnavailable: A moment is none, or has not come.
    """
    now, period = question.moment, question.period
    first = parse_moment(start, now, "from") if len(start) > DAY_CHARACTERS else period.start(now.zone)
    last = parse_moment(end, now, "to") if len(end) > DAY_CHARACTERS else period.end(now.zone)
    found = ReplayPeriod(first, min(last, now.as_of))
    if found.start >= found.end:
        raise PeriodInvalid("from", "The period has no length, or lies in the future.", "Give an earlier first moment.")
    if found.end - found.start > timedelta(days=MAX_DAYS):
        raise PeriodInvalid("from", f"The period is longer than {MAX_DAYS} days.", "Play back a shorter one.")
    if now.first_day is not None and found.end.astimezone(now.zone).date() < now.first_day:
        raise PeriodInvalid("to", f"The first incident is of {now.first_day}.", "Play back a later period.")
    return found


async def read_spans(
    conn: AsyncRows, question: Question, period: ReplayPeriod, *, after: Position | None, limit: int
) -> SpanPage:
    """Spans of the question's unit and classes that touch a period, by beginning and id.

    A case that was closed before the period is not told. No span is without a length, so those of one case have
    different beginnings.

    Args:
        conn: A reading transaction of the present.
        question: Unit and classes; cases count whenever they were reported.
        period: What is played back.
        after: Last span of the page before.
        limit: Size of the page.
    """
    condition, values = await _condition(conn, question)
    values |= {"start": period.start, "end": period.end, "limit": limit + 1}
    values |= {"after_at": after.reported_at if after else None, "after_id": after.id if after else None}
    statement = SQL(named("replay_spans")).format(condition=condition)
    rows = await fetch_all(conn, Span, statement, values, prepare=False)
    page = rows[:limit]
    return SpanPage(page, Position(page[-1].at, page[-1].id) if len(rows) > limit else None)


async def _condition(conn: AsyncRows, question: Question) -> tuple[Composed, dict[str, object]]:
    parts: list[SQL] = [SQL("TRUE")]
    values: dict[str, object] = {}
    cells = await read_cells(conn, question.unit)
    if cells is not None:
        parts.append(SQL("cell_id = ANY(%(cells)s)"))
        values["cells"] = list(cells)
    if question.class_ids is not None:
        parts.append(SQL("class_id = ANY(%(classes)s::smallint[])"))
        values["classes"] = sorted(question.class_ids)
    return SQL(" AND ").join(parts), values
