"""What are the facts of cases that the rules ask about?"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from data.duplicates.tiles import ranges_around
from data.named_sql import named
from data.risk.facts import Ask, Facts, Surroundings, Value
from data.risk.people import people_in
from data.risk.rule_file import RiskRules
from geo.status import CaseStatus


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as rules see it, without its surroundings.

    Attributes:
        morton: Code of where it is on the map; of a sensitive class that of its small grid. None without a place.
        missed_limits: Time limits of all stages that passed before the work was done.
        dispute_level: 1 (village) to 4 (city).
    """

    id: int
    reported_at: datetime
    class_id: int
    class_code: str
    group_key: str
    family: str
    kind: str
    sensitive: bool
    severity: int
    status: int
    source: str | None
    department: str | None
    morton: int | None
    lon: float | None
    lat: float | None
    text: str | None
    missed_limits: int
    reopened: int
    reworked: int
    returned: int
    supervised: int
    escalated: int
    extended: int
    dispute_level: int
    mediation: str | None
    grade: str
    merged: int


@dataclass(frozen=True, slots=True)
class _Place:
    id: int
    reports: int
    zones: int
    counties: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """A case with its facts."""

    id: int
    reported_at: datetime
    facts: Facts


_COUNTED = (
    "severity", "missed_limits", "reopened", "reworked", "returned", "supervised", "escalated", "extended", "merged",
    "dispute_level", "family", "kind", "source", "department", "mediation", "grade", "text", "sensitive",
)  # fmt: skip


def gather(
    connection: psycopg.Connection, ids: Collection[int], rules: RiskRules, now: datetime
) -> tuple[Gathered, ...]:
    """Facts of the cases, in the order of their ids; what is not there is left out."""
    if not ids:
        return ()
    with connection.cursor(row_factory=class_row(CaseFacts)) as cursor:
        cursor.execute(named("risk_facts").encode(), {"ids": sorted(ids), "now": now})
        rows = cursor.fetchall()
    places = {
        at: _places(connection, [row for row in rows if rules.asks_about(at, row.group_key)], at)
        for at in rules.surroundings
    }
    return tuple(Gathered(row.id, row.reported_at, facts_of(row, rules, _of(places, row.id))) for row in rows)


def facts_of(row: CaseFacts, rules: RiskRules, at_places: Mapping[Ask, Value]) -> Facts:
    """Every fact of a case; those about its surroundings are given."""
    facts: dict[Ask, Value] = {Ask(name): getattr(row, name) for name in _COUNTED}
    facts |= {
        Ask("class"): row.class_code,
        Ask("group"): row.group_key,
        Ask("status"): CaseStatus(row.status).key,
        Ask("people"): people_in(row.text, rules.people),
    }
    return {**facts, **at_places}


def _of(places: Mapping[Surroundings, Mapping[int, _Place]], case_id: int) -> dict[Ask, Value]:
    facts: dict[Ask, Value] = {}
    for at, found in places.items():
        place = found.get(case_id)
        if place is not None:
            facts[Ask("reports_at_place", at)] = place.reports
            facts[Ask("zones_at_place", at)] = place.zones
            facts[Ask("counties_at_place", at)] = place.counties
    return facts


def _places(connection: psycopg.Connection, rows: Iterable[CaseFacts], at: Surroundings) -> Mapping[int, _Place]:
    ranges = [(row, lo, hi) for row in rows for lo, hi in _ranges(row, at.radius_m)]
    if not ranges:
        return {}
    values = {
        "ids": [row.id for row, _, _ in ranges],
        "los": [lo for _, lo, _ in ranges],
        "his": [hi for _, _, hi in ranges],
        "moments": [row.reported_at for row, _, _ in ranges],
        "classes": [row.class_id for row, _, _ in ranges],
        "lons": [row.lon for row, _, _ in ranges],
        "lats": [row.lat for row, _, _ in ranges],
        "sensitives": [row.sensitive for row, _, _ in ranges],
        "first": min(row.reported_at for row, _, _ in ranges),
        "last": max(row.reported_at for row, _, _ in ranges),
        "days": at.within_days,
        "radius": at.radius_m,
        "same": at.same,
    }
    with connection.cursor(row_factory=class_row(_Place)) as cursor:
        cursor.execute(named("risk_surroundings").encode(), values, prepare=False)
        return {place.id: place for place in cursor.fetchall()}


def _ranges(row: CaseFacts, radius_m: float) -> tuple[tuple[int, int], ...]:
    if row.morton is None:
        return ()
    if row.sensitive:
        return ((row.morton, row.morton + 1),)
    return () if row.lon is None or row.lat is None else ranges_around(row.lon, row.lat, radius_m)
