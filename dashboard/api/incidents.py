"""Routes of incidents: the list and one of them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from dashboard.api.bodies import IncidentDetailBody, IncidentsBody
from dashboard.api.parameters import AskedFilter, AskedLevel, AskedQuestion, AskedWhere, versioned_router
from dashboard.api.rendering import incident_body, incident_detail_body
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from data.audit.asked import about_incident, about_question
from data.audit.entry import Action
from data.audit.record import record_first
from data.reads.city import read_moment
from data.reads.incident_filter import decode_cursor, encode_cursor, parse_limit
from data.reads.incidents import read_incident, read_incidents


def incidents_router(services: ApiServices) -> APIRouter:
    """Routes /incidents and /incidents/{id}."""
    router = versioned_router("incidents")

    @router.get("/incidents", response_model=IncidentsBody)
    async def incidents(
        request: Request,
        asked: AskedQuestion,
        narrowed: AskedFilter,
        where: AskedWhere,
        level: AskedLevel = "",
        cursor: Annotated[str, Query(description="`next` of the page before.")] = "",
        limit: Annotated[str, Query(description="Incidents per page, 1 to 500; default 50.")] = "",
    ) -> Response:
        """Incidents of a unit and period, newest first, page by page."""
        wanted, after, size = narrowed.parse(), decode_cursor(cursor), parse_limit(limit)
        async with services.database.reading() as conn:
            question = await asked.read(conn, level)
            wanted = await where.narrow(conn, question, wanted, level)
            page = await read_incidents(conn, question, wanted, after=after, limit=size)
        more = {"shown": len(page.incidents), "follows_page": bool(cursor) or None}
        entry = about_question(Action.INCIDENTS_LISTED, "incidents", question, wanted, **more)
        await record_first(services.database.writing, entry)
        body = IncidentsBody(
            as_of=question.moment.as_of,
            replay=question.moment.is_replay,
            unit=question.unit.code,
            first=question.period.first,
            last=question.period.last,
            items=[incident_body(incident) for incident in page.incidents],
            next=encode_cursor(page.next) if page.next else None,
        )
        return json_response(request, body)

    @router.get("/incidents/{id}", response_model=IncidentDetailBody)
    async def incident(request: Request, incident_id: Annotated[int, Path(alias="id", ge=0, lt=2**63)]) -> Response:
        """One incident with the units that it lies in and the one that its report states."""
        async with services.database.reading() as conn:
            moment = await read_moment(conn)
            found = await read_incident(conn, incident_id)
        await record_first(services.database.writing, about_incident(found))
        return json_response(request, incident_detail_body(found, moment.as_of))

    return router
