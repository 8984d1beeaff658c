"""What does one line of the audit log say?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from data.errors import DataError

MOST_TEXT = 400
"""Characters of one text in an entry; a longer one is cut, and says so."""


class Action(StrEnum):
    """What can be done. A page that lets people do more adds its own here."""

    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    ACCOUNT_LOCKED = "account_locked"
    SIGNED_OUT = "signed_out"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # the name of an action
    TOKEN_MADE = "token_made"  # noqa: S105  # the name of an action
    TOKEN_REVOKED = "token_revoked"  # noqa: S105  # the name of an action
    WALL_ENTERED = "wall_entered"
    WALL_TOKEN_MADE = "wall_token_made"  # noqa: S105  # the name of an action
    WALL_TOKEN_REVOKED = "wall_token_revoked"  # noqa: S105  # the name of an action
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    PASSWORD_RESET = "password_reset"  # noqa: S105  # the name of an action
    SESSIONS_ENDED = "sessions_ended"
    TOKENS_REVOKED = "tokens_revoked"  # the name of an action
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    DEMO_ACCOUNTS_SET = "demo_accounts_set"
    INCIDENT_VIEWED = "incident_viewed"
    INCIDENTS_LISTED = "incidents_listed"
    EXPORTED = "exported"
    IMPORTED = "imported"
    SETTING_CHANGED = "setting_changed"
    DEMO_LOADED = "demo_loaded"
    CITY_EMPTIED = "city_emptied"
    AUDIT_EXPORTED = "audit_exported"
    AUDIT_VERIFIED = "audit_verified"
    MONTHS_DROPPED = "months_dropped"
    ZONE_PLAN_MADE = "zone_plan_made"
    ZONE_PLAN_CHANGED = "zone_plan_changed"
    ZONE_PLAN_REVIEWED = "zone_plan_reviewed"
    ZONE_PLAN_RETURNED = "zone_plan_returned"
    ZONE_PLAN_ADOPTED = "zone_plan_adopted"
    ZONE_PLAN_SUPERSEDED = "zone_plan_superseded"
    ZONE_PLAN_WITHDRAWN = "zone_plan_withdrawn"
    ZONE_PLAN_COMMENTED = "zone_plan_commented"
    ZONE_TEAM_CHANGED = "zone_team_changed"
    ZONE_LINKS_CHANGED = "zone_links_changed"
    CASE_CHANGED = "case_changed"
    CASE_VIEWED = "case_viewed"
    CASES_LISTED = "cases_listed"
    CALENDAR_CHANGED = "calendar_changed"
    RISKS_LISTED = "risks_listed"
    RISK_CHANGED = "risk_changed"
    RISK_RULES_CHANGED = "risk_rules_changed"
    RISKS_JUDGED = "risks_judged"
    ATTACHMENTS_LISTED = "attachments_listed"
    ATTACHMENT_VIEWED = "attachment_viewed"
    REPORT_CODES_MADE = "report_codes_made"
    REPORT_CODES_REVOKED = "report_codes_revoked"
    WEBHOOK_ADDED = "webhook_added"
    WEBHOOK_REMOVED = "webhook_removed"
    WEBHOOK_TESTED = "webhook_tested"
    WEBHOOK_RETRIED = "webhook_retried"
    WALLS_DIRECTED = "walls_directed"


ObjectKind = Literal[
    "account", "audit", "calendar", "cases", "city", "figures", "incident", "incidents", "map", "places",
    "report_codes", "risk", "risk_rules", "risks", "setting", "units", "walls", "webhook", "zone_links", "zone_plan",
    "zone_team",
]  # fmt: skip
"""Kinds of what things are done to; each has its words on the page of the log."""


class EntryInvalid(DataError):
    """An entry holds what the log does not take."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was seen or done; never holds texts of incidents, passwords or tokens.

    Attributes:
        action: What.
        object_kind: Kind of what it was done to.
        object_id: Which one; empty for several.
        unit_ids: Units that it was done in.
        detail: What else there is to say: counts, filters, format.
        before: What was there, where something changed.
        after: What is there now.
    """

    action: Action
    object_kind: ObjectKind
    object_id: str = ""
    unit_ids: tuple[int, ...] = ()
    detail: Mapping[str, object] = field(default_factory=dict)
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None


def differing(values: Mapping[str, object] | None, others: Mapping[str, object] | None) -> Mapping[str, object] | None:
    """What of the values is different in the others; everything where one of them is missing."""
    if values is None or others is None:
        return values
    return {key: value for key, value in values.items() if value != others.get(key)}


def plain(values: Mapping[str, object]) -> dict[str, object]:
    """The values as JSON holds them, without empty ones; texts are cut, other kinds become texts.

    Args:
        values: At most 40.

    Raises:
        EntryInvalid: There are more.
    """
    if len(values) > 40:
        raise EntryInvalid(f"An audit entry takes 40 values, not {len(values)}. Give the counts instead of the rows.")
    return {key: _plain(value) for key, value in values.items() if value not in (None, "", ())}


def _plain(value: object) -> object:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in sorted(value, key=str)[:50]]
    # A NUL cannot be stored as text, and nothing that is logged needs one.
    text = str(value).replace("\0", "")
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "…"
