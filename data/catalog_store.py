"""How do the catalog files (classes, scenarios, departments, rules, holidays …) get into the database?"""

from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from data.cases.calendar import store_shipped
from data.cases.local_rules import store_rules
from data.errors import CatalogInvalid
from data.models.base import Base
from data.models.catalog import Department, IncidentClass, Scenario, ScenarioClass, Source
from data.risk.rule_store import store_shipped_rules

CATALOG = Path(__file__).parent / "catalog"
Row = dict[str, Any]


def store_catalog(connection: Connection, folder: Path = CATALOG) -> None:
    """Bring the catalog tables to what the files say; what imports added stays.

    Raises:
        CatalogInvalid: An entry lacks a field or names a class or group that does not exist.
    """
    classes = _entries(folder / "classes.yaml", "classes")
    _upsert(connection, IncidentClass, [_class_row(entry) for entry in classes], "code")
    for model, name in ((Source, "sources"), (Department, "departments")):
        entries = _entries(folder / f"{name}.yaml", name)
        rows = [{"key": e["key"], "name_zh": e["zh"], "name_en": e["en"]} for e in entries]
        _upsert(connection, model, rows, "key")
    scenarios = _entries(folder / "scenarios.yaml", "scenarios")
    _upsert(connection, Scenario, [_scenario_row(n, entry) for n, entry in enumerate(scenarios)], "key")
    _store_selections(connection, scenarios)
    store_rules(connection)
    store_shipped(connection)
    store_shipped_rules(connection)


def _entries(path: Path, key: str) -> list[Row]:
    try:
        entries: list[Row] = yaml.safe_load(path.read_text(encoding="utf-8"))[key]
    except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
        raise CatalogInvalid(f"{path.name}: the list {key!r} cannot be read ({error}). Restore the file.") from error
    return entries


def _class_row(entry: Row) -> Row:
    try:
        group = entry["group"]
        return {
            "code": entry["code"],
            "family": entry["family"],
            "kind": entry["kind"],
            "group_key": group["key"],
            "group_zh": group["zh"],
            "group_en": group["en"],
            "name_zh": entry["name_zh"],
            "name_en": entry["name_en"],
            "severity": entry["severity"],
            "sensitive": entry["sensitive"],
            "limits": entry["limits"],
        }
    except KeyError as error:
        raise CatalogInvalid(f"classes.yaml: {entry.get('code', entry)} lacks {error}. Add the field.") from error


def _scenario_row(position: int, entry: Row) -> Row:
    try:
        kind = entry["kind"]
        return {
            "key": entry["key"],
            "position": position,
            "kind_key": kind["key"],
            "kind_zh": kind["zh"],
            "kind_en": kind["en"],
            "name_zh": entry["name_zh"],
            "name_en": entry["name_en"],
            "place_kinds": entry.get("places", []),
        }
    except KeyError as error:
        raise CatalogInvalid(f"scenarios.yaml: {entry.get('key', entry)} lacks {error}. Add the field.") from error


def _upsert(connection: Connection, model: type[Base], rows: list[Row], key: str) -> None:
    statement = insert(model).values(rows)
    changes = {name: statement.excluded[name] for name in rows[0] if name != key}
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changes))


def _store_selections(connection: Connection, scenarios: list[Row]) -> None:
    known = connection.execute(select(IncidentClass.id, IncidentClass.code, IncidentClass.group_key)).all()
    rows = []
    for entry in scenarios:
        for wanted in entry["classes"]:
            ids = [row.id for row in known if wanted in (row.code, row.group_key)]
            if not ids:
                raise CatalogInvalid(f"scenarios.yaml: {entry['key']} names {wanted!r}, which is no class or group.")
            rows += [{"scenario_key": entry["key"], "class_id": class_id} for class_id in ids]
    connection.execute(delete(ScenarioClass))
    connection.execute(insert(ScenarioClass).values(rows).on_conflict_do_nothing())
