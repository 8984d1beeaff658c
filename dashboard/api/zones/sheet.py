"""Route of what the planner's map is drawn from: units, the tree above them, the lines between them."""

import asyncio
from collections import OrderedDict
from typing import Annotated, Any

import numpy as np
import shapely
from fastapi import APIRouter, Query, Request, Response

from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from data.accounts.account import acting_account
from data.reads.city import read_moment
from data.reads.units import Unit
from data.zoning.plan_sheet import PlanSheet, read_sheet
from geo.border_lines import BorderLines

STEP_DEG = 1e-5
"""Steps in which the lines between units are told: about a metre."""

KEPT = 8
Body = dict[str, object]


class SheetBodies:
    """Sheets that were asked for last, by boundary revision and by what the reader may see."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[object, ...], Body] = OrderedDict()

    def get(self, key: tuple[object, ...]) -> Body | None:
        """A body that is kept."""
        if key in self._held:
            self._held.move_to_end(key)
        return self._held.get(key)

    def keep(self, key: tuple[object, ...], body: Body) -> None:
        """Keep a body; the one that was not asked for the longest makes room."""
        self._held[key] = body
        while len(self._held) > KEPT:
            self._held.popitem(last=False)


def sheet_router(services: ApiServices) -> APIRouter:
    """Route /zones/sheet."""
    router = versioned_router("zones")
    kept = SheetBodies()

    @router.get("/zones/sheet")
    async def sheet(
        request: Request,
        base: Annotated[str, Query(description="Level of the units that are joined.")],
        within: Annotated[str, Query(description="Code of the unit that plans are for; empty for the city.")] = "",
        level: Annotated[str, Query(description="Level of `within`, where its code stands on several.")] = "",
    ) -> Response:
        """Units of the base level inside a unit, the units above them, and the lines between neighbours.

        Lines are lists of numbers in steps of `step` degrees: lon and lat of the first point, then differences.
        """
        account = acting_account()
        async with services.database.reading() as conn:
            moment = await read_moment(conn)
            key = (moment.boundary_revision, account.unit_code, within, level, base)
            held = kept.get(key)
            found = None if held is not None else await read_sheet(conn, within, base, level or None)
        if found is not None:
            held = await asyncio.to_thread(_body, found)
            kept.keep(key, held)
        assert held is not None
        return json_response(request, held)

    return router


def _body(sheet: PlanSheet) -> Body:
    rows, borders = sheet.units, sheet.borders()
    unit = sheet.within
    return {
        "boundary_revision": sheet.boundary_revision,
        "within": {"code": unit.code, "name": unit.name, "name_en": unit.name_en, "level": unit.level},
        "bounds": [unit.west, unit.south, unit.east, unit.north],
        "base": _level(sheet.base),
        "levels": [_level(level) for level in sheet.levels if level.rank <= sheet.base.rank],
        "above": [_above(above) for above in sheet.above],
        "ids": [row.id for row in rows],
        "codes": [row.code for row in rows],
        "names": [row.name for row in rows],
        "names_en": [row.name_en for row in rows],
        "paths": [row.path[:-1] for row in rows],
        "points": [[round(row.lon, 6), round(row.lat, 6)] for row in rows],
        "step": STEP_DEG,
        "borders": {
            "first": borders.first.tolist(),
            "second": borders.second.tolist(),
            "lines": _lines(borders),
        },
    }


def _level(level: Any) -> Body:
    names = {"name_zh": level.name_zh, "name_en": level.name_en}
    return {"key": level.key, "rank": level.rank, "first_id": level.first_id, "count": level.count, **names}


def _above(unit: Unit) -> Body:
    return {"id": unit.id, "code": unit.code, "name": unit.name, "name_en": unit.name_en, "level": unit.level}


def _lines(borders: BorderLines) -> list[list[list[int]]]:
    """For each pair its lines, each as differences between steps."""
    parts, owner = shapely.get_parts(borders.lines, return_index=True)
    points, part = shapely.get_coordinates(parts, return_index=True)
    steps = np.rint(points / STEP_DEG).astype(np.int64)
    starts = np.concatenate(([True], part[1:] != part[:-1])) if len(part) else np.empty(0, bool)
    told = steps.copy()
    told[1:][~starts[1:]] -= steps[:-1][~starts[1:]]
    pieces = np.split(told.reshape(-1), 2 * np.flatnonzero(starts)[1:]) if len(told) else []
    lines: list[list[list[int]]] = [[] for _ in borders.first]
    for pair, piece in zip(owner.tolist(), pieces, strict=True):
        lines[pair].append(piece.tolist())
    return lines
