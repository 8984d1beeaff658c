"""Do bulk loads, single writes and folds keep figures equal to a recount?"""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.bulk import BulkLoad, local_days
from data.cells import CityLocator, write_grid_cells
from data.engine import libpq_url
from data.incident_batch import AddedBatch, IncidentBatch
from data.rollup import fold, mark_breached
from tests.support.grid_world import GridWorld, build_world

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
DRAWING = """
AABB
AABB
ccdd
"""


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(libpq_url(database_url)) as connection:
        yield connection


@pytest.fixture
def world(connection: psycopg.Connection) -> GridWorld:
    world = build_world(connection, DRAWING)
    write_grid_cells(connection)
    _catalog(connection)
    connection.commit()
    return world


def _catalog(connection: psycopg.Connection) -> None:
    for code in ("K-1", "K-2", "K-3"):
        connection.execute(
            "INSERT INTO incident_class (code, family, kind, group_key, group_zh, group_en, name_zh, name_en)"
            " VALUES (%s, 'urban', 'event', 'g', 'g', 'g', %s, %s)",
            [code, code, code],
        )
    connection.execute("INSERT INTO source (key, name_zh, name_en) VALUES ('walk_in', '来访', 'Walk-in')")
    connection.execute("INSERT INTO dataset (key, name) VALUES ('d', 'd')")


def batch_of(connection: psycopg.Connection, rng: np.random.Generator, n: int, *, first_key: int = 0) -> IncidentBatch:
    """n random incidents over and around the drawn world during March 2026."""
    lonlat = np.column_stack([rng.uniform(114.995, 115.045, n), rng.uniform(21.995, 22.035, n)])
    lonlat[rng.random(n) < 0.1] = np.nan
    placed = CityLocator.load(connection).place(connection, lonlat)
    start = np.datetime64("2026-02-25T00:00:00", "us")
    reported = start + rng.integers(0, 23 * 86_400, n).astype("timedelta64[s]")
    status = rng.choice([1, 2, 3, 4, 5, 6, 7, 12], n).astype(np.int16)
    due = reported + rng.integers(1, 20 * 86_400, n).astype("timedelta64[s]")
    handled = reported + rng.integers(1, 9 * 86_400, n).astype("timedelta64[s]")
    handled[~np.isin(status, [5, 6])] = np.datetime64("NaT")
    none = np.full(n, "NaT", "datetime64[us]")
    key = np.column_stack([np.arange(first_key, first_key + n), np.full(n, 7)]).astype(np.uint64)
    zeros = np.zeros(n, np.int32)
    return IncidentBatch(
        key=key, digest=np.arange(n), reported_at=reported, lonlat=lonlat, cell_id=placed.cell_id,
        grid_id=placed.grid_id, stated_unit_id=zeros, class_id=rng.integers(1, 4, n).astype(np.int16),
        severity=np.ones(n, np.int16), status=status, source_id=np.ones(n, np.int16),
        department_id=zeros.astype(np.int16), filed_at=none, dispatched_at=none, handled_at=handled, closed_at=none,
        due_at=due, external_id=np.array([f"e{k}" for k in range(first_key, first_key + n)], object),
        text=np.array([None if k % 3 else "路面积水，请处理" for k in range(n)], object),
    )  # fmt: skip


def load(connection: psycopg.Connection, batch: IncidentBatch, **options: bool) -> AddedBatch:
    with BulkLoad(connection, 1, ZONE, NOW, **options) as bulk:
        added = bulk.add(batch)
        bulk.finish()
    connection.commit()
    return added


RECOUNT = """
    SELECT subject_id, day, class.class_id,
        sum(n), sum(n_open), sum(n_overdue), sum(n_closed), sum(n_on_time), sum(n_late)
    FROM incident_measures
    JOIN cell ON cell.id = cell_id
    CROSS JOIN LATERAL unnest(cell.subjects) AS subject (subject_id)
    CROSS JOIN LATERAL (VALUES (0::smallint), (incident_measures.class_id)) AS class (class_id)
    WHERE class.class_id = 0 OR subject_id / 10000000 <> 4
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
ROLLUP = """
    SELECT subject_id, day, class_id, sum(n), sum(n_open), sum(n_overdue), sum(n_closed), sum(n_on_time), sum(n_late)
    FROM rollup GROUP BY 1, 2, 3 HAVING sum(n) <> 0 ORDER BY 1, 2, 3
"""


def assert_rollup_equals_recount(connection: psycopg.Connection) -> int:
    recount = connection.execute(RECOUNT).fetchall()
    assert connection.execute(ROLLUP).fetchall() == recount
    connection.commit()
    return len(recount)


def test_bulk_load_stores_every_row_once_with_exact_figures(connection: psycopg.Connection, world: GridWorld) -> None:
    added = load(connection, batch_of(connection, np.random.default_rng(1), 3_000))
    assert added.accepted.all()
    stored = connection.execute(
        "SELECT count(*), count(geom), count(DISTINCT id), count(text), min(length(external_id)) FROM incident"
    ).fetchone()
    assert stored is not None
    assert stored[0] == stored[2] == 3_000
    assert 0 < stored[1] < 3_000
    assert stored[3] == 1_000
    assert stored[4] == 2
    assert assert_rollup_equals_recount(connection) > 100


def test_a_repeated_load_changes_nothing(connection: psycopg.Connection, world: GridWorld) -> None:
    batch = batch_of(connection, np.random.default_rng(2), 500)
    load(connection, batch)
    again = load(connection, batch)
    assert again.duplicate.all()
    assert connection.execute("SELECT count(*) FROM incident").fetchone() == (500,)
    assert_rollup_equals_recount(connection)


def test_changed_content_is_a_conflict_unless_updates_are_asked_for(
    connection: psycopg.Connection, world: GridWorld
) -> None:
    first = batch_of(connection, np.random.default_rng(3), 300)
    other = batch_of(connection, np.random.default_rng(4), 300)
    changed = IncidentBatch(**{n: getattr(other, n) for n in other.__dataclass_fields__} | {"digest": first.digest + 1})
    ids = load(connection, first).ids
    assert load(connection, changed).conflict.all()
    updated = load(connection, changed, update=True)
    assert updated.accepted.all()
    assert (updated.ids == ids).all()
    assert connection.execute("SELECT count(*) FROM incident").fetchone() == (300,)
    assert_rollup_equals_recount(connection)


def test_rows_repeated_within_one_load_count_against_the_first(
    connection: psycopg.Connection, world: GridWorld
) -> None:
    batch = batch_of(connection, np.random.default_rng(5), 10)
    twice = batch.take(np.array([0, 1, 2, 0, 1, 2]))
    twice = IncidentBatch(
        **{n: getattr(twice, n) for n in twice.__dataclass_fields__} | {"digest": np.array([0, 1, 2, 0, 1, 9])}
    )
    added = load(connection, twice)
    assert added.accepted.tolist() == [True, True, True, False, False, False]
    assert added.duplicate.tolist() == [False, False, False, True, True, False]
    assert added.conflict.tolist() == [False, False, False, False, False, True]


def test_a_load_that_is_not_committed_leaves_nothing(connection: psycopg.Connection, world: GridWorld) -> None:
    with BulkLoad(connection, 1, ZONE, NOW) as bulk:
        bulk.add(batch_of(connection, np.random.default_rng(6), 200))
        connection.rollback()
    for table in ("incident", "incident_key", "rollup_day", "rollup_delta"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_two_first_loads_at_once_keep_both(connection: psycopg.Connection, world: GridWorld, database_url: str) -> None:
    first = batch_of(connection, np.random.default_rng(7), 50)
    second = batch_of(connection, np.random.default_rng(8), 60, first_key=1_000)
    connection.commit()
    leading = BulkLoad(connection, 1, ZONE, NOW)
    leading.add(first)
    failures: list[BaseException] = []

    def follow() -> None:
        try:
            with psycopg.connect(libpq_url(database_url)) as other:
                assert load(other, second).accepted.all()
        except BaseException as error:
            failures.append(error)

    follower = threading.Thread(target=follow)
    follower.start()
    follower.join(timeout=0.5)
    assert follower.is_alive(), "the second load has to wait for the first"
    leading.finish()
    connection.commit()
    follower.join()
    assert failures == []
    for table in ("incident", "incident_key"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (110,)
    assert_rollup_equals_recount(connection)


def _insert(connection: psycopg.Connection, rng: np.random.Generator) -> None:
    moment = NOW - timedelta(days=float(rng.uniform(0, 20)))
    connection.execute("SELECT ensure_incident_partition(%s)", [moment])
    cell = connection.execute("SELECT id FROM cell ORDER BY random() LIMIT 1").fetchone()
    assert cell is not None
    connection.execute(
        "INSERT INTO incident (reported_at, cell_id, class_id, source_id, dataset_id, due_at)"
        " VALUES (%s, %s, %s, 1, 1, %s)",
        [moment, cell[0], int(rng.integers(1, 4)), moment + timedelta(days=2)],
    )


def _advance(connection: psycopg.Connection, rng: np.random.Generator) -> None:
    # Rows are locked by id: writers that lock the same ones in any order would block each other, whatever the figures.
    connection.execute(
        "WITH chosen AS (SELECT id, reported_at FROM incident ORDER BY random() LIMIT 3),"
        " locked AS (SELECT id, reported_at FROM incident JOIN chosen USING (id, reported_at)"
        " ORDER BY id FOR UPDATE OF incident)"
        " UPDATE incident SET status = %s, handled_at = reported_at + %s * interval '1 day'"
        " WHERE (id, reported_at) IN (SELECT id, reported_at FROM locked)",
        [int(rng.choice([4, 6, 8])), float(rng.uniform(0.1, 4))],
    )


def _delete(connection: psycopg.Connection, rng: np.random.Generator) -> None:
    connection.execute(
        "DELETE FROM incident"
        " WHERE (id, reported_at) IN (SELECT id, reported_at FROM incident ORDER BY random() LIMIT 1)"
    )


STEPS: dict[str, Callable[[psycopg.Connection, np.random.Generator], object]] = {
    "insert": _insert,
    "advance": _advance,
    "delete": _delete,
    "breach": lambda connection, _rng: mark_breached(connection),
    "fold": lambda connection, _rng: fold(connection),
}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(sorted(STEPS)), min_size=5, max_size=25), seed=st.integers(0, 2**16))
def test_any_series_of_writes_and_folds_equals_a_recount(
    connection: psycopg.Connection, world: GridWorld, steps: list[str], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    for step in ["insert", *steps]:
        STEPS[step](connection, rng)
        connection.commit()
    assert_rollup_equals_recount(connection)


def test_concurrent_writers_and_a_folder_keep_figures_exact(
    connection: psycopg.Connection, world: GridWorld, database_url: str
) -> None:
    done = threading.Event()
    failures: list[BaseException] = []

    def write(seed: int) -> None:
        rng = np.random.default_rng(seed)
        try:
            with psycopg.connect(libpq_url(database_url)) as writer:
                for _ in range(40):
                    STEPS[str(rng.choice(["insert", "insert", "advance", "delete"]))](writer, rng)
                    writer.commit()
        except psycopg.errors.SerializationFailure:
            raise
        except BaseException as error:
            failures.append(error)

    def fold_until_done() -> None:
        with psycopg.connect(libpq_url(database_url)) as folder:
            while not done.is_set():
                fold(folder)
                folder.commit()

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(4)]
    folder = threading.Thread(target=fold_until_done)
    for thread in [*writers, folder]:
        thread.start()
    for thread in writers:
        thread.join()
    assert_rollup_equals_recount(connection)
    done.set()
    folder.join()
    assert failures == []
    fold(connection)
    connection.commit()
    assert connection.execute("SELECT count(*) FROM rollup_delta").fetchone() == (0,)
    assert assert_rollup_equals_recount(connection) > 10


def test_local_days_follow_the_city_across_daylight_saving() -> None:
    moments = np.array(
        ["2026-03-08T04:59", "2026-03-08T05:00", "2026-11-01T03:59", "2026-11-01T04:00"], "datetime64[us]"
    )
    days = local_days(moments, ZoneInfo("America/New_York")).astype("datetime64[D]").astype(str).tolist()
    assert days == ["2026-03-07", "2026-03-08", "2026-10-31", "2026-11-01"]
