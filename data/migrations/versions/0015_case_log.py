"""The log of cases, what follows from it, the calendar of work days and the rules of the flow."""

from data.migrations.run_sql import run_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    run_sql("0015_case_log.sql")
