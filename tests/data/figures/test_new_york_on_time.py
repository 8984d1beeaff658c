"""Are the figures of New York's reports those that pandas counts from the file by itself?

Nothing of the program is used for the second count: times are read by pandas, work time is its own, limits come from
the text of the catalog.
"""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from sqlalchemy import Engine

from data.catalog_store import store_catalog
from data.engine import AsyncDatabase
from data.figures.counting import Parts
from data.figures.definition import definitions
from data.figures.read import Figures, read_figures
from data.importing.city_load import load_city
from data.reads.city import read_moment
from data.reads.period import Period
from data.reads.question import Question
from data.reads.units import read_unit

ROOT = Path(__file__).parents[3]
IMPORTED = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)
FORMAT = "%m/%d/%Y %I:%M:%S %p"
LATER = pd.Timestamp("2024-06-01")
EARLY = pd.Timestamp("2023-03-02 15:00")
MONTH = (pd.Timestamp("2023-02-28"), pd.Timestamp("2023-04-01"))
WEEK = (pd.Timestamp("2023-02-28"), pd.Timestamp("2023-03-04"))
BEGUN = ["Closed", "Assigned", "Started", "In Progress"]


def rows_of(file: Path) -> pd.DataFrame:
    """Reports with local times, agency, and by when they should have been closed."""
    raw = pd.read_csv(file, dtype=str)
    rows = pd.DataFrame({"agency": raw["Agency"], "status": raw["Status"], "kind": raw["Complaint Type"]})
    for name, column in (("created", "Created Date"), ("closed", "Closed Date"), ("stated", "Due Date")):
        rows[name] = pd.to_datetime(raw[column], format=FORMAT)
    rows.loc[rows["closed"] < rows["created"], "closed"] = pd.NaT
    rows.loc[rows["status"] != "Closed", "closed"] = pd.NaT
    rows["due"] = rows["stated"]
    hours = hours_by_kind(sorted(rows["kind"].unique()))
    own = rows["stated"].isna() & rows["status"].isin(BEGUN)
    rows.loc[own, "due"] = [
        after_hours(created, hours[kind]) for created, kind in rows.loc[own, ["created", "kind"]].to_numpy()
    ]
    return rows


def hours_by_kind(kinds: list[str]) -> dict[str, int]:
    """Work hours of complaint types: those of the catalog's class of that name, else 4."""
    classes = yaml.safe_load((ROOT / "data" / "catalog" / "classes.yaml").read_text(encoding="utf-8"))["classes"]
    limits = {one["name_en"].casefold(): one["limits"] for one in classes}
    hours = dict.fromkeys(kinds, 4)
    for kind in kinds:
        if kind.casefold() in limits:
            [limit] = limits[kind.casefold()]
            hours[kind] = int(limit["limit"]) * {"work_hour": 1, "work_day": 8}[limit["unit"]]
    return hours


def after_hours(created: pd.Timestamp, hours: int) -> pd.Timestamp:
    """So many work hours later; pandas names the next opening where the last hour ends with work time."""
    work = pd.offsets.CustomBusinessHour(hours, start=["08:00", "14:00"], end=["12:00", "18:00"])
    ends = pd.Timestamp(created) + work
    if ends == ends.normalize() + pd.Timedelta(hours=14):
        return ends.normalize() + pd.Timedelta(hours=12)
    if ends == ends.normalize() + pd.Timedelta(hours=8):
        return (ends.normalize() - pd.offsets.BDay(1)) + pd.Timedelta(hours=18)
    return ends


def counted(rows: pd.DataFrame, period: tuple[pd.Timestamp, pd.Timestamp], now: pd.Timestamp) -> dict[str, Parts]:
    """Figures of the reports that were due in a period, as they stood at a moment."""
    due = rows[(rows["due"] >= period[0]) & (rows["due"] < period[1]) & (rows["due"] <= now) & (rows["created"] <= now)]
    is_closed = due["status"] == "Closed"
    untold = is_closed & due["closed"].isna()
    known = due[~untold]
    done = known["closed"] <= now
    in_time = done & (known["closed"] <= known["due"])
    closed = is_closed & (due["closed"].fillna(due["created"]) <= now)
    n, unknown = len(known), int(untold.sum())
    return {
        "handling_rate": Parts(int(done.sum()), n, unknown),
        "on_time_handling_rate": Parts(int(in_time.sum()), n, unknown),
        "overdue_open_rate": Parts(n - int(done.sum()), n, unknown),
        "closing_rate": Parts(int(closed.sum()), len(due), 0),
        "on_time_closing_rate": Parts(int(in_time.sum()), n, unknown),
        # Nobody wrote down what was reworked, extended or returned: no data, not zero.
        "rework_rate": Parts(0, 0, len(due)),
        "extension_rate": Parts(0, 0, len(due)),
        "escalation_rate": Parts(0, 0, len(due)),
        "satisfaction_rate": Parts(),
    }


@pytest.fixture
def loaded(engine: Engine, shared_data: Path) -> Engine:
    with engine.begin() as connection:
        store_catalog(connection)
    parameters = {"data": str(shared_data / "nyc")}
    load_city(engine, ROOT / "examples" / "nyc.yaml", now=IMPORTED, rng=np.random.default_rng(7), parameters=parameters)
    return engine


def test_on_time_figures_are_those_that_pandas_counts(loaded: Engine, shared_data: Path) -> None:
    rows = rows_of(shared_data / "nyc" / "nyc311_2023_sample5000.csv")
    asked = [(MONTH, LATER), (WEEK, LATER), (WEEK, EARLY)]

    async def read() -> list[Figures]:
        database = AsyncDatabase(loaded.url.render_as_string(hide_password=False), min_size=1, max_size=1)
        await database.open()
        found = []
        async with database.reading() as conn:
            moment, city = await read_moment(conn), await read_unit(conn, "")
            for (first, end), now in asked:
                period = Period(first.date(), date.fromordinal(end.toordinal() - 1))
                at = now.tz_localize("America/New_York").to_pydatetime()
                question = Question(moment, city, period)
                found.append(await read_figures(conn, question, definitions(), "department", at))
        await database.close()
        return found

    for (period, now), found in zip(asked, asyncio.run(read()), strict=True):
        wanted = counted(rows, period, now)
        assert {key: found.total[key].factual for key in wanted} == wanted, (period, now)
        assert wanted["on_time_handling_rate"].denominator > 1_000
        assert 0.1 < (wanted["on_time_handling_rate"].value or 0) < 0.95
        agencies = {item.name: item.figures["on_time_handling_rate"].factual for item in found.items}
        for agency, part in rows.groupby("agency"):
            mine = counted(part, period, now)["on_time_handling_rate"]
            assert agencies.get(str(agency), Parts()) == mine, agency
