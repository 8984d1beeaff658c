"""Groups of walls, what they are told to show, and which walls stand."""

from data.migrations.run_sql import run_sql

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    run_sql("0025_wall_groups.sql")
