"""Which incidents does the city tell of over Open311, and what does it say of each?

Sensitive classes are in no answer, whoever asks.
"""

from dataclasses import dataclass
from datetime import datetime

from data.engine import AsyncRows
from data.open311.question import RequestQuestion
from data.open311.terms import status_codes, status_notes, status_of, updated_at
from data.reads.errors import NothingFound
from data.reads.incidents import Incident, read_incidents_by_id
from data.reads.rows import fetch_all

_PAGE = """
SELECT id, reported_at
FROM incident
WHERE {where}
    AND status = ANY(%(statuses)s::smallint[])
    AND class_id = ANY (
        ARRAY(
            SELECT id FROM incident_class
            WHERE NOT sensitive AND (%(codes)s::text[] IS NULL OR code = ANY(%(codes)s::text[]))
        )
    )
ORDER BY reported_at DESC, id DESC
OFFSET %(skipped)s
LIMIT %(rows)s
"""
_BY_PERIOD = _PAGE.format(where="reported_at >= %(start)s AND reported_at <= %(end)s")
_BY_ID = _PAGE.format(where="id = ANY(%(ids)s::bigint[])")


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """An incident in the words of Open311.

    Attributes:
        status: `open` or `closed`.
        status_notes: State or close reason, a neutral key.
        expected_at: End of the time limit of handling; None where none runs.
        description, address: None for an account that may not read texts.
        lon, lat: Degrees WGS 84, None without a position.
    """

    id: int
    status: str
    status_notes: str
    service_code: str
    service_zh: str
    service_en: str
    agency: str | None
    requested_at: datetime
    updated_at: datetime
    expected_at: datetime | None
    description: str | None
    address: str | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class _Spot:
    id: int
    reported_at: datetime


class ServiceRequestUnknown(NothingFound):
    """There is no such request, or none that the account may see."""

    def __init__(self, request_id: int) -> None:
        super().__init__(
            "service_request_id", f"There is no request {request_id}.", "Send the number that was given for it."
        )


async def read_requests(conn: AsyncRows, question: RequestQuestion) -> tuple[ServiceRequest, ...]:
    """A page of requests, newest first."""
    values: dict[str, object] = {
        "ids": list(question.ids or ()),
        "codes": None if question.codes is None else list(question.codes),
        "statuses": sorted(code for word in question.statuses for code in status_codes(word)),
        "start": question.start,
        "end": question.end,
        "skipped": question.skipped,
        "rows": question.rows,
    }
    query = _BY_PERIOD if question.ids is None else _BY_ID
    spots = await fetch_all(conn, _Spot, query, values, prepare=False)
    found = await read_incidents_by_id(conn, [spot.id for spot in spots], [spot.reported_at for spot in spots])
    return tuple(_request(found[spot.id]) for spot in spots if spot.id in found)


async def read_request(conn: AsyncRows, question: RequestQuestion) -> ServiceRequest:
    """The one request that is asked for.

    Raises:
        ServiceRequestUnknown: There is none that the account may see.
    """
    found = await read_requests(conn, question)
    if not found:
        assert question.ids is not None
        raise ServiceRequestUnknown(question.ids[0])
    return found[0]


def _request(incident: Incident) -> ServiceRequest:
    moments = (incident.filed_at, incident.dispatched_at, incident.handled_at, incident.closed_at)
    return ServiceRequest(
        id=incident.id,
        status=status_of(incident.status),
        status_notes=status_notes(incident.status, incident.close_reason),
        service_code=incident.class_code,
        service_zh=incident.class_zh,
        service_en=incident.class_en,
        agency=incident.department,
        requested_at=incident.reported_at,
        updated_at=updated_at(incident.reported_at, *moments),
        expected_at=incident.due_at,
        description=incident.text,
        address=incident.address,
        lon=incident.lon,
        lat=incident.lat,
    )
