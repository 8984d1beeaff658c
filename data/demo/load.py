"""How does the demo city get into the database, in one transaction?"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import numpy as np
import psycopg
from sqlalchemy import Engine

from data.audit.changes import record_demo
from data.cells import CityLocator
from data.demo.ferries import plan_ferries, store_ferries
from data.demo.geography import build_geography
from data.demo.incidents import build_incidents
from data.demo.places import build_places
from data.demo.store import store_incidents, store_places, store_truth, store_units
from data.demo.truth import build_truth
from data.errors import DataError
from data.release import release_all
from data.reset import empty_city


class CityPresent(DataError):
    """The database holds a city already."""

    def __init__(self, units: int) -> None:
        super().__init__(
            f"The database already holds a city with {units:,} units. "
            "Use --reset to replace it, or point MINQING_DATA_DIR at another folder."
        )


class Progress(Protocol):
    """Who is told how far the load is."""

    def step(self, name: str) -> None:
        """A new step begins."""


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What was loaded."""

    city: str
    units: int
    places: int
    incidents: int
    unassigned: int


def load_demo(
    engine: Engine,
    *,
    now: datetime,
    progress: Progress,
    seed: int = 7,
    days: int = 365,
    count: int = 200_000,
    reset: bool = False,
) -> DemoReport:
    """Make the demo city and store it.

    Args:
        engine: On a migrated database that holds the catalog.
        now: The moment at which the incidents end.
        progress: Told of each step.
        seed: Same seed and `now`, same city.
        days: Length of the incidents' period.
        count: Number of incidents.
        reset: Whether to replace the city that is there.

    Raises:
        CityPresent: There is a city, and `reset` is not set.
    """
    with engine.begin() as transaction:
        connection: psycopg.Connection = transaction.connection.driver_connection  # type: ignore[assignment]
        _make_room(connection, reset=reset)
        progress.step("demo 1/4: geography")
        geography = build_geography(seed)
        progress.step("demo 2/4: a year of incidents")
        planned = build_truth(geography, seed, days=days, count=count)
        incidents = build_incidents(geography, planned, seed=seed, days=days, count=count, end=now)
        truth = replace(planned, duplicates=incidents.duplicates)
        places = build_places(geography, np.random.default_rng([seed, 5]))
        progress.step("demo 3/4: storing units and places")
        unit_ids = store_units(connection, geography)
        store_ferries(connection, plan_ferries(geography))
        locator = CityLocator.load(connection)
        store_places(connection, places, locator)
        progress.step("demo 4/4: storing incidents and figures")
        small_ids = np.array([unit_ids[unit.code] for unit in geography.level("small")], np.int32)
        ids = store_incidents(connection, incidents, locator, small_ids, now)
        store_truth(connection, truth, unit_ids, dict(zip(incidents.external_id, ids.tolist(), strict=True)))
        release_all(connection)
        counts = {"units": len(geography.units), "places": len(places), "incidents": count}
        record_demo(connection, counts, seed=seed)
    unassigned = int(np.isnan(incidents.lonlat[:, 0]).sum())
    return DemoReport(geography.units[0].name, len(geography.units), len(places), count, unassigned)


def _make_room(connection: psycopg.Connection, *, reset: bool) -> None:
    if reset:
        empty_city(connection)
    row = connection.execute("SELECT count(*) FROM unit").fetchone()
    assert row is not None
    if row[0]:
        raise CityPresent(int(row[0]))
