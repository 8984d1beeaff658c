"""Routes of the area tree: units, search, levels."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from dashboard.api.bodies import LevelsBody, UnitDetailBody, UnitsBody
from dashboard.api.parameters import AskedLevel, versioned_router
from dashboard.api.rendering import level_body, unit_body, unit_fields
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from data.reads.city import read_moment
from data.reads.levels import read_levels
from data.reads.units import read_breadcrumb, read_children, read_root, read_siblings, read_unit, search_units

MAX_HITS = 50


def units_router(services: ApiServices) -> APIRouter:
    """Routes /units, /units/search, /units/{code} and /levels."""
    router = versioned_router("area")

    @router.get("/units", response_model=UnitsBody)
    async def units(
        request: Request,
        parent: Annotated[str, Query(description="Code of the unit above; empty gives the whole city.")] = "",
        level: AskedLevel = "",
    ) -> Response:
        """Units right below a unit, by id."""
        async with services.database.reading() as conn:
            moment = await read_moment(conn)
            if parent:
                found = await read_children(conn, await read_unit(conn, parent, level))
            else:
                found = (await read_root(conn),)
        items = [unit_body(unit) for unit in found]
        return json_response(request, UnitsBody(boundary_revision=moment.boundary_revision, items=items))

    @router.get("/units/search", response_model=UnitsBody)
    async def search(
        request: Request,
        q: Annotated[str, Query(description="Name, English name, pinyin (full or initials) or code.")] = "",
        limit: Annotated[int, Query(ge=1, le=MAX_HITS)] = 20,
    ) -> Response:
        """Units that match a typed text, best first."""
        async with services.database.reading() as conn:
            moment = await read_moment(conn)
            found = await search_units(conn, q, limit)
        items = [unit_body(unit) for unit in found]
        return json_response(request, UnitsBody(boundary_revision=moment.boundary_revision, items=items))

    @router.get("/units/{code}", response_model=UnitDetailBody)
    async def unit(request: Request, code: str, level: AskedLevel = "") -> Response:
        """One unit with the units above, below and beside it."""
        async with services.database.reading() as conn:
            moment = await read_moment(conn)
            found = await read_unit(conn, code, level)
            around = {
                "breadcrumb": [unit_body(other) for other in await read_breadcrumb(conn, found)],
                "below": [unit_body(other) for other in await read_children(conn, found)],
                "siblings": [unit_body(other) for other in await read_siblings(conn, found)],
            }
        fields = unit_fields(found) | around | {"boundary_revision": moment.boundary_revision}
        return json_response(request, UnitDetailBody.model_validate(fields))

    @router.get("/levels", response_model=LevelsBody)
    async def levels(request: Request) -> Response:
        """The city and the levels of its area tree."""
        async with services.database.reading() as conn:
            moment = await read_moment(conn)
            found = await read_levels(conn)
        body = LevelsBody(
            as_of=moment.as_of,
            boundary_revision=moment.boundary_revision,
            time_zone=moment.time_zone,
            city=dict(moment.city),
            first_day=moment.first_day,
            last_day=moment.last_day,
            items=[level_body(level) for level in found],
        )
        return json_response(request, body)

    return router
