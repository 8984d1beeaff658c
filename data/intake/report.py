"""What does a reported object say, and which of its fields cannot be used?"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data.errors import DataError
from data.privacy.kinds import Masked
from data.privacy.masking import mask, mask_identifier, masked_text
from data.privacy.personal_fields import PersonalFieldRefused, refuse_personal_fields
from geo.datum import Datum
from geo.status import Severity

DEFAULT_SOURCE = "department_feed"
DEFAULT_DATASET = "api"
SKEW = timedelta(minutes=5)
"""A report may be so much ahead of our clock; what is later is a mistake of the sender."""

OLDEST = timedelta(days=3_660)
"""Older matters come in by an import; a single report that old is a mistyped year."""

FIELDS = frozenset(
    {
        "class",
        "lon",
        "lat",
        "datum",
        "reported_at",
        "severity",
        "source",
        "department",
        "dataset",
        "external_id",
        "key",
        "text",
        "address",
    }
)
_LENGTHS = {"text": 4_000, "address": 500, "external_id": 200, "key": 200}
_CODE_LENGTH = 80
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DATUMS = frozenset({Datum.WGS84, Datum.CGCS2000, Datum.GCJ02, Datum.BD09})
_SEVERITIES = {severity.name: int(severity) for severity in Severity}


class ReportRefused(DataError):
    """A report cannot be stored as it is; `field` names what is wrong, `cause` and `remedy` are sentences."""

    def __init__(self, field: str, cause: str, remedy: str) -> None:
        super().__init__(f"{field}: {cause} {remedy}")
        self.field = field
        self.cause = cause
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Report:
    """One report as its sender states it, texts cleaned and masked.

    Attributes:
        class_code: Code of the catalog.
        lonlat: Degrees in `datum`, None without a position.
        reported_at: Aware; None where the sender leaves it to us.
        severity: 1 to 3, None where the class decides.
        external_id: Id within the data set; an import with the same id means the same incident.
        key: The sender's own key, known to nobody else.
    """

    class_code: str
    lonlat: tuple[float, float] | None
    datum: Datum
    reported_at: datetime | None
    severity: int | None
    source: str
    department: str | None
    dataset: str
    external_id: str | None
    key: str | None
    text: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Rules:
    """What reading depends on.

    Attributes:
        now: Aware.
        zone: Of times that state none.
    """

    now: datetime
    zone: ZoneInfo


def read_report(raw: object, rules: Rules) -> Report:
    """One object of a request.

    Raises:
        ReportRefused: A field is missing, unknown, or has a value that cannot be used.
    """
    if not isinstance(raw, dict):
        raise ReportRefused("items", "A report is not an object.", "Send objects with the fields of /api/docs.")
    _require_known(raw)
    code = _code(raw, "class")
    if code is None:
        raise ReportRefused("class", "The class is missing.", "Take a code from /api/v1/classes.")
    return Report(
        class_code=code,
        lonlat=_lonlat(raw),
        datum=_datum(raw.get("datum")),
        reported_at=_moment(raw.get("reported_at"), rules),
        severity=_severity(raw.get("severity")),
        source=_code(raw, "source") or DEFAULT_SOURCE,
        department=_code(raw, "department"),
        dataset=_code(raw, "dataset") or DEFAULT_DATASET,
        external_id=_masked(raw, "external_id", mask_identifier),
        key=_text(raw, "key"),
        text=_masked(raw, "text", mask),
        address=_masked(raw, "address", mask),
    )


def _require_known(raw: Mapping[str, object]) -> None:
    """Refuse fields about a person, and fields that there are not: an ignored one would be lost in silence."""
    if raw.keys() <= FIELDS:
        return
    try:
        refuse_personal_fields(raw)
    except PersonalFieldRefused as refused:
        raise ReportRefused(refused.field, refused.cause, refused.remedy) from None
    unknown = masked_text(_CONTROL.sub("", min(raw.keys() - FIELDS)))[:_CODE_LENGTH]
    raise ReportRefused(
        unknown,
        "There is no such field.",
        f"Leave it out. The fields are: {', '.join(sorted(FIELDS))}.",
    )


def _code(raw: Mapping[str, object], field: str) -> str | None:
    value = raw.get(field)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _CODE_LENGTH or "\x00" in value:
        raise ReportRefused(field, f"It is no text of at most {_CODE_LENGTH} characters.", "Send a code as text.")
    return value


def _text(raw: Mapping[str, object], field: str) -> str | None:
    value = raw.get(field)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and field in ("external_id", "key"):
        value = str(value)
    if not isinstance(value, str):
        raise ReportRefused(field, "It is no text.", "Send a JSON string.")
    cleaned = _CONTROL.sub("", value).strip()
    if len(cleaned) > _LENGTHS[field]:
        raise ReportRefused(field, f"It has {len(cleaned):,} characters.", f"Send at most {_LENGTHS[field]:,}.")
    return cleaned or None


def _masked(raw: Mapping[str, object], field: str, taken_out: Callable[[str], Masked]) -> str | None:
    text = _text(raw, field)
    return taken_out(text).text if text else None


def _lonlat(raw: Mapping[str, object]) -> tuple[float, float] | None:
    lon, lat = raw.get("lon"), raw.get("lat")
    if lon is None and lat is None:
        return None
    x, y = _degrees(lon, "lon", 180.0), _degrees(lat, "lat", 90.0)
    if x == 0.0 and y == 0.0:
        raise ReportRefused("lon", "Longitude and latitude are both 0.", "Send the position, or leave both out.")
    return x, y


def _degrees(value: object, field: str, limit: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ReportRefused(field, "It is no number.", "Send lon and lat as degrees, or leave both out.")
    if not (math.isfinite(value) and abs(value) <= limit):
        raise ReportRefused(field, f"It is outside ±{limit:g} degrees.", "Check that lon and lat are not exchanged.")
    return float(value)


def _datum(value: object) -> Datum:
    if value is None:
        return Datum.WGS84
    if not isinstance(value, str) or value not in _DATUMS:
        raise ReportRefused("datum", "The datum is unknown.", f"Use one of {', '.join(sorted(_DATUMS))}.")
    return Datum(value)


def _severity(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, str) and value in _SEVERITIES:
        return _SEVERITIES[value]
    if isinstance(value, bool) or value not in (1, 2, 3):
        raise ReportRefused("severity", "The severity is unknown.", "Use 1 general, 2 serious or 3 major.")
    return int(str(value).partition(".")[0])


def _moment(value: object, rules: Rules) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ReportRefused(
            "reported_at", "It is no time in ISO 8601.", "Write it like 2026-03-02T08:00:00+08:00."
        ) from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=rules.zone)
    try:
        late, old = aware > rules.now + SKEW, aware < rules.now - OLDEST
    except OverflowError:
        late, old = False, True
    if late:
        raise ReportRefused("reported_at", "It lies in the future.", "Check the clock and time zone of the sender.")
    if old:
        raise ReportRefused("reported_at", "It is more than ten years ago.", "Import old matters from a file.")
    return aware
