"""Figures of sensitive classes that may be shown to everybody."""

from data.migrations.run_sql import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_sql("0008_released_figures.sql")
