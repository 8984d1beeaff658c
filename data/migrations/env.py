"""How does Alembic reach the database? Through the connection that data.migrate hands over."""

from alembic import context

from data.models import account, catalog, incident, rollup, space  # noqa: F401  (each registers its tables on the metadata)
from data.models.base import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
