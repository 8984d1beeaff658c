"""How does a test get a migrated database of its own?"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.engine import make_url

from data.engine import libpq_url


def database_at(server_url: str, name: str) -> str:
    """Address of a database on the same server."""
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def administer(server_url: str, statement: str) -> None:
    """Run a statement that may not stand in a transaction."""
    with psycopg.connect(libpq_url(server_url), autocommit=True) as connection:
        connection.execute(statement.encode())


@contextmanager
def cloned_database(server_url: str, template_name: str) -> Iterator[str]:
    """Address of a copy of the template, dropped afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    administer(server_url, f"CREATE DATABASE {name} TEMPLATE {template_name}")
    # Rights in a database are not copied with it.
    administer(server_url, f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")
    yield database_at(server_url, name)
    administer(server_url, f"DROP DATABASE {name} WITH (FORCE)")
