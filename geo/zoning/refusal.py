"""Why can no plan be made, and what is the smallest change that would allow one?"""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """The rule that stands in the way."""

    CONNECTED = "connected"
    ZONES = "zones"
    WORKLOAD = "workload"
    MEMBERS = "members"
    FLOOR = "floor"
    TOGETHER = "together"
    APART = "apart"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The change of one rule that would help.

    Attributes:
        field: of :class:`geo.zoning.problem.ZoneRules`.
        value: what the field would have to be; None to drop the rule.
    """

    field: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """No plan, and why.

    Attributes:
        rule: the rule that cannot be kept.
        units: ids of the units concerned, sorted.
        reason: what cannot be, with its figures.
        remedy: the smallest change that would allow a plan.
        nearest_tolerance: for `not_found`, the tolerance that the best plan would have met.
        attempt: for `not_found`, zone of each unit in that plan; it breaks the rule and is for looking at only.
        relaxation: the remedy as a change of one rule, where it is one.
    """

    rule: Rule
    units: tuple[str, ...]
    reason: str
    remedy: str
    nearest_tolerance: float | None = None
    attempt: tuple[int, ...] | None = None
    relaxation: Relaxation | None = None

    def __str__(self) -> str:
        """Reason and remedy."""
        return f"{self.reason} {self.remedy}"


def named(units: tuple[str, ...], most: int = 5) -> str:
    """Units as text: a few by id, the others as a number.

    Example:
        >>> named(("a", "b", "c"), most=2)
        'a, b and 1 more'
    """
    rest = len(units) - most
    return ", ".join(units) if rest <= 0 else f"{', '.join(units[:most])} and {rest:,} more"
