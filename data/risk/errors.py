"""What can go wrong with risks and their rules?"""

from collections.abc import Mapping, Sequence

from data.cases.errors import CaseProblem
from data.errors import DataError
from data.reads.errors import NothingFound


class RiskRulesInvalid(DataError):
    """The file of rules has a wrong entry; `field` says where, such as `rules[3].when.any[0]`."""

    def __init__(self, field: str, cause: str, remedy: str) -> None:
        super().__init__(f"{field}: {cause} {remedy}")
        self.field = field
        self.cause = cause
        self.remedy = remedy


class RiskUnknown(NothingFound):
    """No case that the asker may see is on the risk list with this id."""

    def __init__(self, case_id: int) -> None:
        super().__init__("id", f"Case {case_id} is not on the risk list.", "Take an id from /api/v1/risks.")
        self.case_id = case_id


class RiskMoved(CaseProblem):
    """Somebody else did something since the step that was looked at; nothing was done."""

    def __init__(self, seq: int, since: Sequence[Mapping[str, object]]) -> None:
        super().__init__(
            "seq",
            f"The alert was changed meanwhile and is at step {seq}.",
            "Read what happened, then try again with this number.",
            {"seq": seq, "since": list(since)},
        )
        self.seq = seq


class RiskRefused(CaseProblem):
    """The alert's state does not allow it."""

    def __init__(self, act: str, state: str) -> None:
        super().__init__(
            "act",
            f"{act!r} cannot be done to an alert that is {state}.",
            "Read the alert.",
            {"act": act, "state": state},
        )
