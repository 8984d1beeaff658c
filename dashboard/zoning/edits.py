"""Which edits can be asked of a plan, as steps that the desk makes?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from dashboard.zoning.desk import Change, Edit
from dashboard.zoning.moves import (
    check_zone,
    drawn,
    fill_zone,
    made_again,
    merge_zones,
    move_units,
    named_units,
    split_zone,
    taken_back,
    target_of,
)
from dashboard.zoning.open_plan import OpenPlan
from data.engine import AsyncRows
from data.privacy.masking import masked_text
from data.zoning.patrol_teams import find_post, find_team
from data.zoning.plan_errors import PlanValueInvalid
from data.zoning.plan_steps import StepKind, read_step
from data.zoning.stored_zones import StoredZone
from geo.zoning.graph import Floats

MOST_NAME = 120
Given = Mapping[str, object]


def moving(codes: Sequence[str], to: int | str | None) -> Edit:
    """Units into a zone, into a new one, or out of the plan."""

    async def edit(conn: AsyncRows, plan: OpenPlan) -> Change:
        units = await named_units(conn, plan, codes)
        target = target_of(plan, to)
        return Change(StepKind.MOVE, drawn(plan, move_units(plan, units, target)), detail={"to": target})

    return edit


def merging(into: int, other: int) -> Edit:
    """Two zones into one."""

    async def edit(_: AsyncRows, plan: OpenPlan) -> Change:
        return Change(StepKind.MERGE, merge_zones(plan, into, other), detail={"into": into, "other": other})

    return edit


def splitting(zone: int, parts: int | None, line: Floats | None) -> Edit:
    """One zone into several."""

    async def edit(_: AsyncRows, plan: OpenPlan) -> Change:
        detail = {"zone": zone, "by": "line" if line is not None else "engine"}
        return Change(StepKind.SPLIT, await split_zone(plan, zone, parts, line), detail=detail)

    return edit


def filling(zone: int) -> Edit:
    """A zone with what it encloses."""

    async def edit(_: AsyncRows, plan: OpenPlan) -> Change:
        return Change(StepKind.FILL, fill_zone(plan, zone), detail={"zone": zone})

    return edit


async def undoing(conn: AsyncRows, plan: OpenPlan) -> Change:
    """The last step taken back."""
    step = await read_step(conn, plan.stored.id, plan.stored.head) if plan.stored.head else None
    return Change(StepKind.UNDO, taken_back(plan, step), repeats=step)


async def redoing(conn: AsyncRows, plan: OpenPlan) -> Change:
    """The step that was taken back last, made again."""
    step = await read_step(conn, plan.stored.id, plan.stored.undone[-1]) if plan.stored.undone else None
    return Change(StepKind.REDO, made_again(plan, step), repeats=step)


def locking(zones: Mapping[int, bool], units: Mapping[str, bool]) -> Edit:
    """Zones that nothing leaves or joins, units that stay where they are."""

    async def edit(conn: AsyncRows, plan: OpenPlan) -> Change:
        for number in zones:
            check_zone(plan, number)
        facts = tuple(replace(zone, locked=zones[zone.no]) for zone in plan.zones if zone.no in zones)
        held = set(plan.stored.locked_unit_ids)
        for wanted in (True, False):
            codes = [code for code, lock in units.items() if lock is wanted]
            ids = plan.ground.unit_ids[await named_units(conn, plan, codes)].tolist() if codes else []
            held = held | set(ids) if wanted else held - set(ids)
        detail = {
            "zones": sorted(zones),
            "before": {"locked_zones": sorted(plan.locks.zones), "locked_units": len(plan.stored.locked_unit_ids)},
            "after": {
                "locked_zones": sorted(plan.locks.zones - zones.keys() | {no for no, lock in zones.items() if lock}),
                "locked_units": len(held),
            },
        }
        return Change(StepKind.LOCK, plan.plan, facts=facts, locked_unit_ids=tuple(sorted(held)), detail=detail)

    return edit


def naming(name: str) -> Edit:
    """Another name of the plan."""

    async def edit(_: AsyncRows, plan: OpenPlan) -> Change:
        new = usable_name(name)
        detail = {"before": {"name": plan.stored.name}, "after": {"name": new}}
        return Change(StepKind.NAME, plan.plan, name=new, detail=detail)

    return edit


def describing(number: int, given: Given) -> Edit:
    """Name, team or post of a zone; what is not given stays, None takes away.

    Args:
        number: the zone.
        given: any of `name` (text), `team` (id), `post` (code of a place).
    """

    async def edit(conn: AsyncRows, plan: OpenPlan) -> Change:
        check_zone(plan, number)
        zone = plan.zones[number]
        new = await _described(conn, zone, given)
        detail = {"zones": [number], "before": _facts(zone), "after": _facts(new)}
        return Change(StepKind.ZONE, plan.plan, facts=(new,), detail=detail)

    return edit


async def _described(conn: AsyncRows, zone: StoredZone, given: Given) -> StoredZone:
    if "name" in given:
        # A person gives one name; the English one of an adoption would tell of another.
        zone = replace(zone, name=None if given["name"] is None else usable_name(str(given["name"])), name_en="")
    if "team" in given:
        team = None if given["team"] is None else await find_team(conn, int(str(given["team"])))
        zone = replace(zone, team_id=team.id if team else None, team=team.name if team else None)
    if "post" in given:
        post = None if given["post"] is None else await find_post(conn, str(given["post"]))
        zone = replace(zone, post_id=post.id if post else None, post=post.code if post else None)
    return zone


def _facts(zone: StoredZone) -> dict[str, object]:
    return {"name": zone.name, "team": zone.team_id, "post": zone.post}


def usable_name(text: str) -> str:
    """A name as it is stored: without numbers of people, without surplus blanks.

    Raises:
        PlanValueInvalid: Nothing is left of it, or it is too long.
    """
    name = masked_text(" ".join(text.replace("\0", "").split()))
    if not 0 < len(name) <= MOST_NAME:
        raise PlanValueInvalid("name", f"The name has {len(name)} characters.", f"Give 1 to {MOST_NAME}.")
    return name


def line_of(corners: Sequence[Sequence[float]]) -> Floats:
    """(m, 2) corners of a drawn line in degrees.

    Raises:
        PlanValueInvalid: They are no line on the globe.
    """
    line = np.array([list(corner) for corner in corners], np.float64)
    if line.ndim != 2 or line.shape[1] != 2 or not (np.isfinite(line) & (np.abs(line) <= [180, 90])).all():
        raise PlanValueInvalid("line", "The corners are no places on the globe.", "Send pairs of lon and lat.")
    if len(np.unique(line, axis=0)) < 2:
        raise PlanValueInvalid("line", "The line has no length.", "Send two different corners or more.")
    return line
