"""Which fields about a person may a report not carry?

Source: Open311 GeoReport v2, POST Service Request.
"""

from collections.abc import Mapping

from data.privacy.column_names import names_a_person
from data.privacy.masking import masked_text
from data.reads.errors import RequestRefused

OPEN311_PERSONAL = ("email", "device_id", "account_id", "first_name", "last_name", "phone")
"""All fields of Open311 that say who reports; `media_url` and `address_id` are about the matter and the place."""

_SHOWN_CHARS = 80


class PersonalFieldRefused(RequestRefused):
    """A report carries a field about a person; nothing of the report has been kept."""

    def __init__(self, field: str) -> None:
        super().__init__(
            masked_text(field)[:_SHOWN_CHARS],
            "This field is about a person, and the program keeps nothing about persons.",
            f"Send the report without it ({', '.join(OPEN311_PERSONAL)} and the like are never taken).",
        )


def refuse_personal_fields(report: Mapping[str, object]) -> None:
    """Let a report pass only if no field of it is about a person; an empty one is none.

    Raises:
        PersonalFieldRefused: names the first such field; its value is nowhere.
    """
    for field, value in report.items():
        if value not in (None, "") and (field.lower() in OPEN311_PERSONAL or names_a_person(field)):
            raise PersonalFieldRefused(field)
