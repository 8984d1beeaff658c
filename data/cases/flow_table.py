"""How does the table of transitions read on paper?"""

from data.cases.action import FIELDS, Act
from data.cases.flow import TABLE, Transition
from geo.status import OPEN_STATUSES, CaseStatus


def flow_table() -> str:
    """The table as Markdown, an act a row; docs/cases.md shows it, and a test keeps both equal."""
    lines = ["| act | in states | leads to | right | facts | begins the limit of |", "|---|---|---|---|---|---|"]
    lines += [f"| {' | '.join(_cells(row))} |" for row in TABLE]
    return "\n".join(lines) + "\n"


def _cells(row: Transition) -> list[str]:
    after = "–" if row.after is None else row.after.key
    stage = "" if row.stage is None else row.stage.value
    return [f"`{row.act.value}`", _states(row.before), after, _right(row), _facts(row.act), stage]


def _states(states: frozenset[CaseStatus]) -> str:
    for name, known in (("all", frozenset(CaseStatus)), ("all open", OPEN_STATUSES)):
        if states == known:
            return name
    return ", ".join(status.key for status in sorted(states))


def _right(row: Transition) -> str:
    right = f"`{row.permission.value}`"
    if row.at_centre:
        return f"{right}, no department"
    return f"{right}, department in charge" if row.in_charge else right


def _facts(act: Act) -> str:
    return ", ".join(name if spec.required else f"({name})" for name, spec in FIELDS[act].items())
