"""Which acts may be done to a case now, by whom, and where do they lead? The one table of transitions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from data.accounts.account import Account
from data.accounts.permissions import Permission, Role
from data.cases.action import FIELDS, Act
from data.cases.rules import CaseRules
from data.cases.state import AppealState, CaseState, Stage
from geo.status import OPEN_STATUSES, CaseStatus

S = CaseStatus
OPEN = OPEN_STATUSES
WITH_DEPARTMENT = frozenset({S.dispatched, S.handling, S.rework})
UNDECIDED = frozenset({S.reported, S.filed, S.returned})


class Refused(StrEnum):
    """Why an act is not possible; the value is the end of a locale key."""

    STATE = "state"
    ROLE = "role"
    DEPARTMENT = "department"
    CHECK_OPEN = "check_open"
    NO_CHECK = "no_check"
    SAME_DEPARTMENT = "same_department"
    EXTENSION_OPEN = "extension_open"
    NO_EXTENSION = "no_extension"
    EXTENSIONS_USED = "extensions_used"
    SUSPENSION_USED = "suspension_used"
    SUSPENSION_TOO_LONG = "suspension_too_long"
    APPEAL_USED = "appeal_used"
    NO_APPEAL = "no_appeal"
    TOO_LATE_TO_REOPEN = "too_late_to_reopen"
    WHISTLE_OPEN = "whistle_open"
    NO_WHISTLE = "no_whistle"
    NOT_CALLED = "not_called"
    ITSELF = "itself"
    TOP_LEVEL = "top_level"
    DUPLICATE_NEEDS_MERGE = "duplicate_needs_merge"
    CENTRE = "centre"
    INTO_SETTLED = "into_settled"
    IS_MERGED = "is_merged"
    NOT_MERGED = "not_merged"
    FIELD_MISSING = "field_missing"
    FIELD_INVALID = "field_invalid"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An act that is not possible.

    Attributes:
        why: Reason.
        field: Field that it is about, None where it is about the case.
    """

    why: Refused
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody who wants to do something: facts are complete only where they are about to do it."""

    case_id: int
    state: CaseState
    account: Account
    now: datetime
    rules: CaseRules
    facts: Mapping[str, Any] | None = None


Guard = Callable[[Attempt], Refusal | None]


@dataclass(frozen=True, slots=True)
class Transition:
    """A row of the table.

    Attributes:
        act: What is done.
        before: States in which it can be done.
        after: State that it leads to; None keeps the state or goes back to an earlier one.
        permission: Right that it needs.
        in_charge: Whether an account of a department must belong to the department in charge.
        at_centre: Whether an account of a department may not do it: a department returns what is not its own.
        guards: Further conditions, asked in order.
        stage: Stage whose limit it begins.
    """

    act: Act
    before: frozenset[CaseStatus]
    after: CaseStatus | None
    permission: Permission = Permission.CASE_TRANSITION
    in_charge: bool = False
    at_centre: bool = False
    guards: tuple[Guard, ...] = ()
    stage: Stage | None = None


def _refuse_if(why: Refused, meets: Callable[[Attempt], bool], field: str | None = None) -> Guard:
    def guard(attempt: Attempt) -> Refusal | None:
        return Refusal(why, field) if meets(attempt) else None

    return guard


def _fact(attempt: Attempt, name: str) -> Any:
    return None if attempt.facts is None else attempt.facts.get(name)


def _suspended_too_long(attempt: Attempt) -> bool:
    until = _fact(attempt, "until")
    if until is None:
        return False
    length = datetime.fromisoformat(str(until)) - attempt.now
    return not timedelta(0) < length <= attempt.rules.suspended_at_most


def _reopened_too_late(attempt: Attempt) -> bool:
    closed = attempt.state.closed_at
    return closed is None or attempt.now - closed > attempt.rules.reopened_within


def _uncalled(attempt: Attempt) -> bool:
    whistle = attempt.state.whistle
    return whistle is not None and attempt.account.department_id not in whistle.missing


NO_CHECK_OPEN = _refuse_if(Refused.CHECK_OPEN, lambda a: a.state.check is not None)
PRE_FILING = _refuse_if(Refused.NO_CHECK, lambda a: a.state.check is not Stage.PRE_FILING_CHECK)
PRE_CLOSING = _refuse_if(Refused.NO_CHECK, lambda a: a.state.check is not Stage.PRE_CLOSING_CHECK)
OTHER_DEPARTMENT = _refuse_if(
    Refused.SAME_DEPARTMENT,
    lambda a: a.state.status is not S.returned and _fact(a, "department") == a.state.department_id is not None,
    "department",
)
NO_EXTENSION_OPEN = _refuse_if(Refused.EXTENSION_OPEN, lambda a: a.state.extension_open is not None)
EXTENSIONS_LEFT = _refuse_if(Refused.EXTENSIONS_USED, lambda a: a.state.extended >= a.rules.extensions)
EXTENSION_OPEN = _refuse_if(Refused.NO_EXTENSION, lambda a: a.state.extension_open is None)
SUSPENSION_LEFT = _refuse_if(Refused.SUSPENSION_USED, lambda a: a.state.suspended >= a.rules.suspensions)
SUSPENSION_SHORT = _refuse_if(Refused.SUSPENSION_TOO_LONG, _suspended_too_long, "until")
APPEAL_LEFT = _refuse_if(Refused.APPEAL_USED, lambda a: a.state.appeal is not None)
APPEAL_OPEN = _refuse_if(Refused.NO_APPEAL, lambda a: a.state.appeal is not AppealState.OPEN)
SOON_ENOUGH = _refuse_if(Refused.TOO_LATE_TO_REOPEN, _reopened_too_late)
NO_WHISTLE_OPEN = _refuse_if(
    Refused.WHISTLE_OPEN, lambda a: a.state.whistle is not None and bool(a.state.whistle.missing)
)
WHISTLE_OPEN = _refuse_if(Refused.NO_WHISTLE, lambda a: a.state.whistle is None or not a.state.whistle.missing)
CALLED = _refuse_if(Refused.NOT_CALLED, _uncalled)
ANOTHER = _refuse_if(Refused.ITSELF, lambda a: _fact(a, "into") == a.case_id, "into")
BELOW_TOP = _refuse_if(Refused.TOP_LEVEL, lambda a: a.state.level >= a.rules.levels)
IS_MERGED = _refuse_if(Refused.NOT_MERGED, lambda a: a.state.status is not S.merged and a.state.merged_into is None)
NOT_MERGED = _refuse_if(Refused.IS_MERGED, lambda a: a.state.merged_into is not None)
NOT_AS_DUPLICATE = _refuse_if(
    Refused.DUPLICATE_NEEDS_MERGE, lambda a: _fact(a, "close_reason") == "duplicate", "close_reason"
)

_APPROVE = Permission.CASE_APPROVE

TABLE: tuple[Transition, ...] = (
    Transition(Act.FILE, frozenset({S.reported}), S.filed, guards=(NO_CHECK_OPEN,), stage=Stage.DISPATCH),
    Transition(Act.REJECT, frozenset({S.reported}), S.rejected, guards=(NO_CHECK_OPEN,)),
    Transition(Act.VOID, UNDECIDED | {S.dispatched}, S.void),
    Transition(Act.SOLVE_ON_SPOT, frozenset({S.reported}), S.closed, guards=(NO_CHECK_OPEN,)),
    Transition(
        Act.ASK_PRE_FILING_CHECK,
        frozenset({S.reported}),
        None,
        guards=(NO_CHECK_OPEN,),
        stage=Stage.PRE_FILING_CHECK,
    ),
    Transition(Act.ANSWER_PRE_FILING_CHECK, frozenset({S.reported}), None, guards=(PRE_FILING,)),
    Transition(Act.DISPATCH, frozenset({S.filed, S.returned}), S.dispatched, at_centre=True, stage=Stage.HANDLING),
    Transition(
        Act.REDISPATCH,
        WITH_DEPARTMENT,
        S.dispatched,
        at_centre=True,
        guards=(OTHER_DEPARTMENT,),
        stage=Stage.HANDLING,
    ),
    Transition(Act.ACCEPT, frozenset({S.dispatched}), S.handling, in_charge=True),
    Transition(Act.RETURN, frozenset({S.dispatched, S.handling}), S.returned, in_charge=True, stage=Stage.DISPATCH),
    Transition(Act.HANDLE, WITH_DEPARTMENT, S.handled, in_charge=True, stage=Stage.CLOSING),
    Transition(
        Act.ASK_PRE_CLOSING_CHECK,
        frozenset({S.handled}),
        None,
        guards=(NO_CHECK_OPEN,),
        stage=Stage.PRE_CLOSING_CHECK,
    ),
    Transition(Act.ANSWER_PRE_CLOSING_CHECK, frozenset({S.handled}), None, guards=(PRE_CLOSING,)),
    Transition(Act.CLOSE, frozenset({S.handled}), S.closed, guards=(NO_CHECK_OPEN, NOT_AS_DUPLICATE)),
    Transition(Act.REWORK, frozenset({S.handled}), S.rework, guards=(NO_CHECK_OPEN,)),
    Transition(
        Act.ASK_EXTENSION,
        WITH_DEPARTMENT,
        None,
        in_charge=True,
        guards=(NO_EXTENSION_OPEN, EXTENSIONS_LEFT),
    ),
    Transition(Act.GRANT_EXTENSION, WITH_DEPARTMENT, None, _APPROVE, guards=(EXTENSION_OPEN,)),
    Transition(Act.REFUSE_EXTENSION, WITH_DEPARTMENT, None, _APPROVE, guards=(EXTENSION_OPEN,)),
    Transition(Act.SUSPEND, WITH_DEPARTMENT, S.suspended, _APPROVE, guards=(SUSPENSION_LEFT, SUSPENSION_SHORT)),
    Transition(Act.RESUME, frozenset({S.suspended}), None),
    Transition(Act.SUPERVISE, OPEN, None, _APPROVE),
    Transition(Act.ESCALATE, OPEN, None),
    Transition(Act.RAISE_LEVEL, OPEN, None, guards=(BELOW_TOP,)),
    Transition(Act.WHISTLE, OPEN, None, guards=(NO_WHISTLE_OPEN,), stage=Stage.REPORT_IN),
    Transition(Act.REPORT_IN, OPEN, None, guards=(WHISTLE_OPEN, CALLED)),
    Transition(Act.MERGE, OPEN - {S.suspended}, S.merged, guards=(NO_CHECK_OPEN, ANOTHER)),
    Transition(Act.UNMERGE, frozenset({S.merged, S.closed}), None, guards=(IS_MERGED,)),
    Transition(Act.APPEAL, frozenset({S.closed}), None, in_charge=True, guards=(APPEAL_LEFT,)),
    Transition(Act.GRANT_APPEAL, frozenset({S.closed}), None, _APPROVE, guards=(APPEAL_OPEN,)),
    Transition(Act.REFUSE_APPEAL, frozenset({S.closed}), None, _APPROVE, guards=(APPEAL_OPEN,)),
    Transition(Act.REOPEN, frozenset({S.closed}), S.filed, guards=(NOT_MERGED, SOON_ENOUGH), stage=Stage.DISPATCH),
    Transition(Act.MEDIATE, WITH_DEPARTMENT, None, in_charge=True),
    Transition(Act.GRADE, OPEN, None),
    Transition(Act.ATTACH, OPEN, None),
    Transition(Act.NOTE, frozenset(CaseStatus), None),
)
"""Every act once; what is not listed cannot be done."""

OF_CALLED = frozenset({Act.REPORT_IN, Act.NOTE, Act.ATTACH})
"""What a department may do that is called to a case of another."""

BY_ACT: Mapping[Act, Transition] = {row.act: row for row in TABLE}


def refusal(act: Act, attempt: Attempt) -> Refusal | None:
    """Why an act is not possible; None where it is.

    The state is asked before the role, so that whoever looks at a case learns why an act is grey for everybody.
    """
    row = BY_ACT[act]
    if attempt.state.status not in row.before:
        return Refusal(Refused.STATE)
    if not attempt.account.may(row.permission):
        return Refusal(Refused.ROLE)
    refused = _by_department(row, attempt)
    if refused is not None:
        return refused
    refused = next((found for found in (guard(attempt) for guard in row.guards) if found), None)
    return refused or _missing(act, attempt)


def _by_department(row: Transition, attempt: Attempt) -> Refusal | None:
    """What an account of a department may not do; a department that is only called reports in and writes notes."""
    own, in_charge = attempt.account.department_id, attempt.state.department_id
    if attempt.account.role is not Role.HANDLER or own is None:
        return None
    if row.at_centre:
        return Refusal(Refused.CENTRE)
    is_guest = in_charge is not None and row.act not in OF_CALLED
    return Refusal(Refused.DEPARTMENT) if own != in_charge and (row.in_charge or is_guest) else None


def _missing(act: Act, attempt: Attempt) -> Refusal | None:
    if attempt.facts is None:
        return None
    for name, spec in FIELDS[act].items():
        if spec.required and attempt.facts.get(name) in (None, "", []):
            return Refusal(Refused.FIELD_MISSING, name)
    return None


def possible(attempt: Attempt) -> Mapping[Act, Refusal | None]:
    """Every act with the reason why it is not possible, None where it is; facts are not asked for."""
    return {row.act: refusal(row.act, attempt) for row in TABLE}


def acts_of(account: Account) -> tuple[Act, ...]:
    """What an account may ever do, whatever the case; attachments come in by a way of their own."""
    is_of_department = account.role is Role.HANDLER and account.department_id is not None
    return tuple(
        row.act
        for row in TABLE
        if account.may(row.permission) and row.act is not Act.ATTACH and not (row.at_centre and is_of_department)
    )
