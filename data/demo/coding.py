"""Which kind, code and name does each group of the hierarchy get?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.demo import naming
from data.demo.hierarchy import Hierarchy
from data.demo.naming import Label

STREET_DENSITY_KM2 = 950.0
TOWNSHIP_DENSITY_KM2 = 110.0
COMMUNITY_DENSITY_KM2 = 1_500.0

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class LevelCodes:
    """Codes and names of one level, in the order of the hierarchy's group numbers."""

    codes: tuple[str, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Coding:
    """Codes and names of the four levels below the city."""

    county: LevelCodes
    large: LevelCodes
    medium: LevelCodes
    small: LevelCodes


def build_coding(hierarchy: Hierarchy, rng: np.random.Generator) -> Coding:
    """Number the groups in reading order within their parents and invent names for them."""
    medium_people = np.bincount(hierarchy.small_medium, weights=hierarchy.small_people)
    large_people = np.bincount(hierarchy.medium_large, weights=medium_people)
    county = _county_codes(hierarchy, rng)
    large_kinds = _large_kinds(large_people / hierarchy.large.area_m2 * 1e6)
    medium_kinds = _medium_kinds(hierarchy, large_kinds, medium_people / hierarchy.medium.area_m2 * 1e6)
    large_codes = _numbered(
        county.codes, hierarchy.large_county, large_kinds, naming.TOWN_FIRST_NUMBER, hierarchy.large.xy
    )
    medium_codes = _numbered(
        large_codes, hierarchy.medium_large, medium_kinds, naming.VILLAGE_FIRST_NUMBER, hierarchy.medium.xy
    )
    small_codes = _numbered(
        medium_codes, hierarchy.small_medium, ["grid"] * len(hierarchy.small.xy), {"grid": 1}, hierarchy.small.xy
    )
    return Coding(
        county,
        LevelCodes(large_codes, tuple(naming.town_labels(large_kinds, rng))),
        LevelCodes(medium_codes, tuple(naming.village_labels(medium_kinds, rng))),
        LevelCodes(small_codes, tuple(naming.small_label(int(code[-3:])) for code in small_codes)),
    )


def _county_codes(hierarchy: Hierarchy, rng: np.random.Generator) -> LevelCodes:
    """Group 0 grew from the city's own seat and is the district; the others are numbered in reading order."""
    outer = 1 + naming.reading_order(hierarchy.county.xy[1:])
    codes = {0: naming.DISTRICT_CODE, **{int(g): naming.OUTER_CODES[i] for i, g in enumerate(outer)}}
    labels = naming.county_labels(rng)
    named = {0: labels[0], **{int(g): labels[1 + i] for i, g in enumerate(outer)}}
    return LevelCodes(tuple(codes[g] for g in range(len(codes))), tuple(named[g] for g in range(len(named))))


def _large_kinds(density: Floats) -> list[str]:
    return ["street" if d > STREET_DENSITY_KM2 else "township" if d < TOWNSHIP_DENSITY_KM2 else "town" for d in density]


def _medium_kinds(hierarchy: Hierarchy, large_kinds: list[str], density: Floats) -> list[str]:
    """Streets have residents' committees only, townships villages only, towns a few communities in their middle."""
    kinds = []
    for medium, large in enumerate(hierarchy.medium_large):
        kind = large_kinds[large]
        urban = kind == "street" or (kind == "town" and density[medium] > COMMUNITY_DENSITY_KM2)
        kinds.append("community" if urban else "village")
    return kinds


def _numbered(
    parents: tuple[str, ...], parent_of: Ints, kinds: list[str], first: dict[str, int], xy: Floats
) -> tuple[str, ...]:
    """Append three digits to the parent's code; each kind counts from its own first number."""
    codes = [""] * len(parent_of)
    kind_of = np.array(kinds)
    for parent, prefix in enumerate(parents):
        for kind, start in first.items():
            members = np.flatnonzero((parent_of == parent) & (kind_of == kind))
            for offset, member in enumerate(members[naming.reading_order(xy[members])] if len(members) else ()):
                codes[member] = f"{prefix}{start + offset:03d}"
    return tuple(codes)
