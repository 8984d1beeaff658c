"""Which mix of problems does each kind of neighbourhood have?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.demo.class_list import ClassList
from data.demo.geography import SmallFacts

Floats = NDArray[np.float64]

# How often each group of classes comes up, in towns and in the country; all classes of a group share the number.
GROUP_WEIGHT = {
    "public_utility": (7.0, 4.0),
    "road_traffic": (5.0, 5.0),
    "sanitation_facilities": (4.0, 2.0),
    "landscaping": (3.0, 0.7),
    "other_components": (1.0, 1.2),
    "appearance_sanitation": (14.0, 12.0),
    "advertising": (4.0, 1.0),
    "construction": (4.0, 2.0),
    "street_order": (16.0, 5.0),
    "emergencies": (3.0, 2.5),
    "other_events": (3.0, 3.0),
    "marriage_family": (0.99, 1.4),
    "neighbour": (1.8, 2.2),
    "debt": (0.68, 0.59),
    "property_management": (2, 0.14),
    "labour": (0.9, 0.45),
    "land": (0.18, 2.2),
    "consumer": (0.99, 0.23),
    "compensation": (0.63, 0.54),
    "relocation": (0.32, 0.54),
    "sea_fishery": (0.09, 0.36),
    "fire": (5.0, 4.5),
    "disaster": (1.6, 4.5),
    "disorder": (2.5, 1.5),
    "accident": (4.0, 4.0),
    "hardship": (2.5, 5.5),
    "fraud": (3.0, 2.5),
}
RARE = {"U-E-5-06": 0.03, "U-E-5-09": 0.15, "U-E-5-01": 0.3, "S-P-3-05": 0.3, "S-P-2-06": 0.5, "S-P-4-03": 0.5}
COMMON = {"U-E-1-01": 3.0, "U-E-4-04": 3.0, "U-E-4-02": 2.0, "S-D-2-01": 1.8, "S-P-1-01": 2.5, "U-C-2-11": 2.5}
SHORE_ONLY = frozenset(
    {"U-E-1-13", "U-E-6-03", "U-C-5-05", "S-P-2-07", "S-P-4-06", "S-D-10-01", "S-D-10-02", "S-D-10-03"}
)
SHORE_KM = 4.0


@dataclass(frozen=True)
class Archetype:
    """A problem profile: groups or classes that come up more often, and the ground on which it occurs."""

    key: str
    boosts: dict[str, float]
    ground: str


ARCHETYPES = (
    Archetype("old_quarter", {"fire": 4.0, "neighbour": 4.0, "U-E-5-04": 6.0, "U-E-4-07": 5.0}, "town"),
    Archetype("market", {"street_order": 3.5, "advertising": 4.0, "consumer": 4.0}, "town"),
    Archetype("new_estate", {"property_management": 6.0, "construction": 4.0, "S-P-1-01": 4.0}, "town"),
    Archetype("rented_rooms", {"disorder": 6.0, "fraud": 4.0, "U-E-4-10": 4.0}, "town"),
    Archetype("workshops", {"labour": 8.0, "S-P-1-05": 8.0, "S-P-4-08": 7.0, "S-P-4-03": 6.0}, "any"),
    Archetype("low_ground", {"U-E-5-05": 9.0, "S-P-2-05": 9.0, "S-P-2-03": 6.0, "U-C-1-04": 6.0}, "any"),
    Archetype("trunk_road", {"road_traffic": 4.0, "S-P-4-01": 7.0, "S-D-8-01": 7.0, "U-E-3-03": 7.0}, "any"),
    Archetype("litter", {"appearance_sanitation": 3.0, "sanitation_facilities": 4.0, "U-E-6-01": 4.0}, "any"),
    Archetype("ageing_village", {"hardship": 4.5, "S-P-6-02": 8.0, "S-D-1-02": 7.0}, "country"),
    Archetype("family_debt", {"marriage_family": 6.0, "debt": 7.0}, "any"),
    Archetype("hill_farms", {"land": 4.0, "S-P-1-06": 8.0, "S-P-2-02": 6.0}, "hill"),
    Archetype("expropriation", {"relocation": 9.0, "land": 2.5, "construction": 3.5}, "country"),
    Archetype("fishing_port", {"sea_fishery": 12.0, "S-P-4-06": 10.0, "U-E-1-13": 7.0, "S-P-2-07": 9.0}, "shore"),
    Archetype("seaside_trade", {"consumer": 6.0, "U-E-4-08": 6.0, "U-E-4-01": 4.0, "S-P-4-04": 6.0}, "shore"),
    Archetype("pipes_and_lamps", {"public_utility": 5.0, "landscaping": 4.0}, "any"),
)


def suits(archetype: Archetype, density_km2: float, height_m: float, coast_km: float) -> bool:
    """Whether the profile is believable on such ground."""
    fits = {
        "any": True,
        "town": density_km2 > 900.0,
        "country": density_km2 < 1_800.0,
        "hill": height_m > 110.0 and density_km2 < 1_200.0,
        "shore": coast_km < 5.0,
    }
    return fits[archetype.ground]


def base_mix(classes: ClassList, facts: SmallFacts, mediums: int) -> Floats:
    """Share of each class in each medium grid before any profile, shape (mediums, classes), rows sum to 1."""
    area = np.bincount(facts.medium, weights=facts.area_km2, minlength=mediums)
    people = np.bincount(facts.medium, weights=facts.area_km2 * facts.density_km2, minlength=mediums)
    coast = np.bincount(facts.medium, weights=facts.coast_km) / np.bincount(facts.medium)
    urban = np.clip(np.log10(people / area / 250.0) / 1.2, 0.0, 1.0)[:, None]
    sizes = {group: sum(row.group == group for row in classes.classes) for group in GROUP_WEIGHT}
    nudge = np.array([RARE.get(row.code, COMMON.get(row.code, 1.0)) for row in classes.classes])
    town, country = (
        np.array([GROUP_WEIGHT[row.group][i] / sizes[row.group] for row in classes.classes]) * nudge for i in (0, 1)
    )
    mix = urban * town + (1.0 - urban) * country
    shore = np.array([row.code in SHORE_ONLY for row in classes.classes])
    mix[np.ix_(coast > SHORE_KM, shore)] *= 0.01
    return np.asarray(mix / mix.sum(axis=1, keepdims=True))


def boosts(archetype: Archetype, classes: ClassList) -> Floats:
    """Factor of each class under a profile, shape (classes,)."""
    rows = [archetype.boosts.get(row.code, archetype.boosts.get(row.group, 1.0)) for row in classes.classes]
    return np.array(rows)
