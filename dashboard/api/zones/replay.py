"""Route by which cases of the past are let happen in the zones of a plan."""

from datetime import date

from fastapi import APIRouter, Request, Response

from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from dashboard.api.zones.asked import PlanId
from dashboard.api.zones.job_states import started_body
from dashboard.api.zones.propose_bodies import ReplayBody, StartedBody
from dashboard.zoning.open_plan import OpenPlan
from dashboard.zoning.replay_work import ReplayWork, parse_shifts
from data.accounts.account import acting_account
from data.engine import AsyncRows
from data.reads.city import CityMoment, read_moment
from data.zoning.caseload import Caseload, read_caseload
from data.zoning.errors import ZoneQuestionInvalid
from data.zoning.planning_ground import MOST_DAYS
from data.zoning.stored_plans import read_plan
from data.zoning.workload import Workload


def replay_router(services: ApiServices) -> APIRouter:
    """Route /zones/plans/{id}/replay."""
    router = versioned_router("zones")
    room = services.zones

    @router.post("/zones/plans/{id}/replay", response_model=StartedBody, status_code=202)
    async def replay(request: Request, plan_id: PlanId, body: ReplayBody) -> Response:
        """Start to replay a period; follow it at /api/v1/zones/jobs/{job}."""
        shifts = parse_shifts(tuple(body.shifts))
        async with services.database.reading() as conn:
            moment = await read_moment(conn)
            plan = await room.desk.open_in(conn, await read_plan(conn, plan_id))
            against = None
            if body.against is not None:
                against = await room.desk.open_in(conn, await read_plan(conn, body.against))
                _check_rivals(plan, against)
            since, until = body.since or plan.ground.question.since, body.until or plan.ground.question.until
            _check_period(since, until)
            plans = (plan,) if against is None else (plan, against)
            cases = tuple([await _cases(conn, one, since, until, moment) for one in plans])
        workload = plan.ground.question.workload if body.workload is None else Workload(body.workload)
        work = ReplayWork(plan, against, cases, shifts, workload, body.seed)
        answer = json_response(request, started_body(room.jobs, room.jobs.start(acting_account().id, work)))
        answer.status_code = 202
        return answer

    return router


def _check_rivals(plan: OpenPlan, against: OpenPlan) -> None:
    """Plans can be compared where the same cases happen in both: they divide the same unit."""
    if plan.stored.within_id != against.stored.within_id:
        cause = "The two plans divide different units, so different cases would happen in them."
        raise ZoneQuestionInvalid("against", cause, "Name a plan of the same unit.")


def _check_period(since: date, until: date) -> None:
    if not since < until:
        cause = f"{since} is not before {until}."
        raise ZoneQuestionInvalid("since", cause, "Give a first day before the day that ends the period.")
    if (until - since).days > MOST_DAYS:
        cause = f"{(until - since).days} days are too many."
        raise ZoneQuestionInvalid("since", cause, f"Ask for at most {MOST_DAYS} days.")


async def _cases(conn: AsyncRows, plan: OpenPlan, since: date, until: date, moment: CityMoment) -> Caseload:
    ground = plan.ground
    return await read_caseload(conn, ground.unit_ids, ground.rank, since, until, moment.zone)
