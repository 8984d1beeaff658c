"""Routes of comments on plans."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from dashboard.api.zones.asked import PlanId, RequestKey, usable_key
from dashboard.api.zones.plan_bodies import CommentBody, CommentsBody
from dashboard.api.zones.plan_requests import CommentAskedBody, ResolveBody
from data.engine import AsyncRows
from data.privacy.masking import masked_text
from data.zoning.plan_comments import Pin, add_comment, list_comments, resolve_comment
from data.zoning.plan_errors import PartUnknown, PlanValueInvalid
from data.zoning.plan_making import codes_of
from data.zoning.stored_plans import StoredPlan, read_plan

CommentId = Annotated[int, Path(ge=1, lt=2**31)]


def comments_router(services: ApiServices) -> APIRouter:
    """Routes /zones/plans/{id}/comments."""
    router = versioned_router("zones")

    @router.get("/zones/plans/{id}/comments", response_model=CommentsBody)
    async def comments(request: Request, plan_id: PlanId) -> Response:
        """Comments on a plan, oldest first."""
        async with services.database.reading() as conn:
            await read_plan(conn, plan_id)
            found = await list_comments(conn, plan_id)
        return json_response(request, CommentsBody(items=[CommentBody.model_validate(one) for one in found]))

    @router.post("/zones/plans/{id}/comments", response_model=CommentBody, status_code=201)
    async def say(request: Request, plan_id: PlanId, body: CommentAskedBody, key: RequestKey = None) -> Response:
        """Say something about the plan, a zone, a unit or a place."""
        text = masked_text(body.text.replace("\0", "").strip())
        if not text:
            raise PlanValueInvalid("text", "It is empty.", "Write something.")
        async with services.database.writing() as conn:
            plan = await read_plan(conn, plan_id)
            pin = await _pin(conn, plan, body)
            made = await add_comment(conn, plan, text, pin, usable_key(key))
        answer = json_response(request, CommentBody.model_validate(made))
        answer.status_code = 201
        return answer

    @router.post("/zones/plans/{id}/comments/{comment_id}/resolve", response_model=CommentBody)
    async def resolve(request: Request, plan_id: PlanId, comment_id: CommentId, body: ResolveBody) -> Response:
        """Mark a comment as dealt with, or as open again."""
        async with services.database.writing() as conn:
            plan = await read_plan(conn, plan_id)
            found = await resolve_comment(conn, plan, comment_id, resolved=body.resolved)
        return json_response(request, CommentBody.model_validate(found))

    return router


async def _pin(conn: AsyncRows, plan: StoredPlan, body: CommentAskedBody) -> Pin:
    if (body.lon is None) != (body.lat is None):
        raise PlanValueInvalid("lon", "Half of a position is missing.", "Send lon and lat, or neither.")
    if [body.zone is not None, body.unit is not None, body.lon is not None].count(True) > 1:
        raise PlanValueInvalid("zone", "The comment has several places.", "Send zone, unit, or lon and lat.")
    if body.zone is not None and body.zone >= plan.zones:
        raise PartUnknown("zone", f"The plan has no zone {body.zone}.", "Take a number from the plan's `zones`.")
    if body.unit is None:
        return Pin(zone=body.zone, lon=body.lon, lat=body.lat)
    ids = {code: unit for unit, code in (await codes_of(conn, plan.unit_ids)).items()}
    if body.unit not in ids:
        raise PartUnknown("unit", f"The plan has no unit {body.unit!r}.", "Take a code from the plan's `units`.")
    return Pin(unit_id=ids[body.unit])
