"""Answers already given to writers that repeat themselves."""

from data.migrations.run_sql import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_sql("0011_intake.sql")
