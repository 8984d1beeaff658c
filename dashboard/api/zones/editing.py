"""Routes by which a draft is drawn: moves, zones as a whole, locks, undo and redo."""

from fastapi import APIRouter, Request, Response

from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from dashboard.api.zones.asked import PlanId, RequestKey, usable_key
from dashboard.api.zones.plan_bodies import (
    ChangedBody,
    PreviewBody,
)
from dashboard.api.zones.plan_requests import (
    FillBody,
    LocksBody,
    MergeBody,
    MovesBody,
    Number,
    RepeatBody,
    SplitBody,
    VersionBody,
    ZoneFactsBody,
)
from dashboard.zoning.desk import Edit
from dashboard.zoning.edits import (
    describing,
    filling,
    line_of,
    locking,
    merging,
    moving,
    splitting,
)
from dashboard.zoning.moves import move_units, named_units, target_of
from dashboard.zoning.own_steps import repeating
from dashboard.zoning.told import changed, preview
from data.zoning.plan_errors import PlanValueInvalid
from data.zoning.plan_steps import StepKind
from data.zoning.stored_plans import read_plan


def editing_router(services: ApiServices) -> APIRouter:
    """Routes /zones/plans/{id}/moves, merge, split, fill, locks, undo, redo, zones/{no} and preview."""
    router = versioned_router("zones")
    desk = services.zones.desk

    async def make(request: Request, plan_id: int, body: VersionBody, edit: Edit, key: str | None) -> Response:
        made = await desk.change(plan_id, body.version, edit, usable_key(key))
        return json_response(request, changed(made))

    @router.post("/zones/plans/{id}/moves", response_model=ChangedBody)
    async def move(request: Request, plan_id: PlanId, body: MovesBody, key: RequestKey = None) -> Response:
        """Put units into another zone; refused where a zone would fall apart or a rule be broken."""
        return await make(request, plan_id, body, moving(body.units, body.to), key)

    @router.post("/zones/plans/{id}/merge", response_model=ChangedBody)
    async def merge(request: Request, plan_id: PlanId, body: MergeBody, key: RequestKey = None) -> Response:
        """The second zone joins the first."""
        return await make(request, plan_id, body, merging(*body.zones), key)

    @router.post("/zones/plans/{id}/split", response_model=ChangedBody)
    async def split(request: Request, plan_id: PlanId, body: SplitBody, key: RequestKey = None) -> Response:
        """Divide a zone by the engine or along a line."""
        if (body.parts is None) == (body.line is None):
            raise PlanValueInvalid("parts", "Either parts or a line is needed.", "Send one of them.")
        line = None if body.line is None else line_of(body.line)
        return await make(request, plan_id, body, splitting(body.zone, body.parts, line), key)

    @router.post("/zones/plans/{id}/fill", response_model=ChangedBody)
    async def fill(request: Request, plan_id: PlanId, body: FillBody, key: RequestKey = None) -> Response:
        """A zone takes the units that it encloses."""
        return await make(request, plan_id, body, filling(body.zone), key)

    @router.post("/zones/plans/{id}/locks", response_model=ChangedBody)
    async def lock(request: Request, plan_id: PlanId, body: LocksBody, key: RequestKey = None) -> Response:
        """Lock and unlock zones and units; what is locked stays in moves, undo and redo."""
        made = await desk.change(plan_id, body.version, locking(body.zones, body.units), usable_key(key))
        locked = {made.plan.ground.codes[unit] for unit in made.plan.locks.units}
        gone = [code for code, is_locked in body.units.items() if not is_locked]
        return json_response(request, changed(made, locked_units=sorted(locked), unlocked_units=gone))

    @router.post("/zones/plans/{id}/undo", response_model=ChangedBody)
    async def undo(request: Request, plan_id: PlanId, body: RepeatBody, key: RequestKey = None) -> Response:
        """Take your last move, merge, split or fill back, and leave what others did; `anyone` takes the last of all."""
        edit = repeating(StepKind.UNDO, of_anyone=body.whose == "anyone")
        return await make(request, plan_id, body, edit, key)

    @router.post("/zones/plans/{id}/redo", response_model=ChangedBody)
    async def redo(request: Request, plan_id: PlanId, body: RepeatBody, key: RequestKey = None) -> Response:
        """Make the step again that was taken back last, where it is yours or `anyone` is asked for."""
        edit = repeating(StepKind.REDO, of_anyone=body.whose == "anyone")
        return await make(request, plan_id, body, edit, key)

    @router.patch("/zones/plans/{id}/zones/{no}", response_model=ChangedBody)
    async def describe(
        request: Request, plan_id: PlanId, no: Number, body: ZoneFactsBody, key: RequestKey = None
    ) -> Response:
        """Give a zone a name, a team or a post."""
        given = {name: getattr(body, name) for name in body.model_fields_set - {"version"}}
        return await make(request, plan_id, body, describing(no, given), key)

    @router.post("/zones/plans/{id}/preview", response_model=PreviewBody)
    async def try_move(request: Request, plan_id: PlanId, body: MovesBody) -> Response:
        """What a move would do to the plan as it stands; nothing is changed."""
        async with services.database.reading() as conn:
            plan = await desk.open_in(conn, await read_plan(conn, plan_id))
            units = await named_units(conn, plan, body.units)
        return json_response(request, preview(plan, move_units(plan, units, target_of(plan, body.to))))

    return router
