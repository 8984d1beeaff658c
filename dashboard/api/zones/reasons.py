"""Routes that tell why units are together, how sure that is, what posts reach, and which move would help next."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from dashboard.api.zones.asked import PlanId
from dashboard.api.zones.job_states import started_body
from dashboard.api.zones.propose_bodies import StartedBody
from dashboard.zoning.cover_cards import Covers, asked_kinds, cover_card
from dashboard.zoning.open_plan import OpenPlan
from dashboard.zoning.reason_cards import pair_card, zone_card
from dashboard.zoning.stability_work import RESAMPLES, StabilityWork
from data.accounts.account import acting_account
from data.reads.errors import SelectionInvalid
from data.zoning.common_border import LEAST_M, MOST_M, USUAL_M
from data.zoning.plan_parameters import parse_parameters
from data.zoning.stored_plans import read_plan
from geo.redraw.next_moves import MoveWeights, NextMove, next_moves

MOST_MOVES = 100


def reasons_router(services: ApiServices) -> APIRouter:
    """Routes /zones/plans/{id}/reasons, /stability, /coverage and /next-moves."""
    router = versioned_router("zones")
    room = services.zones
    covers = Covers()

    @router.get("/zones/plans/{id}/reasons")
    async def reasons(
        request: Request,
        plan_id: PlanId,
        zone: Annotated[int | None, Query(description="Number of a zone.")] = None,
        pair: Annotated[str, Query(description="Codes of two units, separated by a comma.", max_length=200)] = "",
        within_m: Annotated[
            float, Query(description="How near to the common border.", ge=LEAST_M, le=MOST_M)
        ] = USUAL_M,
    ) -> Response:
        """Why the units of a zone, or two units, are together: what they share, and what happens where they meet."""
        if (zone is None) == (not pair):
            raise SelectionInvalid("zone", "Neither a zone nor a pair is named, or both.", "Name one of them.")
        async with services.database.reading() as conn:
            plan = await room.desk.open_in(conn, await read_plan(conn, plan_id))
            known = room.stability.of(plan)
            if zone is not None:
                return json_response(request, await zone_card(conn, plan, zone, within_m, known))
            codes = [code.strip() for code in pair.split(",") if code.strip()]
            return json_response(request, await pair_card(conn, plan, codes, within_m, known))

    @router.post("/zones/plans/{id}/stability", response_model=StartedBody, status_code=202)
    async def stability(
        request: Request,
        plan_id: PlanId,
        resamples: Annotated[int, Query(description="How often weeks are drawn anew.", ge=20, le=500)] = RESAMPLES,
    ) -> Response:
        """Start to propose the plan anew for resampled weeks; follow it at /api/v1/zones/jobs/{job}."""
        plan = await room.desk.open(plan_id)
        job = room.jobs.start(acting_account().id, StabilityWork.of(plan, room.stability, resamples))
        answer = json_response(request, started_body(room.jobs, job))
        answer.status_code = 202
        return answer

    @router.get("/zones/plans/{id}/coverage")
    async def coverage(
        request: Request,
        plan_id: PlanId,
        kinds: Annotated[str, Query(description="Kinds of posts, separated by commas.", max_length=400)] = "",
    ) -> Response:
        """Share of area, people and cases of each zone that posts reach within their service radii."""
        asked = asked_kinds(kinds)
        async with services.database.reading() as conn:
            plan = await room.desk.open_in(conn, await read_plan(conn, plan_id))
            cover = await covers.read(conn, plan.ground, asked)
        return json_response(request, cover_card(plan, cover, asked))

    @router.get("/zones/plans/{id}/next-moves")
    async def moves(
        request: Request,
        plan_id: PlanId,
        n: Annotated[int, Query(description="How many at most.", ge=1, le=MOST_MOVES)] = 10,
    ) -> Response:
        """The moves of single units that would mend or improve the plan the most."""
        plan = await room.desk.open(plan_id)
        wishes = parse_parameters(plan.stored.parameters).wishes.of(plan.ground)
        found = next_moves(plan.plan, MoveWeights.of(wishes), n, locks=plan.locks, rules=plan.rules)
        return json_response(
            request, {"version": plan.stored.version, "items": [_move_fields(plan, move) for move in found]}
        )

    return router


def _move_fields(plan: OpenPlan, move: NextMove) -> dict[str, object]:
    return {
        "unit": plan.ground.codes[move.unit],
        "name": plan.ground.names[move.unit],
        "name_en": plan.ground.names_en[move.unit],
        "home": move.home,
        "to": move.to,
        "mends": move.mends,
        "gain": move.gain,
        "ratio": move.ratio,
        "balance": move.balance,
        "compactness": move.compactness,
    }
