"""How does the database come back as it was at a moment in the past?

A base backup is a copy of the cluster's files; the archived log says what happened since. Both together give any moment
after the base backup.
"""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from data.backup.errors import BackupDamaged, BackupFailed, RestoreRefused
from data.cluster import Cluster
from data.errors import ClusterFailed
from data.wal_archive import restore_command

MANIFEST = "backup_manifest"
_FORGET = "restore_command", "recovery_target_time", "recovery_target_action", "hot_standby"


def make_base_backup(cluster: Cluster, target: Path) -> None:
    """Copy the files of a running cluster, checked; the folder appears under its name only when it is whole.

    Raises:
        BackupFailed: There is such a folder, the log is not archived, or the copy fails; nothing is left behind.
    """
    if target.exists():
        raise BackupFailed(f"{target} exists already and is not overwritten. Name another folder.")
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        draft.mkdir(mode=0o700)
        cluster.give(draft)
        cluster.run("pg_basebackup", "-D", str(draft), "-X", "stream", "-c", "fast", "--manifest-checksums=SHA256")
        cluster.run("pg_verifybackup", str(draft), connect=False)
        draft.rename(target)
    except OSError as error:
        raise BackupFailed(f"{target} cannot be written: {error.strerror}. Name a folder elsewhere.") from error
    except ClusterFailed as error:
        raise BackupFailed(
            f"{error.cause} Set MINQING_WAL_ARCHIVE and start the program again, if that is not set; and name a folder "
            "that the account of the server can reach."
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def recover(cluster: Cluster, base: Path, archive: Path, moment: datetime) -> None:
    """Make a cluster from a base backup and the archived log, as it was at a moment; leaves it running.

    Args:
        cluster: Of a data folder that has none yet.
        base: From `make_base_backup`.
        archive: The folder of MINQING_WAL_ARCHIVE.
        moment: Aware; what was committed up to then is there, and nothing after.

    Raises:
        RestoreRefused: The data folder has a cluster already; nothing in it was touched.
        BackupDamaged: The base backup is none, or is damaged.
        ClusterFailed: The archive ends before the moment, or has a gap; nothing was left behind.
    """
    if cluster.folder.exists():
        raise RestoreRefused(
            f"{cluster.folder} holds a database already; nothing in it is touched. "
            "Set MINQING_DATA_DIR to a new folder."
        )
    if not (base / MANIFEST).is_file():
        raise BackupDamaged(f"{base} is no base backup. Name a folder that `backup --base` wrote.")
    try:
        shutil.copytree(base, cluster.folder, symlinks=True)
        cluster.give(cluster.folder)
        _require_whole(cluster)
        _write_target(cluster.folder, archive, moment)
        cluster.start()
        for name in _FORGET:
            cluster.sql(f"ALTER SYSTEM RESET {name}")
    except BaseException:
        cluster.stop()
        shutil.rmtree(cluster.folder, ignore_errors=True)
        raise


def _require_whole(cluster: Cluster) -> None:
    try:
        cluster.run("pg_verifybackup", str(cluster.folder), connect=False)
    except ClusterFailed as error:
        raise BackupDamaged(f"The base backup is damaged: {error.cause} Take another one.") from error


def _write_target(folder: Path, archive: Path, moment: datetime) -> None:
    settings = {
        "restore_command": restore_command(archive),
        "recovery_target_time": moment.astimezone(UTC).isoformat(sep=" "),
        "recovery_target_action": "promote",
        # The log may come from a server with more room for connections; without standby that does not matter.
        "hot_standby": "off",
    }
    with (folder / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    signal = folder / "recovery.signal"
    signal.touch()
    owner = folder.stat()
    os.chown(signal, owner.st_uid, owner.st_gid)
