"""What of another city's requests is taken over, and in which form? What the import reads; nothing about a person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

KEPT = (
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "lat",
    "long",
)
"""Fields of the standard without `media_url`, `zipcode` and what single cities add."""

_MOMENTS = ("requested_datetime", "updated_datetime", "expected_datetime")
_MILLISECONDS_FROM = 100_000_000_000


@dataclass(slots=True)
class Records:
    """Requests by their id, each once: of several versions the one that was updated last.

    Attributes:
        by_id: As the import reads them.
        repeated: How many came again.
        nameless: How many had no id; they cannot be told from each other, and are not taken.
    """

    by_id: dict[str, dict[str, object]] = field(default_factory=dict)
    repeated: int = 0
    nameless: int = 0

    def add(self, raw: Iterable[Mapping[str, object]]) -> int:
        """Take some over; tells how many of them were new."""
        new = 0
        for one in raw:
            record = _kept(one)
            name = record["service_request_id"]
            if not name:
                self.nameless += 1
                continue
            known = self.by_id.get(str(name))
            new += known is None
            self.repeated += known is not None
            if known is None or str(record["updated_datetime"] or "") >= str(known["updated_datetime"] or ""):
                self.by_id[str(name)] = record
        return new


def _kept(raw: Mapping[str, object]) -> dict[str, object]:
    """The fields that are kept, all of them there, as texts; moments in one form where they can be read."""
    kept: dict[str, object] = {name: _text(raw.get(name)) for name in KEPT}
    return kept | {name: _moment(str(kept[name])) if kept[name] else None for name in _MOMENTS}


def _text(value: object) -> str | None:
    if value is None or isinstance(value, dict | list):
        return None
    return str(value).strip() or None


def _moment(text: str) -> str:
    """A moment in ISO 8601, in UTC where it states its zone; what cannot be read stays, and the import says so."""
    try:
        if text.isdigit() and len(text) >= 9:
            number = int(text)
            moment = datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS_FROM else number, UTC)
        elif text[:1].isalpha():
            moment = parsedate_to_datetime(text)
        else:
            moment = datetime.fromisoformat(text.replace(" UTC", "Z"))
        return (moment.astimezone(UTC) if moment.tzinfo else moment).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return text
