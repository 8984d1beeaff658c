"""Which conditions can a figure ask for, and how does the database tell whether a case meets one?

Each is said once, in SQL over a row of `incident` (or of the same columns as they were at an earlier moment). Counts
put all of them into one number for each case; lists put them into WHERE. A condition that cannot be told counts as not
met. Parameters: now; start and end of the period; filing_from and filing_to (reports whose limit for filing ends in the
period); disputes (ids of classes).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from data.cases.marks import Mark

_HANDLED_AT = "COALESCE(handled_at, CASE WHEN status = 6 THEN closed_at END)"
_CLOSING_DUE = "COALESCE(closing_due_at, due_at)"
# A suspension that came in without a log stopped its limit, unless that had run out before.
_STOPPED = "(status = 12 AND marks = 0 AND NOT breached AND due_at > COALESCE(dispatched_at, filed_at, reported_at))"
_RUNS = f"reported_at <= %(now)s AND NOT {_STOPPED}"

MOMENTS: Mapping[str, str] = {
    "reported": "(reported_at >= %(start)s AND reported_at < %(end)s AND reported_at <= %(now)s)",
    "filing_due": (
        "(reported_at >= %(filing_from)s AND reported_at < %(filing_to)s"
        f" AND (marks & {Mark.TIMED_TO_FILE:d} > 0 OR marks = 0 AND status = 1 AND due_at IS NULL))"
    ),
    "handling_due": (f"(due_at >= %(start)s AND due_at < %(end)s AND due_at <= %(now)s AND {_RUNS})"),
    "closing_due": (
        f"({_CLOSING_DUE} >= %(start)s AND {_CLOSING_DUE} < %(end)s AND {_CLOSING_DUE} <= %(now)s AND {_RUNS})"
    ),
}
"""What places a case in a period."""

NEAR: Mapping[str, str] = {
    "reported": "reported_at >= %(start)s AND reported_at < %(end)s",
    "filing_due": "reported_at >= %(filing_from)s AND reported_at < %(filing_to)s",
    "handling_due": "due_at >= %(start)s AND due_at < %(end)s",
    "closing_due": (
        "due_at >= %(start)s AND due_at < %(end)s OR closing_due_at >= %(start)s AND closing_due_at < %(end)s"
    ),
}
"""What indexes find: every case of the period is among these."""


def _marked(mark: Mark) -> str:
    return f"marks & {mark:d} > 0"


CONDITIONS: Mapping[str, str] = {
    "left_out": (
        "((status IN (7, 8, 9) OR close_reason = 'duplicate') AND COALESCE(closed_at, reported_at) <= %(now)s)"
    ),
    "merged": "((status = 9 OR close_reason = 'duplicate') AND COALESCE(closed_at, reported_at) <= %(now)s)",
    "decided": "(status <> 1 AND COALESCE(filed_at, closed_at, reported_at) <= %(now)s)",
    "filed_in_time": _marked(Mark.FILED_IN_TIME),
    "dispatched": "dispatched_at <= %(now)s",
    "handled": f"{_HANDLED_AT} <= %(now)s",
    "handled_in_time": f"({_HANDLED_AT} <= %(now)s AND {_HANDLED_AT} <= due_at)",
    "end_unknown": "(status IN (5, 6) AND handled_at IS NULL AND closed_at IS NULL)",
    "closed": "(status = 6 AND COALESCE(closed_at, reported_at) <= %(now)s)",
    "closed_in_time": f"(status = 6 AND closed_at <= %(now)s AND closed_at <= {_CLOSING_DUE})",
    "closing_unknown": "(status = 6 AND closed_at IS NULL)",
    "with_reason": "close_reason IS NOT NULL",
    "solved": "close_reason IN ('fixed', 'mediated')",
    "mediated": f"(close_reason = 'mediated' OR {_marked(Mark.MEDIATED)})",
    "dispute": "class_id = ANY(%(disputes)s::smallint[])",
    "logged": _marked(Mark.LOGGED),
    "reworked": _marked(Mark.REWORKED),
    "extended": _marked(Mark.EXTENDED),
    "escalated": _marked(Mark.ESCALATED),
    "misdirected": _marked(Mark.MISDIRECTED),
    "whistled": _marked(Mark.WHISTLED),
    "all_came": _marked(Mark.ALL_CAME),
    "exempt": _marked(Mark.EXEMPT),
}
"""What a figure may ask of a case that is placed in the period."""


@dataclass(frozen=True, slots=True)
class Term:
    """A condition that has to be met, or (`wanted` false) not to be."""

    name: str
    wanted: bool = True

    @property
    def sql(self) -> str:
        """True or false for every case, never unknown."""
        text = MOMENTS.get(self.name) or CONDITIONS[self.name]
        return f"({text}) IS {'TRUE' if self.wanted else 'NOT TRUE'}"

    def holds(self, met: frozenset[str]) -> bool:
        """Whether it holds for a case that meets these conditions and no others."""
        return (self.name in met) == self.wanted


def all_of(terms: tuple[Term, ...]) -> str:
    """The condition that all terms hold."""
    return " AND ".join(term.sql for term in terms)


def term_of(text: str) -> Term:
    """The term of a text such as `handled` or `not handled`.

    Raises:
        KeyError: There is no such condition.
    """
    head, _, rest = text.partition(" ")
    term = Term(rest.strip(), wanted=False) if head == "not" else Term(text)
    CONDITIONS[term.name]
    return term
