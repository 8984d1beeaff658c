"""Which moves led to a plan, and how are they taken back and made again, without limit?"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from geo.redraw.moves import MoveRefused, moved
from geo.redraw.plan import DrawnPlan
from geo.redraw.rules import DrawnRules, Locks
from geo.zoning.graph import Ints


@dataclass(frozen=True, slots=True)
class Step:
    """One change that was made: a move, a split, a merge or a fill.

    Attributes:
        units: (m,) units that moved, rising.
        left: (m,) zones that they left.
        joined: (m,) zones that they joined.
        opened: number of zones that are new.
    """

    units: Ints
    left: Ints
    joined: Ints
    opened: int

    @classmethod
    def between(cls, before: DrawnPlan, after: DrawnPlan) -> Self:
        """The step from one plan to another of as many zones or more."""
        units = np.flatnonzero(before.zone != after.zone)
        return cls(units, before.zone[units], after.zone[units], len(after.figures) - len(before.figures))


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

    def move(
        self, units: Ints, to: int, locks: Locks | None = None, rules: DrawnRules | None = None
    ) -> "History | MoveRefused":
        """Make a move; what was taken back before is forgotten."""
        after = moved(self.plan, units, to, locks, rules)
        return after if isinstance(after, MoveRefused) else self.changed(after)

    def changed(self, after: DrawnPlan) -> "History":
        """The history with the step to a plan made from the one that stands; what was taken back is forgotten."""
        return History(after, _Link(Step.between(self.plan, after), self._done))

    def undo(self) -> "History":
        """The history without its last step; itself where there is none."""
        if self._done is None:
            return self
        step = self._done.step
        plan = self.plan.redrawn(step.units, step.left).with_zones(len(self.plan.figures) - step.opened)
        return History(plan, self._done.earlier, _Link(step, self._undone))

    def redo(self) -> "History":
        """The history with the step that was taken back last; itself where there is none."""
        if self._undone is None:
            return self
        step = self._undone.step
        return History(self.plan.redrawn(step.units, step.joined), _Link(step, self._done), self._undone.earlier)

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
