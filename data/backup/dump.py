"""How is everything in the database saved in one file, as of one moment, while the program runs?"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from data.attachments.files import PhotoFiles
from data.backup.errors import BackupFailed
from data.backup.manifest import Manifest, program_version
from data.backup.photos import append_photos, named_photos
from data.backup.sealed_file import digest_of, seal
from data.backup.server_programs import address, program, running, server_versions
from data.engine import libpq_url
from data.folder_sync import sync_folder
from data.importing.progress import Progress, Unheard

TABLES = """
SELECT format('%I.%I', nspname, relname)
FROM pg_class
JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
ORDER BY 1
"""
LAST_BACKUP = "last_backup"


def make_backup(
    url: str, target: Path, *, now: datetime, progress: Progress | None = None, photos: PhotoFiles | None = None
) -> Manifest:
    """Write a backup of the whole database; it appears under its name only when it is whole and on disk.

    The file holds everything, password hashes included: only its owner can read it (mode 0600).

    Args:
        url: The database, as its owner.
        target: A file that does not exist yet.
        now: Aware.
        progress: Hears of the tables.
        photos: Where the files of photos lie; without it they are left out.

    Raises:
        BackupFailed: There is such a file, no space, or the server refuses; nothing is left behind.
    """
    if target.exists():
        raise BackupFailed(f"{target} exists already and is not overwritten. Name another file.")
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        manifest = _write(url, draft, now, progress or Unheard(), photos)
        draft.rename(target)
    except OSError as error:
        raise BackupFailed(f"{target} cannot be written: {error.strerror}. Name a file elsewhere.") from error
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(target.parent)
    _note(url, target, manifest)
    return manifest


def _write(url: str, draft: Path, now: datetime, progress: Progress, photos: PhotoFiles | None) -> Manifest:
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # Rather an error than a backup of what a policy happens to show.
        connection.execute("SET LOCAL row_security = off")
        snapshot = _one(connection, "SELECT pg_export_snapshot()")
        progress.step("rows")
        rows = _dump(connection, url, draft, snapshot, progress)
        digests = named_photos(connection) if photos is not None else ()
        postgresql, postgis = server_versions(connection)
        owner = _one(connection, "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'incident'::regclass")
        schema = _one(connection, "SELECT version_num FROM alembic_version")
    count = size = 0
    if photos is not None:
        progress.step("photos")
        count, size = append_photos(draft, photos, digests, progress)
    progress.step("checksum")
    made_at = now.astimezone(UTC).isoformat(timespec="seconds")
    manifest = Manifest(
        program_version(), made_at, schema, postgresql, postgis, owner, rows, digest_of(draft), count, size
    )
    seal(draft, manifest)
    return manifest


def _dump(
    connection: psycopg.Connection, url: str, draft: Path, snapshot: str, progress: Progress
) -> Mapping[str, int]:
    """Dump the snapshot and count its rows meanwhile: the one keeps one core busy, the other another."""
    names = [str(row[0]) for row in connection.execute(TABLES).fetchall()]
    target, environment = address(url)
    command = [program("pg_dump"), "--format=custom", "--no-owner", "--verbose", f"--snapshot={snapshot}"]
    with running([*command, f"--file={draft}", f"--dbname={target}"], environment) as dumping:

        def watch() -> None:
            progress.advance(dumping.told(b"dumping contents of table"), len(names))

        rows: dict[str, int] = {}
        for name in names:
            rows[name] = int(_one(connection, f"SELECT count(*) FROM {name}"))
            watch()
        dumping.wait(watch, _failure)
    return rows


def _failure(said: str) -> BackupFailed:
    remedy = "Free space, or name a file elsewhere."
    if "row-level security" in said or "row security" in said:
        remedy = "Let the user of DATABASE_URL pass row-level security by: ALTER ROLE ... BYPASSRLS."
    return BackupFailed(f"pg_dump stopped: {said}. {remedy} No file was written.")


def _one(connection: psycopg.Connection, statement: str) -> str:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return str(row[0])


def _note(url: str, target: Path, manifest: Manifest) -> None:
    """Remember in the database when it was last backed up."""
    value = {"made_at": manifest.made_at, "file": target.name, "rows": sum(manifest.rows.values())}
    with psycopg.connect(libpq_url(url)) as connection:
        connection.execute(
            """
            INSERT INTO setting (key, value) VALUES (%s, %s)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = now()
            """,
            [LAST_BACKUP, json.dumps(value, ensure_ascii=False)],
        )
