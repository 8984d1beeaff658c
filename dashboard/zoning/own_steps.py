"""Which step does one of several planners take back or make again, without touching what the others did?"""

from collections.abc import Sequence

import numpy as np

from dashboard.zoning.desk import Change, Edit
from dashboard.zoning.edits import redoing, undoing
from dashboard.zoning.moves import unlocked
from dashboard.zoning.open_plan import OpenPlan
from data.accounts.account import acting_account_or_none
from data.engine import AsyncRows
from data.zoning.plan_errors import MoveNotMade
from data.zoning.plan_steps import MOST_STEPS, PlanStep, StepKind, read_step, steps_before
from data.zoning.stored_plans import StoredPlan
from geo.redraw.faults import DrawnFaultKind, plan_faults
from geo.redraw.plan import DrawnPlan
from geo.redraw.rules import DrawnRules

TAKES_BACK = "takes_back"
"""What a step says of itself that undoes an older one below steps of others: the version of that one."""

_IN_HISTORY = "Click on a step in the history to go back together with the steps of others, or move units by hand."


def repeating(kind: StepKind, *, of_anyone: bool) -> Edit:
    """Undo or redo.

    Args:
        kind: undo or redo.
        of_anyone: the last step, whoever made it; else the last one of the acting account.
    """
    if kind is StepKind.REDO:
        return redoing if of_anyone else redoing_own
    return undoing if of_anyone else undoing_own


async def undoing_own(conn: AsyncRows, plan: OpenPlan) -> Change:
    """The acting account's last step taken back; below steps of others by a step of its own, which keeps theirs.

    Raises:
        NothingToRepeat: No step is in force.
        MoveNotMade: None of them is the asker's, or others have built on it.
    """
    chain = await _in_force(conn, plan.stored)
    if not chain or (_is_own(chain[0]) and TAKES_BACK not in chain[0].detail):
        return await undoing(conn, plan)
    step = _last_own(chain)
    if step is None:
        cause = f"The last step was made by {chain[0].who}, and no step in force is yours."
        raise MoveNotMade("of_others", cause, _IN_HISTORY, (), None)
    return Change(StepKind.MOVE, taken_out(plan, step), detail={TAKES_BACK: step.version})


async def redoing_own(conn: AsyncRows, plan: OpenPlan) -> Change:
    """The step that was taken back last made again, where the acting account had made it.

    Raises:
        NothingToRepeat: None was taken back.
        MoveNotMade: Somebody else had made it.
    """
    undone = plan.stored.undone
    step = await read_step(conn, plan.stored.id, undone[-1]) if undone else None
    if step is not None and not _is_own(step):
        raise MoveNotMade("of_others", f"The step that was taken back is of {step.who}.", _IN_HISTORY, (), None)
    return await redoing(conn, plan)


def taken_out(plan: OpenPlan, step: PlanStep) -> DrawnPlan:
    """The plan without one of its steps, all later ones kept.

    Raises:
        MoveNotMade: Its units were moved again since, are locked, or the plan would have a fault more without it.
    """
    units = unlocked(plan, step)
    moved_since = plan.plan.zone[units] != np.array(step.joined_no, np.int64)
    if moved_since.any():
        codes = plan.codes(units[moved_since])
        raise MoveNotMade(
            "built_on", f"{len(codes)} units of step {step.version} were moved again.", _IN_HISTORY, codes, None
        )
    after = plan.plan.redrawn(units, np.array(step.left_no, np.int64))
    worse = _faults(after, plan.rules) - _faults(plan.plan, plan.rules)
    if worse:
        kinds = ", ".join(sorted({kind for kind, _ in worse}))
        cause = f"Later steps build on step {step.version}: without it the plan would have a fault ({kinds})."
        raise MoveNotMade("built_on", cause, _IN_HISTORY, plan.codes(units), None)
    return after


def _faults(plan: DrawnPlan, rules: DrawnRules) -> set[tuple[str, int]]:
    faults = plan_faults(plan, rules)
    return {(fault.kind.value, fault.zone) for fault in faults if fault.kind is not DrawnFaultKind.UNASSIGNED}


async def _in_force(conn: AsyncRows, stored: StoredPlan) -> list[PlanStep]:
    """The steps in force among the last ones, the newest first."""
    found = {step.version: step for step in await steps_before(conn, stored.id, None, MOST_STEPS)}
    chain, version = [], stored.head
    while version in found:
        chain.append(found[version])
        version = found[version].earlier
    return chain


def _last_own(chain: Sequence[PlanStep]) -> PlanStep | None:
    """The newest own step that no later one takes back."""
    gone: set[object] = set()
    for step in chain:
        if TAKES_BACK in step.detail:
            gone.add(step.detail[TAKES_BACK])
        elif step.version not in gone and _is_own(step):
            return step
    return None


def _is_own(step: PlanStep) -> bool:
    """Whether the acting account made it; who has no account, as the program itself, takes back what is there."""
    account = acting_account_or_none()
    return account is None or step.account_id == account.id
