"""How do ended weeks of sensitive incidents become figures that everybody may see?

Once a week has ended (Monday to Sunday, city-local), its incidents are grouped by the rule of geo/release.py, and the
figures of the groups stand on its Sunday: a period holds a week whole or not at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy import Engine

from data.engine import psycopg_connection
from data.models.rollup import MEASURES
from data.named_sql import named
from data.rollup import FOLD_LOCK, announce
from data.rollup_packs import drop_packs
from geo.release import NOT_SHOWN, UnitTree, group

QUIET_S = 5.0
"""A week that changes more often than this, as during an import, waits."""

_OPEN_WEEKS = """
SELECT week
FROM released_due
WHERE week + 7 <= (now() AT TIME ZONE city_time_zone())::date
    AND changed_at <= now() - %(quiet_s)s * interval '1 second'
ORDER BY week DESC
LIMIT %(limit)s
"""
_MARK = """
INSERT INTO released_due (week) SELECT unnest(%s::date[])
ON CONFLICT (week) DO UPDATE SET changed_at = now()
"""
_MARK_OUTDATED = """
INSERT INTO released_due (week)
SELECT week
FROM released_week
WHERE revision_id <> (SELECT COALESCE(max(id), 0) FROM boundary_revision)
    OR minimum <> (SELECT value::text::integer FROM setting WHERE key = 'minimum_count')
ON CONFLICT DO NOTHING
"""
_TREE = """
SELECT unit.id, COALESCE(unit.parent_id, 0)
FROM unit
JOIN level ON level.key = unit.level_key
WHERE unit.ended_revision_id IS NULL
ORDER BY level.rank, unit.id
"""
_NOTE = """
INSERT INTO released_week (week, revision_id, minimum)
SELECT unnest(%(weeks)s::date[]), (SELECT COALESCE(max(id), 0) FROM boundary_revision), %(minimum)s
ON CONFLICT (week) DO UPDATE SET
    revision_id = excluded.revision_id, minimum = excluded.minimum, decided_at = now()
"""
_EPOCH = date(1970, 1, 1)
_COLUMNS = ("class_id", "day", "subject_id", *MEASURES)

_Key = tuple[int, int, int]
"""Week (days since 1970-01-01), class, unit."""


@dataclass(frozen=True, slots=True)
class _City:
    """n current units from the root down.

    Attributes:
        ids: (n,) unit ids.
        place: Place of each unit by id.
        tree: The same as a tree.
        minimum: Size that a group has at least.
    """

    ids: NDArray[np.int64]
    place: dict[int, int]
    tree: UnitTree
    minimum: int


def mark_weeks(connection: psycopg.Connection, days: Iterable[date]) -> None:
    """Note that sensitive incidents of these days changed; under the fold's lock."""
    weeks = sorted({day - timedelta(days=day.weekday()) for day in days})
    if weeks:
        connection.execute(_MARK, [weeks])


def release(connection: psycopg.Connection, limit: int = 8, *, quiet_s: float = QUIET_S) -> int:
    """Decide up to `limit` ended weeks anew, newest first; in the caller's transaction, under the fold's lock.

    Until then a week counts without sensitive classes, or as it was decided before.

    Returns:
        How many weeks were decided.
    """
    connection.execute(FOLD_LOCK)
    connection.execute(_MARK_OUTDATED)
    weeks = [row[0] for row in connection.execute(_OPEN_WEEKS, {"limit": limit, "quiet_s": quiet_s}).fetchall()]
    city = _read_city(connection) if weeks else None
    if city is None:
        return 0
    days = [week + timedelta(days=6) for week in weeks]
    rows = connection.execute(named("release_facts"), {"weeks": weeks}).fetchall()
    figures = _figures(city, np.array(rows, np.int64).reshape(-1, 3 + len(MEASURES)), _chains(connection, city))
    connection.execute("DELETE FROM released_figure WHERE day = ANY(%s)", [days])
    with connection.cursor().copy(f"COPY released_figure ({', '.join(_COLUMNS)}) FROM STDIN".encode()) as copy:
        for (week, class_id, unit), sums in figures.items():
            copy.write_row((class_id, days[weeks.index(_EPOCH + timedelta(days=week))], unit, *sums.tolist()))
    connection.execute("DELETE FROM released_due WHERE week = ANY(%s)", [weeks])
    connection.execute(_NOTE, {"weeks": weeks, "minimum": city.minimum})
    drop_packs(connection, days)
    announce(connection)
    return len(weeks)


def release_all(connection: psycopg.Connection) -> int:
    """Decide every ended week that is due, in the caller's transaction; returns how many."""
    total = 0
    while decided := release(connection, 26, quiet_s=0.0):
        total += decided
    return total


def release_ended(engine: Engine) -> int:
    """Decide every ended week that is due, in a transaction of its own, as after an import; returns how many."""
    with engine.begin() as connection:
        return release_all(psycopg_connection(connection))


def _read_city(connection: psycopg.Connection) -> _City | None:
    rows = np.array(connection.execute(_TREE).fetchall(), np.int64).reshape(-1, 2)
    minimum = connection.execute("SELECT value::text::integer FROM setting WHERE key = 'minimum_count'").fetchone()
    if not len(rows) or minimum is None:
        return None
    place = {unit: position for position, unit in enumerate(rows[:, 0].tolist())}
    parent = [-1, *(place[above] for above in rows[1:, 1].tolist())]
    return _City(rows[:, 0], place, UnitTree(np.array(parent, np.int64)), int(minimum[0]))


def _chains(connection: psycopg.Connection, city: _City) -> dict[int, int]:
    """Place of the lowest unit of each cell that its units reach from the root down, each in the one before.

    What lies in a unit of another parent stays at the unit above, what lies in no unit at the root: a group is counted
    at all units above it, so it may only hold what lies in all of them.
    """
    places: dict[int, int] = {}
    for cell, unit_ids in connection.execute("SELECT id, unit_ids FROM cell").fetchall():
        places[cell] = _lowest(city, unit_ids)
    return places


def _lowest(city: _City, unit_ids: Sequence[int]) -> int:
    reached = 0
    for unit in unit_ids[1:] if unit_ids and city.place.get(unit_ids[0]) == 0 else ():
        below = city.place.get(unit)
        if below is None or city.tree.parent[below] != reached:
            break
        reached = below
    return reached


def _figures(city: _City, facts: NDArray[np.int64], places: dict[int, int]) -> dict[_Key, NDArray[np.int64]]:
    """Figures of groups by week, class (0 all) and unit, units above included.

    Args:
        facts: (m, 3 + measures) week (days since 1970-01-01 of its Monday), cell, class and figures.
    """
    found: dict[_Key, NDArray[np.int64]] = {}
    unit = np.array([places.get(cell, 0) for cell in facts[:, 1].tolist()], np.int64)
    classes, class_place = np.unique(facts[:, 2], return_inverse=True)
    for week in np.unique(facts[:, 0]).tolist():
        rows = facts[:, 0] == week
        counts = np.zeros((len(city.ids), len(classes)), np.int64)
        np.add.at(counts, (unit[rows], class_place[rows]), facts[rows, 3])
        made = group(city.tree, counts, city.minimum)
        head = made.place[unit[rows], class_place[rows]]
        mixed = made.is_mixed[unit[rows], class_place[rows]]
        for class_id, at, sums in zip(facts[rows, 2].tolist(), head.tolist(), facts[rows, 3:], strict=True):
            if at != NOT_SHOWN:
                _add(city, found, week, (0, class_id), at, sums)
        for sums in facts[rows][mixed, 3:]:
            _add(city, found, week, (0,), 0, sums)
    return found


def _add(
    city: _City,
    found: dict[_Key, NDArray[np.int64]],
    week: int,
    classes: Sequence[int],
    at: int,
    sums: NDArray[np.int64],
) -> None:
    """Count some figures at a unit and at all units above it."""
    while at >= 0:
        for class_id in classes:
            key = (week, class_id, int(city.ids[at]))
            found[key] = found[key] + sums if key in found else sums
        at = int(city.tree.parent[at])
