"""Routes of cases: queues, one case, and what is done to them."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from dashboard.api.case_bodies import (
    CaseBody,
    CasesBody,
    CaseVerdictsBody,
    DoneBody,
    QueuesBody,
    SamePlaceBody,
    TransitionAsked,
    TransitionsAsked,
)
from dashboard.api.case_rendering import case_body, done_body, queued_body, verdict_body
from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from data.accounts.account import acting_account
from data.audit.entry import Action, Entry
from data.audit.record import record_first
from data.cases.action import Act
from data.cases.desk import BULK, CaseDesk
from data.cases.detail import read_case
from data.cases.queue import read_counts, read_queue, read_same_place
from data.cases.queue_filter import decode_place, encode_place, parse_queue
from data.cases.store import Command
from data.reads.errors import RequestRefused
from data.reads.incident_filter import parse_limit

NOT_HERE = frozenset({Act.REPORT, Act.ATTACH})
"""A report comes in by POST /incidents, a file by the routes of attachments."""

CaseId = Annotated[int, Path(alias="id", ge=0, lt=2**63, description="Id of the case, which is the incident's.")]


async def _queue_texts(
    queue: Annotated[
        str,
        Query(
            description="`open` (default), `all`, `new`, `to_dispatch`, `in_hand`, `to_verify`, `checks`, `called`, "
            "`approvals`, `suspended`, `approaching`, `breached`, `escalated`, `returned` or `merged`."
        ),
    ] = "",
    state: Annotated[str, Query(description="States, separated by commas.")] = "",
    deadline: Annotated[
        str, Query(description="How the limit of handling stands: `within`, `approaching` or `breached`.")
    ] = "",
    classes: Annotated[
        str, Query(alias="class", description="Class codes, group keys, families or scenario keys, by commas.")
    ] = "",
    unit: Annotated[str, Query(description="Unit code; empty for the whole city.")] = "",
    department: Annotated[str, Query(description="Key of the department in charge.")] = "",
    q: Annotated[str, Query(description="Part of the text or the address, or an external id.")] = "",
    sort: Annotated[str, Query(description="`newest` (default), `oldest` or `due`.")] = "",
) -> Mapping[str, str]:
    asked = {"queue": queue, "state": state, "deadline": deadline, "class": classes, "unit": unit}
    return asked | {"department": department, "q": q, "sort": sort}


AskedQueue = Annotated[Mapping[str, str], Depends(_queue_texts)]


def cases_router(services: ApiServices) -> APIRouter:
    """Routes /cases, /cases/queues, /cases/{id}, what lies at the same place, and their transitions."""
    router = versioned_router("cases")
    desk = CaseDesk(services.database, services.now)

    @router.get("/cases", response_model=CasesBody)
    async def cases(
        request: Request,
        asked: AskedQueue,
        cursor: Annotated[str, Query(description="`next` of the page before.")] = "",
        limit: Annotated[str, Query(description="Cases per page, 1 to 500; default 50.")] = "",
    ) -> Response:
        """Cases of a queue, page by page."""
        wanted, size, now = parse_queue(asked), parse_limit(limit), services.now()
        after = decode_place(cursor, wanted.order)
        async with services.database.reading() as conn:
            page = await read_queue(conn, wanted, now, after=after, limit=size)
        told = {name: text for name, text in asked.items() if name != "q"} | {"shown": len(page.cases)}
        detail = told | {"searched_characters": len(wanted.text) or None, "follows_page": bool(cursor) or None}
        await record_first(services.database.writing, Entry(Action.CASES_LISTED, "cases", detail=detail))
        body = CasesBody(
            as_of=now,
            queue=wanted.queue.value,
            items=[queued_body(case, now) for case in page.cases],
            next=encode_place(page.next) if page.next else None,
        )
        return json_response(request, body)

    @router.get("/cases/queues", response_model=QueuesBody)
    async def queues(request: Request, asked: AskedQueue) -> Response:
        """How many cases are in each queue, under the other conditions."""
        wanted, now = parse_queue(asked), services.now()
        async with services.database.reading() as conn:
            counts = await read_counts(conn, wanted, now)
        return json_response(request, QueuesBody(as_of=now, items={queue.value: n for queue, n in counts.items()}))

    @router.get("/cases/{id}", response_model=CaseBody)
    async def case(request: Request, case_id: CaseId) -> Response:
        """One case: state, log, time limits, and every act with the reason why it is not possible."""
        now = services.now()
        async with services.database.reading() as conn:
            found = await read_case(conn, case_id, acting_account(), now)
        units = tuple(unit.id for unit in found.incident.located)[-1:]
        entry = Entry(Action.CASE_VIEWED, "incident", str(case_id), unit_ids=units)
        await record_first(services.database.writing, entry)
        return json_response(request, case_body(found, now))

    @router.get("/cases/{id}/same-place", response_model=SamePlaceBody)
    async def same_place(request: Request, case_id: CaseId) -> Response:
        """Other cases of the grid that a case lies in, whatever became of them; a dozen at most."""
        now = services.now()
        async with services.database.reading() as conn:
            unit, found = await read_same_place(conn, case_id, now)
        # Part of looking at the case, which is what the audit log says.
        detail = {"part": "same_place", "shown": len(found)}
        entry = Entry(Action.CASE_VIEWED, "incident", str(case_id), detail=detail)
        await record_first(services.database.writing, entry)
        body = SamePlaceBody(as_of=now, unit=unit, items=[queued_body(case, now) for case in found])
        return json_response(request, body)

    @router.post("/cases/{id}/transitions", response_model=DoneBody)
    async def transition(request: Request, case_id: CaseId, asked: TransitionAsked) -> Response:
        """Do something to a case."""
        _refuse_elsewhere(asked.act)
        command = Command(case_id, asked.act, asked.facts, asked.seq, asked.key)
        done = await desk.act(command, acting_account())
        return json_response(request, done_body(done, services.now()))

    @router.post("/cases/transitions", response_model=CaseVerdictsBody)
    async def transitions(request: Request, asked: TransitionsAsked) -> Response:
        """Do the same to several cases; each is done or refused by itself."""
        if asked.act not in BULK:
            known = ", ".join(sorted(BULK))
            raise RequestRefused("act", f"{asked.act.value!r} is not done to several cases at once.", f"Use {known}.")
        commands = [
            Command(one.id, asked.act, asked.facts, one.seq, None if asked.key is None else f"{asked.key}:{one.id}")
            for one in asked.cases
        ]
        verdicts = await desk.act_on_all(commands, acting_account())
        done = sum(verdict.done is not None for verdict in verdicts)
        items = [verdict_body(verdict) for verdict in verdicts]
        return json_response(request, CaseVerdictsBody(done=done, refused=len(items) - done, items=items))

    return router


def _refuse_elsewhere(act: Act) -> None:
    if act in NOT_HERE:
        raise RequestRefused("act", f"{act.value!r} is not done here.", "See /api/docs for the route that does it.")
