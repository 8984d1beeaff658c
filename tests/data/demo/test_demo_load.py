"""Does the demo city arrive in the database whole, with its truth, and only where there is room?"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from data.catalog_store import store_catalog
from data.demo.load import CityPresent, DemoReport, load_demo
from data.engine import engine_for
from data.named_sql import named
from tests.support.databases import cloned_database

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
COUNT = 6_000


class Steps(list[str]):
    """Remembers the steps that were told."""

    def step(self, name: str) -> None:
        self.append(name)


def _load(engine: Engine, *, reset: bool = False) -> DemoReport:
    with engine.begin() as connection:
        store_catalog(connection)
    return load_demo(engine, now=NOW, progress=Steps(), days=60, count=COUNT, reset=reset)


def _scalar(engine: Engine, statement: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(statement)).scalar_one()


@pytest.fixture(scope="module")
def loaded(server_url: str, template_name: str) -> Iterator[tuple[Engine, DemoReport]]:
    """A database with the demo city, and what loading it reported."""
    with cloned_database(server_url, template_name) as url:
        engine = engine_for(url)
        yield engine, _load(engine)
        engine.dispose()


def test_the_city_arrives_whole_and_figures_equal_a_recount(loaded: tuple[Engine, DemoReport]) -> None:
    engine, report = loaded
    assert (report.units, report.incidents) == (5_484, COUNT)
    levels = """
        SELECT array_agg(n ORDER BY rank)
        FROM (SELECT rank, count(*) AS n FROM unit JOIN level ON key = level_key GROUP BY 1) AS t
    """
    assert _scalar(engine, levels) == [1, 4, 56, 868, 4_555]
    assert _scalar(engine, "SELECT max(id) - min(id) + 1 FROM unit WHERE level_key = 'small'") == 4_555
    assert _scalar(engine, "SELECT count(*) FROM incident") == COUNT
    joined = "SELECT count(*) FROM zone_link WHERE kind = 'link' AND '449902106213' IN (a_code, b_code)"
    assert _scalar(engine, joined) == 1, "a ferry goes to the village on its own island"
    assert _scalar(engine, "SELECT count(*) FROM incident WHERE cell_id = 0") == report.unassigned
    assert _scalar(engine, named("rollup_differences")) == 0
    assert _scalar(engine, named("incident_total")) == COUNT
    wrong = (
        "SELECT count(*) FROM incident JOIN unit ON unit.id = grid_id WHERE NOT ST_Intersects(unit.geom, incident.geom)"
    )
    assert _scalar(engine, wrong) == 0


def test_the_truth_is_kept_for_scoring(loaded: tuple[Engine, DemoReport]) -> None:
    engine, _ = loaded
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT kind, count(*) FROM planted_truth GROUP BY kind")).all()
    kinds = {row[0]: row[1] for row in rows}
    assert kinds["profile"] > 800
    assert kinds["outbreak"] > 12
    assert kinds["duplicate"] > COUNT * 0.015
    firsts = """
        SELECT count(*)
        FROM planted_truth
        JOIN incident ON (payload ->> 'first_incident_id')::bigint = incident.id
        WHERE kind = 'duplicate'
    """
    assert _scalar(engine, firsts) == kinds["duplicate"]


def test_a_city_is_not_overwritten_unless_that_is_asked_for(loaded: tuple[Engine, DemoReport]) -> None:
    engine, _ = loaded
    with pytest.raises(CityPresent, match="--reset"):
        _load(engine)
    assert _load(engine, reset=True).incidents == COUNT
    assert _scalar(engine, "SELECT count(*) FROM incident") == COUNT
    assert _scalar(engine, named("rollup_differences")) == 0
