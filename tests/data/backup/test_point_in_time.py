"""Does the archived log bring back any moment, and only what was committed up to it?"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from data.backup.errors import BackupDamaged, BackupFailed, RestoreRefused
from data.backup.point_in_time import make_base_backup, recover
from data.cluster import Cluster
from data.engine import libpq_url
from data.errors import ClusterFailed
from data.wal_archive import archive_command


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="minqing-moment-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _write(cluster: Cluster, word: str) -> None:
    with psycopg.connect(libpq_url(cluster.url), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [word])


def _words(cluster: Cluster) -> list[str]:
    with psycopg.connect(libpq_url(cluster.url)) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM kept ORDER BY word").fetchall()]


def _wait_until_archived(cluster: Cluster) -> None:
    with psycopg.connect(libpq_url(cluster.url), autocommit=True) as connection:
        row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert row is not None
        deadline = time.monotonic() + 60
        while True:
            done = connection.execute("SELECT last_archived_wal >= %s FROM pg_stat_archiver", row).fetchone()
            if done == (True,):
                return
            assert time.monotonic() < deadline, cluster.log_file.read_text()[-2000:]
            time.sleep(0.1)


def _open_folder(path: Path) -> Path:
    """A folder in which the account of the server may write too."""
    path.mkdir()
    path.chmod(0o777)
    return path


def test_a_destroyed_cluster_comes_back_as_of_a_moment(folder: Path) -> None:
    archive = folder / "archive"
    backups = _open_folder(folder / "backups")
    cluster = Cluster(_open_folder(folder / "data"), durable=False, archive=archive)
    cluster.start()
    try:
        _write(cluster, "1 in the base backup")
        make_base_backup(cluster, backups / "base")
        with pytest.raises(BackupFailed, match="not overwritten"):
            make_base_backup(cluster, backups / "base")
        _write(cluster, "2 before the moment")
        time.sleep(0.3)
        moment = datetime.now(UTC)
        time.sleep(0.3)
        _write(cluster, "3 after the moment")
        _wait_until_archived(cluster)
    finally:
        cluster.stop()
    shutil.rmtree(cluster.folder)

    again = Cluster(_open_folder(folder / "again"), durable=False)
    with pytest.raises(ClusterFailed):
        recover(again, backups / "base", archive, datetime.now(UTC) + timedelta(hours=1))
    assert not again.folder.exists()
    recover(again, backups / "base", archive, moment)
    try:
        assert _words(again) == ["1 in the base backup", "2 before the moment"]
        _write(again, "4 goes on")
        with pytest.raises(RestoreRefused, match="holds a database already"):
            recover(again, backups / "base", archive, moment)
        assert len(_words(again)) == 3
    finally:
        again.stop()
    # An ordinary start afterwards is no recovery any more.
    again.start()
    assert len(_words(again)) == 3
    again.stop()

    (backups / "base" / "PG_VERSION").write_text("99\n")
    other = Cluster(_open_folder(folder / "other"), durable=False)
    with pytest.raises(BackupDamaged):
        recover(other, backups / "base", archive, moment)
    assert not other.folder.exists()


def test_without_an_archive_a_base_backup_says_what_is_missing(folder: Path) -> None:
    cluster = Cluster(_open_folder(folder / "data"), durable=False)
    cluster.start()
    try:
        with pytest.raises(BackupFailed, match="MINQING_WAL_ARCHIVE"):
            make_base_backup(cluster, _open_folder(folder / "backups") / "base")
        assert list((folder / "backups").iterdir()) == []
    finally:
        cluster.stop()


def test_a_log_file_is_copied_once_whole_and_never_over_another(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    source = tmp_path / "segment"
    source.write_bytes(b"log" * 1000)

    def copy() -> int:
        command = archive_command(archive).replace("%f", "0001").replace("%p", str(source))
        return subprocess.run(["sh", "-c", command], check=False).returncode

    assert copy() == 0
    assert (archive / "0001").read_bytes() == source.read_bytes()
    assert [path.name for path in archive.iterdir()] == ["0001"]
    # Copied, but the server died before it noted that.
    assert copy() == 0
    source.write_bytes(b"another log")
    assert copy() != 0
    assert (archive / "0001").read_bytes() == b"log" * 1000
    shutil.rmtree(archive)
    assert copy() != 0
