"""Verdicts on risk, alerts, and what finds duplicates."""

from data.migrations.run_sql import run_sql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    run_sql("0017_risks_and_duplicates.sql")
