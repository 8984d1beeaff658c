"""Adopted plans of zones as the database holds them, for tests of what is read of them."""

from collections.abc import Mapping, Sequence
from datetime import date

import psycopg

_PLAN = """
INSERT INTO zone_plan (name, within_id, within_path, base_level, base_rank, boundary_revision, unit_ids, zones, hash,
    figures, start_figures, account_name)
SELECT %(name)s, %(within)s, '{}', key, rank, (SELECT max(id) FROM boundary_revision), %(units)s, %(zones)s,
    repeat('0', 64), '{}', '{}', 'planner'
FROM level
WHERE key = %(base)s
RETURNING id
"""
_SHAPE = """
UPDATE zone
SET code = %(code)s, geom = made.geom, geom_3857 = ST_Multi(ST_Transform(made.geom, 3857)), area_m2 = made.area_m2,
    label_point = ST_PointOnSurface(made.geom), population = made.population
FROM (
    SELECT ST_Multi(ST_Union(unit.geom)) AS geom, sum(unit.area_m2) AS area_m2, sum(unit.population) AS population
    FROM unit
    WHERE unit.id = ANY(%(units)s)
) AS made
WHERE plan_id = %(plan)s AND no = %(no)s
"""
_ADOPT = """
UPDATE zone_plan
SET state = CASE WHEN %(until)s::date IS NULL THEN 'adopted' ELSE 'superseded' END,
    adopted_from = %(since)s, superseded_from = %(until)s, adopted_at = now(), adopted_by = 'leader'
WHERE id = %(plan)s
"""


def adopt(
    connection: psycopg.Connection,
    name: str,
    within: int,
    base: str,
    zones: Mapping[tuple[str, str], Sequence[int]],
    since: date,
    until: date | None = None,
) -> int:
    """Store a plan that is in force from `since` up to the day before `until`; returns its id.

    Args:
        zones: Ids of units by code and name of the zone.
    """
    units = sorted(unit for members in zones.values() for unit in members)
    row = connection.execute(
        _PLAN, {"name": name, "within": within, "base": base, "units": units, "zones": len(zones)}
    ).fetchone()
    assert row is not None
    (plan,) = row
    for no, ((code, zone_name), members) in enumerate(zones.items()):
        connection.execute("INSERT INTO zone (plan_id, no, name) VALUES (%s, %s, %s)", [plan, no, zone_name])
        connection.cursor().executemany(
            "INSERT INTO zone_member (plan_id, unit_id, no) VALUES (%s, %s, %s)", [[plan, m, no] for m in members]
        )
        connection.execute(_SHAPE, {"plan": plan, "no": no, "code": code, "units": list(members)})
    connection.execute(_ADOPT, {"plan": plan, "since": since, "until": until})
    return int(plan)
