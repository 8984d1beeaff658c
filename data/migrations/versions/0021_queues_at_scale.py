"""What queues of cases are read from where there are many."""

from data.migrations.run_sql import run_sql

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    run_sql("0021_queues_at_scale.sql")
