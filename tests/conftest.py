"""Which databases do tests get? A throw-away cluster, one migrated template, a clone for each test that asks."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Playwright, sync_playwright
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from data.cluster import Cluster
from data.engine import engine_for
from data.migrate import migrate
from tests.support.databases import administer, cloned_database, database_at

TEMPLATE = "template_minqing"

# How long an example takes says more about the machine than about the code.
settings.register_profile("minqing", deadline=None)
settings.load_profile("minqing")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for Playwright is a browser test; these come last: its loop bars others from running theirs."""
    for item in items:
        if "playwright" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Address of a maintenance database on a throw-away server, or TEST_DATABASE_URL."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="minqing-test-"))
    folder.chmod(0o755)
    cluster = Cluster(folder, durable=False)
    cluster.start()
    yield cluster.url_of("postgres")
    cluster.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template_name(server_url: str) -> str:
    """Name of a migrated database that others are cloned from."""
    name = f"{TEMPLATE}_{uuid.uuid4().hex[:8]}"
    administer(server_url, f"CREATE DATABASE {name} TEMPLATE template0")
    engine = engine_for(database_at(server_url, name))
    migrate(engine)
    engine.dispose()
    return name


@pytest.fixture
def database_url(server_url: str, template_name: str) -> Iterator[str]:
    """Address of a migrated database of the test's own."""
    with cloned_database(server_url, template_name) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Engine on a database of the test's own."""
    engine = engine_for(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def shared_engine(server_url: str, template_name: str) -> Iterator[Engine]:
    """Engine on one database for tests that roll everything back."""
    with cloned_database(server_url, template_name) as url:
        engine = engine_for(url)
        yield engine
        engine.dispose()


@pytest.fixture
def session(shared_engine: Engine) -> Iterator[Session]:
    """A session whose work, commits included, is rolled back after the test."""
    with shared_engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The one Playwright of the run: a second one in the same process refuses to start."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data beside the checkout; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("MINQING_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}; set MINQING_SHARED_DATA to run this test")
    return folder
