"""Route by which two plans are laid over each other."""

import asyncio
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from data.reads.errors import RequestRefused
from geo.redraw.difference import plan_difference

MOST_UNITS, MOST_ZONES = 100_000, 2_000

Zones = Annotated[list[Annotated[int, Field(ge=-1, lt=MOST_ZONES)]], Field(min_length=1, max_length=MOST_UNITS)]


class PlansDoNotFit(RequestRefused):
    """The two plans have different numbers of units."""


class DifferenceBody(BaseModel):
    """Zone of each unit in two plans, the units in the same order, −1 for none."""

    model_config = ConfigDict(extra="forbid")
    first: Zones
    second: Zones


class DifferenceAnswer(BaseModel):
    """What becomes of each unit; `zone` are the zones of the second plan under the numbers of the first."""

    zone: list[int]
    moved: list[bool]
    kept: list[float] = Field(description="Share of the unit's companions that stay, from 0 to 1.")
    changed: int = Field(description="How many units are moved.")


def difference_router() -> APIRouter:
    """Route POST /zones/difference."""
    router = versioned_router("zones")

    @router.post("/zones/difference", response_model=DifferenceAnswer)
    async def difference(request: Request, body: DifferenceBody) -> Response:
        """Match the zones of two plans of the same units by what they share, and tell which units differ."""
        if len(body.first) != len(body.second):
            cause = f"The plans have {len(body.first):,} and {len(body.second):,} units."
            raise PlansDoNotFit("second", cause, "Give one zone for each unit, the units in the same order.")
        first, second = (np.array(zone, np.int64) for zone in (body.first, body.second))
        found = await asyncio.to_thread(plan_difference, first, second)
        answer = DifferenceAnswer(
            zone=found.zone.tolist(),
            moved=found.moved.tolist(),
            kept=found.kept.round(4).tolist(),
            changed=int(found.moved.sum()),
        )
        return json_response(request, answer)

    return router
