"""Figures packed by level and day."""

from data.migrations.run_sql import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_sql("0005_rollup_packs.sql")
