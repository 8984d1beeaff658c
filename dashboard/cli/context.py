"""What does every command get: the settings, the database, and a way to tell the user what happens?"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, text

from data.audit.chain import chain_key
from data.audit.sealing import seal_waiting
from data.catalog_store import store_catalog
from data.cluster import Cluster
from data.cluster_keeper import ClusterKeeper
from data.engine import engine_for, libpq_url, psycopg_connection
from data.migrate import migrate
from data.month_staging import drop_left_over
from data.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """Settings and output form of one run.

    Attributes:
        settings: From the environment.
        as_json: Whether reports go to standard output as JSON.
    """

    settings: Settings
    as_json: bool = False

    def say(self, text: str) -> None:
        """Tell the user what happens now; never mixes with a JSON report."""
        print(text, file=sys.stderr if self.as_json else sys.stdout, flush=True)


@contextmanager
def opened_database(context: Context, *, announce: bool = False, keep: bool = False) -> Iterator[str]:
    """Address of a running, migrated database with the catalog in it.

    The private cluster is started where DATABASE_URL is not set, and stopped again by its last user. With `keep` it is
    started again whenever its server dies.

    Raises:
        data.errors.DataError: A step failed; the text names step, cause and remedy.
    """
    settings = context.settings
    cluster = None if settings.database_url else cluster_of(settings)
    keeper = ClusterKeeper(cluster) if cluster and keep else None
    try:
        if cluster and announce:
            context.say(f"[database] private PostgreSQL in {settings.data_dir}")
        url = cluster.start() if cluster else str(settings.database_url)
        with ready_engine(url) as engine:
            _settle_time_zone(engine, settings.time_zone)
            _clear_imports(engine)
            if announce:
                context.say(f"[database] schema version {_version(engine)}")
        try:
            if keeper:
                keeper.start()
            yield url
        finally:
            # Commands write entries too, and no program may be running that would seal them.
            seal_waiting(libpq_url(url), chain_key(settings.secret_key))
    finally:
        if keeper:
            keeper.stop()
        if cluster:
            cluster.stop()


def cluster_of(settings: Settings) -> Cluster:
    """The private cluster that the settings describe, not started yet."""
    return Cluster(settings.data_dir, archive=settings.wal_archive, database=settings.database)


def _settle_time_zone(engine: Engine, zone: str) -> None:
    """A database without a city takes the zone of the environment; a city keeps the one its figures were made in."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE setting SET value = to_jsonb(CAST(:zone AS text)), changed_at = now() "
                "WHERE key = 'time_zone' AND NOT EXISTS (SELECT FROM unit)"
            ),
            {"zone": zone},
        )


def _clear_imports(engine: Engine) -> None:
    """Remove what a killed import left behind; one that still runs is let be."""
    with engine.begin() as connection:
        drop_left_over(psycopg_connection(connection))


def _version(engine: Engine) -> str:
    return migrate(engine)


@contextmanager
def ready_engine(url: str) -> Iterator[Engine]:
    """Engine on a migrated database with the catalog in it; disposed of afterwards."""
    engine = engine_for(url)
    try:
        migrate(engine)
        with engine.begin() as connection:
            store_catalog(connection)
        yield engine
    finally:
        engine.dispose()
