"""What can be done to a case, and which facts does each act need?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """An act on a case; the value is what events, addresses and locale keys use."""

    REPORT = "report"
    FILE = "file"
    REJECT = "reject"
    VOID = "void"
    SOLVE_ON_SPOT = "solve_on_spot"
    ASK_PRE_FILING_CHECK = "ask_pre_filing_check"
    ANSWER_PRE_FILING_CHECK = "answer_pre_filing_check"
    DISPATCH = "dispatch"
    REDISPATCH = "redispatch"
    ACCEPT = "accept"
    RETURN = "return"
    HANDLE = "handle"
    ASK_PRE_CLOSING_CHECK = "ask_pre_closing_check"
    ANSWER_PRE_CLOSING_CHECK = "answer_pre_closing_check"
    CLOSE = "close"
    REWORK = "rework"
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    REFUSE_EXTENSION = "refuse_extension"
    SUSPEND = "suspend"
    RESUME = "resume"
    SUPERVISE = "supervise"
    ESCALATE = "escalate"
    RAISE_LEVEL = "raise_level"
    WHISTLE = "whistle"
    REPORT_IN = "report_in"
    MERGE = "merge"
    UNMERGE = "unmerge"
    APPEAL = "appeal"
    GRANT_APPEAL = "grant_appeal"
    REFUSE_APPEAL = "refuse_appeal"
    REOPEN = "reopen"
    MEDIATE = "mediate"
    GRADE = "grade"
    ATTACH = "attach"
    NOTE = "note"


class CloseReason(StrEnum):
    """Why a case was closed; closed never means fixed."""

    FIXED = "fixed"
    MEDIATED = "mediated"
    TRANSFERRED = "transferred"
    UNFOUNDED = "unfounded"
    DUPLICATE = "duplicate"
    CLOSED_UNFIXED = "closed_unfixed"


class MediationOutcome(StrEnum):
    """How a mediation ended 调解."""

    AGREED = "agreed"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class FieldKind(StrEnum):
    """What a field of an act holds."""

    TEXT = "text"
    """Free text, masked before it is stored."""
    DEPARTMENT = "department"
    DEPARTMENTS = "departments"
    CASE = "case"
    HOURS = "hours"
    """Hours of the clock of the limit in force, or days where it counts days."""
    MOMENT = "moment"
    CLOSE_REASON = "close_reason"
    OUTCOME = "outcome"
    FLAG = "flag"
    GRADE = "grade"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A fact that an act carries."""

    kind: FieldKind
    required: bool = True


_REASON = {"reason": FieldSpec(FieldKind.TEXT)}
_RESULT = {"result": FieldSpec(FieldKind.TEXT)}
_NOTE = {"note": FieldSpec(FieldKind.TEXT, required=False)}
_CHECKED = {"found": FieldSpec(FieldKind.FLAG), "result": FieldSpec(FieldKind.TEXT, required=False)}

FIELDS: Mapping[Act, Mapping[str, FieldSpec]] = {
    Act.REPORT: {},
    Act.FILE: _NOTE,
    Act.REJECT: _REASON,
    Act.VOID: _REASON,
    Act.SOLVE_ON_SPOT: _RESULT,
    Act.ASK_PRE_FILING_CHECK: _NOTE,
    Act.ANSWER_PRE_FILING_CHECK: _CHECKED,
    Act.DISPATCH: {"department": FieldSpec(FieldKind.DEPARTMENT), **_NOTE},
    Act.REDISPATCH: {"department": FieldSpec(FieldKind.DEPARTMENT), **_REASON},
    Act.ACCEPT: _NOTE,
    Act.RETURN: _REASON,
    Act.HANDLE: _RESULT,
    Act.ASK_PRE_CLOSING_CHECK: _NOTE,
    Act.ANSWER_PRE_CLOSING_CHECK: _CHECKED,
    Act.CLOSE: {"close_reason": FieldSpec(FieldKind.CLOSE_REASON), **_NOTE},
    Act.REWORK: _REASON,
    Act.ASK_EXTENSION: {"hours": FieldSpec(FieldKind.HOURS), **_REASON},
    Act.GRANT_EXTENSION: _NOTE,
    Act.REFUSE_EXTENSION: _REASON,
    Act.SUSPEND: {"until": FieldSpec(FieldKind.MOMENT), **_REASON},
    Act.RESUME: _NOTE,
    Act.SUPERVISE: _REASON,
    Act.ESCALATE: _REASON,
    Act.RAISE_LEVEL: _REASON,
    Act.WHISTLE: {"departments": FieldSpec(FieldKind.DEPARTMENTS), "hours": FieldSpec(FieldKind.HOURS), **_REASON},
    Act.REPORT_IN: _NOTE,
    Act.MERGE: {"into": FieldSpec(FieldKind.CASE), **_NOTE},
    Act.UNMERGE: _REASON,
    Act.APPEAL: _REASON,
    Act.GRANT_APPEAL: _NOTE,
    Act.REFUSE_APPEAL: _REASON,
    Act.REOPEN: _REASON,
    Act.MEDIATE: {"outcome": FieldSpec(FieldKind.OUTCOME), **_RESULT},
    Act.GRADE: {"grade": FieldSpec(FieldKind.GRADE), **_NOTE},
    Act.ATTACH: {"file": FieldSpec(FieldKind.FILE)},
    Act.NOTE: {"note": FieldSpec(FieldKind.TEXT)},
}
"""Facts of each act by name."""
