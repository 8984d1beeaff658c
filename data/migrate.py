"""Is the database at the newest schema version, and how does it get there?"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from data.errors import DatabaseNewer, DatabaseUnreachable, PostgisMissing
from data.roles import close_temporary, ensure_roles, settle_owner

MIGRATIONS = Path(__file__).parent / "migrations"
MIN_POSTGIS = (3, 3)


def migrate(engine: Engine) -> str:
    """Bring the schema to the newest version; does nothing when it is there.

    Returns:
        The version that the database now has.

    Raises:
        DatabaseUnreachable: The database does not answer.
        PostgisMissing: The server offers no PostGIS of at least version 3.3.
        DatabaseNewer: The database has a version that this program does not know.
        RolesMissing: The server lacks the login roles of the web, and the engine's user may not make them.
    """
    with _transaction(engine) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('minqing_migrate'))"))
        _require_postgis(connection)
        scripts = ScriptDirectory(str(MIGRATIONS))
        head = str(scripts.get_current_head())
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
            raise DatabaseNewer(current, head)
        ensure_roles(connection)
        if current != head:
            command.upgrade(_config(connection), "head")
        settle_owner(connection)
        close_temporary(connection)
        return head


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        opened = engine.connect()
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise DatabaseUnreachable(
            f"The database does not answer: {reason}. Check DATABASE_URL, or unset it to use the private cluster."
        ) from error
    with opened as connection, connection.begin():
        yield connection


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _require_postgis(connection: Connection) -> None:
    offered = connection.execute(
        text("SELECT default_version FROM pg_available_extensions WHERE name = 'postgis'")
    ).scalar()
    if offered is None:
        raise PostgisMissing(
            "The PostgreSQL server has no PostGIS. Install it beside the server "
            "(Debian, Ubuntu: apt-get install postgresql-<version>-postgis-3) and start again."
        )
    connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
    connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    found = connection.execute(text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'")).scalar_one()
    if tuple(int(part) for part in found.split(".")[:2]) < MIN_POSTGIS:
        raise PostgisMissing(f"PostGIS {found} is too old; version 3.3 or newer is needed. Upgrade PostGIS and retry.")
