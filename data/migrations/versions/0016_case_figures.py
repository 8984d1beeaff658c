"""Figures of cases by day, kept as they were."""

from data.migrations.run_sql import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run_sql("0016_case_figures.sql")
