"""Do migrations and models agree, and are wrong databases refused by name?"""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from data.errors import DatabaseNewer
from data.migrate import migrate
from data.models import catalog, incident, rollup, space  # noqa: F401  (each registers its tables)
from data.models.base import Base


def _ours(_object: object, name: str | None, kind: str, reflected: bool, _compare_to: object) -> bool:
    """Partitions and PostGIS's own tables are not models."""
    return not (kind == "table" and reflected and name not in Base.metadata.tables)


def test_migrations_make_exactly_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_object": _ours, "compare_type": True, "compare_server_default": False},
        )
        differences = compare_metadata(context, Base.metadata)
    assert len(Base.metadata.tables) >= 15
    assert differences == []


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    assert migrate(engine) == migrate(engine)


def test_a_newer_database_is_refused_with_both_versions(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseNewer, match="9999"):
        migrate(engine)
