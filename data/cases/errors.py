"""What can go wrong with a case?"""

from collections.abc import Mapping, Sequence

from data.errors import DataError
from data.reads.errors import NothingFound, RequestRefused


class LogBroken(DataError):
    """The events of a case do not follow each other."""

    def __init__(self, seq: int, found: str) -> None:
        super().__init__(f"The log of the case is broken at event {seq}: {found}. Restore the database from a backup.")
        self.seq = seq


class RulesInvalid(DataError):
    """The file with the rules of the flow has a wrong entry."""

    def __init__(self, place: str, cause: str, remedy: str) -> None:
        super().__init__(f"{place}: {cause} {remedy}")
        self.place = place


class CaseUnknown(NothingFound):
    """No case that the asker may open has the id."""

    def __init__(self, case_id: int) -> None:
        super().__init__("id", f"There is no case {case_id}.", "Take an id from /api/v1/cases.")
        self.case_id = case_id


class CaseProblem(RequestRefused):
    """An act that was not done; `facts` say more to a program."""

    def __init__(self, field: str, cause: str, remedy: str, facts: Mapping[str, object]) -> None:
        super().__init__(field, cause, remedy)
        self.facts = dict(facts)


class CaseRefused(CaseProblem):
    """The table of transitions, or a fact of the act, does not allow it."""

    def __init__(self, act: str, why: str, field: str | None, status: str) -> None:
        super().__init__(
            "act" if field is None else f"facts.{field}",
            f"{act!r} cannot be done to this case: {why}.",
            "Read the case: it lists every act, and of those that are not possible the reason.",
            {"act": act, "reason": why, "fact": field, "state": status},
        )
        self.why = why


class CaseMoved(CaseProblem):
    """Somebody else did something since the event that was looked at; nothing was done."""

    def __init__(self, seq: int, since: Sequence[Mapping[str, object]]) -> None:
        names = sorted({str(event["who"]) for event in since if event["who"]})
        who = f" by {', '.join(names)}" if names else ""
        super().__init__(
            "seq",
            f"The case was changed meanwhile{who} and is at event {seq}.",
            "Read what happened, then try again with this number.",
            {"seq": seq, "since": list(since)},
        )
        self.seq = seq


class CaseKeyReused(CaseProblem):
    """The client's key stands for another request already."""

    def __init__(self) -> None:
        super().__init__(
            "key", "The key was used before, for a request that says something else.", "Use a new key.", {}
        )
