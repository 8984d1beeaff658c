"""Route of the wall's scenes."""

from collections.abc import Mapping
from datetime import time
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from dashboard.api.wall_bodies import (
    AlarmsBody,
    NightBody,
    PanelBody,
    SceneBody,
    ScenesBody,
    ShiftBody,
    TextBody,
    WallUnitBody,
)
from data.reads.city import read_moment
from data.wall.casting import CastScene
from data.wall.scene import Alarms, Night, Shift
from data.wall.shown import read_own_area, read_shown
from data.wall.urgent import read_urgent_classes


def wall_router(services: ApiServices) -> APIRouter:
    """Route /wall/scenes."""
    router = versioned_router("wall")

    @router.get("/wall/scenes", response_model=ScenesBody)
    async def scenes(
        request: Request,
        unit: Annotated[str, Query(description="Unit code; empty for the viewer's own area.")] = "",
    ) -> Response:
        """The scenes of a unit, by default the viewer's own area, with what interrupts them."""
        edition = services.scenes.edition()
        async with services.database.reading() as conn:
            moment = await read_moment(conn)
            shown = await read_shown(conn, edition.wall, await read_own_area(conn, unit.strip()))
            urgent = await read_urgent_classes(conn)
        body = ScenesBody(
            as_of=services.now(),
            version=edition.version,
            problem=edition.problem,
            time_zone=moment.zone.key,
            scenes=[_scene_body(scene) for scene in shown],
            alarms=_alarms_body(edition.wall.alarms, urgent),
            shifts=[_shift_body(shift) for shift in edition.wall.shifts],
            night=_night_body(edition.wall.night),
        )
        return json_response(request, body)

    return router


def _scene_body(scene: CastScene) -> SceneBody:
    unit = scene.unit
    about = WallUnitBody(
        id=unit.id,
        code=unit.code,
        address=unit.address,
        name=unit.name,
        name_en=unit.name_en,
        level=unit.level,
        bbox=(unit.west, unit.south, unit.east, unit.north),
    )
    panels = [PanelBody.model_validate(panel) for panel in scene.panels]
    title = TextBody.model_validate(scene.title)
    return SceneBody(key=scene.key, title=title, dwell_s=scene.dwell_s, unit=about, panels=panels)


def _alarms_body(alarms: Alarms, urgent: Mapping[str, int]) -> AlarmsBody:
    return AlarmsBody(
        hold_s=alarms.hold_s,
        has_sound=alarms.has_sound,
        on_risk=alarms.on_risk,
        on_breach=alarms.on_breach,
        urgent=dict(urgent),
    )


def _shift_body(shift: Shift) -> ShiftBody:
    return ShiftBody(starts_at=_clock(shift.starts_at), name=TextBody.model_validate(shift.name))


def _night_body(night: Night | None) -> NightBody | None:
    if night is None:
        return None
    return NightBody(starts_at=_clock(night.starts_at), ends_at=_clock(night.ends_at), dimmed_by=night.dimmed_by)


def _clock(moment: time) -> str:
    return moment.isoformat(timespec="minutes")
