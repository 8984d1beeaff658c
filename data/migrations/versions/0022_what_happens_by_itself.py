"""What happens to cases by itself, and the role in which somebody acted."""

from data.migrations.run_sql import run_sql

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    run_sql("0022_what_happens_by_itself.sql")
