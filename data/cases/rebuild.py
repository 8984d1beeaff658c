"""Do the tables say of each case what its log says, and what has to be put right?

State, time limits and calls are worked out anew from the events alone and compared with what is stored.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from data.cases.case_row import lock_cases, read_case_rows
from data.cases.fold import fold
from data.cases.local_rules import CityRules, read_city_rules
from data.cases.log import read_logs
from data.cases.past import past_of, read_past, rewrite_past
from data.cases.projection import Call, calls_of, standing, standing_of, write_projection
from data.cases.stored_timers import read_timers
from data.cases.timers import timer_rows
from data.engine import AsyncRows
from data.reads.rows import RowId, fetch_all

CHUNK = 500
_CASES = """
SELECT incident_id AS id FROM case_event
WHERE seq = 1 AND incident_id > %(after)s
ORDER BY incident_id
LIMIT %(limit)s
"""
_CALLS = """
SELECT incident_id, department_id, called_at, came FROM case_call
WHERE incident_id = ANY(%(ids)s)
ORDER BY incident_id, department_id
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A case of which the tables say something else than its log.

    Attributes:
        part: incident, timers, calls, past, or row where the incident itself is missing.
        stored, follows: What stands there, and what follows from the log.
    """

    case_id: int
    part: str
    stored: str
    follows: str


@dataclass(frozen=True, slots=True)
class _Call:
    incident_id: int
    department_id: int
    called_at: datetime
    came: bool


async def compare(conn: AsyncRows, now: datetime, *, repair: bool = False) -> tuple[int, tuple[Difference, ...]]:
    """All cases that have a log, in the caller's transaction.

    Args:
        conn: As the owner, or in the scope whose cases are asked for.
        now: Aware; limits that have passed by then count as breached.
        repair: Whether the tables are brought to what the log says.

    Returns:
        How many cases were compared, and where they differ.
    """
    rules = await read_city_rules(conn)
    found: list[Difference] = []
    count, after = 0, 0
    while ids := [row.id for row in await fetch_all(conn, RowId, _CASES, {"after": after, "limit": CHUNK})]:
        found += await _compared(conn, ids, rules, now, repair=repair)
        count, after = count + len(ids), ids[-1]
    return count, tuple(found)


async def _compared(
    conn: AsyncRows, ids: Sequence[int], rules: CityRules, now: datetime, *, repair: bool
) -> list[Difference]:
    rows = await (lock_cases(conn, ids) if repair else read_case_rows(conn, ids))
    logs, timers, calls = await read_logs(conn, ids), await read_timers(conn, ids), await _read_calls(conn, ids)
    past = await read_past(conn, ids)
    found: list[Difference] = []
    for case_id in ids:
        row = rows.get(case_id)
        if row is None:
            found.append(Difference(case_id, "row", "nothing", f"{len(logs[case_id])} events"))
            continue
        state = fold(logs[case_id])
        limits = timer_rows(state, rules)
        stands, is_stored = standing(state, limits, now), standing_of(row)
        stored = (is_stored, timers.get(case_id, ()), calls.get(case_id, ()), past.get(case_id, ()))
        follows = (stands, limits, calls_of(state), past_of(logs[case_id], rules))
        parts = zip(("incident", "timers", "calls", "past"), stored, follows, strict=True)
        wrong = [Difference(case_id, part, _text(one), _text(other)) for part, one, other in parts if one != other]
        if wrong and repair:
            await write_projection(conn, row, stands, (stored[1], limits), (stored[2], follows[2]))
            await rewrite_past(conn, row, follows[3])
        found += wrong
    return found


async def _read_calls(conn: AsyncRows, ids: Sequence[int]) -> dict[int, tuple[Call, ...]]:
    found: dict[int, tuple[Call, ...]] = {}
    for row in await fetch_all(conn, _Call, _CALLS, {"ids": list(ids)}):
        found[row.incident_id] = (*found.get(row.incident_id, ()), Call(row.department_id, row.called_at, row.came))
    return found


def _text(part: object) -> str:
    items = part if isinstance(part, tuple) else (part,)
    return "; ".join(", ".join(f"{key}={value}" for key, value in asdict(item).items()) for item in items)
