"""What should a scope see, computed from the drawing alone, and a connection that has the scope?"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from data.engine import libpq_url
from data.roles import WEB, url_as
from data.scope import RowScope, scope_statements
from tests.data.reads.grid_world import IDS, PARENT, Row

AREAS = ("X", "A", "B", "C", "b", "e")
SCOPES = [(area, department) for area in AREAS for department in (None, 1)]
"""Letters of the drawing (X the whole city) and ids of departments."""


def row_scope(area: str, department: int | None) -> RowScope:
    return RowScope(None if area == "X" else IDS[area], department, 1, sees_sensitive=True)


@contextmanager
def transaction(url: str, scope: RowScope | None, role: str = WEB) -> Iterator[psycopg.Connection]:
    """A transaction of the web under a scope; rolled back at the end."""
    with psycopg.connect(libpq_url(url_as(url, role))) as connection:
        if statements := scope_statements(scope):
            connection.execute(statements.encode())
        yield connection
        connection.rollback()


def subtree(area: str) -> set[str]:
    """Letters of the unit and of all below it."""
    below = {letter for letter, parent in PARENT.items() if parent == area}
    return {area}.union(*(subtree(letter) for letter in below)) if below else {area}


def above(area: str) -> set[str]:
    parent = PARENT[area]
    return set() if parent is None else {parent} | above(parent)


def sees(row: Row, area: str, department: int | None) -> bool:
    """Whether an incident lies in any unit of the subtree, and is the department's."""
    if department is not None and row.department_id != department:
        return False
    return area == "X" or bool({row.city, row.town, row.grid} & subtree(area))
