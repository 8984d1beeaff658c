"""Does the database itself say that nothing is left open: every table, role, function and grant?"""

import psycopg
import pytest
from sqlalchemy import Engine, text

from data.roles import AUTH, ROLES, WEB
from tests.data.security.catalog import CLOSED_TABLES, OPEN_TABLES

SECRET = ("account", "account_standing", "login_session", "api_token", "wall_token", "login_identity", "login_flow")
SECRET += ("webhook", "webhook_change", "webhook_delivery", "open311_pull")


@pytest.fixture
def rows(engine: Engine):
    """Asks the catalog of a migrated database that has a partition of incidents."""
    with engine.begin() as connection:
        connection.execute(text("SELECT ensure_incident_partition(now())"))
    with engine.connect() as connection:
        yield lambda query, **values: connection.execute(text(query), values).all()


def test_every_table_is_forced_or_on_the_list_with_a_reason(rows) -> None:
    found = rows(
        """
        SELECT relname, relrowsecurity AND relforcerowsecurity AS forced,
            EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = 'owner') AS owned
        FROM pg_class
        WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
        """
    )
    assert len(found) >= 35
    listed = OPEN_TABLES.keys() | CLOSED_TABLES.keys()
    assert {name for name, forced, owned in found if not (forced and owned) and name not in listed} == set()
    assert listed - {name for name, *_ in found} == set(), "listed, but there is no such table"
    assert {name for name, forced, _ in found if forced} & CLOSED_TABLES.keys() == set()


def test_every_policy_of_the_web_asks_for_the_scope(rows) -> None:
    found = rows(
        """
        SELECT polrelid::regclass::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid),
            polpermissive
        FROM pg_policy
        WHERE polroles <> ARRAY[(SELECT relowner FROM pg_class WHERE oid = polrelid)]
        """
    )
    assert len(found) >= 12
    for table, using, check, is_permissive in found:
        for expression in filter(None, (using, check)):
            assert "scope_" in expression or "minqing.account_id" in expression, table
        assert using or check, table
        assert is_permissive, table


@pytest.mark.parametrize("role", ROLES)
def test_the_roles_own_nothing_and_pass_nothing_by(rows, role: str) -> None:
    rights = "rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication"
    assert rows(f"SELECT {rights} FROM pg_roles WHERE rolname = :role", role=role) == [(False,) * 5]
    owned = "SELECT count(*) FROM pg_shdepend WHERE refobjid = CAST(:role AS regrole) AND deptype = 'o'"
    assert rows(owned, role=role) == [(0,)]
    members = "SELECT count(*) FROM pg_auth_members WHERE member = CAST(:role AS regrole)"
    assert rows(members, role=role) == [(0,)]


@pytest.mark.parametrize("role", ROLES)
def test_no_role_reaches_a_partition(rows, role: str) -> None:
    found = rows(
        """
        SELECT relname, has_table_privilege(:role, oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
        FROM pg_class WHERE relispartition AND relkind = 'r'
        """,
        role=role,
    )
    assert found
    assert {name for name, open_ in found if open_} == set()


def test_the_web_has_no_grant_on_secrets_and_sign_in_none_on_the_city(rows) -> None:
    granted = rows(
        """
        SELECT grantee, table_name FROM information_schema.role_table_grants
        WHERE grantee IN ('minqing_web', 'minqing_auth')
        """
    )
    by_role = {role: {table for grantee, table in granted if grantee == role} for role in ROLES}
    columns = rows("SELECT table_name FROM information_schema.column_privileges WHERE grantee = 'minqing_web'")
    assert by_role[WEB] & set(SECRET) == set()
    assert {name for (name,) in columns} & set(SECRET) == set()
    assert by_role[AUTH] <= {*SECRET, "account_area", "department"}
    writable = rows(
        """
        SELECT DISTINCT table_name FROM information_schema.role_table_grants
        WHERE grantee = 'minqing_web' AND privilege_type <> 'SELECT'
        """
    )
    zones = {"zone_plan", "zone", "zone_member", "zone_step", "zone_comment", "zone_team", "zone_link"}
    cases = {"case_event", "case_past", "case_timer", "case_call"}
    photos = {"attachment", "report_receipt"}
    walls = {"wall_group", "wall_display"}
    assert {name for (name,) in writable} <= {"incident", "intake_answer", "risk_step"} | zones | cases | photos | walls


def test_functions_with_the_rights_of_the_owner_fix_their_path_and_are_not_for_everybody(rows) -> None:
    found = rows(
        """
        SELECT proname, proconfig, has_function_privilege('public', oid, 'EXECUTE')
        FROM pg_proc
        WHERE prosecdef AND pronamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
        """
    )
    assert len(found) >= 10
    for name, config, is_public in found:
        assert any(entry.startswith("search_path=") and "pg_temp" in entry for entry in config or ()), name
        is_trigger = rows("SELECT prorettype = 'trigger'::regtype FROM pg_proc WHERE proname = :name", name=name)[0][0]
        assert is_trigger or not is_public, name


def test_views_of_the_web_read_with_its_own_rights(rows) -> None:
    found = rows(
        """
        SELECT relname, COALESCE(reloptions::text, '')
        FROM pg_class
        WHERE relkind = 'v' AND relnamespace IN ('public'::regnamespace, 'past'::regnamespace)
            AND has_table_privilege('minqing_web', oid, 'SELECT')
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
        """
    )
    assert {name for name, _ in found} >= {"rollup", "rollup_pending", "incident_measures", "incident_state"}
    assert {name for name, options in found if "security_invoker=true" not in options} == set()


def test_a_scope_does_not_outlive_its_transaction(database_url: str) -> None:
    from tests.data.security.scoped import url_as

    with psycopg.connect(url_as(database_url, WEB), autocommit=True) as web:
        with web.transaction():
            web.execute("SET LOCAL minqing.unit_id = '0'")
        assert web.execute("SELECT scope_unit(), scope_is_city()").fetchone() == (None, False)
