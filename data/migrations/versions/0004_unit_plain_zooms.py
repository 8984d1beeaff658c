"""Zooms at which a shape in a tile needs no repair."""

from data.migrations.run_sql import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_sql("0004_unit_plain_zooms.sql")
