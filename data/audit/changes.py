"""How are changes of the data told in the audit log: imports, settings, the demo city, an emptied city?"""

from collections.abc import Mapping

import psycopg

from data.audit.entry import Action, Entry, ObjectKind
from data.audit.record import record_now


def record_import(
    connection: psycopg.Connection, kind: ObjectKind, file: str, digest: str, counts: Mapping[str, object]
) -> None:
    """An import, in its own transaction, so that a dry run leaves no entry.

    Args:
        kind: units, places or incidents.
        file: Names of the files.
        digest: Their SHA-256.
        counts: What became of the rows.
    """
    detail = {"file": file, "sha256": digest}
    record_now(connection, Entry(Action.IMPORTED, kind, file, detail=detail, after=counts))


def record_setting(connection: psycopg.Connection, key: str, before: object, after: object) -> None:
    """A fact about the city or the program that was given another value."""
    old = None if before is None else {"value": before}
    record_now(connection, Entry(Action.SETTING_CHANGED, "setting", key, before=old, after={"value": after}))


def record_demo(connection: psycopg.Connection, counts: Mapping[str, object], *, seed: int) -> None:
    """The demo city, loaded."""
    record_now(connection, Entry(Action.DEMO_LOADED, "city", detail={"seed": seed}, after=counts))


def record_emptied(connection: psycopg.Connection) -> None:
    """A city that is about to be emptied; before it happens, so that the counts are there."""
    counts = dict[str, object]()
    for table in ("unit", "place", "incident_key", "dataset"):
        row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        counts[table] = row[0] if row else 0
    if any(counts.values()):
        record_now(connection, Entry(Action.CITY_EMPTIED, "city", before=counts))
