"""Does the demo prefecture tile exactly, with the promised counts, codes and names, for any seed?"""

from collections import Counter, defaultdict

import numpy as np
import pytest
import shapely

from data.demo.geography import LEVELS, DemoGeography, build_geography
from data.demo.naming import SAME_AS_REAL, reading_order
from geo.area_code import starts_with_parent

COUNTS = {"city": 1, "county": 4, "large": 56, "medium": 868, "small": 4_555}
CODE_DIGITS = {"city": 6, "county": 6, "large": 9, "medium": 12, "small": 15}


def shapes_of(geography: DemoGeography, level: str) -> np.ndarray:
    return np.array([unit.geometry for unit in geography.level(level)], dtype=object)


def assert_tiles(geography: DemoGeography) -> None:
    city = geography.units[0].geometry
    for level in LEVELS:
        shapes = shapes_of(geography, level)
        assert shapely.is_valid(shapes).all(), level
        assert shapely.coverage_is_valid(shapes), level
        assert shapely.area(shapes).min() > 0, level
        assert shapely.area(shapes).sum() == pytest.approx(city.area, rel=1e-9), level


def test_counts_and_order(demo_geography: DemoGeography) -> None:
    assert Counter(unit.level for unit in demo_geography.units) == COUNTS
    keys = [(LEVELS.index(unit.level), unit.code) for unit in demo_geography.units]
    assert keys == sorted(keys)
    assert len({unit.code for unit in demo_geography.units}) == sum(COUNTS.values())


def test_every_level_tiles_the_city(demo_geography: DemoGeography) -> None:
    assert_tiles(demo_geography)


def test_children_make_up_their_parent_exactly(demo_geography: DemoGeography) -> None:
    children = defaultdict(list)
    for unit in demo_geography.units:
        children[unit.parent_code].append(unit)
    for parent in demo_geography.units:
        if parent.level == "small":
            continue
        parts = children[parent.code]
        assert sum(part.population for part in parts) == parent.population
        assert sum(part.households for part in parts) == parent.households
        joined = shapely.coverage_union_all([part.geometry for part in parts])
        assert shapely.normalize(joined).symmetric_difference(parent.geometry).area == 0.0, parent.code


@pytest.mark.parametrize("seed", [0, 11])
def test_another_seed_gives_another_city_with_the_same_counts(demo_geography: DemoGeography, seed: int) -> None:
    other = build_geography(seed)
    assert Counter(unit.level for unit in other.units) == COUNTS
    assert_tiles(other)
    assert not other.units[0].geometry.equals(demo_geography.units[0].geometry)


def test_same_seed_gives_the_same_bytes(demo_geography: DemoGeography) -> None:
    again = build_geography(7)
    for one, two in zip(demo_geography.units, again.units, strict=True):
        assert shapely.to_wkb(one.geometry) == shapely.to_wkb(two.geometry)
        assert (one.code, one.name, one.name_en, one.population, one.households) == (
            two.code, two.name, two.name_en, two.population, two.households,
        )  # fmt: skip


def test_codes_follow_the_rules(demo_geography: DemoGeography) -> None:
    ranges = {"街道": (1, 99), "镇": (100, 199), "乡": (200, 399), "社区": (1, 199), "村": (200, 399)}
    checked = 0
    for unit in demo_geography.units:
        assert unit.code.isdigit()
        assert len(unit.code) == CODE_DIGITS[unit.level]
        if unit.parent_code is not None:
            assert starts_with_parent(unit.code, unit.parent_code)
        if unit.level in ("large", "medium"):
            kind = next(k for k in ("街道", "社区", "镇", "乡", "村") if unit.name.endswith(k))
            low, high = ranges[kind]
            assert low <= int(unit.code[-3:]) <= high, unit
            checked += 1
    assert checked == 56 + 868


def test_names_are_unique_within_the_parent_and_never_a_real_county(demo_geography: DemoGeography) -> None:
    seen = Counter((unit.parent_code, unit.name) for unit in demo_geography.units)
    assert seen.most_common(1)[0][1] == 1
    for unit in demo_geography.units:
        assert unit.name_en
        assert unit.name_en.isascii()
        for suffix in ("街道", "社区", "镇", "乡", "村"):
            assert unit.name.removesuffix(suffix) not in SAME_AS_REAL


def test_coordinates_lie_on_the_lattice_and_in_the_sea_area(demo_geography: DemoGeography) -> None:
    coordinates = shapely.get_coordinates(shapes_of(demo_geography, "small"))
    assert np.array_equal(coordinates, np.round(coordinates, 7))
    west, south, east, north = shapely.total_bounds(shapes_of(demo_geography, "city"))
    assert 116.0 < west < east < 117.5
    assert 21.9 < south < north < 22.85


def test_grids_are_tiny_in_towns_and_large_in_the_mountains(demo_geography: DemoGeography) -> None:
    facts = demo_geography.facts
    assert 4_500 < facts.area_km2.sum() < 5_700
    town = np.median(facts.area_km2[facts.density_km2 > 4_000])
    mountain = np.median(facts.area_km2[(facts.height_m > 400) & (facts.density_km2 < 300)])
    assert mountain > 10 * town
    assert 900_000 < demo_geography.units[0].population < 3_000_000
    assert 100 < np.median([unit.households for unit in demo_geography.level("small")]) < 350


def test_there_are_islands_and_a_ragged_coast(demo_geography: DemoGeography) -> None:
    city = demo_geography.units[0].geometry
    assert len(shapely.get_parts(city)) >= 3
    mainland = max(shapely.get_parts(city), key=shapely.area)
    assert mainland.length > 1.6 * mainland.convex_hull.length
    assert all(not part.interiors for part in shapely.get_parts(city))


def test_reading_order_goes_row_by_row_from_the_north_west() -> None:
    xy = np.array([[0, 0], [9, 0], [0, 9], [9, 9]], dtype=float)
    assert reading_order(xy).tolist() == [2, 3, 0, 1]
