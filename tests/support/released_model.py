"""What should be released of the drawn city? Worked out from the drawing alone, unit by unit, without arrays."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tests.data.reads.grid_world import PARENT, Row

MIXED = 0
"""Class of a group that belongs to no single class."""

CHILDREN: dict[str, list[str]] = defaultdict(list)
for _letter, _above in PARENT.items():
    if _above is not None and _letter != "z":
        CHILDREN[_above].append(_letter)


@dataclass(frozen=True)
class Group:
    """Incidents that are counted together, at a unit and at those above it."""

    unit: str
    class_id: int
    sunday: date
    rows: tuple[Row, ...]

    @property
    def units(self) -> set[str]:
        """Letters of the units in which the group counts."""
        units, unit = set(), self.unit
        while unit:
            units.add(unit)
            unit = PARENT[unit]
        return units


def sunday_of(row: Row) -> date:
    return row.day + timedelta(days=6 - row.day.weekday())


def lowest(row: Row) -> str:
    """The lowest unit that is reached from the city down, each unit in the one before."""
    if row.city is None or row.town is None:
        return "X"
    return row.grid if row.grid and PARENT[row.grid] == row.town else row.town


def groups_of(rows: Iterable[Row], sensitive: set[int], minimum: int) -> list[Group]:
    """Every group of every week, all weeks taken as ended."""
    weeks: dict[date, dict[int, dict[str, list[Row]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for row in rows:
        if row.class_id in sensitive:
            weeks[sunday_of(row)][row.class_id][lowest(row)].append(row)
    return [group for sunday, classes in weeks.items() for group in _of_week(sunday, classes, minimum)]


def _of_week(sunday: date, classes: dict[int, dict[str, list[Row]]], minimum: int) -> list[Group]:
    groups: list[Group] = []
    rest: list[Row] = []
    sources = 0
    for class_id, by_unit in classes.items():

        def settle(unit: str, class_id: int = class_id, own: dict[str, list[Row]] = by_unit) -> tuple[list[Row], bool]:
            """What the unit leaves over, and whether it could leave anything."""
            below = [settle(child) for child in CHILDREN[unit]]
            pool = own.get(unit, []) + [row for rows, _ in below for row in rows]
            possible = sum(could for _, could in below)
            fits = not below or len(pool) <= (possible - 1) * (minimum - 1)
            if len(pool) >= minimum and fits:
                groups.append(Group(unit, class_id, sunday, tuple(pool)))
                return [], False
            return pool, not below or possible > 0

        left, could = settle("X")
        rest += left
        sources += could
    if minimum <= len(rest) <= (sources - 1) * (minimum - 1):
        groups.append(Group("X", MIXED, sunday, tuple(rest)))
    return groups
