"""How do another city's requests come in, each once, with the changes of their status, going on where it stopped?

A period after the other is asked for, page by page, and imported in one transaction; after it the reach of the pull is
written down. Killed in between, the next run asks for that period again, and the import knows its rows.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
from sqlalchemy import Engine, text

from data.importing.incident_import import IncidentSource, import_incidents
from data.importing.incident_mapping import IncidentMapping
from data.importing.progress import Progress
from data.open311.endpoint import Endpoint, moment_text
from data.open311.records import Records
from geo.status import OPEN_STATUSES

WINDOW = timedelta(days=30)
OVERLAP = timedelta(days=2)
"""Reports that appear late, or under a clock that differs, are asked for once more."""

SHORTEST = timedelta(hours=1)
PAGE_SIZE = 500
LEAST_CAP = 20
"""An endpoint that gives the same page again does not page; with so many rows or more it may have cut some off."""

MOST_PAGES = 2_000
MOST_OPEN = 5_000
IDS_AT_ONCE = 50

_REACHED = text("SELECT reached_at FROM open311_pull WHERE dataset = :dataset AND endpoint = :endpoint")
_REACH = text(
    "INSERT INTO open311_pull (dataset, endpoint, reached_at, pulled_at) VALUES (:dataset, :endpoint, :reached, :now) "
    "ON CONFLICT (dataset) DO UPDATE SET endpoint = excluded.endpoint, reached_at = excluded.reached_at, "
    "pulled_at = excluded.pulled_at"
)
_OPEN = text(
    "SELECT incident.external_id FROM incident JOIN dataset ON dataset.id = incident.dataset_id "
    "WHERE dataset.key = :dataset AND incident.external_id IS NOT NULL AND incident.reported_at < :before "
    "AND incident.status = ANY(:open) ORDER BY incident.reported_at DESC, incident.id DESC LIMIT :most"
)
_COUNTED = ("read", "accepted", "updated", "kept", "duplicate", "conflict", "rejected", "unassigned_total")


@dataclass(frozen=True, slots=True)
class PullOrder:
    """What to pull.

    Attributes:
        endpoint: Its address, under which the reach is kept.
        dataset: Data set in which its ids are unique.
        mapping: What its fields mean.
        since: Beginning of the first pull; a later one goes on where it stopped, unless this is given again.
    """

    endpoint: str
    dataset: str
    mapping: IncidentMapping
    since: datetime | None = None


@dataclass(slots=True)
class PullReport:
    """What became of the pulled requests.

    Attributes:
        counts: Sums over the imports, by outcome.
        repeated: Requests that came more than once.
        nameless: Requests without an id, not taken.
        reached_at: Until when everything has been pulled.
    """

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))
    repeated: int = 0
    nameless: int = 0
    reached_at: datetime | None = None


def pull(
    engine: Engine,
    endpoint: Endpoint,
    order: PullOrder,
    *,
    now: datetime,
    report: PullReport,
    progress: Progress,
    window: timedelta = WINDOW,
) -> None:
    """Pull what is new, and how the cases stand that are still open here.

    Args:
        engine: Of the database; it has units.
        endpoint: The other city, opened.
        order: What to pull.
        now: Aware; the end of the last period.
        report: Filled in on the way, so that it is true when the pull is cancelled.
        progress: Hears of the periods.
        window: Length of a period, at most 90 days.

    Raises:
        EndpointUnusable: It does not answer; what was imported before is kept.
        ImportStopped: A row set cannot be imported.
    """
    start = order.since or _reached(engine, order) or now - window
    periods = list(_periods(start, now, window))
    progress.step("requests")
    for done, (first, last) in enumerate(periods):
        records = Records()
        _fetch(endpoint, first, last, records)
        _store(engine, order, records, report, now, f"{first:%Y%m%d}-{last:%Y%m%d}")
        _reach(engine, order, last, now)
        report.reached_at = last
        progress.advance(done + 1, len(periods))
    _recheck(engine, endpoint, order, report, now, start)


def _reached(engine: Engine, order: PullOrder) -> datetime | None:
    with engine.connect() as connection:
        found = connection.execute(_REACHED, {"dataset": order.dataset, "endpoint": order.endpoint}).scalar()
    return None if found is None else found - OVERLAP


def _reach(engine: Engine, order: PullOrder, reached: datetime, now: datetime) -> None:
    values = {"dataset": order.dataset, "endpoint": order.endpoint, "reached": reached, "now": now}
    with engine.begin() as connection:
        connection.execute(_REACH, values)


def _periods(start: datetime, end: datetime, window: timedelta) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        last = min(start + window, end)
        yield start, last
        start = last


def _fetch(endpoint: Endpoint, first: datetime, last: datetime, records: Records) -> None:
    """All pages of a period; of an endpoint that does not page, the halves of it."""
    period = {"start_date": moment_text(first), "end_date": moment_text(last)}
    for page in range(1, MOST_PAGES + 1):
        rows = endpoint.requests(period | {"page": str(page), "page_size": str(PAGE_SIZE)})
        new = records.add(rows)
        if page == 1:
            beginning = rows
        elif rows == beginning:
            if len(rows) >= LEAST_CAP and last - first > SHORTEST:
                middle = first + (last - first) / 2
                _fetch(endpoint, first, middle, records)
                _fetch(endpoint, middle, last, records)
            return
        # A page may be full of what moved down from the page before while reports came in.
        if not rows or (not new and page > 1):
            return


def _recheck(
    engine: Engine, endpoint: Endpoint, order: PullOrder, report: PullReport, now: datetime, before: datetime
) -> None:
    """Ask by id for what is open here and older than the periods."""
    values = {
        "dataset": order.dataset,
        "before": before,
        "open": [int(one) for one in OPEN_STATUSES],
        "most": MOST_OPEN,
    }
    with engine.connect() as connection:
        ids = [str(one) for one in connection.execute(_OPEN, values).scalars()]
    records = Records()
    for place in range(0, len(ids), IDS_AT_ONCE):
        asked = ids[place : place + IDS_AT_ONCE]
        found = endpoint.requests({"service_request_id": ",".join(asked)})
        # An endpoint that does not know the parameter gives its newest requests instead.
        records.add(one for one in found if str(one.get("service_request_id")) in asked)
    _store(engine, order, records, report, now, "open")


def _store(engine: Engine, order: PullOrder, records: Records, report: PullReport, now: datetime, name: str) -> None:
    report.repeated += records.repeated
    report.nameless += records.nameless
    if not records.by_id:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"open311-{name}.json"
        path.write_bytes(orjson.dumps(list(records.by_id.values())))
        source = IncidentSource((path,), order.mapping, order.dataset)
        done = import_incidents(engine, source, now=now, rng=np.random.default_rng(0), update=True)
    for counted in _COUNTED:
        report.counts[counted] += getattr(done, counted)
