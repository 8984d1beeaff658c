"""How does a whole city get into the database in one command?"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import psycopg
from sqlalchemy import Engine

from data.engine import psycopg_connection
from data.importing.city_file import City, CityIncidents, read_city
from data.importing.incident_import import import_incidents
from data.importing.places_import import PlaceReport, import_places
from data.importing.progress import Progress, Unheard
from data.importing.report import ImportReport
from data.importing.unit_import import import_level
from data.importing.unit_levels import ensure_levels, write_settings
from data.importing.unit_report import UnitReport, rejected_csv


@dataclass(frozen=True, slots=True)
class CityReport:
    """What became of every file of a city."""

    city: str
    units: tuple[UnitReport, ...]
    places: tuple[PlaceReport, ...]
    incidents: tuple[ImportReport, ...]
    dry_run: bool
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "city": self.city,
            "dry_run": self.dry_run,
            "seconds": self.seconds,
            "units": [report.as_json() for report in self.units],
            "places": [report.as_json() for report in self.places],
            "incidents": [report.figures() for report in self.incidents],
        }

    def lines(self) -> tuple[str, ...]:
        """The report as lines for a screen."""
        parts = [line for report in self.units for line in report.lines()]
        parts += [line for report in self.places for line in report.lines()]
        return (*parts, *(line for report in self.incidents for line in report.to_text().splitlines()))

    def rejected_csv(self) -> str:
        """Rejected units and places as CSV; incidents write theirs with `ImportReport.write_rows`."""
        units = [item for report in self.units for item in report.rejected]
        return rejected_csv([*units, *(item for report in self.places for item in report.rejected)])


def load_city(
    engine: Engine,
    city_file: Path,
    *,
    now: datetime,
    rng: np.random.Generator,
    dry_run: bool = False,
    parameters: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> CityReport:
    """Load levels, units, places and incidents that a city file describes.

    Units and places are one transaction, each incident data set is one: a load that was killed is finished by
    repeating it, and loading twice changes nothing.

    Args:
        engine: on a migrated database that holds the catalog.
        city_file: the YAML file.
        now: moment of the load, aware.
        rng: draws the sample by which the datum of incidents is told.
        dry_run: do everything, report it and undo it.
        parameters: values for `${name}` in the file.
        progress: listener.

    Raises:
        ImportStopped: The city file or one of its files stops the load; the text says where and what to do.
    """
    started = time.perf_counter()
    city = read_city(city_file, parameters, files_must_exist=True)
    job = _Job(city, now, rng, dry_run, progress or Unheard())
    report = job.rehearse(engine) if dry_run else job.run(engine)
    return replace(report, seconds=round(time.perf_counter() - started, 3))


@dataclass(frozen=True, slots=True)
class _Job:
    city: City
    now: datetime
    rng: np.random.Generator
    dry_run: bool
    progress: Progress

    def run(self, engine: Engine) -> CityReport:
        with engine.begin() as connection:
            units, places = self._space(psycopg_connection(connection))
        return self._report(units, places, tuple(self._incidents(engine, item) for item in self.city.incidents))

    def rehearse(self, engine: Engine) -> CityReport:
        """Everything in one transaction that is rolled back."""
        with engine.connect() as connection, connection.begin() as transaction:
            raw = psycopg_connection(connection)
            units, places = self._space(raw)
            rehearsal = cast(Engine, _RehearsalEngine(raw))
            incidents = tuple(self._incidents(rehearsal, item) for item in self.city.incidents)
            transaction.rollback()
        units = tuple(replace(report, dry_run=True, revision_id=None) for report in units)
        return self._report(units, places, incidents)

    def _report(
        self, units: tuple[UnitReport, ...], places: tuple[PlaceReport, ...], incidents: tuple[ImportReport, ...]
    ) -> CityReport:
        return CityReport(self.city.facts.code, units, places, incidents, self.dry_run, 0.0)

    def _space(self, connection: psycopg.Connection) -> tuple[tuple[UnitReport, ...], tuple[PlaceReport, ...]]:
        city, facts = self.city, self.city.facts
        write_settings(
            connection,
            {
                "city": {"code": facts.code, "name": facts.name, "name_en": facts.name_en},
                "time_zone": facts.time_zone,
                "lang": facts.lang,
            },
        )
        ensure_levels(connection, [level.spec for level in city.levels])
        units = tuple(
            import_level(
                connection,
                level.source,
                level=level.spec.key,
                now=self.now,
                valid_from=level.valid_from,
                progress=self.progress,
            )
            for level in city.levels
            if level.source is not None
        )
        return units, tuple(self._places(connection))

    def _places(self, connection: psycopg.Connection) -> Iterator[PlaceReport]:
        for source in self.city.places:
            self.progress.step(f"places: {source.path.name}")
            yield import_places(connection, source, now=self.now)

    def _incidents(self, engine: Engine, item: CityIncidents) -> ImportReport:
        return import_incidents(
            engine,
            item.source,
            now=self.now,
            rng=self.rng,
            crs=item.crs,
            dry_run=self.dry_run,
            progress=self.progress,
        )


class _RehearsalEngine:
    """Stands in for the engine in a dry run: hands out the one open connection and undoes only to a savepoint.

    So incidents can be tried on units that are not committed.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self.driver_connection = connection

    def raw_connection(self) -> "_RehearsalEngine":
        """This object, after a savepoint."""
        self.driver_connection.execute("SAVEPOINT rehearsal")
        return self

    def rollback(self) -> None:
        """Undo what was done since the savepoint."""
        self.driver_connection.execute("ROLLBACK TO SAVEPOINT rehearsal")

    def close(self) -> None:
        """Keep the connection; its owner closes it."""
