"""Space, catalog, incidents and rollups."""

from data.migrations.run_sql import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_sql("0001_tables.sql", "0001_behaviour.sql")
