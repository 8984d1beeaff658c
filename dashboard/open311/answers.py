"""How does an answer look, in JSON or in XML, whichever was asked for?

Source: Open311 GeoReport v2.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree  # writes only; nothing is parsed here

import orjson
from starlette.responses import Response

from data.open311.form import SEVERITY
from data.open311.requests import ServiceRequest
from data.reads.catalog import ClassEntry
from geo.status import Severity

JSON, XML = "json", "xml"
MEDIA_TYPES = {JSON: "application/json; charset=utf-8", XML: "text/xml; charset=utf-8"}
Record = Mapping[str, object]

_SINGULAR = {
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "values": "value",
    "errors": "error",
}
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""

_SEVERITY_NAMES = {Severity.general: "一般", Severity.serious: "较重", Severity.major: "重大"}


def answer(root: str, records: Sequence[Record] | Record, form: str, status: int = 200) -> Response:
    """Records as a response.

    Args:
        root: Name of the outermost element in XML.
        records: An array of objects, or one object.
        form: `json` or `xml`.
        status: Of HTTP.
    """
    content = orjson.dumps(records) if form == JSON else xml_of(root, records)
    return Response(content, status, {"Cache-Control": "no-store"}, MEDIA_TYPES[form])


def xml_of(root: str, records: Sequence[Record] | Record) -> bytes:
    """Records as an XML document in UTF-8; null becomes an empty element."""
    element = ElementTree.Element(root)
    _fill(element, records)
    written: bytes = ElementTree.tostring(element, encoding="utf-8", xml_declaration=True)
    return written


def service_record(entry: ClassEntry, lang: str) -> Record:
    """A class as a service."""
    return {
        "service_code": entry.code,
        "service_name": _named(entry.name_zh, entry.name_en, lang),
        "description": _named(entry.name_en, entry.name_zh, lang),
        "metadata": True,
        "type": "realtime",
        "keywords": ",".join(dict.fromkeys((entry.family, entry.kind, entry.group_key))),
        "group": _named(entry.group_zh, entry.group_en, lang),
    }


def definition_record(entry: ClassEntry, lang: str) -> Record:
    """What may be said of a service beyond place and description."""
    values = [
        {"key": str(int(severity)), "name": _named(_SEVERITY_NAMES[severity], severity.name, lang)}
        for severity in Severity
    ]
    attribute = {
        "variable": True,
        "code": SEVERITY,
        "datatype": "singlevaluelist",
        "required": False,
        "datatype_description": "",
        "order": 1,
        "description": _named("严重程度", "Severity", lang),
        "values": values,
    }
    return {"service_code": entry.code, "attributes": [attribute]}


def request_record(request: ServiceRequest, lang: str) -> Record:
    """A request; what is unknown is null."""
    return {
        "service_request_id": str(request.id),
        "status": request.status,
        "status_notes": request.status_notes,
        "service_name": _named(request.service_zh, request.service_en, lang),
        "service_code": request.service_code,
        "description": request.description,
        "agency_responsible": request.agency,
        "service_notice": None,
        "requested_datetime": moment_text(request.requested_at),
        "updated_datetime": moment_text(request.updated_at),
        "expected_datetime": moment_text(request.expected_at),
        "address": request.address,
        "address_id": None,
        "zipcode": None,
        "lat": request.lat,
        "long": request.lon,
        "media_url": None,
    }


def moment_text(moment: datetime | None) -> str | None:
    """A moment in W3C form, in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def error_record(code: int, description: str) -> Record:
    """One error; the standard has arrays of them."""
    return {"code": code, "description": description}


def _named(first: str, second: str, lang: str) -> str:
    names = (first, second) if lang == "zh" else (second, first)
    return names[0] or names[1]


def _fill(element: ElementTree.Element, value: object) -> None:
    if isinstance(value, Mapping):
        for name, part in value.items():
            _fill(ElementTree.SubElement(element, name), part)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:
            _fill(ElementTree.SubElement(element, _SINGULAR[element.tag]), part)
    elif value is not None:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        element.text = _UNWRITABLE.sub("", text)
