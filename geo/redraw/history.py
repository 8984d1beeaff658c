"""Which moves led to a plan, and how are they taken back and made again, without limit?"""

from dataclasses import dataclass

import numpy as np

from geo.redraw.moves import Locks, MoveRefused, moved
from geo.redraw.plan import DrawnPlan
from geo.zoning.graph import Ints


@dataclass(frozen=True, slots=True)
class Step:
    """One move that was made.

    Attributes:
        units: (m,) units that moved.
        left: (m,) zones that they left.
        to: zone that they joined.
        opened: whether that zone was new.
    """

    units: Ints
    left: Ints
    to: int
    opened: bool


@dataclass(frozen=True, slots=True)
class _Link:
    """A step and those before it."""

    step: Step
    earlier: "_Link | None"


@dataclass(frozen=True, slots=True)
class History:
    """A plan with the steps made and those taken back; each change makes a new history.

    Only steps are kept, not plans, so memory grows with the units that were moved.

    Attributes:
        plan: the plan as it stands.
    """

    plan: DrawnPlan
    _done: _Link | None = None
    _undone: _Link | None = None

    def move(self, units: Ints, to: int, locks: Locks | None = None) -> "History | MoveRefused":
        """Make a move; what was taken back before is forgotten."""
        after = moved(self.plan, units, to, locks)
        if isinstance(after, MoveRefused):
            return after
        changed = np.flatnonzero(after.zone != self.plan.zone)
        step = Step(changed, self.plan.zone[changed], to, to == len(self.plan.figures))
        return History(after, _Link(step, self._done))

    def undo(self) -> "History":
        """The history without its last step; itself where there is none."""
        if self._done is None:
            return self
        step = self._done.step
        plan = self.plan
        for left in np.unique(step.left).tolist():
            plan = plan.redrawn(step.units[step.left == left], left)
        if step.opened:
            plan = DrawnPlan(plan.terrain, plan.zone, plan.figures[:-1])
        return History(plan, self._done.earlier, _Link(step, self._undone))

    def redo(self) -> "History":
        """The history with the step that was taken back last; itself where there is none."""
        if self._undone is None:
            return self
        step = self._undone.step
        return History(self.plan.redrawn(step.units, step.to), _Link(step, self._done), self._undone.earlier)

    def steps(self) -> tuple[Step, ...]:
        """The steps made, oldest first."""
        found, link = [], self._done
        while link is not None:
            found.append(link.step)
            link = link.earlier
        return tuple(reversed(found))

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._done is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to make again."""
        return self._undone is not None
