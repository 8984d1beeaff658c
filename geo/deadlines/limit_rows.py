"""Which time limit holds for a case: which row's condition is met first?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from geo.deadlines.clock import TimeLimit
from geo.errors import ParameterError

FACTS = frozenset({"severity", "source", "county", "hour", "repeat"})
"""What a condition may ask for: 1 to 3, key of the source, code of the county, local hour, reports at the place."""


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A condition and the limit that holds where it is met.

    Attributes:
        limit: what holds.
        needs: fact and the values that meet it; empty is met by every case.
    """

    limit: TimeLimit
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the facts.

        Raises:
            ParameterError: if a condition asks for an unknown fact.
        """
        for name in self.needs:
            if name not in FACTS:
                raise ParameterError("condition", name, f"one of {', '.join(sorted(FACTS))}")

    def holds(self, facts: Mapping[str, str]) -> bool:
        """Whether a case with these facts meets the condition; a fact that is missing meets none."""
        return all(facts.get(name) in values for name, values in self.needs.items())


def choose_limit(rows: Sequence[LimitRow], facts: Mapping[str, str]) -> TimeLimit | None:
    """The limit of the row with the most conditions of all that are met; of equals the first; None without any."""
    met = [row for row in rows if row.holds(facts)]
    return max(met, key=lambda row: len(row.needs)).limit if met else None
