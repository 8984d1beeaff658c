"""What can a rule ask about a case, and what is the answer called?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Value = int | str | bool | None
Facts = Mapping["Ask", Value]


class Kind(StrEnum):
    """What the answer to a question is."""

    NUMBER = "number"
    KEY = "key"
    TEXT = "text"
    TRUTH = "truth"


NUMBERS = (
    "severity", "people", "missed_limits", "reopened", "reworked", "returned", "supervised", "escalated", "extended",
    "merged", "dispute_level",
)  # fmt: skip
KEYS = ("class", "group", "family", "kind", "source", "department", "status", "mediation", "grade")
AT_PLACE = ("reports_at_place", "zones_at_place", "counties_at_place")
"""These need `within_days`, `radius_m` and `same` (class or group): which reports count."""

KINDS: Mapping[str, Kind] = {
    **dict.fromkeys((*NUMBERS, *AT_PLACE), Kind.NUMBER),
    **dict.fromkeys(KEYS, Kind.KEY),
    "text": Kind.TEXT,
    "sensitive": Kind.TRUTH,
}
"""Every fact by its name."""

SAME = ("class", "group")
MOST_DAYS, MOST_RADIUS_M = 366, 1_000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Which reports count as being at the place of a case.

    Attributes:
        within_days: Reported at most so many days before it, itself included.
        radius_m: At most so far away; of sensitive classes, in the same small grid.
        same: Of the same class, or of the same group of classes.
    """

    within_days: int
    radius_m: int
    same: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A fact by its name, with the surroundings where it is about the place."""

    name: str
    at: Surroundings | None = None

    @property
    def kind(self) -> Kind:
        """What the answer is."""
        return KINDS[self.name]


def surroundings_of(asked: Sequence[Ask]) -> tuple[Surroundings, ...]:
    """The different surroundings that are asked about."""
    return tuple(dict.fromkeys(ask.at for ask in asked if ask.at is not None))
