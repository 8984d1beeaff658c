"""Which place 地/物 has an id, and in which unit does it lie?"""

from dataclasses import dataclass

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.errors import NothingFound
from data.reads.rows import fetch_one


class PlaceUnknown(NothingFound):
    """No place has the id."""

    def __init__(self, place_id: int) -> None:
        super().__init__("id", f"There is no place {place_id}.", "Choose one on the map.")
        self.place_id = place_id


@dataclass(frozen=True, slots=True)
class PlaceDetail:
    """One place.

    Attributes:
        service_radius_m: How far it serves, metres; None where it has no such radius.
        unit_code, unit_name, unit_level: Smallest unit that it lies in; None where it lies in none.
        lon, lat: Degrees, WGS 84.
    """

    id: int
    kind: str
    code: str
    name: str
    name_en: str
    service_radius_m: float | None
    unit_code: str | None
    unit_name: str | None
    unit_level: str | None
    lon: float
    lat: float


async def read_place(conn: AsyncRows, place_id: int) -> PlaceDetail:
    """One place.

    Raises:
        PlaceUnknown: There is none with the id.
    """
    place = await fetch_one(conn, PlaceDetail, named("place_detail"), {"id": place_id})
    if place is None:
        raise PlaceUnknown(place_id)
    return place
