"""How does Alembic reach the database? Through the connection that data.migrate hands over."""

from alembic import context

from data.models import (  # noqa: F401  (each registers its tables on the metadata)
    account,
    attachment,
    audit,
    case,
    catalog,
    feed,
    figure,
    incident,
    incident_chunk,
    outside,
    released,
    risk,
    rollup,
    rollup_pack,
    scope_reach,
    space,
    unit_tile,
    wall,
    zoning,
)
from data.models.base import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
