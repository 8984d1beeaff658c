"""Which role may do what? The one table; docs/access.md shows it and a test keeps both equal."""

from enum import StrEnum


class Role(StrEnum):
    """What an account is for."""

    WALL = "wall"
    LEADER = "leader"
    OPERATOR = "operator"
    HANDLER = "handler"
    PLANNER = "planner"
    STEWARD = "steward"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Permission(StrEnum):
    """A right; the keys of the map layers' permissions are among them."""

    MAP = "map"
    PLACES = "places"
    ZONES = "zones"
    INCIDENTS = "incidents"
    ALERTS = "alerts"
    WALL = "wall"
    WALL_REMOTE = "wall_remote"
    INCIDENT_DETAILS = "incident_details"
    SENSITIVE = "sensitive"
    EXPORT = "export"
    INCIDENT_REPORT = "incident_report"
    CASE_TRANSITION = "case_transition"
    CASE_APPROVE = "case_approve"
    ALERT_ACKNOWLEDGE = "alert_acknowledge"
    ZONE_PROPOSE = "zone_propose"
    ZONE_ADOPT = "zone_adopt"
    ZONE_COMMENT = "zone_comment"
    DATA_IMPORT = "data_import"
    DATA_CORRECT = "data_correct"
    OWN_TOKENS = "own_tokens"
    AUDIT = "audit"
    ACCOUNTS = "accounts"
    METRICS = "metrics"


_W, _L, _O, _H, _P, _S, _U, _A = Role
_ALL = frozenset(Role)
_STAFF = _ALL - {_W}

PERMISSIONS: dict[Permission, frozenset[Role]] = {
    Permission.MAP: _ALL,
    Permission.PLACES: _ALL,
    Permission.ZONES: _ALL,
    Permission.INCIDENTS: _ALL,
    Permission.ALERTS: frozenset({_W, _L, _O, _P, _U, _A}),
    Permission.WALL: frozenset({_W, _L, _O, _A}),
    Permission.WALL_REMOTE: frozenset({_L, _O, _A}),
    Permission.INCIDENT_DETAILS: _STAFF,
    Permission.SENSITIVE: frozenset({_O, _H, _A}),
    Permission.EXPORT: frozenset({_L, _O, _P, _S, _U, _A}),
    Permission.INCIDENT_REPORT: frozenset({_O, _H, _S, _A}),
    Permission.CASE_TRANSITION: frozenset({_O, _H, _A}),
    Permission.CASE_APPROVE: frozenset({_L, _A}),
    Permission.ALERT_ACKNOWLEDGE: frozenset({_L, _O, _A}),
    Permission.ZONE_PROPOSE: frozenset({_P, _A}),
    Permission.ZONE_ADOPT: frozenset({_L, _A}),
    Permission.ZONE_COMMENT: frozenset({_L, _O, _P, _S, _A}),
    Permission.DATA_IMPORT: frozenset({_S, _A}),
    Permission.DATA_CORRECT: frozenset({_S, _A}),
    Permission.OWN_TOKENS: _STAFF,
    Permission.AUDIT: frozenset({_U, _A}),
    Permission.ACCOUNTS: frozenset({_A}),
    Permission.METRICS: frozenset({_U, _A}),
}

MEANINGS: dict[Permission, str] = {
    Permission.MAP: "see units and figures",
    Permission.PLACES: "see places on the map",
    Permission.ZONES: "see joint-defence zones",
    Permission.INCIDENTS: "see incidents on the map and in lists",
    Permission.ALERTS: "see alerts",
    Permission.WALL: "open the wall display",
    Permission.WALL_REMOTE: "say what walls show",
    Permission.INCIDENT_DETAILS: "read text, address and timeline of an incident or case",
    Permission.SENSITIVE: "see incidents of sensitive classes, at their small grid, and exact figures of them",
    Permission.EXPORT: "take data out as a file",
    Permission.INCIDENT_REPORT: "report an incident",
    Permission.CASE_TRANSITION: "move a case on (handlers: cases of their department)",
    Permission.CASE_APPROVE: "approve extensions and suspensions, supervise",
    Permission.ALERT_ACKNOWLEDGE: "acknowledge an alert",
    Permission.ZONE_PROPOSE: "propose and edit joint-defence zones",
    Permission.ZONE_ADOPT: "adopt a zone plan",
    Permission.ZONE_COMMENT: "comment on a zone plan",
    Permission.DATA_IMPORT: "import polygons and incidents",
    Permission.DATA_CORRECT: "correct what was imported",
    Permission.OWN_TOKENS: "make and revoke one's own tokens",
    Permission.AUDIT: "read the audit log",
    Permission.ACCOUNTS: "add, disable and reset accounts",
    Permission.METRICS: "read the program's running figures",
}


def permissions_of(role: Role) -> frozenset[Permission]:
    """Everything that a role may do."""
    return frozenset(permission for permission, roles in PERMISSIONS.items() if role in roles)


def permission_table() -> str:
    """The table as Markdown, one permission a row, one role a column."""
    lines = [f"| permission | means | {' | '.join(Role)} |", "|---|---|" + ":-:|" * len(Role)]
    for permission, roles in PERMISSIONS.items():
        marks = " | ".join("✓" if role in roles else "" for role in Role)
        lines.append(f"| `{permission}` | {MEANINGS[permission]} | {marks} |")
    return "\n".join(lines) + "\n"
