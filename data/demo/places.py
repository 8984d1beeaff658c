"""Where are the posts, rooms, reservoirs, hydrants, shelters and cameras of the demo city?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.demo.geography import DemoGeography, SmallFacts
from data.demo.spots import Ground, build_ground, draw_anywhere

HILL_M = 120.0
URBAN_KM2 = 1_500.0

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class DemoPlace:
    """One place; `lonlat` in EPSG:4326 degrees, `service_radius_m` where the kind serves a radius."""

    kind: str
    code: str
    name: str
    name_en: str
    small_code: str
    lonlat: tuple[float, float]
    service_radius_m: float | None


@dataclass(frozen=True)
class PlaceKind:
    """A kind of place: neutral key, names, prefix of its codes."""

    key: str
    zh: str
    en: str
    prefix: str


SENTRY_POST = PlaceKind("sentry_post", "红色哨卡", "sentry post", "SP")
SENTRY_POINT = PlaceKind("sentry_point", "哨点", "sentry point", "ST")
POLICE_ROOM = PlaceKind("police_room", "警务室", "police room", "PR")
MEDIATION_CENTRE = PlaceKind("mediation_centre", "矛调中心", "mediation centre", "MC")
RESERVOIR = PlaceKind("reservoir", "水库", "reservoir", "RS")
HYDRANT = PlaceKind("hydrant", "消火栓", "hydrant", "HY")
SHELTER = PlaceKind("shelter", "应急避难场所", "shelter", "SH")
CAMERA = PlaceKind("camera", "视频点位", "camera site", "CM")

POLICE_RADIUS_M = {"village": 100.0, "centre": 1_000.0, "station": 10_000.0}
SHARE_SENTRY_POINT, SHARE_VILLAGE_POLICE = 0.30, 0.55
RESERVOIRS, HYDRANTS, SHELTERS, CAMERAS = 38, 900, 260, 620


@dataclass(frozen=True)
class _Draft:
    """A place before it has a number and a position."""

    kind: PlaceKind
    small: int
    owner: str
    owner_en: str
    radius_m: float | None = None


def build_places(geography: DemoGeography, rng: np.random.Generator) -> tuple[DemoPlace, ...]:
    """Put places on believable ground; all lie strictly inside the small grid that they name."""
    drafts = [*_village_places(geography, rng), *_town_places(geography), *_county_places(geography)]
    drafts += _scattered_places(geography, rng)
    ground = build_ground(geography)
    return _numbered(geography, ground, drafts, rng)


def _busiest(facts: SmallFacts, members: Ints) -> int:
    """The small grid with the densest population: a village's or town's middle."""
    return int(members[facts.density_km2[members].argmax()])


def _members(geography: DemoGeography, digits: int) -> dict[str, Ints]:
    """Rows of the small grids under each unit, by the first digits of their codes."""
    prefix = np.array([unit.code[:digits] for unit in geography.level("small")])
    return {str(code): np.flatnonzero(prefix == code) for code in np.unique(prefix)}


def _village_places(geography: DemoGeography, rng: np.random.Generator) -> Iterator[_Draft]:
    """A sentry post in every village, sentry points in some, and police rooms in about half of them."""
    members = _members(geography, 12)
    for unit in geography.level("medium"):
        rows = members[unit.code]
        middle = _busiest(geography.facts, rows)
        yield _Draft(SENTRY_POST, middle, unit.name, unit.name_en)
        for row in rows[rng.random(len(rows)) < SHARE_SENTRY_POINT]:
            yield _Draft(SENTRY_POINT, int(row), unit.name, unit.name_en)
        if rng.random() < SHARE_VILLAGE_POLICE:
            yield _Draft(POLICE_ROOM, middle, unit.name, unit.name_en, POLICE_RADIUS_M["village"])


def _town_places(geography: DemoGeography) -> Iterator[_Draft]:
    """A mediation centre and a larger police room in every town."""
    members = _members(geography, 9)
    for unit in geography.level("large"):
        middle = _busiest(geography.facts, members[unit.code])
        yield _Draft(MEDIATION_CENTRE, middle, unit.name, unit.name_en)
        yield _Draft(POLICE_ROOM, middle, f"{unit.name}中心", f"{unit.name_en} central", POLICE_RADIUS_M["centre"])


def _county_places(geography: DemoGeography) -> Iterator[_Draft]:
    """A mediation centre and a station's police room in every county."""
    members = _members(geography, 6)
    for unit in geography.level("county"):
        middle = _busiest(geography.facts, members[unit.code])
        yield _Draft(MEDIATION_CENTRE, middle, unit.name, unit.name_en)
        yield _Draft(POLICE_ROOM, middle, f"{unit.name}站区", f"{unit.name_en} station", POLICE_RADIUS_M["station"])


def _scattered_places(geography: DemoGeography, rng: np.random.Generator) -> Iterator[_Draft]:
    """Reservoirs in the hills, hydrants and cameras where people live, shelters everywhere that they are needed."""
    facts = geography.facts
    people = facts.density_km2 * facts.area_km2
    hills = (facts.height_m > HILL_M) & (facts.density_km2 < URBAN_KM2) & (facts.coast_km > 3.0)
    urban = np.where(facts.density_km2 > URBAN_KM2, people, 0.04 * people)
    wanted = (
        (RESERVOIR, RESERVOIRS, hills * facts.area_km2, False),
        (HYDRANT, HYDRANTS, urban, True),
        (SHELTER, SHELTERS, people, False),
        (CAMERA, CAMERAS, urban + 0.1 * people, True),
    )
    villages = {unit.code: unit for unit in geography.level("medium")}
    codes = [unit.code for unit in geography.level("small")]
    for kind, count, weight, repeat in wanted:
        possible = count if repeat else min(count, int((weight > 0).sum()))
        rows = rng.choice(len(weight), possible, replace=repeat, p=weight / weight.sum())
        for row in np.sort(rows):
            village = villages[codes[row][:12]]
            yield _Draft(kind, int(row), village.name, village.name_en)


def _numbered(
    geography: DemoGeography, ground: Ground, drafts: list[_Draft], rng: np.random.Generator
) -> tuple[DemoPlace, ...]:
    """Positions, codes that count within each kind, and names that tell places of one owner apart."""
    lonlat = draw_anywhere(ground, np.array([draft.small for draft in drafts], dtype=np.int64), rng)
    small = geography.level("small")
    serial: dict[str, int] = {}
    owned: dict[tuple[str, str], int] = {}
    places = []
    for draft, (lon, lat) in zip(drafts, lonlat.tolist(), strict=True):
        kind, code = draft.kind, small[draft.small].code
        serial[kind.key] = serial.get(kind.key, 0) + 1
        owner = (kind.key, code[:12] + draft.owner)
        owned[owner] = owned.get(owner, 0) + 1
        zh, en = _names(draft, owned[owner])
        places.append(
            DemoPlace(kind.key, f"{kind.prefix}{serial[kind.key]:05d}", zh, en, code, (lon, lat), draft.radius_m)
        )
    return tuple(places)


def _names(draft: _Draft, number: int) -> tuple[str, str]:
    """The first place of its owner carries no number; reservoirs take the village's bare name."""
    zh = draft.owner.removesuffix("村").removesuffix("社区") if draft.kind is RESERVOIR else draft.owner
    suffix = "" if number == 1 else str(number)
    return f"{zh}{draft.kind.zh}{suffix}", f"{draft.owner_en} {draft.kind.en} {suffix}".rstrip()
