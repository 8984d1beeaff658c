"""Routes by which a plan goes to review, into force and out of it."""

from fastapi import APIRouter, Request, Response

from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from dashboard.api.zones.asked import PlanId
from dashboard.api.zones.plan_bodies import PlanBody
from dashboard.api.zones.plan_requests import AdoptBody, EndBody, ReasonBody, VersionBody
from dashboard.api.zones.plans import read_whole
from dashboard.zoning.life import Adoption, PlanLife


def life_router(services: ApiServices) -> APIRouter:
    """Routes /zones/plans/{id}/review, reopen, return, adopt, withdraw and end."""
    router = versioned_router("zones")
    life = PlanLife(services.zones.desk)

    async def now(request: Request, plan_id: int) -> Response:
        return json_response(request, await read_whole(services, plan_id))

    @router.post("/zones/plans/{id}/review", response_model=PlanBody)
    async def review(request: Request, plan_id: PlanId, body: VersionBody) -> Response:
        """Hand a draft in: it can be commented on and adopted, and not drawn any more."""
        await life.hand_in(plan_id, body.version)
        return await now(request, plan_id)

    @router.post("/zones/plans/{id}/reopen", response_model=PlanBody)
    async def reopen(request: Request, plan_id: PlanId, body: ReasonBody) -> Response:
        """Take a plan back from review to go on drawing."""
        await life.send_back(plan_id, body.version, body.reason)
        return await now(request, plan_id)

    @router.post("/zones/plans/{id}/return", response_model=PlanBody)
    async def send_back(request: Request, plan_id: PlanId, body: ReasonBody) -> Response:
        """Send a plan back from review, as who decides."""
        await life.send_back(plan_id, body.version, body.reason)
        return await now(request, plan_id)

    @router.post("/zones/plans/{id}/adopt", response_model=PlanBody)
    async def adopt(request: Request, plan_id: PlanId, body: AdoptBody) -> Response:
        """Put a plan into force from a day on; the plan of the same units before it ends on that day."""
        await life.adopt(plan_id, body.version, Adoption(body.first_day, body.allow_unassigned))
        return await now(request, plan_id)

    @router.post("/zones/plans/{id}/withdraw", response_model=PlanBody)
    async def withdraw(request: Request, plan_id: PlanId, body: ReasonBody) -> Response:
        """Put a plan away that never came into force."""
        await life.withdraw(plan_id, body.version, body.reason)
        return await now(request, plan_id)

    @router.post("/zones/plans/{id}/end", response_model=PlanBody)
    async def end(request: Request, plan_id: PlanId, body: EndBody) -> Response:
        """Put a plan out of force from a day on without another in its place."""
        await life.end(plan_id, body.version, body.first_day, body.reason)
        return await now(request, plan_id)

    return router
