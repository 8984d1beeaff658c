"""What tells which deadlines are near."""

from data.migrations.run_sql import run_sql

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    run_sql("0023_deadlines_near.sql")
