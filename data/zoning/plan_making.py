"""How does a new plan get into the database?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg.types.json import Jsonb

from data.audit.entry import Action, Entry
from data.audit.record import record
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_all, fetch_one
from data.reads.units import Unit
from data.scope import current_scope
from data.zoning.authors import current_author
from data.zoning.plan_errors import OutsideArea
from data.zoning.stored_zones import StoredZone, move_members


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan that is to be stored.

    Attributes:
        unit_ids: (n,) units, rising; `zone` (n,) their zones, −1 for none.
        zones: facts of the zones, numbered 0 … k − 1.
        parameters, seed: how it came about.
        figures: of the plan as it begins.
        origin: what it was made from, for the audit log.
        key: Idempotency-Key.
    """

    name: str
    within_id: int
    base: str
    boundary_revision: int
    unit_ids: Sequence[int]
    zone: Sequence[int]
    zones: Sequence[StoredZone]
    parameters: Mapping[str, object]
    seed: int | None
    figures: Mapping[str, object]
    origin: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    id: int


@dataclass(frozen=True, slots=True)
class _Code:
    id: int
    code: str


async def codes_of(conn: AsyncRows, unit_ids: Sequence[int]) -> dict[int, str]:
    """Codes of units, ended ones too, by id."""
    found = await fetch_all(conn, _Code, "SELECT id, code FROM unit WHERE id = ANY(%(ids)s)", {"ids": list(unit_ids)})
    return {unit.id: unit.code for unit in found}


def check_area(unit: Unit) -> None:
    """Refuse a unit that the asker sees and that is not in the own area.

    Raises:
        OutsideArea: It lies above the own area.
    """
    scope = current_scope()
    if scope is not None and scope.unit_id is not None and scope.unit_id not in unit.path:
        raise OutsideArea(unit.code)


async def one_at_a_time(conn: AsyncRows) -> None:
    """Wait until no other plan is being stored: of two requests with one key the second then finds the plan."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext('zone_plan'))")


async def store_plan(conn: AsyncRows, new: NewPlan) -> int:
    """Store a plan with its zones and units, in the caller's transaction.

    Returns:
        The id of the plan.
    """
    author = current_author()
    values = {
        "name": new.name,
        "within": new.within_id,
        "base": new.base,
        "revision": new.boundary_revision,
        "units": list(new.unit_ids),
        "zones": len(new.zones),
        "parameters": Jsonb(dict(new.parameters)),
        "seed": new.seed,
        "figures": Jsonb(dict(new.figures)),
        "account": author.account_id,
        "who": author.name,
        "key": new.key,
    }
    made = await fetch_one(conn, _Made, named("zone_plan_insert"), values)
    assert made is not None
    if new.zones:
        await conn.execute(named("zone_insert"), {"plan": made.id} | _columns(new.zones))
    await move_members(conn, made.id, new.unit_ids, new.zone)
    after = {"name": new.name, "base": new.base, "zones": len(new.zones), "units": len(new.unit_ids), "seed": new.seed}
    entry = Entry(
        Action.ZONE_PLAN_MADE,
        "zone_plan",
        str(made.id),
        unit_ids=(new.within_id,),
        detail={"from": new.origin},
        after=after,
    )
    await record(conn, entry)
    return made.id


def _columns(zones: Sequence[StoredZone]) -> dict[str, object]:
    return {
        "no": [zone.no for zone in zones],
        "names_en": [zone.name_en for zone in zones],
        "names": [zone.name for zone in zones],
        "colours": [zone.colour for zone in zones],
        "locked": [zone.locked for zone in zones],
        "teams": [zone.team_id for zone in zones],
        "posts": [zone.post_id for zone in zones],
    }
