"""Do ferries join the islands of the demo city to their counties, and is each of its cities whole, for many seeds?"""

from collections import Counter

import numpy as np
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from data.demo.ferries import LEVEL, Ferry, plan_ferries
from data.demo.geography import DemoGeography, build_geography

SEEDS = [*range(7, 10), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(10, 17))]


@pytest.fixture(scope="module", params=SEEDS)
def city(request: pytest.FixtureRequest) -> DemoGeography:
    return build_geography(request.param)


def test_every_unit_has_ground_and_the_levels_agree_on_it(city: DemoGeography) -> None:
    whole = city.units[0].geometry.area
    for level in ("county", "large", "medium", "small"):
        shapes = np.array([unit.geometry for unit in city.level(level)], object)
        assert shapely.is_valid(shapes).all(), level
        assert shapely.area(shapes).min() > 0, level
        assert shapely.area(shapes).sum() == pytest.approx(whole, rel=1e-9), level


def test_with_the_ferries_each_county_is_one_piece_and_none_is_needless(city: DemoGeography) -> None:
    ferries = plan_ferries(city)
    assert ferries == plan_ferries(city), "the same city has the same ferries"
    assert ferries
    assert _pieces(city, ferries) == 4
    for ferry in ferries:
        assert ferry.a_code < ferry.b_code
        assert ferry.a_code[:6] == ferry.b_code[:6], "none leads to another county"
        assert 0 < ferry.length_m < 30_000
        assert _pieces(city, tuple(other for other in ferries if other != ferry)) == 5, "without it an island is alone"


def test_the_village_without_neighbours_is_joined_to_the_nearest_of_its_county() -> None:
    city = build_geography(7)
    of_island = [ferry for ferry in plan_ferries(city) if "449902106213" in (ferry.a_code, ferry.b_code)]
    assert [(ferry.a_code, ferry.b_code) for ferry in of_island] == [("449902106209", "449902106213")]
    assert of_island[0].reason == "轮渡，水路约0.6公里"
    shapes = {unit.code: unit.geometry for unit in city.level(LEVEL) if unit.code.startswith("449902")}
    island = shapes.pop("449902106213")
    assert min(shapes, key=lambda code: shapes[code].distance(island)) == "449902106209"


def _pieces(city: DemoGeography, ferries: tuple[Ferry, ...]) -> int:
    """Connected parts of the medium grids by borders of their small grids within a county, and by ferries."""
    units = city.level(LEVEL)
    place = {unit.code: k for k, unit in enumerate(units)}
    pairs = [(a, b) for a, b in Counter(map(tuple, np.sort(city.facts.medium[city.facts.pairs], axis=1))) if a != b]
    pairs = [(a, b) for a, b in pairs if units[a].code[:6] == units[b].code[:6]]
    pairs += [(place[ferry.a_code], place[ferry.b_code]) for ferry in ferries]
    first, second = np.array(pairs).T
    joined = coo_array((np.ones(len(pairs)), (first, second)), shape=(len(units), len(units)))
    return int(connected_components(joined, directed=False)[0])
