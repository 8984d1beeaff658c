"""Space, catalog, incidents and rollups."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    # The driver itself: SQLAlchemy would take %I of format() for a placeholder.
    connection = op.get_bind().connection.driver_connection
    for name in ("0001_tables.sql", "0001_behaviour.sql"):
        connection.execute((SQL / name).read_text(encoding="utf-8"))
