"""Incident positions packed for map tiles."""

from data.migrations.run_sql import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_sql("0002_incident_chunks.sql")
