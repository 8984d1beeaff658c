"""Does any table, column, answer or layer describe an identified resident?"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, text

from dashboard.api import bodies, intake_bodies
from dashboard.factory import create_app
from dashboard.services import Services
from data.engine import AsyncDatabase
from data.models import account, catalog, incident, incident_chunk, rollup, space
from data.models.base import Base
from data.privacy.column_names import names_a_person
from data.reads.levels import Level
from layers.registry import build_registry

STAFF_TABLES = (
    "account",
    "login_identity",
    "login_flow",
    "login_session",
    "api_token",
    "wall_token",
    "wall_group",
    "wall_display",
    "audit",
    "intake",
    "zone_",
    "case_event",
    "risk_step",
    "attachment",
    "webhook",
)
"""Tables about staff and what staff do: `account_id` there is the staff account that signed in or acts."""

TABLES = (account, catalog, incident, incident_chunk, rollup, space)
ROOT_TABLES = re.compile(r"(?i)resident|person|citizen|household_member|inhabitant|居民|人员")


def suspicious(table: str, column: str) -> bool:
    """Whether a column names a resident; `account_id` is allowed in tables about what staff do."""
    is_staff = column == "account_id" and table.startswith(STAFF_TABLES)
    return names_a_person(column) and not is_staff


def test_the_test_can_fail() -> None:
    for column in ("owner_name", "id_card", "phone", "xingming", "身份证号", "plate", "birth_date", "residentName"):
        assert suspicious("incident", column), column
    assert suspicious("incident", "account_id")
    assert ROOT_TABLES.search("resident_profile")


def test_no_stored_table_or_column_is_about_a_resident(engine: Engine) -> None:
    statement = """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
        """
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(statement))]
    assert len(rows) > 100
    assert [row for row in rows if suspicious(*row) or ROOT_TABLES.search(row[0])] == []


def test_no_model_is_about_a_resident() -> None:
    assert len(TABLES) > 5
    names = [(table.name, column.name) for table in Base.metadata.tables.values() for column in table.columns]
    assert len(names) > 80
    assert [name for name in names if suspicious(*name) or ROOT_TABLES.search(name[0])] == []


def _fields(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from _fields(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _fields(value)


def test_no_answer_of_the_interface_is_about_a_resident() -> None:
    models = [
        model
        for model in (*vars(bodies).values(), *vars(intake_bodies).values())
        if hasattr(model, "model_json_schema") and model.__name__ != "BaseModel"
    ]
    names = {name for model in models for name in _fields(model.model_json_schema())}
    assert len(names) > 40
    assert {name for name in names if names_a_person(name)} == set()


ADDRESSES = frozenset(("account_id",))
"""Of staff accounts: whom the log and the tokens are about."""


def test_nothing_in_the_described_interface_is_about_a_resident(database_url: str) -> None:
    web, accounts = (AsyncDatabase(database_url, min_size=1, max_size=1) for _ in range(2))
    described = create_app(Services(web, lambda: datetime.now(UTC), accounts=accounts)).openapi()
    names = set(_fields(described)) | set(_parameters(described))
    for part in ("token", "audit"):
        assert any(part in path for path in described["paths"]), part
    assert len(names) > 80
    assert {name for name in names - ADDRESSES if names_a_person(name)} == set()


def _parameters(described: dict[str, Any]) -> Iterator[str]:
    for methods in described["paths"].values():
        for method in methods.values():
            yield from (parameter["name"] for parameter in method.get("parameters", ()))


def test_no_property_of_a_layer_is_about_a_resident() -> None:
    level = Level("city", 0, "市", "City", 10_000_001, 0, 22, True, 1, 1)
    layers = build_registry([level]).layers
    fields = [name for layer in layers for inner in layer.vector_layers for name in inner.fields]
    fields += [name for layer in layers for name in layer.popup_fields]
    assert len(fields) > 8
    assert [name for name in fields if names_a_person(name)] == []
