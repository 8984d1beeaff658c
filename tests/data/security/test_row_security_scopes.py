"""Does a scope see its own rows and no other, in every table, without any WHERE; and can it write no others?"""

from collections.abc import Callable

import psycopg
import pytest
from psycopg import errors

from data.roles import AUTH
from data.scope import RowScope
from tests.data.reads.grid_world import IDS, measures
from tests.data.security.catalog import OPEN_TABLES
from tests.data.security.conftest import World
from tests.data.security.scoped import SCOPES, above, row_scope, sees, subtree, transaction
from tests.data.security.zone_rows import zone_checks

Rows = list[dict[str, object]]
HANDLER = 1
NEW = """
    INSERT INTO incident (reported_at, cell_id, class_id, source_id, department_id, dataset_id)
    VALUES ('2025-03-30 12:00+08', %(cell)s, 1, 1, %(department)s, 1)
    RETURNING id
"""


def _ids(letters: set[str]) -> set[int]:
    return {IDS[letter] for letter in letters}


def _cell_in(cells: dict[int, set[int]], cell: object, area: str) -> bool:
    return area == "X" or bool(cells[int(str(cell))] & _ids(subtree(area)))


def _checks(world: World, area: str, department: int | None) -> dict[str, Callable[[Rows], bool]]:
    """By table, whether the rows seen are right; worked out as the owner, from the drawing."""
    whole, everything = area == "X", area == "X" and department is None
    with psycopg.connect(world.url) as owner:
        cells = {row[0]: set(row[1]) for row in owner.execute("SELECT id, subjects FROM cell")}
        straddles = {row[0]: {row[1], row[2]} for row in owner.execute("SELECT id, parent_id, child_id FROM straddle")}
        plan_ids = dict(owner.execute("SELECT id, name FROM zone_plan").fetchall())
        groups = dict(owner.execute("SELECT within_id, id FROM wall_group").fetchall())
        held = {name: owner.execute(f"SELECT * FROM {name}").fetchall() for name in ("rollup_day", "rollup_delta")}
    assert straddles
    assert all(held.values())
    units = set(IDS) if whole else subtree(area) | above(area)
    own_units = set(IDS) if whole else subtree(area)
    own = {cell for cell in cells if _cell_in(cells, cell, area)}
    own_straddles = {key for key, pair in straddles.items() if whole or pair & _ids(subtree(area))}
    subjects = {0} | set(straddles) | _ids(set(IDS)) if whole else own_straddles | _ids(subtree(area))
    in_scope = {row.id for row in world.rows if sees(row, area, department)}

    def nothing(rows: Rows) -> bool:
        return not rows

    def whole_only(rows: Rows) -> bool:
        return bool(rows) == everything

    return {
        "incident": lambda rows: {row["id"] for row in rows} == in_scope,
        "unit": lambda rows: {row["id"] for row in rows} == _ids(units),
        "cell": lambda rows: {row["id"] for row in rows} == own,
        "straddle": lambda rows: {row["id"] for row in rows} == own_straddles,
        "place": lambda rows: {row["cell_id"] for row in rows} == own - {0} - _gridless(cells),
        "rollup_day": nothing
        if department
        else lambda rows: {row["subject_id"] for row in rows} <= subjects and bool(rows),
        "rollup_delta": nothing if department else lambda rows: {row["cell_id"] for row in rows} <= own and bool(rows),
        "rollup_pack": whole_only,
        "incident_chunk": whole_only,
        "incident_chunk_mark": lambda rows: not rows or everything,
        "import_run": whole_only,
        "unit_tile_piece": lambda rows: {row["unit_id"] for row in rows} <= _ids(units),
        "audit_entry": nothing,
        "audit_seal": nothing,
        "intake_answer": nothing,
        "released_figure": nothing,
        **dict.fromkeys(
            (
                "case_event",
                "case_past",
                "case_timer",
                "case_question",
                "risk_verdict",
                "risk_alert",
                "risk_step",
                "attachment",
            ),
            lambda rows: {row["incident_id"] for row in rows} == in_scope,
        ),
        # Every case calls department 1, which learns of it.
        "case_call": lambda rows: (
            {row["incident_id"] for row in rows} == ({row.id for row in world.rows} if department == 1 else in_scope)
        ),
        **dict.fromkeys(("report_code", "report_receipt"), nothing),
        **dict.fromkeys(
            ("wall_group", "wall_display"), lambda rows: {row["within_id"] for row in rows} == _ids(own_units)
        ),
        "figure_day": nothing
        if department
        else lambda rows: (
            {row["subject_id"] for row in rows if row["subject"] == "unit"} == (_ids(set(IDS)) & subjects)
            and whole == bool([row for row in rows if row["subject"] != "unit"])
        ),
        "feed_entry": lambda rows: (
            {row["incident_id"] for row in rows if row["kind"] == "cases"}
            == {row.id for row in world.rows if sees(row, area, None if department == 1 else department)}
            and {_group(row) for row in rows if row["kind"] == "walls"} == {groups[id] for id in _ids(own_units)}
        ),
    } | zone_checks(area, plan_ids)


def _group(entry: dict[str, object]) -> object:
    detail = entry["detail"]
    assert isinstance(detail, dict)
    return detail["group"]


def _gridless(cells: dict[int, set[int]]) -> set[int]:
    return {cell for cell, subjects in cells.items() if not any(subject > 30_000_000 for subject in subjects)}


def _readable(connection: psycopg.Connection) -> set[str]:
    return {
        row[0]
        for row in connection.execute(
            """
            SELECT relname FROM pg_class
            WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
                AND has_table_privilege(oid, 'SELECT')
                AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
            """
        )
    }


@pytest.mark.parametrize(("area", "department"), SCOPES)
def test_every_table_shows_a_scope_its_own_rows_and_no_others(world: World, area: str, department: int | None) -> None:
    checks = _checks(world, area, department)
    with transaction(world.url, row_scope(area, department)) as web:
        tables = _readable(web) - OPEN_TABLES.keys()
        assert {"incident", "unit", "rollup_day", "incident_chunk"} <= tables
        assert tables <= checks.keys(), "a table that no check knows"
        web.row_factory = psycopg.rows.dict_row
        seen = {name: web.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    assert {name for name, rows in seen.items() if not checks[name](rows)} == set()


def test_without_a_scope_no_row_is_visible(world: World) -> None:
    with transaction(world.url, None) as web:
        tables = sorted(_readable(web) - OPEN_TABLES.keys())
        seen = {name: web.execute(f"SELECT count(*) FROM {name}").fetchone() for name in tables}
        assert {name: row for name, row in seen.items() if row != (0,)} == {}
        assert web.execute("SELECT * FROM city_days()").fetchone() == (False, None, None)
        assert web.execute("SELECT * FROM cells_of_unit(%s)", [IDS["A"]]).fetchall() == []


@pytest.mark.parametrize(("area", "department"), SCOPES)
def test_figures_of_the_own_units_equal_a_count_of_the_own_incidents(
    world: World, area: str, department: int | None
) -> None:
    with transaction(world.url, row_scope(area, department)) as web:
        kept = dict(
            web.execute(
                "SELECT subject_id, sum(n) FROM rollup WHERE class_id = 0 GROUP BY 1 HAVING sum(n) > 0"
            ).fetchall()
        )
        counted = web.execute("SELECT count(*) FROM incident_measures").fetchone()
    own = [row for row in world.rows if sees(row, area, department)]
    assert counted == (len(own),)
    if department is not None:
        assert kept == {}
        return
    letters = subtree(area) - {"X"}
    drawn = {IDS[letter]: measures(row for row in own if letter in (row.town, row.grid)).n for letter in letters}
    assert {unit: kept.get(unit, 0) for unit in drawn} == drawn


def _cell(world: World, letter: str) -> int:
    with psycopg.connect(world.url) as owner:
        row = owner.execute("SELECT min(id) FROM cell WHERE subjects @> ARRAY[%s]", [IDS[letter]]).fetchone()
    assert row is not None
    return int(row[0])


def test_a_report_in_the_own_area_reaches_figures_and_marks(world: World) -> None:
    with transaction(world.url, RowScope(IDS["A"], sees_sensitive=True)) as web:
        before = web.execute("SELECT count(*), sum(n) FROM rollup_delta").fetchone()
        web.execute("SELECT ensure_incident_partition('2025-03-30 12:00+08')")
        made = web.execute(NEW, {"cell": _cell(world, "a"), "department": None}).fetchone()
        after = web.execute("SELECT count(*), sum(n) FROM rollup_delta").fetchone()
        web.execute("UPDATE incident SET status = 6 WHERE id = %s", made)
        assert web.execute("SELECT status FROM incident WHERE id = %s", made).fetchone() == (6,)
    assert before is not None
    assert after == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize(
    ("area", "own", "letter", "department"),
    [
        ("A", None, "g", None),
        ("A", None, None, None),
        ("X", HANDLER, "a", 2),
        ("A", HANDLER, "a", None),
        ("B", HANDLER, "g", 1),
    ],
)
def test_a_report_outside_the_scope_is_refused(
    world: World, area: str, own: int | None, letter: str | None, department: int | None
) -> None:
    cell = 0 if letter is None else _cell(world, letter)
    with transaction(world.url, row_scope(area, own)) as web, pytest.raises(errors.InsufficientPrivilege):
        web.execute(NEW, {"cell": cell, "department": department})


def test_only_the_whole_city_may_report_what_lies_in_no_unit(world: World) -> None:
    with transaction(world.url, RowScope(sees_sensitive=True)) as web:
        assert web.execute(NEW, {"cell": 0, "department": None}).fetchone()


def test_no_change_reaches_or_leaves_the_scope(world: World) -> None:
    own = next(row for row in world.rows if row.grid == "a" and row.town == "A")
    other = next(row for row in world.rows if row.grid == "g")
    with transaction(world.url, RowScope(IDS["A"], sees_sensitive=True)) as web:
        assert web.execute("UPDATE incident SET status = 6 WHERE id = %s", [other.id]).rowcount == 0
        assert web.execute("UPDATE incident SET status = 6").rowcount == sum(sees(row, "A", None) for row in world.rows)
        with pytest.raises(errors.InsufficientPrivilege):
            web.execute("UPDATE incident SET cell_id = %s WHERE id = %s", [_cell(world, "g"), own.id])


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM incident", "TRUNCATE incident", "SELECT * FROM incident_202503", "SELECT * FROM account",
        "SELECT * FROM account_standing", "SELECT * FROM login_session", "SELECT * FROM api_token",
        "SELECT * FROM planted_truth", "SELECT * FROM incident_key", "SELECT * FROM scope_reach",
        "SELECT report FROM boundary_revision", "INSERT INTO rollup_delta DEFAULT VALUES", "UPDATE unit SET name = 'x'",
        "SELECT reach_of(1)", "SELECT fill_scope_reach(1)", "CREATE TABLE mine (x int)", "SET ROLE minqing_auth",
        "ALTER TABLE incident DISABLE ROW LEVEL SECURITY", "DROP POLICY scope ON incident",
    ],
)  # fmt: skip
def test_the_web_may_not(world: World, statement: str) -> None:
    with transaction(world.url, RowScope(sees_sensitive=True)) as web, pytest.raises(errors.InsufficientPrivilege):
        web.execute(statement.encode())


@pytest.mark.parametrize("table", ["incident", "unit", "cell", "place", "rollup_day", "setting", "import_run"])
def test_sign_in_reads_accounts_and_nothing_of_the_city(world: World, table: str) -> None:
    with transaction(world.url, None, AUTH) as auth:
        assert auth.execute("SELECT count(*) FROM account_standing").fetchone() is not None
        with pytest.raises(errors.InsufficientPrivilege):
            auth.execute(f"SELECT * FROM {table}".encode())


def test_a_new_cell_is_in_the_scope_at_once(world: World) -> None:
    with psycopg.connect(world.url) as owner:
        owner.execute(
            "INSERT INTO cell (id, grid_id, unit_ids, subjects) VALUES (2100000000, NULL, %(units)s, %(units)s)",
            {"units": [IDS["X"], IDS["A"]]},
        )
    try:
        for area, expected in (("A", 1), ("C", 0)):
            with transaction(world.url, RowScope(IDS[area], sees_sensitive=True)) as web:
                row = web.execute("SELECT count(*) FROM cell WHERE id = 2100000000").fetchone()
                assert row == (expected,)
    finally:
        with psycopg.connect(world.url) as owner:
            owner.execute("DELETE FROM cell WHERE id = 2100000000")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO zone_plan (name, within_id, within_path, base_level, base_rank, boundary_revision, unit_ids, "
        "zones, figures, start_figures, account_name) "
        "VALUES ('x', %(B)s, ARRAY[%(A)s]::integer[], 'grid', 2, 1, '{}', 0, "
        "'{}', '{}', 'x')",
        "UPDATE zone_plan SET within_id = %(B)s WHERE name = 'A'",
        "INSERT INTO zone_member (plan_id, unit_id, no) SELECT id, %(d)s, 1 FROM zone_plan WHERE name = 'X'",
        "INSERT INTO zone_comment (plan_id, account_name, text) SELECT id, 'x', 'x' FROM zone_plan WHERE name = 'X'",
        "INSERT INTO zone_step (plan_id, version, account_name, kind, earlier) SELECT id, 2, 'x', 'name', 0 "
        "FROM zone_plan WHERE name = 'X'",
        "INSERT INTO zone_team (within_id, within_path, name, size, account_name) "
        "VALUES (%(B)s, ARRAY[%(A)s]::integer[], 'x', 1, 'x')",
        "INSERT INTO zone_link (level_key, a_code, b_code, kind, account_name) VALUES ('grid', '4402001', '4402002', "
        "'link', 'x')",
        "DELETE FROM zone_step",
        "UPDATE zone_step SET account_name = 'y'",
        "DELETE FROM zone_plan",
    ],
)
def test_no_plan_is_changed_outside_of_the_scope(world: World, statement: str) -> None:
    with transaction(world.url, row_scope("A", None)) as web:
        refused = (errors.InsufficientPrivilege, errors.NotNullViolation)
        with pytest.raises(refused):
            web.execute(statement.encode(), {letter: IDS[letter] for letter in "ABd"})


def test_what_is_seen_of_a_plan_above_cannot_be_changed(world: World) -> None:
    with transaction(world.url, row_scope("A", None)) as web:
        for statement in (
            "UPDATE zone_plan SET name = 'y' WHERE name = 'X'", "UPDATE zone SET name = 'y' WHERE plan_id <> 0",
            "DELETE FROM zone_member WHERE plan_id = (SELECT id FROM zone_plan WHERE name = 'X')",
        ):  # fmt: skip
            changed = web.execute(statement.encode()).rowcount
            # The one zone of the own draft.
            assert changed == (1 if statement.startswith("UPDATE zone SET") else 0), statement
