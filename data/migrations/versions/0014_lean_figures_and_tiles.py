"""Fewer rows for the figures of sensitive classes; an index from which tiles are read under the policies, too."""

from data.migrations.run_sql import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    run_sql("0014_lean_figures_and_tiles.sql")
