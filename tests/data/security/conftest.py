"""Which city do the tests of row-level security look at? The drawn one, with packs, pending changes and places."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from sqlalchemy.engine import make_url

from data.engine import libpq_url
from data.rollup_packs import make_packs
from data.scope_reach import fill_scope_reach
from data.tile_chunks import refresh_chunks
from tests.data.reads import grid_world
from tests.data.security.zone_rows import write_zones

CASES = (
    b"INSERT INTO case_event (incident_id, seq, reported_at, at, act, facts) "
    b"SELECT id, 1, reported_at, reported_at, 'report', '{}' FROM incident",
    b"INSERT INTO case_timer (incident_id, no, reported_at, stage, started_at, amount, clock, paused) "
    b"SELECT id, 0, reported_at, 'handling', reported_at, 1, 'work_day', false FROM incident",
    b"INSERT INTO case_call (incident_id, department_id, reported_at, called_at, came) "
    b"SELECT id, 1, reported_at, reported_at, false FROM incident",
)


@dataclass(frozen=True)
class World:
    """Address of the drawn city as its owner, and its incidents as drawn."""

    url: str
    rows: list[grid_world.Row]


@pytest.fixture(scope="module", params=[True, False], ids=["reach filled in", "reach worked out"])
def world(server_url: str, template_name: str, request: pytest.FixtureRequest) -> Iterator[World]:
    name = f"scope_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(libpq_url(server_url), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_name}".encode())
        url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
        yield World(url, _build(url, filled=request.param))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _build(url: str, *, filled: bool) -> list[grid_world.Row]:
    rows = grid_world.build(url)
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        make_packs(connection, quiet_s=0.0)
        refresh_chunks(connection, 100)
        connection.execute(
            """
            INSERT INTO place (kind, code, name, cell_id, geom, geom_3857)
            SELECT 'post', cell.id::text, 'post', cell.id, label_point, ST_Transform(label_point, 3857)
            FROM cell JOIN unit ON unit.id = cell.grid_id
            """
        )
        connection.execute("INSERT INTO import_run (kind, file_name, file_sha256) VALUES ('demo', 'x', 'y')")
        connection.execute("INSERT INTO planted_truth (kind, group_key) VALUES ('profile', 'x')")
        write_zones(connection)
        for statement in CASES:
            connection.execute(statement)
        if filled:
            assert fill_scope_reach(connection) > 0
    return rows
