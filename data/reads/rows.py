"""How does a statement become typed, frozen rows?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from psycopg.rows import class_row, tuple_row
from psycopg.sql import SQL, Composed

from data.engine import AsyncRows

Row = TypeVar("Row")
Values = Mapping[str, object]
Query = str | SQL | Composed


@dataclass(frozen=True, slots=True)
class RowId:
    """A row of which the id is all that is asked."""

    id: int


async def fetch_all(
    conn: AsyncRows, kind: type[Row], query: Query, values: Values | None = None, *, prepare: bool | None = None
) -> tuple[Row, ...]:
    """All rows as instances of `kind`, whose fields are the columns.

    Args:
        prepare: False where the best plan depends on the values.
    """
    async with conn.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(query, values, prepare=prepare)
        return tuple(await cursor.fetchall())


async def fetch_one(conn: AsyncRows, kind: type[Row], query: Query, values: Values | None = None) -> Row | None:
    """The first row as an instance of `kind`, or None."""
    async with conn.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchone()


async def fetch_bytes(conn: AsyncRows, query: Query, values: Values, *, prepare: bool | None = None) -> bytes:
    """The one bytea value that the statement returns; empty for NULL."""
    async with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        await cursor.execute(query, values, prepare=prepare)
        row = await cursor.fetchone()
    return bytes(row[0]) if row is not None and row[0] is not None else b""
