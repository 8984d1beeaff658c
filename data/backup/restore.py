"""How does a backup become a database again, without anything that is there being touched?"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory
from psycopg import errors, sql
from sqlalchemy.engine import make_url

from data.attachments.files import PhotoFiles
from data.backup.dump import TABLES
from data.backup.errors import BackupDamaged, BackupNewer, RestoreRefused
from data.backup.manifest import Manifest, program_version
from data.backup.photos import restore_photos
from data.backup.sealed_file import verified
from data.backup.server_programs import address, program, running, server_versions
from data.engine import engine_for, libpq_url
from data.importing.progress import Progress, Unheard
from data.migrate import MIGRATIONS, migrate
from data.roles import ensure_roles

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_RELATIONS = """
SELECT count(*)
FROM pg_class
JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
"""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and where.

    Attributes:
        url: Address of the database.
        schema: Version of the schema after the migrations that the backup lacked.
    """

    manifest: Manifest
    url: str
    schema: str


def restore_backup(
    file: Path,
    url: str,
    *,
    database: str | None = None,
    progress: Progress | None = None,
    photos: PhotoFiles | None = None,
) -> Restored:
    """Restore a backup into an empty database; all of it, or nothing.

    Args:
        file: Written by `make_backup`.
        url: A database on the server, as its owner; the target where no other is named.
        database: Name of the target on the same server; made where there is none.
        progress: Hears of the bytes checked and the tables restored.
        photos: Where the files of photos go; without it they stay in the backup.

    Raises:
        BackupDamaged: The file is no backup or is damaged.
        BackupNewer: The program or the server is too old for it.
        RestoreRefused: The target is not empty, or its name is unusable.
    """
    hears = progress or Unheard()
    if not file.is_file():
        raise BackupDamaged(f"{file} is no file. Name a file that `backup` wrote.")
    hears.step("checking the file")
    manifest = verified(file, hears)
    _require_known(manifest, file)
    with _target(url, database) as target:
        with psycopg.connect(libpq_url(target)) as connection:
            _require_fitting(connection, manifest, target)
        with _owner(target, manifest.owner):
            if photos is not None:
                # First: files without rows do no harm, rows without files would.
                hears.step("photos")
                restore_photos(file, manifest, photos, hears)
            _fill(file, target, manifest, hears)
            schema = _migrated(target)
    return Restored(manifest, target, schema)


def _require_known(manifest: Manifest, file: Path) -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    if manifest.schema not in {script.revision for script in scripts.walk_revisions()}:
        raise BackupNewer(
            f"{file} has schema version {manifest.schema} of program {manifest.program}; this program is "
            f"{program_version()} and knows versions up to {scripts.get_current_head()}. Restore it with the newer "
            "program."
        )


@contextmanager
def _target(url: str, database: str | None) -> Iterator[str]:
    """Address of the target; one that is made here goes again if the restoring fails."""
    if database is None:
        yield url
        return
    if not _NAME.fullmatch(database):
        raise RestoreRefused(f"{database!r} is no usable name. Use small letters, digits and _.")
    made = _administer(url, "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", database)
    try:
        yield make_url(url).set(database=database).render_as_string(hide_password=False)
    except BaseException:
        if made:
            _administer(url, "DROP DATABASE {} WITH (FORCE)", database)
        raise


def _administer(url: str, statement: str, name: str) -> bool:
    """Whether it was done; False where the database is there already."""
    try:
        with psycopg.connect(libpq_url(url), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
    except errors.DuplicateDatabase:
        return False
    except errors.InsufficientPrivilege as error:
        raise RestoreRefused(
            f"The user of DATABASE_URL may not make databases. As an administrator: CREATE DATABASE {name}."
        ) from error
    return True


def _require_fitting(connection: psycopg.Connection, manifest: Manifest, target: str) -> None:
    """Refuse a target that holds anything, or a server that is older than the one of the backup."""
    held = connection.execute(_RELATIONS).fetchone()
    if held is None or held[0]:
        raise RestoreRefused(
            f"The database {make_url(target).database} is not empty; nothing in it is touched. Restore into another "
            "one with --database NAME, or into a new MINQING_DATA_DIR."
        )
    version, _ = server_versions(connection)
    if manifest.postgresql_major > int(version.split(".")[0]):
        raise BackupNewer(
            f"The backup comes from PostgreSQL {manifest.postgresql}, this server is {version}. "
            f"Install PostgreSQL {manifest.postgresql_major} or newer."
        )


@contextmanager
def _owner(target: str, name: str) -> Iterator[None]:
    """The roles that the backup names: those of the web, and a stand-in for an owner of another name."""
    engine = engine_for(target)
    try:
        with engine.begin() as connection:
            ensure_roles(connection)
    finally:
        engine.dispose()
    with psycopg.connect(libpq_url(target), autocommit=True) as admin:
        known = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
        if not known:
            admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))
    try:
        yield
    finally:
        if not known:
            with psycopg.connect(libpq_url(target), autocommit=True) as admin:
                admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def _fill(file: Path, target: str, manifest: Manifest, progress: Progress) -> None:
    progress.step("rows")
    where, environment = address(target)
    command = [program("pg_restore"), "--no-owner", "--single-transaction", "--exit-on-error", "--verbose"]
    with running([*command, f"--dbname={where}", str(file)], environment) as restoring:
        restoring.wait(
            lambda: progress.advance(restoring.told(b"processing data for table"), len(manifest.rows)),
            lambda said: RestoreRefused(f"pg_restore stopped: {said}. The database is as empty as before."),
        )
    with psycopg.connect(libpq_url(target), autocommit=True) as connection:
        found = {str(name): 0 for (name,) in connection.execute(TABLES).fetchall()}
        for name in found:
            row = connection.execute(f"SELECT count(*) FROM {name}".encode()).fetchone()
            assert row is not None
            found[name] = row[0]
        different = sorted(n for n in found.keys() | manifest.rows.keys() if found.get(n) != manifest.rows.get(n))
        if different:
            raise BackupDamaged(f"Restored, but these tables have other numbers of rows: {', '.join(different)}.")
        progress.step("statistics")
        connection.execute("ANALYZE")


def _migrated(target: str) -> str:
    engine = engine_for(target)
    try:
        return migrate(engine)
    finally:
        engine.dispose()
