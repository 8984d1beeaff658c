"""Photos of cases, and codes to report by."""

from data.migrations.run_sql import run_sql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    run_sql("0019_attachments.sql")
