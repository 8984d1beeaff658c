"""Which names, keys and reports that were stored before hold personal data, and what is written in their place?"""

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from data.privacy.masking import mask_identifier, masked_text

Cleaning = Callable[[str], str]


def _masked_key(key: str) -> str:
    return mask_identifier(key).text


_NAMES: tuple[tuple[str, str, Cleaning], ...] = (
    *((table, column, masked_text) for table in ("place", "unit") for column in ("name", "name_en")),
    *(
        (table, column, masked_text)
        for table in ("incident_class", "source", "department")
        for column in ("name_zh", "name_en")
    ),
    ("dataset", "name", masked_text),
    ("import_run", "file_name", masked_text),
)
_KEYS: tuple[tuple[str, str, Cleaning], ...] = (
    ("place", "code", _masked_key),
    ("source", "key", masked_text),
    ("department", "key", masked_text),
    ("dataset", "key", masked_text),
)
"""Each is unique in its table; the data set's comes last, because incidents are known by it."""


def masked_names(connection: psycopg.Connection, *, change: bool) -> int:
    """Count the names, keys and reports with personal data; mask them if they are to be changed.

    A key that would be there twice gets the id of its row behind the mark.
    """
    found = 0
    for table, column, cleaned in (*_NAMES, *_KEYS):
        for row, text in _personal(connection, table, column, cleaned):
            found += 1
            if change:
                written = _free(connection, table, column, cleaned(text), row) if column in ("code", "key") else None
                statement = f"UPDATE {table} SET {column} = %s WHERE id = %s"
                connection.execute(statement.encode(), [written or cleaned(text), row])
    return found + _reports(connection, change=change)


def _personal(connection: psycopg.Connection, table: str, column: str, cleaned: Cleaning) -> list[tuple[int, str]]:
    rows = connection.execute(f"SELECT id, {column} FROM {table} WHERE {column} <> '' ORDER BY id".encode()).fetchall()
    return [(row[0], row[1]) for row in rows if cleaned(row[1]) != row[1]]


def _free(connection: psycopg.Connection, table: str, column: str, text: str, row: int) -> str:
    taken = connection.execute(f"SELECT FROM {table} WHERE {column} = %s".encode(), [text]).fetchone()
    return f"{text}-{row}" if taken is not None else text


def _reports(connection: psycopg.Connection, *, change: bool) -> int:
    found = 0
    for row, report in connection.execute("SELECT id, report FROM import_run ORDER BY id").fetchall():
        masked = _masked_values(report)
        if masked != report:
            found += 1
            if change:
                connection.execute("UPDATE import_run SET report = %s WHERE id = %s", [Jsonb(masked), row])
    return found


_DIGESTS = ("sha256",)


def _masked_values(value: Any) -> Any:
    """A JSON value with its texts masked; digests of files stay."""
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, list):
        return [_masked_values(one) for one in value]
    if isinstance(value, dict):
        return {masked_text(name): one if name in _DIGESTS else _masked_values(one) for name, one in value.items()}
    return value
