"""Routes by which plans are proposed, and computations watched and cancelled."""

import asyncio
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from dashboard.api.zones.job_states import CANCEL_S, job_body, started_body
from dashboard.api.zones.propose_bodies import ProposeBody, StartedBody
from dashboard.zoning.jobs import Job
from dashboard.zoning.proposing import ProposalWork
from data.accounts.account import acting_account
from data.engine import AsyncRows
from data.reads.city import CityMoment, read_moment
from data.reads.errors import UnitUnknown
from data.reads.units import Unit, read_unit
from data.zoning.errors import ZoneQuestionInvalid
from data.zoning.plan_parameters import accepted, parse_parameters


def propose_router(services: ApiServices) -> APIRouter:
    """Routes /zones/plans/propose and /zones/jobs/{job}."""
    router = versioned_router("zones")
    jobs = services.zones.jobs

    @router.post("/zones/plans/propose", response_model=StartedBody, status_code=202)
    async def propose(request: Request, body: ProposeBody) -> Response:
        """Start to look for a plan; follow it at /api/v1/zones/jobs/{job}."""
        work = await read_work(services, body)
        job = jobs.start(acting_account().id, work)
        return _accepted(request, services, job)

    @router.get("/zones/jobs/{job}")
    async def state(
        request: Request,
        job: str,
        after: Annotated[int, Query(description="Number of plans heard of; the zones come with a newer one.")] = 0,
    ) -> Response:
        """How far a computation of one's own is, with the best plan so far; its result once it is done."""
        return json_response(request, job_body(jobs, jobs.find(acting_account().id, job), after))

    @router.delete("/zones/jobs/{job}")
    async def cancel(request: Request, job: str) -> Response:
        """End a computation early; the best plan so far stays with it."""
        found = jobs.find(acting_account().id, job)
        jobs.cancel(found)
        if not await asyncio.to_thread(found.ended.wait, CANCEL_S):
            jobs.abandon(found)
        return json_response(request, job_body(jobs, found, 0))

    return router


def _accepted(request: Request, services: ApiServices, job: Job) -> Response:
    answer = json_response(request, started_body(services.zones.jobs, job))
    answer.status_code = 202
    return answer


async def read_work(services: ApiServices, body: ProposeBody) -> ProposalWork:
    """What a question for a plan means, with its ground in the asker's scope.

    Raises:
        UnitUnknown: The unit is not in the asker's area.
        ZoneQuestionInvalid: A value cannot be used.
    """
    parameters = parse_parameters(body.model_dump(mode="json", exclude_none=True))
    rules = parameters.rules
    if rules is None:
        raise ZoneQuestionInvalid("zones", "Neither zones nor floor is given.", "Give one of them.")
    async with services.database.reading() as conn:
        moment = await read_moment(conn)
        unit = await read_own_unit(conn, moment, body.within, body.within_level)
        question = parameters.question(unit.id, body.base, moment)
        ground = await services.zones.grounds.read(conn, question)
    accepted("rules", lambda: rules.indices(ground.codes))
    settled = replace(parameters, since=question.since, until=question.until)
    return ProposalWork(ground, rules, parameters.wishes.of(ground), settled, unit.code, unit.level)


async def read_own_unit(conn: AsyncRows, moment: CityMoment, code: str, level: str | None) -> Unit:
    """The unit that is to be divided; without a code the own area. Of a unit above it the asker sees a part only.

    Raises:
        UnitUnknown: There is none in the asker's area.
    """
    own = code or acting_account().unit_code
    unit = await read_unit(conn, own, level)
    if moment.area_id is not None and moment.area_id not in unit.path:
        raise UnitUnknown(code, level)
    return unit
