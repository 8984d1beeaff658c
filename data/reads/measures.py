"""What is counted about a set of incidents?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measures:
    """Six counts of one set of incidents; sets that share no incident add up.

    Attributes:
        n: Reported.
        n_open: Not finished (neither closed, rejected, void nor merged).
        n_overdue: Open, past the deadline, not handled.
        n_closed: Closed.
        n_on_time: Handled by the deadline.
        n_late: Handled after the deadline.
    """

    n: int = 0
    n_open: int = 0
    n_overdue: int = 0
    n_closed: int = 0
    n_on_time: int = 0
    n_late: int = 0

    def __add__(self, other: "Measures") -> "Measures":
        return self._joined(other, 1)

    def __sub__(self, other: "Measures") -> "Measures":
        return self._joined(other, -1)

    @property
    def on_time_share(self) -> float | None:
        """Share of the handled or overdue that were handled by their deadline, 0 to 1; None where none was due."""
        due = self.n_on_time + self.n_late + self.n_overdue
        return self.n_on_time / due if due else None

    def _joined(self, other: "Measures", sign: int) -> "Measures":
        return Measures(
            self.n + sign * other.n,
            self.n_open + sign * other.n_open,
            self.n_overdue + sign * other.n_overdue,
            self.n_closed + sign * other.n_closed,
            self.n_on_time + sign * other.n_on_time,
            self.n_late + sign * other.n_late,
        )


NOTHING = Measures()
