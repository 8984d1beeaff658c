"""Which fields do the JSON bodies of risks have?"""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from dashboard.api.bodies import IncidentBody
from data.accounts.permissions import Role
from data.risk.alerts import AlertDetail, ListedAlert
from data.risk.desk import CloseReason

_FIELDS = (
    "id", "raised_at", "state", "seq", "acknowledged_at", "owner_department", "owner_role", "review_on", "closed_at",
    "close_reason", "level", "fired", "judged_at", "rules_version",
)  # fmt: skip


class RiskBody(BaseModel):
    """A case on the risk list.

    `fired` are the rules that fire now, each with the facts that make it fire; `level` is what they say together. An
    alert stays until somebody closes it, whatever the rules say later. The owner is a department or a role.
    """

    id: int
    raised_at: datetime
    state: str
    seq: int
    acknowledged_at: datetime | None
    owner_department: str | None
    owner_role: str | None
    review_on: date | None
    closed_at: datetime | None
    close_reason: str | None
    level: str
    fired: list[dict[str, Any]]
    judged_at: datetime
    rules_version: str
    incident: IncidentBody


class RisksBody(BaseModel):
    """A page of the risk list, the newest first; `counts` by state, and of reviews that are `due`, of all of it."""

    as_of: datetime
    today: date
    counts: dict[str, int]
    items: list[RiskBody]
    next: str | None


class StepBody(BaseModel):
    """Something that was done about a risk; `who` is empty for the program."""

    seq: int
    at: datetime
    act: str
    who: str | None
    facts: dict[str, Any]


class PastVerdictBody(BaseModel):
    """A verdict as it was stored, with the version of the rules that it was made by."""

    no: int
    judged_at: datetime
    level: str
    fired: list[dict[str, Any]]
    rules_version: str


class RiskDetailBody(RiskBody):
    """A case on the risk list with everything that was done and everything that the rules ever said."""

    as_of: datetime
    steps: list[StepBody]
    verdicts: list[PastVerdictBody]
    again: bool = False


class RuleBody(BaseModel):
    """A rule: its texts, the kinds of disputes that it is for (empty: every case), its condition."""

    key: str
    zh: str
    en: str
    kinds: list[str]
    when: dict[str, Any]


class KindBody(BaseModel):
    """A kind of disputes: groups of classes."""

    key: str
    zh: str
    en: str
    groups: list[str]


class RulesBody(BaseModel):
    """The rules in force; `source` is `shipped` or `imported`."""

    version: str
    source: str
    made_at: datetime
    people: dict[str, int]
    kinds: list[KindBody]
    rules: list[RuleBody]


class RiskAsked(BaseModel):
    """What every act says: the last step that was looked at, your own key of the request, a note."""

    model_config = ConfigDict(extra="forbid")
    seq: int = Field(ge=1, lt=2**31, description="Number of the last step; where it is not the last, nothing is done.")
    key: str | None = Field(None, min_length=1, max_length=200, pattern=r"^[^\x00]*$")
    note: str = Field("", max_length=2_000)


class AssignAsked(RiskAsked):
    """Who answers for a risk: a department or a role, never a person."""

    department: str | None = Field(None, min_length=1, max_length=80, pattern=r"^[^\x00]*$")
    role: Role | None = None
    review_on: date | None = None


class ReviewAsked(RiskAsked):
    """What a review found, and when the next is."""

    review_on: date | None = None


class CloseAsked(RiskAsked):
    """Why a risk leaves the list."""

    reason: CloseReason


def risk_fields(listed: ListedAlert, incident: IncidentBody) -> dict[str, object]:
    """Fields of RiskBody."""
    return {name: getattr(listed.alert, name) for name in _FIELDS} | {"incident": incident}


def steps_and_verdicts(detail: AlertDetail) -> dict[str, object]:
    """Further fields of RiskDetailBody."""
    return {
        "steps": [StepBody(seq=s.seq, at=s.at, act=s.act, who=s.who, facts=s.facts) for s in detail.steps],
        "verdicts": [
            PastVerdictBody(no=v.no, judged_at=v.judged_at, level=v.level, fired=v.fired, rules_version=v.rules_version)
            for v in detail.verdicts
        ],
    }
