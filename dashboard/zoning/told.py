"""How is a plan told to a client: whole, what changed, what a move would do?"""

from collections.abc import Mapping, Sequence

from dashboard.zoning.desk import Changed
from dashboard.zoning.moves import refusal_of
from dashboard.zoning.old_units import old_titles, read_old_units
from dashboard.zoning.open_plan import OpenPlan, told_post
from data.engine import AsyncRows
from data.zoning.plan_errors import MoveNotMade
from data.zoning.stored_plans import StoredPlan
from data.zoning.stored_zones import StoredZone, read_members, read_zones
from geo.redraw.moves import MoveRefused
from geo.redraw.plan import DrawnPlan
from geo.redraw.preview import plan_change

Body = dict[str, object]


def whole(plan: OpenPlan) -> Body:
    """A plan with its units, zones and figures."""
    body = head(plan.stored)
    return body | {
        "hash": plan.hash,
        "stale": False,
        "units": list(plan.ground.codes),
        "unit_ids": plan.ground.unit_ids.tolist(),
        "zone": plan.plan.zone.tolist(),
        "zones": plan.zone_facts(plan.in_use),
        "figures": plan.figures(),
        "locked_units": [plan.ground.codes[unit] for unit in sorted(plan.locks.units)],
        "steps": steps(plan.stored),
    }


async def whole_of_old_units(conn: AsyncRows, stored: StoredPlan) -> Body:
    """A plan whose units have other borders today, with the figures that it had; it can be read and copied."""
    units = await read_old_units(conn, stored)
    codes = {unit.id: unit.code for unit in units}
    zone = (await read_members(conn, stored.id, stored.unit_ids)).tolist()
    home = dict(zip(stored.unit_ids, zone, strict=True))
    zones = [facts for facts in await read_zones(conn, stored.id) if facts.no in set(zone)]
    members = {facts.no: [unit for unit in units if home[unit.id] == facts.no] for facts in zones}
    titles = old_titles({no: found for no, found in members.items() if found}, zones)
    locked = set(stored.locked_unit_ids)
    return head(stored) | {
        "stale": True,
        "units": [codes.get(unit, "") for unit in stored.unit_ids],
        "unit_ids": stored.unit_ids,
        "zone": zone,
        "zones": [_bare(facts, zone.count(facts.no), *titles.get(facts.no, ("", ""))) for facts in zones],
        "figures": dict(stored.figures),
        "locked_units": [codes.get(unit, "") for unit in stored.unit_ids if unit in locked],
        "steps": steps(stored),
    }


def head(stored: StoredPlan) -> Body:
    """What the row of a plan says."""
    return {
        "id": stored.id,
        "name": stored.name,
        "state": stored.state,
        "version": stored.version,
        "within": stored.within,
        "within_name": stored.within_name,
        "within_name_en": stored.within_name_en,
        "within_level": stored.within_level,
        "base": stored.base,
        "boundary_revision": stored.boundary_revision,
        "parameters": dict(stored.parameters),
        "seed": stored.seed,
        "hash": stored.hash,
        "made_by": stored.made_by,
        "made_at": stored.made_at.isoformat(),
        "changed_at": stored.changed_at.isoformat(),
        "adopted_from": stored.adopted_from,
        "adopted_by": stored.adopted_by,
        "superseded_from": stored.superseded_from,
        "superseded_by": stored.superseded_by,
        "figures": dict(stored.figures),
        "start_figures": dict(stored.start_figures),
    }


def steps(stored: StoredPlan) -> Body:
    """How many steps are in force, how many can be taken back, and how many made again."""
    return {"done": stored.done, "undoable": stored.done, "redoable": len(stored.undone)}


def changed(change: Changed, **more: object) -> Body:
    """What an edit has changed."""
    plan = change.plan
    return {
        "version": plan.stored.version,
        "changed": {"units": plan.codes(change.units), "zone": plan.plan.zone[change.units].tolist()},
        "zones": plan.zone_facts(change.zones),
        "figures": plan.figures(),
        "steps": steps(plan.stored),
        "name": plan.stored.name,
    } | more


def preview(plan: OpenPlan, after: DrawnPlan | MoveRefused) -> Body:
    """What a move would do, or why it would be refused."""
    if isinstance(after, MoveRefused):
        return {"version": plan.stored.version, "refused": refused(refusal_of(plan, after)), "zones": [],
                "figures": None, "delta": None}  # fmt: skip
    change = plan_change(plan.plan, after)
    then = plan.at(plan.stored, after, plan.zones)
    return {
        "version": plan.stored.version,
        "refused": None,
        "zones": then.zone_facts(change.zones),
        "figures": then.figures(),
        "delta": {
            "ratio": change.ratio,
            "balance": change.balance,
            "compactness": change.compactness,
            "workload_max_over_mean": change.workload_max_over_mean,
            "contiguous": change.contiguous,
            "unassigned": change.unassigned,
        },
    }


def refused(error: MoveNotMade) -> Mapping[str, object]:
    """A refusal as part of an answer."""
    return {**error.facts, "text": error.cause, "remedy": error.remedy}


def _bare(zone: StoredZone, members: int, name: str, name_en: str) -> Body:
    """A zone of which no figures can be told."""
    unknown: Sequence[str] = (
        "workload", "workload_share_of_mean", "area_km2", "perimeter_km", "roundness", "similarity", "pieces",
    )  # fmt: skip
    return dict.fromkeys(unknown) | {
        "no": zone.no,
        "code": zone.code,
        "name": name,
        "name_en": name_en,
        "own_name": zone.name,
        "members": members,
        "locked": zone.locked,
        "colour": zone.colour,
        "team": {"id": zone.team_id, "name": zone.team} if zone.team_id else None,
        "post": told_post(zone),
    }
