"""Why are the units of a zone, or two neighbours, together: as a card tells it?"""

import asyncio
from collections.abc import Sequence

import numpy as np

from dashboard.zoning.open_plan import OpenPlan
from data.engine import AsyncRows
from data.reads.errors import NothingFound
from data.zoning.common_border import NearBorder, near_border, read_member_shapes
from data.zoning.planning_ground import PlanningGround
from geo.zoning.graph import Ints
from geo.zoning.reasons import Reason, Similarity, Trait
from geo.zoning.stability import Stability

MOST_PAIRS = 200

Card = dict[str, object]


class ZoneUnknown(NothingFound):
    """The plan has no such zone, or the ground no such unit."""


def similarity_of(ground: PlanningGround) -> Similarity:
    """How similar units are, compared by weighted figures; problems that count nothing are not told."""
    return Similarity(ground.terrain.scores, marks=np.where(ground.weights > 0, ground.units.attributes, 0.0))


async def zone_card(conn: AsyncRows, plan: OpenPlan, number: int, within_m: float, known: Stability | None) -> Card:
    """Why the units of a zone are together.

    Raises:
        ZoneUnknown: The plan has no such zone.
    """
    if number not in plan.in_use:
        raise ZoneUnknown("zone", f"The plan has no zone {number} with units.", "Take a number from the plan.")
    members = plan.plan.members(number)
    reason = await asyncio.to_thread(lambda: similarity_of(plan.ground).of_zone(members))
    near = await _near(conn, plan.ground, members, within_m)
    share = None if known is None else round(float(known.zone[number]), 4)
    names = {"name": plan.names()[number], "name_en": plan.names_en()[number]}
    head: Card = {"zone": number, **names, "units": plan.codes(members)}
    pairs = _pairs(plan, number)
    return head | _told(plan.ground, reason, members) | _border(near) | {"stability": share, "pairs": pairs}


async def pair_card(
    conn: AsyncRows, plan: OpenPlan, codes: Sequence[str], within_m: float, known: Stability | None
) -> Card:
    """Why two units are, or would be, together.

    Raises:
        ZoneUnknown: A code is none of the plan's units.
    """
    for code in codes:
        if code not in plan.place:
            raise ZoneUnknown("pair", f"The plan has no unit {code!r}.", "Take codes from the plan.")
    members = np.array(sorted({plan.place[code] for code in codes}), np.int64)
    if len(members) != 2:
        raise ZoneUnknown("pair", "These are not two different units.", "Name two, such as pair=A,B.")
    one, other = members.tolist()
    reason = await asyncio.to_thread(lambda: similarity_of(plan.ground).of_pair(one, other))
    near = await _near(conn, plan.ground, members, within_m)
    zone = plan.plan.zone
    head: Card = {
        "pair": plan.codes(members),
        "names": [plan.ground.names[unit] for unit in (one, other)],
        "names_en": [plan.ground.names_en[unit] for unit in (one, other)],
        "together": bool(zone[one] == zone[other] and zone[one] >= 0),
        "adjacent": other in _neighbours(plan.ground, one),
    }
    share = None if known is None else _pair_share(known, one, other)
    return head | _told(plan.ground, reason, members) | _border(near) | {"stability": share}


def _pairs(plan: OpenPlan, number: int) -> list[list[str]]:
    """Neighbours inside the zone, the most different ones first."""
    first, second, _ = plan.ground.terrain.graph.pairs()
    inside = (plan.plan.zone[first] == number) & (plan.plan.zone[second] == number)
    first, second, scores = first[inside], second[inside], plan.ground.terrain.scores
    apart = np.linalg.norm(scores[first] - scores[second], axis=1)
    order = np.lexsort((second, first, -apart))[:MOST_PAIRS]
    codes = plan.ground.codes
    return [[codes[first[k]], codes[second[k]]] for k in order.tolist()]


def _neighbours(ground: PlanningGround, unit: int) -> list[int]:
    graph = ground.terrain.graph
    found: list[int] = graph.other[graph.start[unit] : graph.start[unit + 1]].tolist()
    return found


async def _near(conn: AsyncRows, ground: PlanningGround, members: Ints, within_m: float) -> NearBorder:
    shapes = await read_member_shapes(conn, ground, members)
    return await asyncio.to_thread(near_border, ground, members, shapes, within_m)


def _told(ground: PlanningGround, reason: Reason, members: Ints) -> Card:
    return {
        "shared": [_trait(ground, trait, members) for trait in reason.shared],
        "differing": [_trait(ground, trait, members) for trait in reason.differing],
        "closer_than": round(reason.closer_than, 4),
    }


def _trait(ground: PlanningGround, trait: Trait, members: Ints) -> Card:
    """A problem with its title, its mean among the units and in the area, in its own unit."""
    column, figures = ground.columns[trait.column], ground.figures[:, trait.column]
    return {
        "key": column.key,
        "title_zh": column.zh,
        "title_en": column.en,
        "part": column.part,
        "unit": column.unit,
        "level": round(trait.level, 3),
        "gap": round(trait.gap, 3),
        "mean": round(float(figures[members].mean()), 5),
        "usual": round(float(figures.mean()), 5),
    }


def _border(near: NearBorder) -> Card:
    groups = [{"key": group.key, "zh": group.zh, "en": group.en, "n": group.n} for group in near.groups]
    return {
        "near_border": {
            "distance_m": near.within_m,
            "border_m": round(near.border_m, 1),
            "count": near.n,
            "of": near.of,
            "groups": groups,
        }
    }


def _pair_share(known: Stability, one: int, other: int) -> float | None:
    at = np.flatnonzero((known.first == one) & (known.second == other))
    return round(float(known.together[at[0]]), 4) if len(at) else None
