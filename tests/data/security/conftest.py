"""Which city do the tests of row-level security look at? The drawn one, with packs, pending changes and places."""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from data.engine import libpq_url
from data.feed.tell import tell
from data.rollup_packs import make_packs
from data.scope_reach import fill_scope_reach
from data.tile_chunks import refresh_chunks
from tests.data.reads import grid_world
from tests.data.security.zone_rows import write_zones
from tests.support.databases import cloned_database

CASES = (
    b"INSERT INTO case_event (incident_id, seq, reported_at, at, act, facts) "
    b"SELECT id, 1, reported_at, reported_at, 'report', '{}' FROM incident",
    b"INSERT INTO case_past (incident_id, seq, reported_at, since, until, status, breached, marks) "
    b"SELECT id, 1, reported_at, reported_at, reported_at + interval '1 hour', 1, false, 0 FROM incident",
    b"INSERT INTO case_timer (incident_id, no, reported_at, stage, started_at, amount, clock, paused) "
    b"SELECT id, 0, reported_at, 'handling', reported_at, 1, 'work_day', false FROM incident",
    b"INSERT INTO case_question (incident_id, kind, reported_at, asked_at) "
    b"SELECT id, 'appeal', reported_at, reported_at FROM incident",
    b"INSERT INTO case_call (incident_id, department_id, reported_at, called_at, came) "
    b"SELECT id, 1, reported_at, reported_at, false FROM incident",
    b"INSERT INTO risk_rule_set (version, source, content) VALUES ('1', 'shipped', '{}')",
    b"INSERT INTO risk_verdict (incident_id, no, reported_at, judged_at, rule_set_id, level, fired) "
    b"SELECT incident.id, 1, reported_at, reported_at, risk_rule_set.id, 'major', '[]' FROM incident, risk_rule_set",
    b"INSERT INTO risk_alert (incident_id, reported_at, raised_at, verdict_no, state, seq) "
    b"SELECT id, reported_at, reported_at, 1, 'open', 1 FROM incident",
    b"INSERT INTO risk_step (incident_id, seq, reported_at, at, act, facts) "
    b"SELECT id, 1, reported_at, reported_at, 'raise', '{}' FROM incident",
    b"INSERT INTO attachment "
    b"(incident_id, reported_at, seq, sha256, thumbnail_sha256, width, height, bytes, at, account_id) "
    b"SELECT id, reported_at, 2, sha256('x'), sha256('y'), 1, 1, 1, reported_at, 1 FROM incident",
    b"INSERT INTO report_code (code, unit_id, name, lon, lat, made_at) "
    b"SELECT 'abcdefgh23', min(id), 'x', 0, 0, now() FROM unit",
    b"INSERT INTO report_receipt (digest, code, incident_id, reported_at, made_at) "
    b"SELECT sha256(id::text::bytea), 'abcdefgh23', id, reported_at, now() FROM incident",
    b"INSERT INTO wall_group (within_id, name, starts_at, account_name) SELECT id, 'main', now(), 'desk' FROM unit",
    b"INSERT INTO wall_display (account_id, page, account_name, within_id, group_name, scene, state, width, height, "
    b"software_rendered, came_at, seen_at) "
    b"SELECT id, repeat('0', 32), 'wall', id, 'main', '', 'live', 1920, 1080, false, now(), now() FROM unit",
    b"INSERT INTO figure_day (day, figure, subject, subject_id, sensitive, numerator, denominator, unknown, "
    b"adjusted_numerator, adjusted_denominator, adjusted_unknown) "
    b"SELECT '2025-03-01', 'handling', kind, id, false, 1, 1, 0, 1, 1, 0 "
    b"FROM (SELECT 'unit' AS kind, id FROM unit UNION SELECT 'city', 0 UNION SELECT 'department', 1) AS subject",
)


@dataclass(frozen=True)
class World:
    """Address of the drawn city as its owner, and its incidents as drawn."""

    url: str
    rows: list[grid_world.Row]


@pytest.fixture(scope="module", params=[True, False], ids=["reach filled in", "reach worked out"])
def world(server_url: str, template_name: str, request: pytest.FixtureRequest) -> Iterator[World]:
    with cloned_database(server_url, template_name) as url:
        yield World(url, _build(url, filled=request.param))


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
        tell(connection)
        if filled:
            assert fill_scope_reach(connection) > 0
    return rows
