"""How well are planted duplicates of a demo city found: precision, recall, F1?"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from data.duplicates.candidates import Asked, Candidate, find_candidates
from data.engine import AsyncDatabase
from data.reads.rows import fetch_all
from data.roles import WEB, url_as
from data.scope import RowScope, scope_statements

_REPORTS = """
SELECT incident.id, incident.class_id, incident.reported_at, ST_X(geom) AS lon, ST_Y(geom) AS lat, grid_id, text
FROM incident
ORDER BY id
"""
_PLANTED = """
SELECT incident_id AS id, (payload ->> 'first_incident_id')::bigint AS first FROM planted_truth WHERE kind = 'duplicate'
"""


@dataclass(frozen=True)
class _Report:
    id: int
    class_id: int
    reported_at: object
    lon: float | None
    lat: float | None
    grid_id: int | None
    text: str | None


@dataclass(frozen=True)
class _Planted:
    id: int
    first: int


@dataclass(frozen=True)
class Score:
    """What came of asking about every report as if it had just come in.

    Attributes:
        found: Duplicates that were named as such, with a report of the same matter.
        named: Reports that were named duplicates.
        planted: Duplicates that are there.
        seconds: Of each question, in order.
    """

    found: int
    named: int
    planted: int
    seconds: Sequence[float]

    @property
    def precision(self) -> float:
        return self.found / max(1, self.named)

    @property
    def recall(self) -> float:
        return self.found / max(1, self.planted)

    @property
    def f1(self) -> float:
        return 2 * self.found / max(1, self.named + self.planted)


async def score_duplicates(url: str) -> Score:
    """Ask about every report: it is named a duplicate where the likeliest earlier report passes the threshold.

    A repeated report may be named after the first report of its matter or after another repeated one.
    """
    database = AsyncDatabase(url_as(url, WEB), min_size=1, max_size=1)
    owner = AsyncDatabase(url, min_size=1, max_size=1)
    await database.open()
    await owner.open()
    try:
        async with owner.reading() as conn:
            reports = await fetch_all(conn, _Report, _REPORTS)
            planted = {row.id: row.first for row in await fetch_all(conn, _Planted, _PLANTED)}
        found = named = 0
        seconds: list[float] = []
        async with database.reading() as conn:
            await conn.execute(scope_statements(RowScope(account_id=1, sees_sensitive=True)).encode())
            for report in reports:
                start = perf_counter()
                candidates = await find_candidates(conn, _asked(report))
                seconds.append(perf_counter() - start)
                best = _best_earlier(candidates)
                if best is None:
                    continue
                named += 1
                found += report.id in planted and planted[report.id] == planted.get(best.id, best.id)
    finally:
        await database.close()
        await owner.close()
    return Score(found, named, len(planted), seconds)


def _asked(report: _Report) -> Asked:
    lonlat = None if report.lon is None or report.lat is None else (report.lon, report.lat)
    return Asked(report.id, report.class_id, report.reported_at, lonlat, report.grid_id, report.text)


def _best_earlier(candidates: Sequence[Candidate]) -> Candidate | None:
    earlier = [one for one in candidates if one.minutes > 0]
    return earlier[0] if earlier and earlier[0].likely else None
