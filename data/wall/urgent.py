"""Whose limits of handling run by urgent hours, around the clock?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data.cases.class_limits import handling_limit
from data.engine import AsyncRows
from data.reads.rows import fetch_all
from geo.deadlines.clock import Clock
from geo.status import Severity

_LIMITS = "SELECT code, limits FROM incident_class ORDER BY code"


@dataclass(frozen=True, slots=True)
class _ClassLimits:
    code: str
    limits: list[Any]


async def read_urgent_classes(conn: AsyncRows) -> Mapping[str, int]:
    """Class codes with the lowest severity from which their limit of handling counts urgent hours."""
    found = {row.code: urgent_from(row.limits) for row in await fetch_all(conn, _ClassLimits, _LIMITS)}
    return {code: severity for code, severity in found.items() if severity is not None}


def urgent_from(limits: list[Any]) -> int | None:
    """The lowest severity that gets urgent hours; None where none does.

    >>> urgent_from([{"when": "default", "limit": 2, "unit": "urgent_hour"}])
    1
    """
    for severity in sorted(Severity):
        limit = handling_limit(limits, {"severity": str(int(severity))})
        if limit is not None and limit.clock is Clock.URGENT_HOUR:
            return int(severity)
    return None
