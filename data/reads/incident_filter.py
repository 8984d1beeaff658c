"""Which incidents does a list ask for, beyond unit, period and class?"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from data.reads.errors import BoxInvalid, CursorInvalid, IdsInvalid, LimitInvalid, StatusUnknown
from geo.status import OPEN_STATUSES, CaseStatus

MAX_IDS = 1_000
MAX_LIMIT = 500
DEFAULT_LIMIT = 50
MAX_TEXT_CHARACTERS = 200
FIGURE_TERMS = ("open", "overdue", "on_time", "late")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BOX_TEXTS = (
    "This is no box on the map.",
    "Give west,south,east,north in degrees, west before east and south before north.",
)

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Box:
    """Corners in degrees, WGS 84."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Position:
    """The place of an incident in the order of the list."""

    reported_at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Conditions that all hold together; empty ones do not count.

    Attributes:
        statuses: Codes of CaseStatus; an incident has one of them, or meets one of `figures`.
        figures: Of overdue, on_time, late.
        text: Found in the text or the address, or equal to the external id.
        cells: Only what lies in these cells, such as those of chosen units.
    """

    statuses: frozenset[int] = frozenset()
    figures: frozenset[str] = frozenset()
    text: str = ""
    box: Box | None = None
    ids: tuple[int, ...] | None = None
    cells: tuple[int, ...] | None = None


def parse_filter(
    status: str | None = None, text: str | None = None, box: str | None = None, ids: str | None = None
) -> IncidentFilter:
    """Filter from the texts of the address.

    Args:
        status: Comma-separated status keys, `open`, `overdue`, `on_time` and `late`; any one of them suffices.
        text: Part of the text or the address, or an external id.
        box: `west,south,east,north` in degrees.
        ids: Comma-separated incident ids.

    Raises:
        StatusUnknown, BoxInvalid, IdsInvalid: A text cannot be used.
    """
    terms = [term.strip() for term in (status or "").split(",") if term.strip()]
    statuses: set[int] = set()
    for term in terms:
        statuses |= _statuses_of(term)
    figures = frozenset(terms) & frozenset(FIGURE_TERMS[1:])
    return IncidentFilter(
        frozenset(statuses), figures, (text or "").strip()[:MAX_TEXT_CHARACTERS], _parse_box(box), _parse_ids(ids)
    )


def parse_limit(text: str | None) -> int:
    """Page size from its text, 1 to 500; 50 where it is empty.

    Raises:
        LimitInvalid: It is no such number.
    """
    if not text:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MAX_LIMIT:
        raise LimitInvalid("limit", f"{text!r} is no page size.", f"Give a whole number from 1 to {MAX_LIMIT}.")
    return int(text)


def encode_cursor(position: Position) -> str:
    """Opaque text that stands for a place in the list."""
    micros = (position.reported_at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{micros}.{position.id}".encode()).decode().rstrip("=")


def decode_cursor(text: str | None) -> Position | None:
    """The place that a cursor stands for; None where it is empty.

    Raises:
        CursorInvalid: The cursor was not made here.
    """
    if not text:
        return None
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
        micros, incident_id = (int(part) for part in decoded.split("."))
        return Position(_EPOCH + timedelta(microseconds=micros), _id_in_range(incident_id))
    except (binascii.Error, ValueError, OverflowError) as error:
        raise CursorInvalid("cursor", "The cursor is damaged.", "Start again without a cursor.") from error


def _statuses_of(term: str) -> set[int]:
    if term == "open":
        return {int(status) for status in OPEN_STATUSES}
    if term in FIGURE_TERMS:
        return set()
    for status in CaseStatus:
        if status.key == term:
            return {int(status)}
    known = ", ".join([*(status.key for status in CaseStatus), *FIGURE_TERMS])
    raise StatusUnknown("status", f"{term!r} is no status.", f"Use any of: {known}; separate several by commas.")


def _parse_box(text: str | None) -> Box | None:
    if not text:
        return None
    west, south, east, north = _numbers(text, float, 4, BoxInvalid("bbox", *_BOX_TEXTS))
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BoxInvalid("bbox", *_BOX_TEXTS)
    return Box(west, south, east, north)


def _parse_ids(text: str | None) -> tuple[int, ...] | None:
    if not text:
        return None
    refusal = IdsInvalid(
        "ids", "This is no list of incident ids.", f"Give at most {MAX_IDS} whole numbers, separated by commas."
    )
    ids = _numbers(text, int, None, refusal)
    if len(ids) > MAX_IDS or not all(0 <= value < 2**63 for value in ids):
        raise refusal
    return tuple(ids)


def _numbers(text: str, kind: Callable[[str], Number], count: int | None, refusal: Exception) -> list[Number]:
    try:
        numbers = [kind(part) for part in text.split(",")]
    except ValueError as error:
        raise refusal from error
    if count is not None and len(numbers) != count:
        raise refusal
    return numbers


def _id_in_range(incident_id: int) -> int:
    if not 0 <= incident_id < 2**63:
        raise ValueError("id out of range")
    return incident_id
