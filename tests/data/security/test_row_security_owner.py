"""Does a database whose owner is no superuser work, and are login roles made, refused and reached as they should be?"""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.engine import make_url

from data.engine import engine_for, libpq_url
from data.migrate import migrate
from data.roles import (
    AUTH,
    WEB,
    RolesMissing,
    RoleTooStrong,
    RoleUnreachable,
    close_temporary,
    ensure_roles,
    role_urls,
    url_as,
)
from data.scope import RowScope
from data.settings import Settings
from tests.data.reads import grid_world
from tests.data.security.scoped import transaction


@pytest.fixture
def plain_owner(server_url: str) -> Iterator[str]:
    """Address of an empty database with PostGIS, owned by a role that is no superuser and may not make roles."""
    name = f"owner_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(libpq_url(server_url), autocommit=True) as server:
        server.execute(f"CREATE ROLE {name} LOGIN".encode())
        server.execute(f"CREATE DATABASE {name} OWNER {name} TEMPLATE template0".encode())
        url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
        with psycopg.connect(libpq_url(url)) as database:
            database.execute("CREATE EXTENSION postgis")
            database.execute("CREATE EXTENSION pg_trgm")
        yield url_as(url, name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        server.execute(f"DROP ROLE {name}".encode())


@pytest.mark.usefixtures("template_name")
def test_an_owner_without_special_rights_migrates_writes_and_confines(plain_owner: str) -> None:
    engine = engine_for(plain_owner)
    migrate(engine)
    engine.dispose()
    rows = grid_world.build(plain_owner, count=60)
    with psycopg.connect(libpq_url(plain_owner)) as owner:
        assert owner.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
        assert owner.execute("SELECT row_security_active('incident')").fetchone() == (True,)
        assert owner.execute("SELECT count(*) FROM incident").fetchone() == (len(rows),)
    with transaction(plain_owner, RowScope(grid_world.IDS["A"], sees_sensitive=True)) as web:
        seen = web.execute("SELECT count(*) FROM incident").fetchone()
    assert seen is not None
    assert 0 < seen[0] < len(rows)


def test_missing_roles_are_named_with_the_statement_to_run(plain_owner: str) -> None:
    engine = engine_for(plain_owner)
    with (
        engine.connect() as connection,
        pytest.raises(RolesMissing, match="CREATE ROLE minqing_nobody LOGIN NOSUPERUSER"),
    ):
        ensure_roles(connection, ("minqing_nobody",))
    engine.dispose()


def test_the_roles_are_reached_or_the_remedy_is_named(database_url: str) -> None:
    settings = Settings(Path("/nowhere"))
    urls = role_urls(database_url, settings)
    assert [make_url(url).username for url in (urls.web, urls.auth)] == [WEB, AUTH]
    wrong = Settings(Path("/nowhere"), web_database_url=database_url)
    with pytest.raises(RoleUnreachable, match="MINQING_WEB_DATABASE_URL"):
        role_urls(database_url, wrong)


def test_a_role_that_owns_a_table_is_refused(database_url: str) -> None:
    with psycopg.connect(libpq_url(database_url)) as owner:
        owner.execute("CREATE TABLE stray (x int)")
        owner.execute(f"ALTER TABLE stray OWNER TO {WEB}".encode())
    with pytest.raises(RoleTooStrong, match=WEB):
        role_urls(database_url, Settings(Path("/nowhere")))
    with psycopg.connect(libpq_url(database_url)) as owner:
        owner.execute("DROP TABLE stray")


@pytest.mark.usefixtures("template_name")
def test_the_login_roles_make_no_temporary_tables(plain_owner: str) -> None:
    for url in (url_as(plain_owner, WEB), url_as(plain_owner, AUTH)):
        with psycopg.connect(libpq_url(url)) as web:
            assert web.execute("SELECT has_database_privilege(current_database(), 'TEMPORARY')").fetchone() == (True,)
    engine = engine_for(plain_owner)
    for _ in range(2):
        migrate(engine)
    engine.dispose()
    for role in (WEB, AUTH):
        with psycopg.connect(libpq_url(url_as(plain_owner, role))) as web, pytest.raises(errors.InsufficientPrivilege):
            web.execute("CREATE TEMP TABLE hoard (x text)")
    with psycopg.connect(libpq_url(plain_owner)) as owner:
        owner.execute("CREATE TEMP TABLE own (x text)")


def test_a_connection_that_does_not_own_the_database_leaves_its_rights_alone(plain_owner: str, server_url: str) -> None:
    name = f"guest_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(libpq_url(server_url), autocommit=True) as server:
        server.execute(f"CREATE ROLE {name} LOGIN".encode())
    engine = engine_for(url_as(plain_owner, name))
    with engine.begin() as connection:
        close_temporary(connection)
        assert connection.execute(text("CREATE TEMP TABLE own (x text)")) is not None
    engine.dispose()
    with psycopg.connect(libpq_url(server_url), autocommit=True) as server:
        server.execute(f"DROP ROLE {name}".encode())
