"""Which server, files and databases do the benchmarks share?"""

import shutil
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType

import numpy as np
import psycopg

from data.catalog_store import store_catalog
from data.cluster import Cluster
from data.demo.geography import DemoGeography, build_geography
from data.demo.load import load_demo
from data.demo.store import store_units
from data.engine import engine_for, libpq_url
from data.importing.incident_import import IncidentSource, import_incidents
from data.importing.mapping_file import preset_mapping
from data.importing.progress import Unheard
from data.importing.report import ImportReport
from data.migrate import migrate
from data.release import release_all
from data.rollup_packs import make_packs
from tests.benchmarks.synthetic import IncidentMaker, Spots, build_spots, write_csv, write_parquet

SEED = 7
DATASET = "bench"
_TEMPLATE = "bench_city"


@dataclass(frozen=True, slots=True)
class LoadedCity:
    """A database with the demo city's units and synthetic incidents.

    Attributes:
        seconds: What the import took, from the call to the commit.
    """

    url: str
    rows: int
    seconds: float
    report: ImportReport


class Bench:
    """Server and databases of one run, made when they are first asked for and removed at the end."""

    def __init__(self, rows: int, now: datetime) -> None:
        self.rows, self.now = rows, now
        self._stack = ExitStack()

    def __enter__(self) -> "Bench":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @cached_property
    def folder(self) -> Path:
        """A folder for files; the server's account may enter it."""
        folder = Path(tempfile.mkdtemp(prefix="minqing-bench-"))
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        return folder

    @cached_property
    def cluster(self) -> Cluster:
        """A private cluster with the settings that the product uses, durability included."""
        cluster = Cluster(self.folder / "data")
        self._stack.callback(cluster.stop)
        cluster.start()
        return cluster

    @cached_property
    def geography(self) -> DemoGeography:
        """Units of the demo city."""
        return build_geography(SEED)

    @cached_property
    def demo_url(self) -> str:
        """The demo city as it ships: 200,000 incidents."""
        url = self.migrated("bench_demo")
        engine = engine_for(url)
        load_demo(engine, now=self.now, progress=Unheard(), seed=SEED)
        engine.dispose()
        self.vacuum(url)
        return url

    @cached_property
    def big(self) -> LoadedCity:
        """All rows, imported from Parquet."""
        return self._imported("bench_big", self.parquet(self.rows))

    @cached_property
    def tenth(self) -> LoadedCity:
        """A tenth of the rows over the same days."""
        return self._imported("bench_tenth", self.parquet(self.rows // 10))

    def parquet(self, rows: int) -> Path:
        """A Parquet file with so many incidents."""
        path = self.folder / f"incidents_{rows}.parquet"
        if not path.exists():
            write_parquet(self._maker(rows), path)
        return path

    def csv(self, rows: int) -> Path:
        """A CSV file with so many incidents."""
        path = self.folder / f"incidents_{rows}.csv"
        if not path.exists():
            write_csv(self._maker(rows), path)
        return path

    def _maker(self, rows: int) -> IncidentMaker:
        return IncidentMaker(self._spots, rows, self.now, np.random.default_rng([SEED, 11]))

    @cached_property
    def _spots(self) -> Spots:
        return build_spots(self.geography, np.random.default_rng([SEED, 10]))

    def empty_city(self, name: str) -> str:
        """Address of a new database with the demo city's units and no incidents."""
        return self._create(name, self._template)

    def drop(self, name: str) -> None:
        """Remove a database."""
        self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def import_file(self, url: str, path: Path, rows: int) -> LoadedCity:
        """Import a file as a city's data staff would: the mapping for plain column names, the datum stated."""
        source = IncidentSource((path,), preset_mapping("plain"), DATASET)
        engine = engine_for(url)
        start = time.perf_counter()
        report = import_incidents(engine, source, now=self.now, rng=np.random.default_rng(SEED), crs="wgs84")
        seconds = time.perf_counter() - start
        engine.dispose()
        assert report.accepted == rows, f"{report.accepted:,} of {rows:,} rows were accepted"
        return LoadedCity(url, rows, seconds, report)

    def vacuum(self, url: str) -> None:
        """What upkeep does soon after a large load: released weeks, packed days, visibility maps and statistics."""
        with psycopg.connect(libpq_url(url), autocommit=True) as connection:
            with connection.transaction():
                release_all(connection)
            while make_packs(connection, quiet_s=0.0):
                pass
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")

    def _imported(self, name: str, path: Path) -> LoadedCity:
        rows = self.rows if name == "bench_big" else self.rows // 10
        loaded = self.import_file(self.empty_city(name), path, rows)
        self.vacuum(loaded.url)
        return loaded

    @cached_property
    def _template(self) -> str:
        url = self.migrated(_TEMPLATE)
        with psycopg.connect(libpq_url(url)) as connection:
            store_units(connection, self.geography)
        self.vacuum(url)
        return _TEMPLATE

    def migrated(self, name: str) -> str:
        """Address of a new database with the catalog and no city."""
        url = self._create(name, "template0")
        engine = engine_for(url)
        migrate(engine)
        with engine.begin() as connection:
            store_catalog(connection)
        engine.dispose()
        return url

    def _create(self, name: str, template: str) -> str:
        self._administer(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.cluster.url_of(name)

    def _administer(self, statement: str) -> None:
        with psycopg.connect(libpq_url(self.cluster.url_of("postgres")), autocommit=True) as connection:
            connection.execute(statement.encode())
