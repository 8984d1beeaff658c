"""Routes by which plans of zones are listed, made, read and renamed."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from dashboard.api.zones.asked import PlanId, RequestKey, usable_key
from dashboard.api.zones.plan_bodies import ChangedBody, EventsBody, PlanBody, PlansBody, StepsPageBody
from dashboard.api.zones.plan_requests import FromBody, PlanAskedBody, RenameBody
from dashboard.zoning.desk import PlanDesk, told
from dashboard.zoning.edits import naming
from dashboard.zoning.life import PlanLife
from dashboard.zoning.making import Beginning, make_plan
from dashboard.zoning.told import changed, head, whole, whole_of_old_units
from data.accounts.account import acting_account_or_none
from data.accounts.permissions import Permission
from data.reads.errors import CursorInvalid
from data.reads.units import read_unit
from data.zoning.plan_errors import PlanStale, PlanValueInvalid
from data.zoning.plan_steps import steps_before
from data.zoning.stored_plans import PlanFilter, PlanState, list_plans, read_plan

STEPS_A_PAGE = 50


def plans_router(services: ApiServices) -> APIRouter:
    """Routes /zones/plans and /zones/plans/{id}, its steps and events."""
    router = versioned_router("zones")
    desk = services.zones.desk
    life = PlanLife(desk)

    @router.get("/zones/plans", response_model=PlansBody)
    async def plans(
        request: Request,
        state: Annotated[str, Query(description="States, separated by commas; empty for all.")] = "",
        within: Annotated[str, Query(description="Code of the unit that is divided; empty for all.")] = "",
        level: Annotated[str, Query(description="Its level, where the code stands on several.")] = "",
        base: Annotated[str, Query(description="Level of the units that are joined; empty for all.")] = "",
    ) -> Response:
        """Plans that you may open, the one changed last first."""
        async with services.database.reading() as conn:
            within_id = (await read_unit(conn, within, level or None)).id if within else None
            found = await list_plans(conn, PlanFilter(_states(state), within_id, base or None))
        return json_response(request, {"items": [head(plan) for plan in found]})

    @router.post("/zones/plans", response_model=PlanBody, status_code=201)
    async def make(request: Request, body: PlanAskedBody, key: RequestKey = None) -> Response:
        """Make a plan: empty, from a plan, from a proposal, or from zones that are given."""
        plan_id = await make_plan(desk, services.zones.jobs, _beginning(body), usable_key(key))
        answer = json_response(request, whole(await desk.open(plan_id)))
        answer.status_code = 201
        answer.headers["Location"] = f"/api/v1/zones/plans/{plan_id}"
        return answer

    @router.get("/zones/plans/{id}", response_model=PlanBody)
    async def plan(request: Request, plan_id: PlanId) -> Response:
        """One plan with its units, zones and figures."""
        return json_response(request, await read_whole(services, plan_id))

    @router.patch("/zones/plans/{id}", response_model=ChangedBody)
    async def rename(request: Request, plan_id: PlanId, body: RenameBody, key: RequestKey = None) -> Response:
        """Give a draft another name."""
        if body.name is None:
            raise PlanValueInvalid("name", "Nothing is to be changed.", "Send a name.")
        made = await desk.change(plan_id, body.version, naming(body.name), usable_key(key))
        return json_response(request, changed(made))

    @router.delete("/zones/plans/{id}", status_code=204)
    async def remove(plan_id: PlanId) -> Response:
        """Withdraw a plan that never came into force; it can still be read and copied."""
        await life.withdraw(plan_id, None, "")
        return Response(status_code=204)

    @router.get("/zones/plans/{id}/steps", response_model=StepsPageBody)
    async def steps(
        request: Request,
        plan_id: PlanId,
        cursor: Annotated[str, Query(description="`next` of the page before.")] = "",
    ) -> Response:
        """What was done to the plan, newest first."""
        before = _version_of(cursor)
        async with services.database.reading() as conn:
            await read_plan(conn, plan_id)
            found = await steps_before(conn, plan_id, before, STEPS_A_PAGE + 1)
        page = found[:STEPS_A_PAGE]
        more = str(page[-1].version) if len(found) > STEPS_A_PAGE else None
        return json_response(request, {"items": [told(step) for step in page], "next": more})

    @router.get("/zones/plans/{id}/events", response_model=EventsBody)
    async def events(
        request: Request,
        plan_id: PlanId,
        after: Annotated[int, Query(ge=0, lt=2**31, description="The version that you have.")],
    ) -> Response:
        """Wait for the next change of the plan, at most 25 seconds."""
        _stay(desk, plan_id)
        version, found = await desk.since(plan_id, after)
        editors = _others(desk, plan_id)
        return json_response(request, {"version": version, "steps": [told(s) for s in found], "editors": editors})

    return router


async def read_whole(services: ApiServices, plan_id: int) -> dict[str, object]:
    """A plan as it is told; of old boundaries without figures of zones."""
    try:
        return whole(await services.zones.desk.open(plan_id))
    except PlanStale:
        async with services.database.reading() as conn:
            return await whole_of_old_units(conn, await read_plan(conn, plan_id))


def _beginning(body: PlanAskedBody) -> Beginning:
    start = body.start
    _check_one(start)
    return Beginning(
        name=body.name,
        within=body.within,
        level=body.level,
        base=body.base,
        parameters=body.parameters,
        plan_id=start.plan,
        job_id=start.job,
        zones=start.zones,
        units=start.units,
    )


def _check_one(start: FromBody) -> None:
    given = [name for name in ("empty", "plan", "job", "zones") if getattr(start, name) not in (None, False)]
    if len(given) > 1:
        raise PlanValueInvalid("from", f"It names {' and '.join(given)}.", "Name one thing to begin with.")


def _states(text: str) -> tuple[PlanState, ...] | None:
    try:
        return tuple(PlanState(part.strip()) for part in text.split(",") if part.strip()) or None
    except ValueError as error:
        known = ", ".join(PlanState)
        raise PlanValueInvalid("state", f"{text[:80]!r} holds a state that is none.", f"Use: {known}.") from error


def _version_of(cursor: str) -> int | None:
    if not cursor:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise CursorInvalid("cursor", "It was not made by this program.", "Start again without it.")
    return int(cursor)


def _stay(desk: PlanDesk, plan_id: int) -> None:
    account = acting_account_or_none()
    if account is not None and account.may(Permission.ZONE_PROPOSE):
        desk.changes.stay(plan_id, account.name)


def _others(desk: PlanDesk, plan_id: int) -> list[str]:
    account = acting_account_or_none()
    return [name for name in desk.changes.editors(plan_id) if account is None or name != account.name]
