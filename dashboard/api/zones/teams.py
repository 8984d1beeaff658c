"""Routes of what plans share: patrol teams, links and cuts."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from dashboard.api.zones.asked import RequestKey, usable_key
from dashboard.api.zones.plan_bodies import LinksBody, StoredPairBody, TeamBody, TeamsBody
from dashboard.api.zones.plan_requests import LinksAskedBody, TeamAskedBody, TeamChangeBody
from dashboard.zoning.edits import usable_name
from dashboard.zoning.making import own_area
from data.privacy.masking import masked_text
from data.reads.levels import find_level, read_levels
from data.reads.units import read_unit
from data.zoning.link_editing import GivenPair, StoredPair, list_pairs, replace_pairs
from data.zoning.patrol_teams import PatrolTeam, add_team, change_team, list_teams
from data.zoning.plan_errors import PlanValueInvalid
from data.zoning.plan_making import check_area

MOST_WORDS = 400
TeamId = Annotated[int, Path(alias="id", ge=1, lt=2**31)]


def teams_router(services: ApiServices) -> APIRouter:
    """Routes /zones/teams and /zones/links."""
    router = versioned_router("zones")
    desk = services.zones.desk

    @router.get("/zones/teams", response_model=TeamsBody)
    async def teams(
        request: Request,
        within: Annotated[str, Query(description="Code of a unit: teams of it, of units in it and above it.")] = "",
    ) -> Response:
        """Patrol teams that you may see."""
        async with services.database.reading() as conn:
            path = (await read_unit(conn, within)).path if within else None
            found = [team for team in await list_teams(conn) if path is None or _concerns(team, path)]
        return json_response(request, TeamsBody(items=[TeamBody.model_validate(team) for team in found]))

    @router.post("/zones/teams", response_model=TeamBody, status_code=201)
    async def add(request: Request, body: TeamAskedBody, key: RequestKey = None) -> Response:
        """Add a patrol team: a name, a number of people, shifts. No persons."""
        async with services.database.writing() as conn:
            unit = await read_unit(conn, body.within or own_area(), body.level or None)
            check_area(unit)
            words = _words("shifts", body.shifts)
            made = await add_team(conn, unit.id, usable_name(body.name), body.size, words, usable_key(key))
        answer = json_response(request, TeamBody.model_validate(made))
        answer.status_code = 201
        return answer

    @router.patch("/zones/teams/{id}", response_model=TeamBody)
    async def change(request: Request, team_id: TeamId, body: TeamChangeBody) -> Response:
        """Change a team, or end it; it stays with the zones of its time."""
        name = None if body.name is None else usable_name(body.name)
        shifts = None if body.shifts is None else _words("shifts", body.shifts)
        async with services.database.writing() as conn:
            found = await change_team(conn, team_id, name=name, size=body.size, shifts=shifts, ended=body.ended)
        desk.plans.drop_all()
        return json_response(request, TeamBody.model_validate(found))

    @router.get("/zones/links", response_model=LinksBody)
    async def links(request: Request, base: Annotated[str, Query(description="Level of the units.")]) -> Response:
        """Links and cuts that were made by hand between units of a level."""
        async with services.database.reading() as conn:
            find_level(await read_levels(conn), base)
            found = await list_pairs(conn, base)
        return json_response(request, _links(base, found))

    @router.put("/zones/links", response_model=LinksBody)
    async def put_links(request: Request, body: LinksAskedBody) -> Response:
        """Put these links and cuts in place of all of the level that lie in your area."""
        pairs = [GivenPair(pair.a, pair.b, pair.kind, _words("reason", pair.reason)) for pair in body.pairs]
        async with services.database.writing() as conn:
            find_level(await read_levels(conn), body.base)
            found = await replace_pairs(conn, body.base, pairs)
        desk.plans.drop_all()
        return json_response(request, _links(body.base, found))

    return router


def _concerns(team: PatrolTeam, path: list[int]) -> bool:
    return team.within_id in path or path[-1] in team.within_path


def _links(base: str, pairs: tuple[StoredPair, ...]) -> LinksBody:
    return LinksBody(base=base, pairs=[StoredPairBody.model_validate(pair) for pair in pairs])


def _words(field: str, text: str) -> str:
    words = masked_text(" ".join(text.replace("\0", "").split()))
    if len(words) > MOST_WORDS:
        raise PlanValueInvalid(field, f"It has {len(words)} characters.", f"Give at most {MOST_WORDS}.")
    return words
