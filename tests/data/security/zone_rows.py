"""Which plans of zones does the drawn city have, and which of their rows should a scope see?"""

from collections.abc import Callable

import psycopg

from tests.data.reads.grid_world import CODES, IDS
from tests.data.security.scoped import above, subtree

Rows = list[dict[str, object]]
ADOPTED = (("X", 0, "abcd"), ("X", 1, "efg"))
"""Town or city whose plan it is, number of the zone, its grids; the city's plan is in force."""

DRAFTS = (("A", 0, "ab"), ("B", 0, "cd"), ("C", 0, "efg"))
LINKS = ("ab", "bc", "ef")


def write_zones(connection: psycopg.Connection) -> None:
    """A plan of the city in force, a draft of each town with a step, a comment and a team, and links."""
    for letter, number, grids in (*ADOPTED, *DRAFTS):
        if number == 0:
            connection.execute(_PLAN, {"name": letter, "within": IDS[letter], "units": [IDS[g] for g in "abcdefg"]})
            for statement in (_TEAM, _STEP, _COMMENT):
                connection.execute(statement, {"name": letter, "within": IDS[letter]})
        connection.execute(_ZONE, {"name": letter, "no": number})
        for grid in grids:
            connection.execute(_MEMBER, {"name": letter, "no": number, "unit": IDS[grid]})
    connection.execute(
        "UPDATE zone_plan SET state = 'adopted', adopted_from = '2025-01-01', hash = repeat('0', 64) WHERE name = 'X'"
    )
    for a, b in LINKS:
        codes = sorted([CODES[a], CODES[b]])
        connection.execute(
            "INSERT INTO zone_link (level_key, a_code, b_code, kind, account_name) VALUES ('grid', %s, %s, 'cut', 'x')",
            codes,
        )


def zone_checks(area: str, plan_ids: dict[int, str]) -> dict[str, Callable[[Rows], bool]]:
    """By table, whether the rows seen are right; worked out from the lists above.

    Args:
        area: letter of the scope.
        plan_ids: letter of each plan's unit by the id of the plan.
    """
    own, way = subtree(area), subtree(area) | above(area)
    whole = area == "X"
    full = {letter for letter, *_ in (*ADOPTED, *DRAFTS) if whole or letter in own}
    zones = {
        (letter, number)
        for letter, number, grids in (*ADOPTED, *DRAFTS)
        if letter in full or (letter == "X" and set(grids) & own)
    }
    members = {
        (letter, IDS[grid])
        for letter, _, grids in (*ADOPTED, *DRAFTS)
        for grid in grids
        if letter in full or (letter == "X" and grid in own)
    }
    links = {tuple(sorted([CODES[a], CODES[b]])) for a, b in LINKS if whole or {a, b} <= way}
    return {
        "zone_plan": lambda rows: {row["name"] for row in rows} == full | {"X"},
        "zone": lambda rows: {(plan_ids[int(str(row["plan_id"]))], row["no"]) for row in rows} == zones,
        "zone_member": lambda rows: {(plan_ids[int(str(row["plan_id"]))], row["unit_id"]) for row in rows} == members,
        "zone_step": lambda rows: {plan_ids[int(str(row["plan_id"]))] for row in rows} == full,
        "zone_comment": lambda rows: {plan_ids[int(str(row["plan_id"]))] for row in rows} == full,
        "zone_team": lambda rows: {row["name"] for row in rows} == {"A", "B", "C", "X"} & (own | above(area)),
        "zone_link": lambda rows: {(row["a_code"], row["b_code"]) for row in rows} == links,
    }


_PLAN = """
    INSERT INTO zone_plan (name, within_id, within_path, base_level, base_rank, boundary_revision, unit_ids, zones,
        figures, start_figures, account_name)
    VALUES (%(name)s, %(within)s, '{}', 'grid', 2, 1, %(units)s, 2, '{}', '{}', 'x')
"""
_TEAM = """
    INSERT INTO zone_team (within_id, within_path, name, size, account_name)
    VALUES (%(within)s, '{}', %(name)s, 6, 'x')
"""
_STEP = """
    INSERT INTO zone_step (plan_id, version, account_name, kind, earlier)
    SELECT id, 1, 'x', 'name', 0 FROM zone_plan WHERE name = %(name)s
"""
_COMMENT = """
    INSERT INTO zone_comment (plan_id, account_name, text) SELECT id, 'x', 'x' FROM zone_plan WHERE name = %(name)s
"""
_ZONE = "INSERT INTO zone (plan_id, no) SELECT id, %(no)s FROM zone_plan WHERE name = %(name)s"
_MEMBER = """
    INSERT INTO zone_member (plan_id, unit_id, no) SELECT id, %(unit)s, %(no)s FROM zone_plan WHERE name = %(name)s
"""
