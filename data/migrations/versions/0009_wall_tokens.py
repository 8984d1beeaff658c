"""Tokens of wall displays, single sign-on."""

from data.migrations.run_sql import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_sql("0009_wall_tokens.sql")
