"""Which reports may tell of the same matter as a report, the likeliest first and why?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.cases.errors import CaseUnknown
from data.duplicates.likeness import Kin, Pair, likelihood, log_odds, text_similarity
from data.duplicates.tiles import ranges_around
from data.duplicates.weights import LIKELY, MOST, RADIUS_M, WEIGHTS, WINDOW_HOURS, WORTH_SHOWING
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.errors import ClassUnknown
from data.reads.incidents import Incident, read_incidents_by_id
from data.reads.rows import RowId, fetch_all, fetch_one

_METRES_OF_DEGREE = 111_320.0
_MINUTES_OF_HOUR = 60.0
_SECONDS_OF_HOUR = 3_600.0
MOST_LATITUDE = 85.0
"""Beyond it nothing is on the map."""

_WINDOW = timedelta(hours=WINDOW_HOURS)

_CASE = """
SELECT class_id, reported_at, ST_X(geom) AS lon, ST_Y(geom) AS lat, grid_id, text
FROM incident WHERE id = %(id)s
"""
_CLASS = "SELECT id FROM incident_class WHERE code = %(code)s"
_GRID = """
SELECT unit.id
FROM unit
WHERE unit.id IN (
        SELECT units_in_box(
            ST_Transform(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), 3857),
            (SELECT key FROM level ORDER BY rank DESC LIMIT 1)
        )
    )
    AND unit.ended_revision_id IS NULL
    AND ST_Covers(unit.geom, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326))
ORDER BY unit.id
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A report, stored or about to be.

    Attributes:
        case_id: None before it is stored.
        lonlat: Degrees WGS 84; None without a position.
        grid_id: Small grid that it lies in; None in none.
    """

    case_id: int | None
    class_id: int
    reported_at: datetime
    lonlat: tuple[float, float] | None
    grid_id: int | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Near:
    """A report in the surroundings of another; `by_grid` where the small grid alone tells its place."""

    id: int
    reported_at: datetime
    same_class: bool
    by_grid: bool
    lon: float | None
    lat: float | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A report that may tell of the same matter.

    Attributes:
        score: Probability by the weights, 0 to 1.
        minutes: From it to the report that was asked about; negative where it came later.
        parts: What each difference added to the log-odds, by name.
    """

    id: int
    reported_at: datetime
    pair: Pair
    score: float
    minutes: float
    parts: Mapping[str, float]

    @property
    def likely(self) -> bool:
        """Whether it is taken for the same matter."""
        return self.score >= LIKELY

    @property
    def reasons(self) -> tuple[Mapping[str, object], ...]:
        """Why, in the order in which a person would say it: a key each, with its values."""
        pair = self.pair
        place: Mapping[str, object] = (
            {"key": "same_grid"} if pair.distance_m is None else {"key": "near", "distance_m": round(pair.distance_m)}
        )
        reasons: list[Mapping[str, object]] = [
            {**place, "adds": round(self.parts["distance"], 2)},
            {"key": "soon", "minutes": round(abs(self.minutes)), "adds": round(self.parts["time"], 2)},
            {"key": pair.kin.value, "adds": round(self.parts["class"], 2)},
        ]
        if pair.similarity:
            percent = round(100 * pair.similarity)
            reasons.append({"key": "similar_text", "percent": percent, "adds": round(self.parts["text"], 2)})
        return tuple(reasons)


@dataclass(frozen=True, slots=True)
class Shown:
    """A candidate with its incident as lists show it."""

    candidate: Candidate
    incident: Incident


async def read_asked(conn: AsyncRows, case_id: int) -> Asked:
    """What is asked about for a case.

    Raises:
        CaseUnknown: There is none in the scope.
    """
    row = await fetch_one(conn, _Case, _CASE, {"id": case_id})
    if row is None:
        raise CaseUnknown(case_id)
    lonlat = None if row.lon is None or row.lat is None else (row.lon, row.lat)
    return Asked(case_id, row.class_id, row.reported_at, lonlat, row.grid_id, row.text)


async def place_asked(
    conn: AsyncRows, class_code: str, reported_at: datetime, lonlat: tuple[float, float] | None, text: str | None
) -> Asked:
    """What is asked about for a report that is not stored yet.

    Raises:
        ClassUnknown: There is no such class.
    """
    known = await fetch_one(conn, RowId, _CLASS, {"code": class_code})
    if known is None:
        raise ClassUnknown("class", f"There is no class {class_code!r}.", "Take a code from /api/v1/classes.")
    on_map = lonlat is not None and abs(lonlat[1]) <= MOST_LATITUDE
    grid = await fetch_one(conn, RowId, _GRID, {"lon": lonlat[0], "lat": lonlat[1]}) if lonlat and on_map else None
    return Asked(None, known.id, reported_at, lonlat, None if grid is None else grid.id, text)


async def find_candidates(conn: AsyncRows, asked: Asked) -> tuple[Candidate, ...]:
    """Candidates in the scope, the likeliest first, then the newest."""
    ranges = () if asked.lonlat is None else ranges_around(*asked.lonlat, RADIUS_M)
    values = {
        "los": [lo for lo, _ in ranges],
        "his": [hi for _, hi in ranges],
        "grid": asked.grid_id,
        "class": asked.class_id,
        "id": -1 if asked.case_id is None else asked.case_id,
        "from": asked.reported_at - _WINDOW,
        "until": asked.reported_at + _WINDOW,
    }
    # The plan for no range at all is not the plan for four.
    rows = await fetch_all(conn, Near, named("duplicate_candidates"), values, prepare=False)
    scored = [candidate_of(asked, row) for row in rows]
    kept = [one for one in scored if one is not None and one.score >= WORTH_SHOWING]
    return tuple(sorted(kept, key=lambda one: (-one.score, -one.id)))


async def read_duplicates(conn: AsyncRows, asked: Asked) -> tuple[Shown, ...]:
    """The likeliest candidates with their incidents."""
    found = (await find_candidates(conn, asked))[:MOST]
    incidents = await read_incidents_by_id(conn, [one.id for one in found], [one.reported_at for one in found])
    return _shown(found, incidents)


def _shown(found: Sequence[Candidate], incidents: Mapping[int, Incident]) -> tuple[Shown, ...]:
    return tuple(Shown(one, incidents[one.id]) for one in found if one.id in incidents)


def candidate_of(asked: Asked, near: Near) -> Candidate | None:
    """A report in the surroundings as a candidate; None where it lies beyond the radius."""
    distance_m = None
    if not near.by_grid:
        if asked.lonlat is None or near.lon is None or near.lat is None:
            return None
        distance_m = metres_between(asked.lonlat, (near.lon, near.lat))
        if distance_m > RADIUS_M:
            return None
    hours = (asked.reported_at - near.reported_at).total_seconds() / _SECONDS_OF_HOUR
    kin = Kin.SAME_CLASS if near.same_class else Kin.SAME_GROUP
    pair = Pair(distance_m, abs(hours), kin, text_similarity(asked.text, near.text))
    score = likelihood(pair, WEIGHTS)
    return Candidate(near.id, near.reported_at, pair, score, hours * _MINUTES_OF_HOUR, log_odds(pair, WEIGHTS))


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two points in degrees that are close to each other.

    Example:
        >>> round(metres_between((115.0, 22.0), (115.001, 22.0)))
        103
    """
    cosine = math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot((one[0] - other[0]) * cosine, one[1] - other[1]) * _METRES_OF_DEGREE


@dataclass(frozen=True, slots=True)
class _Case:
    class_id: int
    reported_at: datetime
    lon: float | None
    lat: float | None
    grid_id: int | None
    text: str | None
