"""Webhooks, and what was pulled from other cities."""

from data.migrations.run_sql import run_sql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    run_sql("0018_outside_systems.sql")
