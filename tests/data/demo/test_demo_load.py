"""Does the demo city arrive in the database whole, with its truth, and only where there is room?"""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from data.catalog_store import store_catalog
from data.demo.load import CityPresent, DemoReport, load_demo
from data.named_sql import named

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


def test_the_city_arrives_whole_and_figures_equal_a_recount(engine: Engine) -> None:
    report = _load(engine)
    assert (report.units, report.incidents) == (5_484, COUNT)
    levels = """
        SELECT array_agg(n ORDER BY rank)
        FROM (SELECT rank, count(*) AS n FROM unit JOIN level ON key = level_key GROUP BY 1) AS t
    """
    assert _scalar(engine, levels) == [1, 4, 56, 868, 4_555]
    assert _scalar(engine, "SELECT max(id) - min(id) + 1 FROM unit WHERE level_key = 'small'") == 4_555
    assert _scalar(engine, "SELECT count(*) FROM incident") == COUNT
    assert _scalar(engine, "SELECT count(*) FROM incident WHERE cell_id = 0") == report.unassigned
    assert _scalar(engine, named("rollup_differences")) == 0
    assert _scalar(engine, named("incident_total")) == COUNT
    wrong = (
        "SELECT count(*) FROM incident JOIN unit ON unit.id = grid_id WHERE NOT ST_Intersects(unit.geom, incident.geom)"
    )
    assert _scalar(engine, wrong) == 0


def test_the_truth_is_kept_for_scoring_and_a_city_is_not_overwritten(engine: Engine) -> None:
    _load(engine)
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
    with pytest.raises(CityPresent, match="--reset"):
        _load(engine)
    assert _load(engine, reset=True).incidents == COUNT
    assert _scalar(engine, "SELECT count(*) FROM incident") == COUNT
    assert _scalar(engine, named("rollup_differences")) == 0
