"""How cases stood at past moments."""

from data.migrations.run_sql import run_sql

revision = "0025"
down_revision = "0021"


def upgrade() -> None:
    run_sql("0025_past_states.sql")
