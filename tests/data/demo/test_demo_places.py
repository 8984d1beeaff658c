"""Do the places of the demo city stand where such places stand?"""

from collections import Counter

import numpy as np
import shapely

from data.demo.geography import DemoGeography
from data.demo.places import DemoPlace, build_places

KINDS = {
    "sentry_post", "sentry_point", "police_room", "mediation_centre", "reservoir", "hydrant", "shelter", "camera",
}  # fmt: skip


def test_all_kinds_with_unique_codes_and_names(demo_places: tuple[DemoPlace, ...]) -> None:
    count = Counter(place.kind for place in demo_places)
    assert set(count) == KINDS
    assert count["sentry_post"] == 868
    assert len({place.code for place in demo_places}) == len(demo_places)
    assert len({(place.small_code[:12], place.name) for place in demo_places}) == len(demo_places)


def test_places_lie_inside_the_grid_that_they_name(
    demo_geography: DemoGeography, demo_places: tuple[DemoPlace, ...]
) -> None:
    shape = {unit.code: unit.geometry for unit in demo_geography.level("small")}
    for place in demo_places:
        assert shapely.contains_xy(shape[place.small_code], *place.lonlat), place


def test_reservoirs_are_in_the_hills_and_hydrants_in_towns(
    demo_geography: DemoGeography, demo_places: tuple[DemoPlace, ...]
) -> None:
    row = {unit.code: i for i, unit in enumerate(demo_geography.level("small"))}
    facts = demo_geography.facts
    high = [facts.height_m[row[p.small_code]] for p in demo_places if p.kind == "reservoir"]
    dense = [facts.density_km2[row[p.small_code]] for p in demo_places if p.kind == "hydrant"]
    assert min(high) > 120
    assert np.median(dense) > 1_500


def test_police_rooms_serve_the_three_radii(demo_places: tuple[DemoPlace, ...]) -> None:
    radii = Counter(place.service_radius_m for place in demo_places if place.kind == "police_room")
    assert set(radii) == {100.0, 1_000.0, 10_000.0}
    assert all(place.service_radius_m is None for place in demo_places if place.kind != "police_room")


def test_same_seed_same_places(demo_geography: DemoGeography, demo_places: tuple[DemoPlace, ...]) -> None:
    assert build_places(demo_geography, np.random.default_rng([7, 5])) == demo_places
    assert build_places(demo_geography, np.random.default_rng([8, 5])) != demo_places
