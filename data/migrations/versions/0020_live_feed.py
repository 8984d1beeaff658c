"""What the live feed is read from."""

from data.migrations.run_sql import run_sql

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    run_sql("0020_live_feed.sql")
