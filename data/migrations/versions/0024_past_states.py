"""How cases stood at past moments."""

from data.migrations.run_sql import run_sql

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    run_sql("0024_past_states.sql")
