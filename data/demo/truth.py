"""What is hidden in the demo city on purpose, so that methods can be scored against it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from data.demo.geography import DemoGeography, SmallFacts
from data.demo.partition import PieceGraph, partition, travel_costs
from data.demo.profiles import ARCHETYPES, Archetype, suits

GROUPS = 36
SMALLEST_AREA = 6
OUTBREAKS = 16
# Class of an outbreak, ground it needs, days it lasts, reports on top of the usual at 200,000 incidents.
OUTBREAK_KINDS = (
    ("U-C-1-03", "any", 10, 70),
    ("U-E-1-12", "any", 7, 60),
    ("U-E-5-02", "town", 5, 55),
    ("U-E-5-04", "town", 9, 80),
    ("U-E-6-01", "any", 12, 60),
    ("U-E-3-01", "town", 14, 110),
    ("S-P-6-01", "town", 10, 90),
    ("S-P-6-02", "country", 9, 55),
    ("S-P-1-01", "town", 12, 85),
    ("S-P-1-06", "hill", 6, 50),
    ("S-D-5-01", "any", 8, 65),
    ("S-D-7-02", "town", 6, 75),
    ("S-P-4-04", "any", 9, 45),
    ("U-E-1-13", "shore", 5, 60),
    ("S-D-4-02", "town", 11, 90),
    ("S-P-3-03", "town", 7, 50),
)

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Outbreak:
    """More reports of one class than usual, in a few neighbouring small grids, for some days.

    Attributes:
        first_days_ago, last_days_ago: First and last day, counted back from the end of the incidents (1 = last 24 h).
        excess: Reports on top of the usual.
    """

    key: str
    class_code: str
    centre_lonlat: tuple[float, float]
    radius_m: float
    small_codes: tuple[str, ...]
    first_days_ago: int
    last_days_ago: int
    excess: int


@dataclass(frozen=True)
class PlantedTruth:
    """The answers.

    Attributes:
        profile_groups: Medium code → group key; mediums of a group adjoin, lie in one county and share a profile.
            A few mediums on small islands belong to none.
        profiles: Group key → key of its archetype.
        outbreaks: The planted outbreaks.
        duplicates: External id of a repeated report → external id of the first report of the same matter.
    """

    profile_groups: Mapping[str, str]
    profiles: Mapping[str, str]
    outbreaks: tuple[Outbreak, ...]
    duplicates: Mapping[str, str] = field(default_factory=dict)


def build_truth(geography: DemoGeography, seed: int, *, days: int = 365, count: int = 200_000) -> PlantedTruth:
    """Plan profile groups and outbreaks; the duplicates become known with the incidents.

    Args:
        seed: Seed of the plan.
        days: Length of the period in which outbreaks may lie.
        count: Number of incidents; the size of the outbreaks follows it.
    """
    rng = np.random.default_rng([seed, 2])
    groups = _profile_groups(geography, rng)
    mediums = [unit.code for unit in geography.level("medium")]
    profiles = _profiles(geography.facts, groups, rng)
    keys = {group: f"P{group + 1:02d}" for group in profiles}
    return PlantedTruth(
        profile_groups={code: keys[group] for code, group in zip(mediums, groups.tolist(), strict=True) if group >= 0},
        profiles={keys[group]: archetype.key for group, archetype in profiles.items()},
        outbreaks=_outbreaks(geography, days, count, rng),
    )


def _medium_graph(facts: SmallFacts) -> PieceGraph:
    """Medium grids with their common land borders."""
    size = np.bincount(facts.medium)
    lonlat = np.column_stack([np.bincount(facts.medium, weights=facts.lonlat[:, i]) / size for i in (0, 1)])
    ends = np.sort(facts.medium[facts.pairs], axis=1)
    pairs = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    return PieceGraph(lonlat, np.bincount(facts.medium, weights=facts.area_km2).astype(np.float64), pairs)


def _profile_groups(geography: DemoGeography, rng: np.random.Generator) -> Ints:
    """Group of every medium, -1 on islands too small for one; groups never cross a county line or the sea."""
    graph = _medium_graph(geography.facts)
    county = np.array([int(unit.code[:6]) for unit in geography.level("medium")])
    pairs = graph.pairs[county[graph.pairs[:, 0]] == county[graph.pairs[:, 1]]]
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(county),) * 2)
    _, part = connected_components(links, directed=False)
    groups = np.full(len(county), -1, dtype=np.int64)
    for label in np.flatnonzero(np.bincount(part) >= SMALLEST_AREA):
        members = np.flatnonzero(part == label)
        inner = _subgraph(graph, pairs, members)
        wanted = max(1, round(GROUPS * len(members) / len(county)))
        costs = travel_costs(inner, np.sqrt(inner.area_m2), 0.3, rng)
        seeds = rng.choice(len(members), wanted, replace=False)
        groups[members] = groups.max() + 1 + _without_dwarfs(inner, costs, seeds)
    return groups


def _without_dwarfs(graph: PieceGraph, costs: csr_array, seeds: Ints) -> Ints:
    """Grow groups, giving up the seeds of those that stay smaller than SMALLEST_AREA."""
    labels = partition(graph, costs, seeds, rounds=6)
    while len(seeds) > 1 and np.bincount(labels).min() < SMALLEST_AREA:
        keep = np.bincount(labels, minlength=len(seeds)) >= SMALLEST_AREA
        seeds = seeds[keep]
        labels = partition(graph, costs, seeds, rounds=6)
    return labels


def _subgraph(graph: PieceGraph, pairs: Ints, members: Ints) -> PieceGraph:
    position = np.full(len(graph.xy), -1, dtype=np.int64)
    position[members] = np.arange(len(members))
    inner = position[pairs]
    return PieceGraph(graph.xy[members], graph.area_m2[members], inner[(inner >= 0).all(axis=1)])


def _profiles(facts: SmallFacts, groups: Ints, rng: np.random.Generator) -> dict[int, Archetype]:
    """An archetype for every group that suits its ground and differs from its neighbours' where possible."""
    of_small = groups[facts.medium]
    ends = of_small[facts.pairs]
    chosen: dict[int, Archetype] = {}
    for group in range(int(groups.max()) + 1):
        members = of_small == group
        people = float((facts.density_km2 * facts.area_km2)[members].sum())
        density = people / float(facts.area_km2[members].sum())
        ground = (density, float(facts.height_m[members].mean()), float(facts.coast_km[members].min()))
        beside = {int(g) for g in ends[(ends == group).any(axis=1)].ravel()}
        used = [chosen[g].key for g in beside if g in chosen]
        options = [a for a in ARCHETYPES if suits(a, *ground)]
        fresh = [a for a in options if a.key not in used] or options
        seen = np.array([sum(c.key == a.key for c in chosen.values()) for a in fresh])
        least = [a for a, n in zip(fresh, seen, strict=True) if n == seen.min()]
        chosen[group] = least[int(rng.integers(len(least)))]
    return chosen


def _outbreaks(geography: DemoGeography, days: int, count: int, rng: np.random.Generator) -> tuple[Outbreak, ...]:
    return tuple(_outbreak(geography, i, days, count, rng) for i in range(OUTBREAKS))


def _outbreak(geography: DemoGeography, index: int, days: int, count: int, rng: np.random.Generator) -> Outbreak:
    code, ground, length, excess = OUTBREAK_KINDS[index]
    centre, radius_m, members = _outbreak_area(geography, ground, rng)
    small = geography.level("small")
    lasting = min(length, max(1, days // 4))
    last = int(rng.integers(1, max(2, days - lasting)))
    return Outbreak(
        key=f"O{index + 1:02d}",
        class_code=code,
        centre_lonlat=centre,
        radius_m=radius_m,
        small_codes=tuple(small[int(i)].code for i in members),
        first_days_ago=min(days, last + lasting - 1),
        last_days_ago=last,
        excess=round(excess * rng.uniform(0.8, 1.25) * count / 200_000),
    )


def _outbreak_area(
    geography: DemoGeography, ground: str, rng: np.random.Generator
) -> tuple[tuple[float, float], float, Ints]:
    """A centre on fitting ground, and the four to nine small grids of the same county nearest to it."""
    facts = geography.facts
    archetype = Archetype("", {}, ground)
    columns = zip(facts.density_km2, facts.height_m, facts.coast_km, strict=True)
    fitting = np.array([suits(archetype, *row) for row in columns])
    centre = int(rng.choice(np.flatnonzero(fitting)))
    offset = (facts.lonlat - facts.lonlat[centre]) * np.array([np.cos(np.radians(facts.lonlat[centre, 1])), 1.0])
    distance_m = np.hypot(offset[:, 0], offset[:, 1]) * 111_000.0
    county = np.array([unit.code[:6] for unit in geography.level("small")])
    distance_m[county != county[centre]] = np.inf
    nearest = np.argsort(distance_m, kind="stable")[: int(rng.integers(4, 10))]
    lon, lat = (round(float(v), 6) for v in facts.lonlat[centre])
    return (lon, lat), float(np.ceil(distance_m[nearest[-1]])), np.sort(nearest)
