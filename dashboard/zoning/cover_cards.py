"""What do posts reach in each zone of a plan?"""

import asyncio
from collections import Counter, OrderedDict

import numpy as np

from dashboard.zoning.open_plan import OpenPlan
from data.engine import AsyncRows
from data.scope import current_scope
from data.zoning.common_border import read_member_shapes
from data.zoning.coverage import Cover, cover_of
from data.zoning.errors import ZoneQuestionInvalid
from data.zoning.planning_ground import PlanningGround
from data.zoning.posts import post_kinds, read_posts
from geo.zoning.graph import Floats

MOST_KEPT = 8
Card = dict[str, object]


class Covers:
    """What posts reach in the units of a ground, by kinds of posts and by what the asker may see."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[object, ...], tuple[PlanningGround, Cover]] = OrderedDict()

    async def read(self, conn: AsyncRows, ground: PlanningGround, kinds: tuple[str, ...]) -> Cover:
        """The cover of a ground that is at hand."""
        scope = current_scope()
        key = ("nobody" if scope is None else scope.key, ground.question, kinds)
        held = self._held.get(key)
        if held is None or held[0] is not ground:
            posts = await read_posts(conn, kinds, ground.unit_ids, ground.rank, ground.plane)
            shapes = await read_member_shapes(conn, ground, np.arange(ground.count))
            held = ground, await asyncio.to_thread(cover_of, ground, posts, shapes)
            self._held[key] = held
            while len(self._held) > MOST_KEPT:
                self._held.popitem(last=False)
        self._held.move_to_end(key)
        return held[1]


def asked_kinds(text: str) -> tuple[str, ...]:
    """Kinds of posts from their keys, separated by commas; all configured ones where there are none.

    Raises:
        ZoneQuestionInvalid: A kind is not configured.
    """
    known = [kind.key for kind in post_kinds()]
    kinds = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for kind in kinds:
        if kind not in known:
            raise ZoneQuestionInvalid("kinds", f"There is no kind of post {kind!r}.", f"Use {', '.join(known)}.")
    return kinds or tuple(known)


def cover_card(plan: OpenPlan, cover: Cover, kinds: tuple[str, ...]) -> Card:
    """Shares of area, people and cases that posts reach, by zone and over all zones."""
    names, names_en, zone = plan.names(), plan.names_en(), plan.plan.zone
    zones = [
        {"no": no, "name": names[no], "name_en": names_en[no], **_reached(plan.ground, cover, zone == no)}
        for no in plan.in_use
    ]
    radius = [{"key": k.key, "zh": k.zh, "en": k.en, "radius_m": k.radius_m} for k in post_kinds() if k.key in kinds]
    return {"kinds": radius, "zones": zones, "all": _reached(plan.ground, cover, zone >= 0)}


def _reached(ground: PlanningGround, cover: Cover, members: np.ndarray) -> Card:
    posts = Counter(
        row.kind
        for row, unit in zip(cover.posts.rows, cover.posts.unit.tolist(), strict=True)
        if unit >= 0 and members[unit]
    )
    area_m2 = ground.terrain.area_m2[members]
    return {
        "posts": dict(sorted(posts.items())),
        "area": _share(area_m2, cover.share[members]),
        "people": _share(ground.people[members], cover.share[members]),
        "cases": _ratio(float(cover.reached[members].sum()), float(cover.cases[members].sum())),
        "n": int(cover.cases[members].sum()),
    }


def _share(figures: Floats, share: Floats) -> float | None:
    return _ratio(float((figures * share).sum()), float(figures.sum()))


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole > 0 else None
