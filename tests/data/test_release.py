"""Are released figures those of the groups, do they follow the incidents, and are they all that a reader can have?"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from data.engine import libpq_url
from data.migrations.run_sql import SQL
from data.models.rollup import MEASURES
from data.named_sql import named
from data.release import release, release_all
from data.rollup import fold
from data.rollup_packs import make_packs
from data.scope import RowScope
from tests.data.reads import grid_world
from tests.data.reads.grid_world import IDS, measures
from tests.data.security.scoped import transaction
from tests.support.released_model import MIXED, Group, groups_of

SENSITIVE = {3, 4, 5}


@pytest.fixture
def city(database_url: str) -> Iterator[tuple[psycopg.Connection, list[grid_world.Row], str]]:
    rows = grid_world.build(database_url, seed=11, count=1_000)
    with psycopg.connect(libpq_url(database_url), autocommit=True) as connection:
        connection.execute("UPDATE incident_class SET sensitive = true WHERE code IN ('S-P-2-01', 'U-C-2-01')")
        with connection.transaction():
            fold(connection)
        yield connection, rows, database_url


def _stored(connection: psycopg.Connection) -> dict[tuple[int, date, int], tuple[int, ...]]:
    rows = connection.execute(
        f"SELECT class_id, day, subject_id, {', '.join(MEASURES)} FROM released_figure"
    ).fetchall()
    return {row[:3]: row[3:] for row in rows}


def _expected(groups: list[Group]) -> dict[tuple[int, date, int], tuple[int, ...]]:
    members: dict[tuple[int, date, int], list[grid_world.Row]] = {}
    for group in groups:
        for unit in group.units:
            for class_id in {MIXED, group.class_id}:
                members.setdefault((class_id, group.sunday, IDS[unit]), []).extend(group.rows)
    figures = {key: measures(rows) for key, rows in members.items()}
    return {key: tuple(getattr(figure, name) for name in MEASURES) for key, figure in figures.items()}


@pytest.mark.parametrize("minimum", [2, 3, 5])
def test_released_figures_are_those_of_the_groups(city, minimum: int) -> None:
    connection, rows, _ = city
    connection.execute("UPDATE setting SET value = %s WHERE key = 'minimum_count'", [str(minimum)])
    assert release_all(connection) >= 10
    groups = groups_of(rows, SENSITIVE, minimum)
    assert {group.unit for group in groups} & set("XC")
    assert minimum < 5 or any(group.class_id == MIXED for group in groups)
    assert _stored(connection) == _expected(groups)
    assert release_all(connection) == 0


def test_another_minimum_or_other_borders_decide_every_week_anew(city) -> None:
    connection, rows, _ = city
    weeks = release_all(connection)
    connection.execute("UPDATE setting SET value = '3' WHERE key = 'minimum_count'")
    assert release_all(connection) == weeks
    assert _stored(connection) == _expected(groups_of(rows, SENSITIVE, 3))
    connection.execute("INSERT INTO boundary_revision (source) VALUES ('third drawing')")
    assert release_all(connection) == weeks


def test_a_week_is_released_after_its_end_and_follows_its_incidents(city) -> None:
    connection, rows, _ = city
    release_all(connection)
    before = _stored(connection)
    chosen = next(row for row in rows if row.class_id == 4 and row.status != 6 and row.grid == "a")
    connection.execute("UPDATE incident SET status = 6, handled_at = NULL WHERE id = %s", [chosen.id])
    assert _stored(connection) == before
    with connection.transaction():
        fold(connection)
    assert release(connection, quiet_s=3_600.0) == 0
    assert release(connection, quiet_s=0.0) == 1
    changed = {key[1] for key, figure in _stored(connection).items() if before.get(key) != figure}
    assert changed <= {chosen.day + timedelta(days=6 - chosen.day.weekday())}
    now = datetime.now(UTC)
    connection.execute("SELECT ensure_incident_partition(%s)", [now])
    connection.execute(
        """
        INSERT INTO incident (reported_at, cell_id, class_id, source_id, dataset_id)
        SELECT %s, %s, 4, 1, 1 FROM generate_series(1, 20)
        """,
        [now, IDS["a"]],
    )
    with connection.transaction():
        fold(connection)
    assert release(connection, quiet_s=0.0) == 0
    assert connection.execute("SELECT count(*) FROM released_due").fetchone() == (1,)


def test_plain_figures_are_a_recount_without_sensitive_classes(city) -> None:
    connection, rows, _ = city
    release_all(connection)
    assert connection.execute(named("rollup_differences")).fetchone() == (0,)
    kept = connection.execute(
        "SELECT sum(n) FROM rollup_day WHERE class_id = -1 AND subject_id = ANY(%s)", [[0, IDS["X"]]]
    )
    plain = [row for row in rows if row.class_id not in SENSITIVE and (row.city or not (row.town or row.grid))]
    assert kept.fetchone() == (len(plain),)
    connection.execute("UPDATE rollup_day SET n = n + 1 WHERE class_id = -1 AND subject_id = %s", [IDS["A"]])
    differences = connection.execute(named("rollup_differences")).fetchone()
    assert differences is not None
    assert differences[0] > 0


def test_figures_of_before_the_split_by_sensitivity_become_the_same_figures(city) -> None:
    connection, _, _ = city
    everything = "SELECT * FROM rollup_day WHERE n <> 0 ORDER BY class_id, day, subject_id"
    before = connection.execute(everything).fetchall()
    connection.execute(
        """
        INSERT INTO rollup_day
        SELECT 0, day, subject_id, sum(n), sum(n_open), sum(n_overdue), sum(n_closed), sum(n_on_time), sum(n_late)
        FROM rollup_day
        WHERE class_id < 0
        GROUP BY day, subject_id
        """
    )
    assert connection.execute("DELETE FROM rollup_day WHERE class_id = -2").rowcount > 0
    connection.execute((SQL / "0014_lean_figures_and_tiles.sql").read_text(encoding="utf-8"))
    assert connection.execute(everything).fetchall() == before


def test_a_class_that_becomes_or_ceases_to_be_sensitive_changes_what_is_seen_at_once(city) -> None:
    connection, rows, url = city
    for sensitive, classes in (("U-E-1-01", {1, 3, 4, 5}), ("S-D-1-01", {1, 3, 5})):
        is_sensitive = sensitive.startswith("U")
        connection.execute("UPDATE incident_class SET sensitive = %s WHERE code = %s", [is_sensitive, sensitive])
        with transaction(url, RowScope()) as web:
            seen = {row[0] for row in web.execute("SELECT DISTINCT class_id FROM incident").fetchall()}
            total = web.execute(
                "SELECT sum(n) FROM rollup WHERE class_id = 0 AND subject_id = %s", [IDS["A"]]
            ).fetchone()
        assert seen == {1, 2, 3, 4, 5} - classes
        assert total == (sum(row.class_id not in classes and row.town == "A" for row in rows),)
    assert connection.execute(named("rollup_differences")).fetchone() == (0,)
    release_all(connection)
    assert _stored(connection) == _expected(groups_of(rows, {1, 3, 5}, 5))


def test_the_database_itself_shows_a_protected_reader_nothing_else(city) -> None:
    """Whatever table is asked, without any condition: no sensitive incident, no exact figure of them."""
    connection, rows, url = city
    release_all(connection)
    while make_packs(connection, quiet_s=0.0):
        pass
    hidden = {row.id for row in rows if row.class_id in SENSITIVE}
    with transaction(url, RowScope()) as web:
        seen = {row[0] for row in web.execute("SELECT id FROM incident").fetchall()}
        classes = {row[0] for row in web.execute("SELECT DISTINCT class_id FROM rollup_day").fetchall()}
        waiting = {row[0] for row in web.execute("SELECT DISTINCT class_id FROM rollup_delta").fetchall()}
        packs = web.execute("SELECT bool_and(plain), count(*) > 0 FROM rollup_pack").fetchone()
        assert web.execute("SELECT count(*) FROM incident_chunk WHERE sensitive").fetchone() == (0,)
        assert web.execute("UPDATE incident SET status = 6 WHERE class_id = 4").rowcount == 0
    assert seen == {row.id for row in rows} - hidden
    assert classes == {-1, 1, 2}
    assert waiting <= {1, 2}
    assert packs == (True, True)
    with transaction(url, RowScope(sees_sensitive=True)) as web:
        assert {row[0] for row in web.execute("SELECT id FROM incident").fetchall()} == {row.id for row in rows}
