"""What is said over the live connection, in both directions?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from data.feed.entry import Entry, FeedKind
from geo.status import CaseStatus

VERSION = 1
"""Of the form of the messages; a page of another one loads itself anew."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a viewer asks for.

    Attributes:
        kinds: What it listens to.
        last: Number up to which it knows everything; None where it knows nothing.
        epoch: The epoch of that number.
    """

    kinds: frozenset[FeedKind]
    last: int | None = None
    epoch: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as it is sent, encoded once for all viewers that may read it."""

    id: int
    kind: FeedKind
    content: orjson.Fragment


@dataclass(frozen=True, slots=True)
class Pulse:
    """How current the feed is in this process.

    Attributes:
        now: The present moment.
        lag_ms: How long ago the folding process was heard.
        passed_ms: When it was, by the clock of the database; None where it was not heard yet.
        edition: Of the pages that this process serves (`dashboard/edition.py`); None where it serves none.
    """

    now: datetime
    lag_ms: int
    passed_ms: int | None
    edition: str | None = None


def subscription_of(text: str | bytes) -> Subscription | None:
    """What a message of a browser asks for; None where it is no subscription."""
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(given, dict) or given.get("type") != "subscribe":
        return None
    kinds, last, epoch = given.get("kinds"), given.get("last"), given.get("epoch")
    if not isinstance(kinds, list) or not set(map(str, kinds)) <= set(FeedKind):
        return None
    if isinstance(last, bool) or not isinstance(last, int | None) or not isinstance(epoch, str | None):
        return None
    wanted = frozenset(FeedKind(str(kind)) for kind in kinds)
    return Subscription(wanted, last, epoch) if epoch is not None else Subscription(wanted)


def told(entries: Iterable[Entry]) -> tuple[Told, ...]:
    """Entries as they are sent."""
    return tuple(
        Told(entry.id, FeedKind(entry.kind), orjson.Fragment(orjson.dumps(_content(entry)))) for entry in entries
    )


def snapshot_message(upto: int, epoch: str, pulse: Pulse) -> str:
    """Read everything anew; what is told from now on comes after this number."""
    return _encoded({"type": "snapshot", "upto": upto, "epoch": epoch} | _pulse(pulse))


def delta_message(after: int, upto: int, news: Mapping[FeedKind, list[Told]], pulse: Pulse) -> str:
    """What has happened after one number and up to another one."""
    contents = {kind.value: [one.content for one in items] for kind, items in news.items()}
    return _encoded({"type": "delta", "after": after, "upto": upto} | contents | _pulse(pulse))


def beat_message(after: int, upto: int, pulse: Pulse) -> str:
    """A sign of life: between the two numbers there was nothing for this viewer."""
    return _encoded({"type": "beat", "after": after, "upto": upto} | _pulse(pulse))


def _content(entry: Entry) -> dict[str, Any]:
    match FeedKind(entry.kind):
        case FeedKind.FIGURES:
            return {"as_of": _iso(entry.at), **(entry.detail or {})}
        case FeedKind.ZONES:
            return {"id": entry.plan_id, "seq": entry.seq, "at": _iso(entry.at), "state": entry.act}
        case FeedKind.WALLS:
            return {"at": _iso(entry.at), **(entry.detail or {})}
        case _:
            return _case(entry)


def _case(entry: Entry) -> dict[str, Any]:
    content = {"id": entry.incident_id, "seq": entry.seq, "at": _iso(entry.at), "entry": entry.id}
    if entry.gone:
        # Where it went and what became of it there is not this department's any more.
        return content | {"act": "gone", "state": None}
    state = None if entry.status is None else CaseStatus(entry.status).key
    return content | {"act": entry.act, "state": state} | ({"detail": entry.detail} if entry.detail else {})


def _pulse(pulse: Pulse) -> dict[str, Any]:
    as_of = None if pulse.passed_ms is None else _iso(datetime.fromtimestamp(pulse.passed_ms / 1000, UTC))
    now_ms = round(pulse.now.timestamp() * 1000)
    said = {"as_of": as_of, "server_ms": now_ms, "lag_ms": pulse.lag_ms, "version": VERSION}
    return said | ({"edition": pulse.edition} if pulse.edition else {})


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _encoded(message: dict[str, Any]) -> str:
    return orjson.dumps(message).decode()
