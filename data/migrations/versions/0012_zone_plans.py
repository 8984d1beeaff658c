"""Plans of joint-defence zones, their steps, comments, teams and links."""

from data.migrations.run_sql import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run_sql("0012_zone_plans.sql")
