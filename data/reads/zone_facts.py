"""What does a zone of an adopted plan have that a unit of the area tree has not?"""

from dataclasses import dataclass
from datetime import date
from typing import Final

ZONE: Final = "zone"
"""Key of the level that zones make up; no level of the area tree may have it."""

MOST_ZONES = 9_999_999
"""Ids of zones end here: those of units are greater, so that an id tells which it is."""


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """An adopted plan.

    Attributes:
        adopted_from: First day on which it is in force.
        superseded_from: First day on which it no longer is; None while nothing has taken its place.
    """

    id: int
    name: str
    adopted_from: date
    superseded_from: date | None


@dataclass(frozen=True, slots=True)
class ZoneFacts:
    """A zone as the reader sees it.

    Attributes:
        base: Key of the level of its units.
        base_rank: Rank of that level.
        members: Ids of its current units that the reader may see, rising.
        is_partial: Whether some of its units, or parts of them, lie outside the reader's area.
        is_in_area: Whether the units that the reader sees lie in the reader's area, which is not a part of one of them.
        in_force: Whether it was in force on the day that was asked for.
    """

    plan: PlanFacts
    base: str
    base_rank: int
    members: tuple[int, ...]
    is_partial: bool
    is_in_area: bool
    in_force: bool
