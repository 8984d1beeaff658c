"""Is a backup whole and of one moment, does it come back as it was, and is nothing that is there ever touched?"""

import os
import shutil
import stat
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from data.backup.dump import TABLES, make_backup
from data.backup.errors import BackupDamaged, BackupFailed, BackupNewer, RestoreRefused
from data.backup.restore import restore_backup
from data.backup.sealed_file import read_manifest, seal
from data.engine import libpq_url
from data.named_sql import named
from data.rollup import fold
from tests.data.reads import grid_world

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def city(database_url: str) -> str:
    grid_world.build(database_url, count=300)
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("SELECT setval('incident_id_seq', 1000)")
    return database_url


@pytest.fixture
def name(server_url: str) -> Iterator[str]:
    """Name of a database that is not there yet."""
    name = f"restored_{uuid.uuid4().hex[:8]}"
    yield name
    with psycopg.connect(libpq_url(server_url), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


@pytest.fixture(scope="module")
def whole(server_url: str, template_name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of an empty city."""
    file = tmp_path_factory.mktemp("backup") / "whole.backup"
    url = make_url(server_url).set(database=template_name).render_as_string(hide_password=False)
    make_backup(url, file, now=NOW)
    return file


def contents(url: str) -> dict[str, list[str]]:
    """Every row of every table as text, and where the sequences stand."""
    with psycopg.connect(libpq_url(url)) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found = {}
        for (table,) in connection.execute(TABLES).fetchall():
            rows = connection.execute(f"SELECT t::text FROM {table} AS t".encode()).fetchall()
            found[table] = sorted(row[0] for row in rows)
        sequences = connection.execute("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1").fetchall()
    return found | {"sequences": [str(row) for row in sequences]}


class Writing:
    """Writes and folds without pause, and remembers what was committed before and after a moment."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self.committed = 0
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Writing":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with psycopg.connect(libpq_url(self._url)) as connection:
            while not self._stop.is_set():
                connection.execute(
                    """
                    INSERT INTO incident (reported_at, cell_id, class_id, source_id, dataset_id)
                    SELECT '2025-03-01', 30000001, 1, 1, 1 FROM generate_series(1, 5)
                    """
                )
                connection.commit()
                self.committed += 5
                if self.committed % 50 == 0:
                    fold(connection)
                    connection.commit()


def test_a_backup_under_load_is_of_one_moment_and_comes_back_exactly(city: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / "city.backup"
    with Writing(city) as writing:
        while writing.committed < 100:
            time.sleep(0.01)
        before = writing.committed
        manifest = make_backup(city, file, now=NOW)
        after = writing.committed
    restored = restore_backup(file, city, database=name)
    held = {table: len(rows) for table, rows in contents(restored.url).items() if table != "sequences"}
    assert held == manifest.rows
    written = sum(n for table, n in held.items() if table.startswith("public.incident_2")) - 300
    assert before <= written <= after
    assert after > before
    with psycopg.connect(libpq_url(restored.url)) as connection:
        assert connection.execute(named("rollup_differences")).fetchone() == (0,)
        # The figures go on from there.
        fold(connection)
        assert connection.execute(named("rollup_differences")).fetchone() == (0,)


def test_every_table_row_and_sequence_comes_back(city: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / "city.backup"
    before = contents(city)
    manifest = make_backup(city, file, now=NOW)
    restored = restore_backup(file, city, database=name)
    assert len(before) > 25
    assert contents(restored.url) == before
    assert manifest.made_at == "2026-03-02T08:00:00+00:00"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with psycopg.connect(libpq_url(city)) as connection:
        noted = connection.execute("SELECT value FROM setting WHERE key = 'last_backup'").fetchone()
    assert noted is not None
    assert noted[0]["file"] == "city.backup"


def test_policies_and_rights_come_back(city: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / "city.backup"
    make_backup(city, file, now=NOW)
    restored = restore_backup(file, city, database=name)

    def guards(url: str) -> list[tuple]:
        with psycopg.connect(libpq_url(url)) as connection:
            policies = connection.execute(
                "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2"
            ).fetchall()
            rights = connection.execute(
                """
                SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants
                WHERE grantee LIKE 'minqing_%' ORDER BY 1, 2, 3
                """
            ).fetchall()
            forced = connection.execute(
                "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relrowsecurity ORDER BY 1"
            ).fetchall()
        return [*policies, *rights, *forced]

    assert len(guards(city)) > 50
    assert guards(restored.url) == guards(city)


def test_every_changed_byte_is_found(whole: Path, tmp_path: Path) -> None:
    content = whole.read_bytes()
    file = tmp_path / "flipped.backup"
    step = max(1, len(content) // 150)
    places = {*range(0, len(content), step), *range(len(content) - 120, len(content))}
    for place in sorted(places):
        changed = bytearray(content)
        changed[place] ^= 1 << (place % 8)
        file.write_bytes(changed)
        with pytest.raises(BackupDamaged):
            read_manifest(file)


def test_a_cut_lengthened_or_foreign_file_is_refused_and_touches_nothing(
    whole: Path, tmp_path: Path, server_url: str, name: str
) -> None:
    content = whole.read_bytes()
    for wrong in (b"", b"PGDMP", content[:-1], content[:-60], content + b"x", content[1:], b"x" * 5_000):
        file = tmp_path / "wrong.backup"
        file.write_bytes(wrong)
        with pytest.raises(BackupDamaged):
            restore_backup(file, server_url, database=name)
    with pytest.raises(BackupDamaged, match="is no file"):
        restore_backup(tmp_path / "absent", server_url, database=name)
    assert not _exists(server_url, name)


def _exists(server_url: str, name: str) -> bool:
    with psycopg.connect(libpq_url(server_url)) as connection:
        return bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())


def test_what_is_there_is_never_destroyed(whole: Path, city: str) -> None:
    before = contents(city)
    with pytest.raises(RestoreRefused, match=r"is not empty; nothing in it is touched.*--database"):
        restore_backup(whole, city)
    with pytest.raises(RestoreRefused, match="is not empty"):
        restore_backup(whole, city, database=make_url(city).database)
    assert contents(city) == before


def test_a_newer_schema_is_refused_with_both_versions(whole: Path, tmp_path: Path, server_url: str, name: str) -> None:
    file = tmp_path / "newer.backup"
    manifest = read_manifest(whole)
    shutil.copy(whole, file)
    dump = file.read_bytes()[: -len(manifest.encoded()) - 64]
    file.write_bytes(dump)
    seal(file, type(manifest)(**{**_fields(manifest), "schema": "9999", "program": "7.0"}))
    with pytest.raises(BackupNewer, match=r"schema version 9999 of program 7\.0; this program is 0\.1\.0"):
        restore_backup(file, server_url, database=name)
    assert not _exists(server_url, name)


def _fields(manifest: object) -> dict[str, object]:
    return {field: getattr(manifest, field) for field in manifest.__dataclass_fields__}  # type: ignore[attr-defined]


def test_an_older_schema_is_migrated_afterwards(
    server_url: str, name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    from alembic import command

    from data import migrate as migrating
    from data.engine import engine_for
    from data.migrate import migrate

    old = f"old_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(libpq_url(server_url), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {old} TEMPLATE template0".encode())
    request.addfinalizer(lambda: _drop(server_url, old))
    url = make_url(server_url).set(database=old).render_as_string(hide_password=False)
    engine = engine_for(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE EXTENSION postgis")
        connection.exec_driver_sql("CREATE EXTENSION pg_trgm")
        command.upgrade(migrating._config(connection), "0005")
        connection.exec_driver_sql("INSERT INTO setting (key, value) VALUES ('kept', '\"yes\"')")
    engine.dispose()
    file = tmp_path / "old.backup"
    assert make_backup(url, file, now=NOW).schema == "0005"
    restored = restore_backup(file, server_url, database=name)
    assert restored.schema != "0005"
    engine = engine_for(restored.url)
    assert migrate(engine) == restored.schema
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT value FROM setting WHERE key = 'kept'").scalar_one() == "yes"
    engine.dispose()


def _drop(server_url: str, name: str) -> None:
    with psycopg.connect(libpq_url(server_url), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


class Cancelling:
    """A listener that breaks off in the middle, as Ctrl+C does."""

    def step(self, name: str) -> None:
        if name == "checksum":
            raise KeyboardInterrupt

    def advance(self, done: int, total: int) -> None:
        """Nothing."""


def test_a_cancelled_backup_leaves_no_file(city: str, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        make_backup(city, tmp_path / "city.backup", now=NOW, progress=Cancelling())
    assert os.listdir(tmp_path) == []


def test_an_existing_file_is_not_overwritten(city: str, tmp_path: Path) -> None:
    file = tmp_path / "city.backup"
    file.write_text("kept")
    with pytest.raises(BackupFailed, match="not overwritten"):
        make_backup(city, file, now=NOW)
    assert file.read_text() == "kept"


class Stopping:
    """A listener that breaks the restoring off."""

    def __init__(self) -> None:
        self._step = ""

    def step(self, name: str) -> None:
        self._step = name

    def advance(self, done: int, total: int) -> None:
        if self._step == "rows":
            raise KeyboardInterrupt


def test_a_cancelled_restore_leaves_no_database(whole: Path, server_url: str, name: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        restore_backup(whole, server_url, database=name, progress=Stopping())
    assert not _exists(server_url, name)
    assert restore_backup(whole, server_url, database=name).manifest.rows
