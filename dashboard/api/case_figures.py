"""Routes of figures of handling: values, the cases behind each number, kept days, the league table."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from dashboard.api.case_bodies import FigureCasesBody
from dashboard.api.case_rendering import queued_body
from dashboard.api.figure_bodies import FiguresBody, KeptDayBody, KeptDaysBody, LeagueBody
from dashboard.api.figure_rendering import count_bodies, figures_body, league_body
from dashboard.api.parameters import AskedLevel, AskedQuestion, versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from data.audit.asked import about_question
from data.audit.entry import Action
from data.audit.record import record_first
from data.cases.queue import read_queued
from data.figures.cases import FigureList, parse_part, read_cases
from data.figures.definition import chosen, definition_of
from data.figures.errors import FigureQuestionInvalid
from data.figures.kept import parse_subject, read_kept_days
from data.figures.league import league, league_rules
from data.figures.read import parse_by, read_figures
from data.reads.incident_filter import decode_cursor, encode_cursor, parse_limit

AskedBy = Annotated[str, Query(description="`unit`, `department` or `class`; empty for the total alone.")]
AskedFigures = Annotated[str, Query(description="Keys of figures, separated by commas; empty for all.")]


def case_figures_router(services: ApiServices) -> APIRouter:
    """Routes /figures, /figures/days, /figures/{key}/cases and /league."""
    router = versioned_router("figures")

    @router.get("/figures", response_model=FiguresBody)
    async def figures(
        request: Request, asked: AskedQuestion, level: AskedLevel = "", by: AskedBy = "", figure: AskedFigures = ""
    ) -> Response:
        """Figures of the cases that were due in the period, as it happened and without granted appeals."""
        wanted, grouping = chosen(figure), parse_by(by)
        async with services.database.reading() as conn:
            found = await read_figures(conn, await asked.read(conn, level), wanted, grouping)
        return json_response(request, figures_body(found, wanted))

    @router.get("/figures/days", response_model=KeptDaysBody)
    async def days(
        request: Request,
        asked: AskedQuestion,
        subject: Annotated[str, Query(description="`city` (default), `unit`, `department` or `class`.")] = "",
        subject_code: Annotated[str, Query(description="Code of the unit or class, key of the department.")] = "",
        figure: AskedFigures = "",
    ) -> Response:
        """Figures of each day of the period as they stood when it ended."""
        kind, wanted = parse_subject(subject), chosen(figure)
        async with services.database.reading() as conn:
            question = await asked.read(conn)
            kept = await read_kept_days(conn, question.period, kind, subject_code, [one.key for one in wanted])
        body = KeptDaysBody(
            first=question.period.first,
            last=question.period.last,
            subject=kind,
            code=subject_code,
            leaves_out_sensitive=bool(question.withheld_ids),
            items=[KeptDayBody(day=day, figures=count_bodies(found)) for day, found in kept.items()],
        )
        return json_response(request, body)

    @router.get("/figures/{key}/cases", response_model=FigureCasesBody)
    async def cases(
        request: Request,
        asked: AskedQuestion,
        key: Annotated[str, Path(description="Key of the figure.")],
        level: AskedLevel = "",
        part: Annotated[str, Query(description="`numerator` (default) or `denominator`.")] = "",
        adjusted: Annotated[str, Query(description="`true`: without cases for which an appeal was granted.")] = "",
        child: Annotated[str, Query(description="Code of an item by unit, or `none`.")] = "",
        department: Annotated[str, Query(description="Key of an item by department, or `none`.")] = "",
        seen_at: Annotated[str, Query(description="`as_of` of the answer whose number is opened.")] = "",
        cursor: Annotated[str, Query(description="`next` of the page before.")] = "",
        limit: Annotated[str, Query(description="Cases per page, 1 to 500; default 50.")] = "",
    ) -> Response:
        """Exactly the cases that a number counts, newest report first, page by page."""
        wanted = FigureList(definition_of(key), parse_part(part), _flag(adjusted), child, department)
        after, size = decode_cursor(cursor), parse_limit(limit)
        async with services.database.reading() as conn:
            question = await asked.read(conn, level)
            now = _moment(seen_at, question.moment.as_of)
            page = await read_cases(conn, question, wanted, now, after=after, limit=size)
            then = question.moment.as_of if question.moment.is_replay else None
            queued = await read_queued(conn, page.incidents, then)
        told = {"figure": key, "part": wanted.part, "adjusted": wanted.adjusted, "child": child}
        more = told | {"department": department, "shown": len(page.incidents), "follows_page": bool(cursor) or None}
        await record_first(
            services.database.writing, about_question(Action.INCIDENTS_LISTED, "figures", question, None, **more)
        )
        body = FigureCasesBody(
            as_of=now,
            replay=question.moment.is_replay,
            unit=question.unit.code,
            first=question.period.first,
            last=question.period.last,
            items=[queued_body(case, now) for case in queued],
            next=encode_cursor(page.next) if page.next else None,
        )
        return json_response(request, body)

    @router.get("/league", response_model=LeagueBody)
    async def table(request: Request, asked: AskedQuestion, level: AskedLevel = "", by: AskedBy = "unit") -> Response:
        """Units or departments ranked by a weighted score 实绩一榜."""
        grouping, rules = parse_by(by), league_rules()
        if grouping not in ("unit", "department"):
            raise FigureQuestionInvalid("by", f"{by!r} is not ranked.", "Use `unit` or `department`.")
        async with services.database.reading() as conn:
            found = await read_figures(conn, await asked.read(conn, level), rules.figures, grouping)
        return json_response(request, league_body(found, league(found.items, rules), rules))

    return router


def _flag(text: str) -> bool:
    if text not in ("", "true", "false"):
        raise FigureQuestionInvalid("adjusted", f"{text!r} is neither true nor false.", "Write true or false.")
    return text == "true"


def _moment(text: str, now: datetime) -> datetime:
    """The moment of an answer, never later than the present one."""
    if not text:
        return now
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise FigureQuestionInvalid("seen_at", f"{text!r} is no moment.", "Take `as_of` of the answer.") from error
    return min(moment if moment.tzinfo else moment.replace(tzinfo=UTC), now)
