"""Routes of the area tree: units, search, levels."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from dashboard.api.bodies import LevelsBody, UnitDetailBody, UnitsBody, ZoneDetailBody
from dashboard.api.parameters import AskedDay, AskedLevel, day_of, versioned_router
from dashboard.api.rendering import level_body, unit_body, unit_fields, zone_level_body
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from data.engine import AsyncRows
from data.reads.city import read_moment
from data.reads.levels import read_levels
from data.reads.units import (
    Unit,
    read_breadcrumb,
    read_children,
    read_siblings,
    read_unit,
    read_zones,
    search_units,
)
from data.reads.zone_facts import ZONE
from data.reads.zones import may_see_zones, read_level

MAX_HITS = 50


def units_router(services: ApiServices) -> APIRouter:
    """Routes /units, /units/search, /units/{code} and /levels."""
    router = versioned_router("area")

    @router.get("/units", response_model=UnitsBody)
    async def units(
        request: Request,
        parent: Annotated[str, Query(description="Code of the unit above; empty gives the whole city.")] = "",
        level: Annotated[
            str, Query(description="Level of `parent`, where a code stands on several; `zone` gives the zones in it.")
        ] = "",
        on: AskedDay = "",
    ) -> Response:
        """Units right below a unit, by id; of a zone, the units that it is made of.

        With `level=zone` the zones in force that lie in the parent, or in the whole city.
        """
        async with services.database.reading() as conn:
            moment = await read_moment(conn)
            found = await _units_below(conn, parent, level, day_of(on, moment))
        items = [unit_body(unit) for unit in found]
        return json_response(request, UnitsBody(boundary_revision=moment.boundary_revision, items=items))

    @router.get("/units/search", response_model=UnitsBody)
    async def search(
        request: Request,
        q: Annotated[str, Query(description="Name, English name, pinyin (full or initials) or code.")] = "",
        limit: Annotated[int, Query(ge=1, le=MAX_HITS)] = 20,
    ) -> Response:
        """Units, and zones in force today, that match a typed text, best first."""
        async with services.database.reading() as conn:
            moment = await read_moment(conn)
            found = await search_units(conn, q, limit)
        items = [unit_body(unit) for unit in found]
        return json_response(request, UnitsBody(boundary_revision=moment.boundary_revision, items=items))

    @router.get("/units/{code}", response_model=ZoneDetailBody | UnitDetailBody)
    async def unit(request: Request, code: str, level: AskedLevel = "", on: AskedDay = "") -> Response:
        """One unit or zone with the units above, below and beside it."""
        async with services.database.reading() as conn:
            moment = await read_moment(conn)
            found = await read_unit(conn, code, level, day_of(on, moment))
            around = {
                "breadcrumb": [unit_body(other) for other in await read_breadcrumb(conn, found)],
                "below": [unit_body(other) for other in await read_children(conn, found)],
                "siblings": [unit_body(other) for other in await read_siblings(conn, found)],
            }
        fields = unit_fields(found) | around | {"boundary_revision": moment.boundary_revision}
        return json_response(request, (UnitDetailBody if found.zone is None else ZoneDetailBody).model_validate(fields))

    @router.get("/levels", response_model=LevelsBody)
    async def levels(request: Request) -> Response:
        """The city and the levels of its area tree."""
        async with services.database.reading() as conn:
            moment = await read_moment(conn)
            found = await read_levels(conn)
            zones = zone_level_body(await read_level(conn, ZONE)) if may_see_zones() else None
        body = LevelsBody(
            as_of=moment.as_of,
            boundary_revision=moment.boundary_revision,
            time_zone=moment.time_zone,
            city=dict(moment.city),
            first_day=moment.first_day,
            last_day=moment.last_day,
            items=[level_body(level) for level in found],
            zones=zones,
        )
        return json_response(request, body)

    return router


async def _units_below(conn: AsyncRows, parent: str, level: str, on: date | None) -> tuple[Unit, ...]:
    above = await read_unit(conn, parent, None if level == ZONE else level, on)
    if level == ZONE and above.zone is None:
        return await read_zones(conn, above, on)
    return await read_children(conn, above) if parent else (above,)
