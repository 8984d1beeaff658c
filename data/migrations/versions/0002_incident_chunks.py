"""Incident positions packed for map tiles."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    # The driver itself: SQLAlchemy would take % for a placeholder.
    connection = op.get_bind().connection.driver_connection
    connection.execute((SQL / "0002_incident_chunks.sql").read_text(encoding="utf-8"))
