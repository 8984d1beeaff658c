"""What do the tests of masking in a database start from?"""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine

from data.catalog_store import store_catalog
from data.cells import write_grid_cells
from data.engine import libpq_url
from tests.support.grid_world import build_world


@pytest.fixture
def city(engine: Engine) -> Engine:
    with engine.begin() as connection:
        store_catalog(connection)
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        build_world(raw, "AB\ncd")
        write_grid_cells(raw)
    return engine


@pytest.fixture
def raw(city: Engine) -> Iterator[psycopg.Connection]:
    """A connection of the owner to the city's database."""
    with psycopg.connect(libpq_url(city.url.render_as_string(hide_password=False))) as connection:
        yield connection
