"""What does the address of the audit page ask for?"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from data.audit.read import EntryFilter, parse_cursor, parse_filter

FILTERS = ("from", "to", "actor", "action", "object", "address")
KEYS = (*FILTERS, "cursor")
PAGE = 50


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """Conditions, and where the page begins."""

    wanted: EntryFilter
    after: int | None


def parse_question(query: Mapping[str, str] | None) -> AuditQuestion:
    """What the query means.

    Raises:
        RequestRefused: A value cannot be used.
    """
    given = query or {}
    values = [given.get(key) or "" for key in FILTERS]
    return AuditQuestion(parse_filter(*values), parse_cursor(given.get("cursor") or ""))


def export_address(query: Mapping[str, str] | None) -> str:
    """Address of the same entries as a file."""
    given = {key: (query or {}).get(key) for key in FILTERS}
    asked = urlencode({key: value for key, value in given.items() if value})
    return "/api/v1/audit/export.csv" + (f"?{asked}" if asked else "")


def parse_entry_id(text: object) -> int | None:
    """The chosen entry; None for none, or for what is no id."""
    return int(str(text)) if str(text).isdigit() and len(str(text)) <= 18 else None
