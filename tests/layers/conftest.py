"""What do tests of layers share? A small city with incidents, and the address of its database."""

from collections.abc import Iterator

import psycopg
import pytest

from data.engine import libpq_url
from tests.support.grid_world import GridWorld, build_world

DRAWING = """
AABB
AABB
ccdd
ccdd
"""


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(libpq_url(database_url), autocommit=True) as connection:
        yield connection


@pytest.fixture
def world(connection: psycopg.Connection) -> GridWorld:
    return build_world(connection, DRAWING)
