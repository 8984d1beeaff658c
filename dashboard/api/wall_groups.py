"""Routes of groups of walls: which stand, what they are told, and telling them something else."""

from collections.abc import Sequence
from datetime import timedelta

from fastapi import APIRouter, Request, Response

from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from dashboard.api.wall_group_bodies import (
    DirectionAsked,
    DirectionBody,
    DisplayAsked,
    DisplayBody,
    GroupAsked,
    GroupBody,
    GroupsBody,
    StandingBody,
)
from data.engine import AsyncRows
from data.reads.city import read_moment
from data.reads.errors import RequestRefused
from data.reads.past import parse_moment
from data.reads.units import Unit
from data.wall.direction import MAIN, Direction, group_name
from data.wall.displays import Display, Standing, read_displays, say_standing
from data.wall.groups import WallGroup, check_case, direct, read_group, read_groups
from data.wall.scene import Wall
from data.wall.shown import read_own_area, read_shown

SINCE = timedelta(days=1)
"""Walls that have not said anything for so long are not listed."""

Key = tuple[str, str]
"""Address of the area and name of a group."""


def wall_groups_router(services: ApiServices) -> APIRouter:
    """Routes /wall/groups and /wall/displays."""
    router = versioned_router("wall")

    async def listed(request: Request) -> Response:
        async with services.database.reading() as conn:
            own = await read_own_area(conn)
            told = await read_groups(conn)
            standing = await read_displays(conn, services.now() - SINCE)
        return json_response(request, GroupsBody(as_of=services.now(), items=_group_bodies(own, told, standing)))

    @router.get("/wall/groups", response_model=GroupsBody)
    async def groups(request: Request) -> Response:
        """Groups that were ever told something, that have walls, and the own area's main one."""
        return await listed(request)

    @router.put("/wall/groups", response_model=GroupsBody)
    async def tell(request: Request, asked: DirectionAsked) -> Response:
        """Tell groups what to show; all of them change at the same moment, two seconds from now."""
        async with services.database.writing() as conn:
            told = await _direction(conn, asked)
            named = [await _named(conn, one) for one in asked.groups]
            await _check_scene(conn, services.scenes.edition().wall, told, [area for area, _ in named])
            await direct(conn, named, told, services.now())
        return await listed(request)

    @router.post("/wall/displays", response_model=StandingBody)
    async def stand(request: Request, asked: DisplayAsked) -> Response:
        """Say that a wall stands; the answer is what its group is told."""
        name = group_name(asked.group)
        standing = Standing(asked.page, asked.scene, asked.state, asked.width, asked.height, asked.software)
        async with services.database.writing() as conn:
            area = await read_own_area(conn)
            await say_standing(conn, area, name, standing, services.now())
            group = await read_group(conn, area, name)
        told = None if group is None else _direction_body(group)
        return json_response(request, StandingBody(as_of=services.now(), group=name, told=told))

    return router


async def _named(conn: AsyncRows, asked: GroupAsked) -> tuple[Unit, str]:
    return await read_own_area(conn, asked.area.strip()), group_name(asked.name)


async def _direction(conn: AsyncRows, asked: DirectionAsked) -> Direction:
    area = asked.area.strip()
    if area:
        await read_own_area(conn, area)
    if asked.incident is not None:
        await check_case(conn, asked.incident)
    as_of = parse_moment(asked.as_of, await read_moment(conn)) if asked.as_of.strip() else None
    return Direction(asked.scene, asked.held, area, as_of, asked.speed, asked.incident, asked.follows)


async def _check_scene(conn: AsyncRows, wall: Wall, told: Direction, areas: Sequence[Unit]) -> None:
    """Refuse a scene that one of the groups does not have."""
    if told.scene is None:
        return
    for area in [await read_own_area(conn, told.area)] if told.area else areas:
        keys = [scene.key for scene in await read_shown(conn, wall, area)]
        if told.scene not in keys:
            raise RequestRefused(
                "scene", f"{area.name} has no scene {told.scene!r}.", f"Take one of {', '.join(keys[:20])}."
            )


def _group_bodies(own: Unit, told: Sequence[WallGroup], standing: Sequence[Display]) -> list[GroupBody]:
    """Those that were told something or have walls, and the own area's main one; newer boundaries hide older ones."""
    latest: dict[Key, WallGroup] = {}
    for group in sorted(told, key=lambda one: one.starts_at):
        latest[_address(group), group.name] = group
    names = {(own.address, MAIN): (own.name, own.name_en)}
    names |= {(_address(one), one.name): (one.unit_name, one.unit_name_en) for one in told}
    names |= {(_address(one), one.group_name): (one.unit_name, one.unit_name_en) for one in standing}
    walls: dict[Key, list[DisplayBody]] = {}
    for one in standing:
        walls.setdefault((_address(one), one.group_name), []).append(_display_body(one))
    return [
        GroupBody(
            area=area,
            area_name=names[area, name][0],
            area_name_en=names[area, name][1],
            name=name,
            told=_direction_body(latest[area, name]) if (area, name) in latest else None,
            displays=walls.get((area, name), []),
        )
        for area, name in sorted(names, key=lambda key: (key[0], key[1] != MAIN, key[1]))
    ]


def _address(of: WallGroup | Display) -> str:
    return of.code if of.rank else ""


def _direction_body(group: WallGroup) -> DirectionBody:
    return DirectionBody(
        revision=group.revision,
        starts_at=group.starts_at,
        scene=group.scene,
        held=group.held,
        area=group.area,
        as_of=group.as_of,
        speed=group.speed,
        incident=group.incident_id,
        follows=group.follows,
        by=group.account_name,
    )


def _display_body(display: Display) -> DisplayBody:
    return DisplayBody(
        name=display.name,
        scene=display.scene,
        state=display.state,
        width=display.width,
        height=display.height,
        software=display.software_rendered,
        came_at=display.came_at,
        seen_at=display.seen_at,
    )
