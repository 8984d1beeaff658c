"""How does a form of Open311 become a report as the intake reads it?

Source: Open311 GeoReport v2, POST Service Request.
"""

from collections.abc import Iterable, Mapping

from data.open311.terms import SOURCE
from data.privacy.personal_fields import refuse_personal_fields
from data.reads.errors import RequestRefused

SEVERITY = "severity"
"""The one attribute of a service definition."""

_ATTRIBUTE = f"attribute[{SEVERITY}]"
_NOT_FOR_THE_REPORT = frozenset({"api_key", "jurisdiction_id"})
_TAKEN = frozenset({"service_code", "lat", "long", "address_string", "description", _ATTRIBUTE})
_NOT_KEPT = {
    "media_url": "Pictures behind addresses are not fetched; describe what is to be seen.",
    "address_id": "The city has no numbered addresses; send lat and long, or address_string.",
}


def report_of(pairs: Iterable[tuple[str, str]]) -> dict[str, object]:
    """The object that the intake reads, from the fields of a form.

    Raises:
        PersonalFieldRefused: A field is about a person.
        RequestRefused: A field is missing, unknown, or comes twice.
    """
    given = _fields(pairs)
    refuse_personal_fields(given)
    for field in given.keys() - _TAKEN:
        remedy = _NOT_KEPT.get(field, f"Leave it out. The fields are: {', '.join(sorted(_TAKEN))}.")
        raise RequestRefused(field[:80], "This field is not taken.", remedy)
    if not given.get("service_code"):
        raise RequestRefused("service_code", "The service_code is missing.", "Take one from services.json.")
    report: dict[str, object] = {"class": given["service_code"], "source": SOURCE}
    report |= _place(given)
    if given.get("description"):
        report["text"] = given["description"]
    if given.get(_ATTRIBUTE):
        report[SEVERITY] = _severity(given[_ATTRIBUTE])
    return report


def _fields(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    given: dict[str, str] = {}
    for field, value in pairs:
        if field in _NOT_FOR_THE_REPORT or not value:
            continue
        if field in given:
            raise RequestRefused(field[:80], "It comes more than once.", "Send it once.")
        given[field] = value
    return given


def _place(given: Mapping[str, str]) -> dict[str, object]:
    place: dict[str, object] = {}
    if "lat" in given or "long" in given:
        place = {"lon": _degrees(given, "long"), "lat": _degrees(given, "lat")}
    if "address_string" in given:
        place["address"] = given["address_string"]
    if not place:
        raise RequestRefused("lat", "The place is missing.", "Send lat and long (WGS 84), or address_string.")
    return place


def _degrees(given: Mapping[str, str], field: str) -> float:
    try:
        return float(given[field])
    except (KeyError, ValueError):
        raise RequestRefused(field, "It is no number.", "Send lat and long in degrees, both or none.") from None


def _severity(text: str) -> int:
    if text not in ("1", "2", "3"):
        raise RequestRefused(_ATTRIBUTE, "The severity is unknown.", "Use 1 general, 2 serious or 3 major.")
    return int(text)
