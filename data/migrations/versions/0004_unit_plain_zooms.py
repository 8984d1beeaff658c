"""Zooms at which unit shapes need no repair for map tiles."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"

SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    # The driver itself: SQLAlchemy would take % for a placeholder.
    connection = op.get_bind().connection.driver_connection
    connection.execute((SQL / "0004_unit_plain_zooms.sql").read_text(encoding="utf-8"))
