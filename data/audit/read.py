"""Which entries of the audit log does an auditor see, page by page, newest first?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from data.audit.entry import Action
from data.engine import AsyncRows
from data.named_sql import named
from data.reads.errors import CursorInvalid, LimitInvalid, PeriodInvalid, RequestRefused
from data.reads.rows import fetch_all, fetch_one

DEFAULT_LIMIT, MOST = 100, 500
AT_ONCE = 1_000
MOST_CHARACTERS = 120


class ActionUnknown(RequestRefused):
    """The log knows no such action."""

    def __init__(self, text: str) -> None:
        super().__init__("action", f"There is no action {text!r}.", f"Use one of: {', '.join(Action)}.")


class EntryUnknown(RequestRefused):
    """There is no such entry, or the asker may not see it."""

    def __init__(self, entry_id: int) -> None:
        super().__init__("id", f"There is no entry {entry_id}.", "It may be older than what is kept.")


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Conditions that all hold together; empty ones do not count.

    Attributes:
        first, last: City-local days, both included.
        actor: Login name, or what acts: cli, program, nobody.
        action: What was done.
        object: Kind of what it was done to, or kind and id as `incident:123`.
        address: Beginning of the network.
    """

    first: date | None = None
    last: date | None = None
    actor: str = ""
    action: str = ""
    object: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry; `seq` is its number in the chain, None while it waits for its seal."""

    id: int
    at: datetime
    actor_kind: str
    actor_name: str | None
    actor_role: str | None
    via: str
    address: str
    action: str
    object_kind: str
    object_id: str
    detail: dict[str, Any]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    seq: int | None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Some entries, newest first; `next` is where the page after begins, None at the end."""

    entries: tuple[AuditEntry, ...]
    next: int | None
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class ChainState:
    """How far the chain has come, unchecked.

    Attributes:
        seq, link: Its head; 0 and nothing where there is no seal.
        sealed_at: When the last seal was made.
        verified_at: When the whole chain was last verified by anybody who noted it in the log.
        faults: What that found wrong.
    """

    seq: int
    link: bytes
    sealed_at: datetime | None
    verified_at: datetime | None
    faults: int | None
    zone: ZoneInfo

    @property
    def head(self) -> str:
        """The head as it is noted down."""
        return f"{self.seq}:{self.link.hex()}" if self.seq else ""


@dataclass(frozen=True, slots=True)
class _Zone:
    name: str


@dataclass(frozen=True, slots=True)
class _State:
    seq: int | None
    link: bytes | None
    sealed_at: datetime | None
    verified_at: datetime | None
    faults: int | None


def parse_filter(
    first: str = "", last: str = "", actor: str = "", action: str = "", object_text: str = "", address: str = ""
) -> EntryFilter:
    """The conditions behind texts of an address.

    Raises:
        PeriodInvalid, ActionUnknown: A text cannot be used.
    """
    if action and action not in set(Action):
        raise ActionUnknown(action[:40])
    start, end = _day("from", first), _day("to", last)
    if start and end and start > end:
        raise PeriodInvalid("from", f"{start} is after {end}.", "Give a first day that is not after the last day.")
    cut = [text.strip()[:MOST_CHARACTERS].replace("\0", "") for text in (actor, object_text, address)]
    return EntryFilter(start, end, cut[0], action, cut[1], cut[2])


def parse_cursor(text: str) -> int | None:
    """Where a page begins; None for the first.

    Raises:
        CursorInvalid: The text is no cursor.
    """
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise CursorInvalid("cursor", f"{text[:40]!r} is no cursor.", "Use `next` of the page before.")
    return int(text)


def parse_limit(text: str) -> int:
    """Entries per page.

    Raises:
        LimitInvalid: The text is no number from 1 to 500.
    """
    if not text:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST:
        raise LimitInvalid("limit", f"{text[:40]!r} is no page size.", f"Use 1 to {MOST}.")
    return int(text)


async def read_entries(
    conn: AsyncRows, wanted: EntryFilter, *, unit_id: int | None, after: int | None = None, limit: int = DEFAULT_LIMIT
) -> EntryPage:
    """One page of entries.

    Args:
        wanted: Conditions.
        unit_id: Area of the asker; None is the whole city. The database confines the login of the web to it as well.
        after: Cursor of the page before.
        limit: Most entries.
    """
    zone = await _zone(conn)
    values = _values(wanted, zone, unit_id) | {"before_id": after, "id": None, "limit": limit + 1}
    rows = await fetch_all(conn, AuditEntry, named("audit_entries"), values, prepare=False)
    more = len(rows) > limit
    return EntryPage(rows[:limit], rows[limit - 1].id if more else None, zone)


async def read_entry(conn: AsyncRows, entry_id: int, *, unit_id: int | None) -> tuple[AuditEntry, ZoneInfo]:
    """One entry and the city's time zone.

    Raises:
        EntryUnknown: There is none that the asker may see.
    """
    zone = await _zone(conn)
    values = _values(EntryFilter(), zone, unit_id) | {"before_id": None, "id": entry_id, "limit": 1}
    found = await fetch_one(conn, AuditEntry, named("audit_entries"), values)
    if found is None:
        raise EntryUnknown(entry_id)
    return found, zone


async def stream_entries(
    conn: AsyncRows, wanted: EntryFilter, *, unit_id: int | None
) -> AsyncIterator[tuple[AuditEntry, ...]]:
    """All entries in blocks, newest first."""
    after: int | None = None
    while True:
        page = await read_entries(conn, wanted, unit_id=unit_id, after=after, limit=AT_ONCE)
        if page.entries:
            yield page.entries
        if page.next is None:
            return
        after = page.next


async def read_state(conn: AsyncRows) -> ChainState:
    """How far the chain has come."""
    zone = await _zone(conn)
    found = await fetch_one(conn, _State, named("audit_state"))
    assert found is not None
    return ChainState(found.seq or 0, bytes(found.link or b""), found.sealed_at, found.verified_at, found.faults, zone)


async def _zone(conn: AsyncRows) -> ZoneInfo:
    found = await fetch_one(conn, _Zone, "SELECT city_time_zone() AS name")
    assert found is not None
    return ZoneInfo(found.name)


def _values(wanted: EntryFilter, zone: ZoneInfo, unit_id: int | None) -> dict[str, object]:
    kind, _, object_id = wanted.object.partition(":")
    until = wanted.last + timedelta(days=1) if wanted.last and wanted.last < date.max else None
    return {
        "since": datetime.combine(wanted.first, time(), zone) if wanted.first else None,
        "until": datetime.combine(until, time(), zone) if until else None,
        "actor": wanted.actor.lower() or None,
        "action": wanted.action or None,
        "kind": kind.strip() or None,
        "object_id": object_id.strip() or None,
        "address": wanted.address or None,
        "unit_id": unit_id,
    }


def _day(field: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise PeriodInvalid(field, f"{text[:40]!r} is no date.", "Give a day such as 2026-11-22.") from error


ENTRY_COLUMNS = tuple(field.name for field in fields(AuditEntry))
