"""Ids and sizes of adopted zones, so that they are read like units."""

from data.migrations.run_sql import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run_sql("0013_zones_as_a_level.sql")
