"""How does a revision run its SQL file? Through the driver: SQLAlchemy would take % for a placeholder."""

from pathlib import Path

from alembic import op

SQL = Path(__file__).parent / "sql"


def run_sql(*names: str) -> None:
    """Run files of data/migrations/sql in the migration's transaction."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    for name in names:
        connection.execute((SQL / name).read_text(encoding="utf-8"))
